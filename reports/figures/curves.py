"""How losses fall and scores rise by iteration."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from reports.figures.drawing import (
    COLOURS,
    GRAPH_IN,
    INK,
    MARKERS,
    Canvas,
    Drawn,
    metric_label,
    printable,
    wrapped,
)
from reports.figures.placing import label_ends
from reports.figures.variants import Names, leading_variants, left_out_words
from reports.findings import Findings
from reports.frame import finished_runs, non_empty
from reports.material import Material
from reports.verdict import CONTENT, STYLE

__all__ = ["curve_table", "draw_losses", "draw_parts", "draw_scores"]

TOTAL = "loss/total"
MOST_PANELS = 9
MOST_LINES = 6
PANELS_ABREAST = 3
TITLE_LETTERS = 26
BAND_ALPHA = 0.15

Table = pd.DataFrame
Lines = dict[str, tuple[float, str]]  # words at a line's end → where it is, and its colour


def draw_losses(material: Material, findings: Findings) -> Drawn | None:
    """Draw total losses, in one panel those that may be compared; nothing without such."""
    keys, traced = _loss_keys(material), _variants_with(material, TOTAL)
    groups: dict[str, list[str]] = {}
    for variant in leading_variants(findings.summary, len(findings.summary)):
        if variant in keys and variant in traced:
            groups.setdefault(keys[variant], []).append(variant)
    shared = [group for group in groups.values() if len(group) > 1][:MOST_PANELS]
    if not shared:
        return None
    names = Names.of(findings.summary)
    ranked = [
        set(leading_variants(_rows(findings.summary, group), MOST_LINES)) for group in shared
    ]
    shown = [
        [name for name in group if name in best]
        for group, best in zip(shared, ranked, strict=True)
    ]
    canvas, panels = _panels(len(shown))
    ends: list[Lines] = []
    for axes, group in zip(panels, shown, strict=True):
        lines: Lines = {}
        for variant, colour in zip(group, _colours(group, material.baseline), strict=True):
            table = curve_table(material, variant, TOTAL)
            _draw_loss(axes, table, colour, band=True)
            lines[names.mark(variant)] = (_last(table), colour)
        _set_scales(axes, "total loss")
        ends.append(lines)
    _label_lines(canvas, panels, ends)
    everyone = [name for group in groups.values() for name in group]
    drawn = [name for group in shown for name in group]
    return Drawn(
        name="losses",
        title="Total loss by iteration",
        caption=(
            "Mean over the pairs, on a logarithmic scale; bands: smallest to largest pair. Only "
            "variants with one and the same loss stand in one panel: other totals are not "
            f"comparable.{_number_words(names, drawn)}"
            f"{left_out_words(drawn, everyone)}"
        ),
        canvas=canvas,
    )


def draw_parts(material: Material, findings: Findings) -> Drawn | None:
    """Draw the parts of the leading variants' losses, a panel each; nothing without curves."""
    keys, traced = _loss_keys(material), _variants_with(material, TOTAL)
    candidates = [
        name
        for name in leading_variants(findings.summary, len(findings.summary))
        if name in keys and name in traced
    ]
    if not candidates:
        return None
    shown = leading_variants(_rows(findings.summary, candidates), MOST_PANELS)
    names = Names.of(findings.summary)
    canvas, panels = _panels(len(shown))
    ends: list[Lines] = []
    for axes, variant in zip(panels, shown, strict=True):
        lines: Lines = {}
        for part, colour in zip(_terms(material), (INK, *COLOURS), strict=False):
            table = curve_table(material, variant, part)
            if (table > 0).to_numpy().any():
                _draw_loss(axes, table, colour, band=part == TOTAL)
                lines[part.removeprefix("loss/")] = (_last(table), colour)
        _set_scales(axes, "loss")
        ends.append(lines)
        mark = " (baseline)" if variant == material.baseline else ""
        axes.set_title(
            wrapped(f"{names.entry(variant)}{mark}", TITLE_LETTERS, most_lines=3), loc="left"
        )
    _label_lines(canvas, panels, ends)
    return Drawn(
        name="loss-parts",
        title="Parts of the loss by iteration",
        caption=(
            "Total loss and its parts before their weights, mean over the pairs, on logarithmic "
            "scales of their own; band: smallest to largest pair of the total. Totals of "
            f"different losses are not comparable.{left_out_words(shown, candidates)}"
        ),
        canvas=canvas,
    )


def draw_scores(material: Material, findings: Findings) -> Drawn | None:
    """Draw scores of the pictures on the way; nothing where there are no such pictures."""
    on_the_way = {
        name for metric in (STYLE, CONTENT) for name in _variants_with(material, metric, points=2)
    }
    candidates = [name for name in map(str, findings.summary["variant"]) if name in on_the_way]
    if not candidates:
        return None
    shown = leading_variants(_rows(findings.summary, candidates), MOST_LINES)
    names = Names.of(findings.summary)
    colours = dict(zip(shown, _colours(shown, material.baseline), strict=True))
    markers = dict(zip(shown, _markers(shown, material.baseline), strict=True))
    canvas = Canvas(figsize=(GRAPH_IN, 2.9), layout="constrained")
    panels = canvas.subplots(1, 2)
    ends: list[dict[str, float]] = [{}, {}]
    for axes, metric, ended in zip(panels, (STYLE, CONTENT), ends, strict=True):
        for variant in shown:
            means = curve_table(material, variant, metric).mean(axis=1)
            if means.empty:
                continue
            ended[variant] = float(means.iloc[-1])
            axes.plot(
                means.index,
                means.to_numpy(),
                color=colours[variant],
                marker=markers[variant],
                markersize=4.5,
            )
        axes.set_xlabel("iteration")
        axes.set_ylabel(metric_label(metric))
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    canvas.draw_without_rendering()
    for axes, ended in zip(panels, ends, strict=True):
        label_ends(
            axes,
            list(ended.values()),
            [wrapped(names.mark(name), 24, most_lines=1) for name in ended],
            [colours[name] for name in ended],
        )
    return Drawn(
        name="scores-by-iteration",
        title="Scores by iteration",
        caption=(
            "Scores of the pictures kept on the way and of the result, mean over the pairs."
            f"{_number_words(names, shown)}{left_out_words(shown, candidates)}"
        ),
        canvas=canvas,
    )


