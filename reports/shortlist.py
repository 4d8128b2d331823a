"""What a study's tables and contact sheet show where there is no room for all it tried.

A grid was written down by its author, who wants to see all of it; a study's variants are many,
and most of them only led the search to better ones.
"""

from dataclasses import replace

from reports.findings import Findings
from reports.material import Material
from reports.numbers import counted

__all__ = ["sheet_material", "shorten", "trials_csv"]

MOST_ROWS = 20
MOST_ON_SHEET = 13


def shorten(findings: Findings, material: Material, *, most: int = MOST_ROWS) -> Findings:
    """Return findings whose table has the baseline and the best variants of a study.

    They come in this order, and a line under the table says how many more there are; lines on a
    single one of those are left out. A grid's findings stay as they are. ``summary`` always has
    all variants, in the sweep's order.

    Args:
        findings: What the sweep's runs say.
        material: The sweep.
        most: Rows of the table, at least 1.
    """
    study = material.study
    if study is None:
        return findings
    names = list(findings.display["variant"])
    shown = study.ranked(names, material.baseline)[:most]
    rows = findings.display.set_index("variant", drop=False)
    left_out = set(names) - set(shown)
    # A footnote on a single variant begins with its name.
    about = tuple(f"`{name}`:" for name in left_out)
    kept = [line for line in findings.footnotes if not line.startswith(about)]
    return replace(
        findings,
        display=rows.loc[shown].reset_index(drop=True),
        footnotes=(*_more(len(left_out)), *kept),
    )


def sheet_material(material: Material, *, most: int = MOST_ON_SHEET) -> tuple[Material, str]:
    """Return what a contact sheet shows of a sweep, and a line on what it leaves out.

    Args:
        material: The sweep; a grid is returned as it is.
        most: Variants on the sheet, at least 1.
    """
    study = material.study
    runs = material.runs
    names = list(runs["variant"].unique())
    if study is None or len(names) <= most:
        return material, ""
    shown = study.ranked(names, material.baseline)[:most]
    places = {name: place for place, name in enumerate(shown)}
    runs = runs[runs["variant"].isin(shown)]
    runs = runs.assign(variant_index=runs["variant"].map(places)).sort_values(
        "variant_index", kind="stable"
    )
    line = (
        f"The baseline and the best {most - 1} of {counted(len(names), 'variant')} by "
        f"{study.first_metric}; the page has all of them."
    )
    return replace(material, runs=runs.reset_index(drop=True)), line


def trials_csv(material: Material) -> str:
    """Return every trial of a study as CSV, the best told; empty for a sweep without one."""
    study = material.study
    if study is None:
        return ""
    trials = study.trials.assign(best=study.trials["number"].isin(study.best()))
    trials = trials.sort_values("number", kind="stable")
    for moment in ("begun", "ended"):
        trials[moment] = trials[moment].dt.strftime("%Y-%m-%dT%H:%M:%S")
    return trials.to_csv(index=False, lineterminator="\n")


def _more(count: int) -> list[str]:
    return [f"and {counted(count, 'more variant')} in table.csv"] if count else []
