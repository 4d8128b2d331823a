"""The trade between content and style: every variant with its intervals, and the front."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from reports.comparison import pair_means, pair_pictures
from reports.display import MEMBER
from reports.figures.drawing import BLUE, GRAPH_IN, INK, Canvas, Drawn, metric_label, wrapped
from reports.figures.estimates import Estimate, estimate_mean
from reports.figures.placing import label_points, settle
from reports.figures.variants import Names, leading_variants
from reports.findings import Findings
from reports.material import Material
from reports.numbers import counted
from reports.verdict import CONTENT, STYLE

__all__ = ["Spot", "draw_front", "find_spots"]

MOST_NAMED = 24
KEY_LETTERS = 44
LINE_IN = 0.135
OTHERS_ALPHA = 0.55


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One variant of the figure.

    ``share`` says in how many of the resamples it is on the front, as in "89 %"; empty where that
    is unknown. ``has_all_pairs`` where it has every pair that any variant has.
    """

    variant: str
    content: Estimate
    style: Estimate
    is_baseline: bool
    is_on_front: bool
    share: str
    has_all_pairs: bool


def draw_front(material: Material, findings: Findings) -> Drawn | None:
    """Draw content score against style gain; nothing where fewer than two variants have both."""
    spots = find_spots(material, findings)
    if len(spots) < 2:  # noqa: PLR2004 - one point is no front
        return None
    names = Names.of(findings.summary)
    named = set(leading_variants(findings.summary, MOST_NAMED))
    key = [] if names.are_direct else [one for one in spots if one.variant in named]
    entries = [_entry(one, names) for one in key]
    lines = sum(entry.count("\n") + 1.4 for entry in entries)
    size = (GRAPH_IN if key else 0.8 * GRAPH_IN, max(3.9, LINE_IN * lines + 0.4))
    canvas = Canvas(figsize=size, layout="constrained")
    if key:
        axes, legend = canvas.subplots(1, 2, width_ratios=(1.55, 1))
        _write_key(legend, key, entries)
    else:
        axes = canvas.subplots()
    _plot(axes, spots, named)
    settle(canvas)
    ordered = sorted(spots, key=lambda one: (not one.is_baseline, not one.is_on_front))
    points = np.array([(one.content.mean, one.style.mean) for one in ordered])
    marks = [_mark(one, names) if one.variant in named else "" for one in ordered]
    label_points(axes, points, marks)
    return Drawn(
        name="front",
        title="Content kept against style reached",
        caption=_caption(spots, named, names),
        canvas=canvas,
    )


def find_spots(material: Material, findings: Findings) -> list[Spot]:
    """The variants that have both scores, with their means over their own pairs."""
    means = {metric: pair_means(material.runs, metric) for metric in (CONTENT, STYLE)}
    pictures = pair_pictures(material.runs)
    every_pair = {name: table.notna().any(axis=1) for name, table in means.items()}
    spots = []
    columns = findings.summary[["variant", "is_baseline", "front"]].to_dict("records")
    for row, sign in zip(columns, findings.display["front"], strict=True):
        variant = str(row["variant"])
        content, style = (
            estimate_mean(means[metric][variant], pictures) for metric in (CONTENT, STYLE)
        )
        if content.n_pairs and style.n_pairs:
            spots.append(
                Spot(
                    variant=variant,
                    content=content,
                    style=style,
                    is_baseline=bool(row["is_baseline"]),
                    is_on_front=bool(row["front"]),
                    share=str(sign).removeprefix(MEMBER).strip(),
                    has_all_pairs=all(
                        bool(means[metric][variant][every_pair[metric]].notna().all())
                        for metric in means
                    ),
                )
            )
    return spots


