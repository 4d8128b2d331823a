"""What MLflow's page says of each variant of a sweep: name, settings, means, runs."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from harness.sweep.subject import Subject
from harness.sweep.tracking.line_pictures import picture_keys
from harness.sweep.tracking.note_text import plain
from harness.sweep.tracking.pages import losses_page, run_page, runs_page
from harness.sweep.tracking.stored import StoredRun
from harness.sweep.tracking.variant_lines import LinePicture, VariantLine
from reports.figures.drawing import COLOURS, INK
from reports.numbers import counted, fixed

__all__ = ["case_keys", "last_step", "variant_entries"]

STYLE, CONTENT, BALANCE = "style/gain", "content/score", "balance"
MEANS = (
    STYLE,
    CONTENT,
    BALANCE,
    "content/lpips",
    "second/style/gain",
    "second/content/score",
    "regret",
    "seconds",
    "seconds_per_iteration",
)
DIGITS = 4  # significant ones: a column of MLflow's table shows ten characters
NOTE_LIMIT = 7000  # of 8,000 characters that MLflow keeps
MOST_IDS = 60  # of runs in one address
REASON_LIMIT = 300
KEY_LIMIT, VALUE_LIMIT = 200, 500  # of 250 and 6,000
FOREIGN = re.compile(r"[^\w. -]")  # what MLflow refuses in a parameter's name, and "/"

Row = Mapping[str, Any]
Runs = Mapping[int, StoredRun]


def variant_entries(subject: Subject, summary: pd.DataFrame) -> list[VariantLine]:
    """Return a line for every row of a summary, the best balance first.

    Args:
        subject: The sweep.
        summary: What ``reports.table.summarize`` returned for it.
    """
    entries = _Entries(subject)
    lines = [entries.line(row) for row in summary.to_dict("records")]
    order = BALANCE if all(BALANCE in line.metrics for line in lines) else STYLE
    return sorted(lines, key=lambda line: -line.metrics.get(order, -math.inf))


def case_keys(subject: Subject) -> tuple[str, ...]:
    """Return the keys of the pictures of a sweep's cases: pairs, with seeds where they vary."""
    cases = subject.membership.cases
    is_seed_told = len({case.seed for case in cases}) > 1
    return picture_keys(f"{c.pair} seed {c.seed}" if is_seed_told else c.pair for c in cases)


def last_step(run: StoredRun) -> int:
    """Return the step of a run's last picture."""
    return int(run.metrics.get("iterations", 0))


class _Entries:
    """The lines of one sweep."""

    def __init__(self, subject: Subject) -> None:
        self._membership = subject.membership
        self._stored = subject.stored
        self._places = {name: at for at, name in enumerate(subject.membership.variants)}
        self._keys = case_keys(subject)
        self._baseline = self._runs(subject.membership.baseline)
        self._colours = iter(COLOURS)  # MLflow's own for the rest

    def line(self, row: Mapping[Any, Any]) -> VariantLine:
        """Return the line of a summary's row."""
        variant = str(row["variant"])
        place = self._places.get(variant)  # None: pictures made elsewhere
        assignment = self._membership.assignments[place] if place is not None else {}
        runs = self._runs(place) if place is not None else {}
        name = ", ".join(assignment.values()) if len(assignment) > 1 else variant
        is_baseline = bool(row["is_baseline"])
        return VariantLine(
            name=f"baseline: {name}" if is_baseline else name,
            variant=variant,
            verdict="baseline" if is_baseline else str(row["verdict"]),
            parameters={_key(key): value[:VALUE_LIMIT] for key, value in assignment.items()},
            metrics=dict(_means(row)),
            note=self._note(row, runs),
            colour=INK if is_baseline else next(self._colours, ""),
            pictures=tuple(
                LinePicture(
                    key=self._keys[case],
                    run_id=run.run_id,
                    artifact_uri=run.artifact_uri,
                    last_step=last_step(run),
                )
                for case, run in runs.items()
            ),
        )

    def _runs(self, variant: int) -> dict[int, StoredRun]:
        """Return a variant's finished runs by case, each once: seeds may share one."""
        first = {
            one.fingerprint: one.case
            for one in reversed(self._membership.members)
            if one.variant == variant and one.fingerprint in self._stored
        }
        return {case: self._stored[key] for key, case in sorted(first.items(), key=_by_case)}

    def _note(self, row: Row, runs: Runs) -> str:
        said = plain(str(row["reason"])[:REASON_LIMIT]) if row.get("reason") else ""
        if not runs:
            return said
        ids = [run.run_id for run in runs.values()]
        count = f"{counted(len(ids), 'run')}, a case each"
        link = f"[{count}]({runs_page(_homes(runs.values()), ids)})"
        head = [
            f"{link if len(ids) <= MOST_IDS else count}{f' — {said}' if said else ''}",
            "",
            "| case | style gain | content score | total loss |",
            "| --- | ---: | ---: | --- |",
        ]
        return "\n".join(_within(head, self._rows(runs), NOTE_LIMIT))

    def _rows(self, runs: Runs) -> Iterator[str]:
        for case, run in runs.items():
            name = plain(self._membership.cases[case].name)
            page = run_page(run.experiment_id, run.run_id)
            scores = (fixed(run.metrics.get(one, math.nan), 2) for one in (STYLE, CONTENT))
            beside = self._baseline.get(case, run)
            both = [run] if beside.run_id == run.run_id else [run, beside]
            losses = losses_page(_homes(both), [one.run_id for one in both])
            curves = f"[{'beside the baseline' if len(both) > 1 else 'curve'}]({losses})"
            yield f"| [{name}]({page}) | {' | '.join(scores)} | {curves} |"


def _homes(runs: Iterable[StoredRun]) -> list[str]:
    """Return the experiments of runs; those that another sweep made are in its own."""
    return sorted({run.experiment_id for run in runs})


def _by_case(item: tuple[str, int]) -> int:
    return item[1]


def _key(name: str) -> str:
    return FOREIGN.sub("-", name)[:KEY_LIMIT].strip(" .") or "setting"


def _means(row: Mapping[Any, Any]) -> Iterator[tuple[str, float]]:
    for name in MEANS:
        value = row.get(name)
        if isinstance(value, int | float) and math.isfinite(value):
            yield name, float(f"{value:.{DIGITS}g}")


def _within(head: list[str], rows: Iterator[str], limit: int) -> list[str]:
    """Return as many lines as a note takes, and how many are left out."""
    lines, every = list(head), list(rows)
    room = limit - sum(map(len, head)) - len(head)
    for place, row in enumerate(every):
        room -= len(row) + 1
        if room < 0:
            left = counted(len(every) - place, "case")
            return [*lines, f"| {left} more | | | |"]
        lines.append(row)
    return lines