def curve_table(material: Material, variant: str, name: str) -> Table:
    """One curve per pair: the mean over its seeds.

    A run that stopped before the others keeps its last value from there on.

    Args:
        material: what the report is made of.
        variant: label.
        name: of a loss or a score, as ``Material.curves`` has it.

    Returns:
        Index iteration, ascending; one column per pair; empty where there is no such curve.
    """
    runs = finished_runs(material.runs)
    runs = runs[runs["variant"] == variant]
    curves = material.curves
    chosen = curves[(curves["name"] == name) & curves["fingerprint"].isin(runs["fingerprint"])]
    by_run = chosen.pivot_table(index="iteration", columns="fingerprint", values="value").ffill()
    pairs = runs.drop_duplicates("fingerprint").set_index("fingerprint")["pair"]
    return by_run.T.groupby(pairs.reindex(by_run.columns).to_numpy(), sort=False).mean().T


def _terms(material: Material) -> list[str]:
    """Total loss and its parts, without the parts' own parts (``loss/style/relu1_1``)."""
    names = [str(name) for name in material.curves["name"].unique()]
    losses = sorted(name for name in names if name.startswith("loss/") and name.count("/") == 1)
    return [TOTAL, *(name for name in losses if name != TOTAL)]


def _variants_with(material: Material, name: str, *, points: int = 1) -> set[str]:
    """The variants of which any run has that curve, with at least so many points."""
    curves = material.curves
    counts = curves.loc[curves["name"] == name, "fingerprint"].value_counts()
    runs = finished_runs(material.runs)
    known = runs["fingerprint"].isin(counts.index[counts >= points])
    return set(map(str, runs.loc[known, "variant"]))


def _loss_keys(material: Material) -> Mapping[str, str]:
    """The loss of every variant whose runs have one and the same."""
    done = finished_runs(material.runs)
    keys = {str(variant): non_empty(rows["loss_key"]) for variant, rows in done.groupby("variant")}
    return {variant: found[0] for variant, found in keys.items() if len(found) == 1}


def _rows(summary: pd.DataFrame, variants: Sequence[str]) -> pd.DataFrame:
    return summary[summary["variant"].isin(list(variants))]


def _panels(count: int) -> tuple[Canvas, list[Axes]]:
    """So many panels in rows of three, fewer where they then fill the rows."""
    abreast = min(count, 2 if count == PANELS_ABREAST + 1 else PANELS_ABREAST)
    rows = -(-count // abreast)
    width = GRAPH_IN if abreast > 1 else 0.7 * GRAPH_IN
    canvas = Canvas(figsize=(width, 2.3 * rows + 0.3), layout="constrained")
    panels = list(canvas.subplots(rows, abreast, squeeze=False).flat)
    for axes in panels[count:]:
        axes.remove()
    return canvas, panels[:count]


def _colours(variants: Sequence[str], baseline: str) -> list[str]:
    """The baseline in ink, the others in the palette's order."""
    others = [name for name in variants if name != baseline]
    return [
        INK if name == baseline else COLOURS[others.index(name) % len(COLOURS)]
        for name in variants
    ]


def _markers(variants: Sequence[str], baseline: str) -> list[str]:
    others = [name for name in variants if name != baseline]
    return [
        "D" if name == baseline else MARKERS[others.index(name) % len(MARKERS)]
        for name in variants
    ]


def _draw_loss(axes: Axes, table: Table, colour: str, *, band: bool) -> None:
    """The mean over the pairs and, around it, all of them; what is not above zero is left out."""
    positive = table.where(table > 0)
    means = positive.mean(axis=1)
    axes.plot(means.index, means.to_numpy(), color=colour, zorder=3)
    if band and table.shape[1] > 1:
        low, high = positive.min(axis=1), positive.max(axis=1)
        axes.fill_between(
            means.index, low, high, color=colour, alpha=BAND_ALPHA, linewidth=0, zorder=1
        )


def _last(table: Table) -> float:
    """Where the line of a loss ends."""
    return float(table.where(table > 0).mean(axis=1).dropna().iloc[-1])


def _set_scales(axes: Axes, what: str) -> None:
    """Scales and the words beside them."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.margins(x=0.02)
    axes.set_xlabel("iteration")
    axes.set_ylabel(what)


def _label_lines(canvas: Canvas, panels: Sequence[Axes], ends: Sequence[Lines]) -> None:
    """A name at the end of every line, once the panels have their places."""
    canvas.draw_without_rendering()
    for axes, lines in zip(panels, ends, strict=True):
        label_ends(
            axes,
            [end for end, _ in lines.values()],
            [wrapped(text, 20, most_lines=1) for text in lines],
            [colour for _, colour in lines.values()],
        )


def _number_words(names: Names, shown: Sequence[str]) -> str:
    """What the numbers at the lines mean, for a caption."""
    if names.are_direct:
        return ""
    listed = "; ".join(f"{names.numbers[name]} {printable(name)}" for name in shown)
    return f" Numbers are rows of the table: {listed}."