def _plot(axes: Axes, spots: Sequence[Spot], named: Collection[str]) -> None:
    """Bars of named variants, the line of the front, and the points above them."""
    for one in (spot for spot in spots if spot.variant in named):
        for horizontal, estimate, at in (
            (True, one.content, one.style.mean),
            (False, one.style, one.content.mean),
        ):
            look: dict[str, Any] = {
                "color": _colour(one),
                "linewidth": 0.9 if estimate.is_interval else 0.4,
                "alpha": 0.6 if one.is_on_front or one.is_baseline else 0.25,
                "zorder": 2,
            }
            ends = (estimate.low, estimate.high)
            axes.plot(*((ends, (at, at)) if horizontal else ((at, at), ends)), **look)
    members = sorted(
        (one for one in spots if one.is_on_front and one.has_all_pairs),
        key=lambda one: one.content.mean,
    )
    axes.plot(
        [one.content.mean for one in members],
        [one.style.mean for one in members],
        drawstyle="steps-pre",
        color=BLUE,
        linewidth=1.1,
        linestyle=(0, (5, 2)),
        zorder=3,
        gid="front",
    )
    for one in spots:
        axes.plot(
            [one.content.mean],
            [one.style.mean],
            marker="D" if one.is_baseline else "o",
            markersize=6 if one.is_baseline or one.is_on_front else 4.5,
            markerfacecolor=_colour(one) if _is_filled(one) else "none",
            markeredgecolor=_colour(one),
            alpha=1 if one.is_on_front or one.is_baseline else OTHERS_ALPHA,
            linestyle="none",
            zorder=5 if one.is_baseline else 4,
        )
    axes.set_xlabel(metric_label(CONTENT))
    axes.set_ylabel(metric_label(STYLE))
    axes.margins(0.06)


def _colour(one: Spot) -> str:
    return BLUE if one.is_on_front and not one.is_baseline else INK


def _is_filled(one: Spot) -> bool:
    return one.is_baseline or (one.is_on_front and one.has_all_pairs)


def _mark(one: Spot, names: Names) -> str:
    """The words beside a point; where there is no key, how sure its place on the front is too."""
    shown = f" ({one.share})" if names.are_direct and one.share else ""
    return f"{names.mark(one.variant)}{shown}"


def _entry(one: Spot, names: Names) -> str:
    """A line of the key or more: the name and, where it still fits, its role."""
    name = wrapped(names.entry(one.variant), KEY_LETTERS, most_lines=2)
    last = name.rpartition("\n")[2]
    role = _role(one)
    return f"{name}{role}" if len(last + role) <= KEY_LETTERS else f"{name}\n{role.strip()}"


def _role(one: Spot) -> str:
    """What is to be said of a variant beside its name, in brackets."""
    words = ["baseline"] * one.is_baseline + [f"front {one.share}"] * bool(one.share)
    return f" ({', '.join(words)})" if words else ""


def _write_key(legend: Axes, spots: Sequence[Spot], entries: Sequence[str]) -> None:
    """Numbers and names, from the top down."""
    legend.set_axis_off()
    canvas = legend.figure
    height = canvas.get_figure(root=True).get_figheight()
    y = 1.0
    for one, entry in zip(spots, entries, strict=True):
        legend.text(
            0,
            y,
            entry,
            transform=legend.transAxes,
            va="top",
            fontsize=7,
            fontweight="bold" if one.is_on_front or one.is_baseline else "normal",
        )
        y -= (entry.count("\n") + 1.4) * LINE_IN / height


def _caption(spots: Sequence[Spot], named: set[str], names: Names) -> str:
    """How to read the figure."""
    sure = any(one.content.is_interval for one in spots)
    ranges = any(not one.content.is_interval for one in spots)
    bars = [
        *(["bars: 95 % intervals of the means over the pairs"] if sure else []),
        *(["thin bars: range over the pairs, where no interval may be given"] if ranges else []),
    ]
    parts = [
        "Every variant by its mean content score and style gain; up and to the right is better. "
        f"{'; '.join(bars).capitalize()}. They hold the spread between pairs; variants are "
        "compared pair by pair, so the bars of two may overlap although their difference is "
        "sure: see the differences from the baseline."
    ]
    parts.append(
        "Filled circles: no other variant has more of one score and as much of the other; the "
        "dashed steps join them. Diamond: the baseline."
    )
    if any(one.share for one in spots):
        parts.append("In percent: how often a variant is on the front when pairs are drawn anew.")
    partial = [one for one in spots if not one.has_all_pairs]
    if partial:
        parts.append(
            f"Judged on the pairs in common only, standing at the mean of their own, and not "
            f"joined: {counted(len(partial), 'variant')} with other pairs than the rest."
        )
    unnamed = sum(one.variant not in named for one in spots)
    if unnamed:
        parts.append(
            f"Without name and bars, for want of room: {counted(unnamed, 'variant')}; the "
            "baseline and members of the front come first."
        )
    if not names.are_direct:
        parts.append("Numbers are rows of the table.")
    return " ".join(parts)
