"""What each swept parameter does: means over all else that was swept, the pairs as the unit."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from reports.comparison import pair_means, pair_pictures
from reports.figures.drawing import (
    BLUE,
    GRAPH_IN,
    INK,
    Canvas,
    Drawn,
    add_rule,
    metric_label,
    printable,
    wrapped,
)
from reports.figures.estimates import Estimate, estimate_mean
from reports.findings import Findings
from reports.frame import variants_in_order
from reports.material import Material
from reports.numbers import counted
from reports.verdict import CONTENT, STYLE

__all__ = ["Effect", "draw_effects", "marginal_means", "measure_effect"]

MOST_AXES = 8
MOST_VALUES = 12
AXIS_LETTERS = 44  # for which an axis has room
SLANTED_LETTERS = 20

Axes_ = Mapping[str, Mapping[str, str]]
Blocks = list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One swept axis and one score.

    Attributes:
        axis: Its name.
        reference: The value that the others are compared with: the baseline's.
        means: Value → its mean over pairs, each pair's averaged over the other axes.
        differences: Value → its paired difference from the reference, which has none.
        n_blocks: Settings of the other axes that were tried with every value.
    """

    axis: str
    reference: str
    means: Mapping[str, Estimate]
    differences: Mapping[str, Estimate]
    n_blocks: int


def draw_effects(material: Material, findings: Findings) -> Drawn | None:
    """Draw every axis that has two values which can be compared; nothing if there is none."""
    del findings
    swept = list(dict.fromkeys(name for axes in material.axes.values() for name in axes))
    found = {
        axis: effects
        for axis in swept
        if (effects := [measure_effect(material, axis, name) for name in (STYLE, CONTENT)])
        and any(effect is not None for effect in effects)
    }
    if not found:
        return None
    shown = list(found)[:MOST_AXES]
    canvas = Canvas(figsize=(GRAPH_IN, 2.1 * len(shown) + 0.2), layout="constrained")
    panels = canvas.subplots(len(shown), 2, squeeze=False)
    for row, axis in zip(panels, shown, strict=True):
        for axes, metric, effect in zip(row, (STYLE, CONTENT), found[axis], strict=True):
            _plot(axes, metric, effect, axis)
    return Drawn(
        name="effects",
        title="Effect of each swept parameter",
        caption=_caption(material, swept, shown, found),
        canvas=canvas,
    )


def measure_effect(material: Material, axis: str, metric: str) -> Effect | None:
    """Average over everything else that was swept, fairly; None if nothing can be compared.

    Only those settings of the other axes count that were tried with every value of this one, and
    on each pair only those that finished with every value there. So values are always compared
    on the same settings and pairs, also in a sweep with holes.

    Args:
        material: what the sweep's report is made of.
        axis: a swept axis.
        metric: catalogue name.
    """
    means = pair_means(material.runs, metric)
    by_block = _blocks(material, axis)
    values = _values(by_block)
    whole = [block for block in by_block if block.keys() == set(values)]
    if len(values) < 2 or not whole:  # noqa: PLR2004 - one value has no effect
        return None
    table = marginal_means(means, values, whole)
    if table.empty:
        return None
    own = material.axes.get(material.baseline, {}).get(axis, "")
    reference = own if own in values else values[0]
    pictures = pair_pictures(material.runs)
    return Effect(
        axis=axis,
        reference=reference,
        means={value: estimate_mean(table[value], pictures) for value in values},
        differences={
            value: estimate_mean(table[value] - table[reference], pictures)
            for value in values
            if value != reference
        },
        n_blocks=len(whole),
    )


def marginal_means(means: pd.DataFrame, values: Sequence[str], blocks: Blocks) -> pd.DataFrame:
    """One number per pair and value: the mean over the blocks that the pair has whole.

    Args:
        means: what ``pair_means`` returned.
        values: the axis's values.
        blocks: for each setting of the other axes, value → variant.

    Returns:
        Index pair, one column per value; pairs without a whole block are left out.
    """
    cubes = []
    for block in blocks:
        cube = means[[block[value] for value in values]].set_axis(list(values), axis=1)
        cubes.append(cube.dropna())
    return pd.concat(cubes).groupby(level=0, sort=False).mean()


def _blocks(material: Material, axis: str) -> Blocks:
    """For each setting of the other axes that occurs: the axis's value → the variant."""
    blocks: dict[Hashable, dict[str, str]] = {}
    for variant in variants_in_order(material.runs):
        place = dict(material.axes.get(variant, {}))
        if axis in place:
            value = place.pop(axis)
            blocks.setdefault(tuple(sorted(place.items())), {})[value] = variant
    return list(blocks.values())


def _values(blocks: Blocks) -> list[str]:
    """The axis's values: numbers by size, labels in the order of the sweep."""
    values = list(dict.fromkeys(value for block in blocks for value in block))
    return sorted(values, key=float) if all(map(_is_number, values)) else values


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def _plot(axes: Axes, metric: str, effect: Effect | None, axis: str) -> None:
    """One axis and one score: a point for every value."""
    axes.set_ylabel(metric_label(metric))
    axes.set_xlabel(wrapped(axis, 40, most_lines=2))
    if effect is None:
        axes.set_axis_off()
        return
    values = list(effect.means)[:MOST_VALUES]
    level = effect.means[effect.reference].mean
    add_rule(axes, y=level)
    if all(map(_is_number, values)):
        heights = [effect.means[value].mean for value in values]
        axes.plot(range(len(values)), heights, color=INK, alpha=0.3, linewidth=0.8, zorder=2)
    for at, value in enumerate(values):
        mean = effect.means[value].mean
        if value == effect.reference:
            axes.plot([at], [mean], marker="D", color=INK, markersize=6, zorder=4)
            continue
        found = effect.differences[value]
        axes.plot(
            (at, at),
            (level + found.low, level + found.high),
            color=BLUE,
            linewidth=1.6 if found.is_interval else 0.6,
            zorder=3,
        )
        axes.plot(
            [at],
            [mean],
            marker="o",
            markersize=5.5,
            color=BLUE,
            markerfacecolor=BLUE if found.is_interval else "none",
            zorder=4,
        )
    _label_values(axes, values)
    axes.set_xlim(-0.5, len(values) - 0.5)
    axes.grid(axis="y", color=INK, alpha=0.1, linewidth=0.6)


def _label_values(axes: Axes, values: Sequence[str]) -> None:
    """Values below the axis, slanted where their words are too long to stand side by side."""
    room = AXIS_LETTERS // len(values)
    labels = [printable(value) for value in values]
    fits = all(len(word) <= room for label in labels for word in label.split())
    lines = [wrapped(label, room if fits else SLANTED_LETTERS, most_lines=3) for label in labels]
    if fits:
        axes.set_xticks(range(len(values)), lines)
    else:
        axes.set_xticks(range(len(values)), lines, rotation=30, ha="right", rotation_mode="anchor")


def _caption(
    material: Material,
    swept: Sequence[str],
    shown: Sequence[str],
    found: Mapping[str, Sequence[Effect | None]],
) -> str:
    """How to read the figure, and what is not in it."""
    effects = [one for axis in shown for one in found[axis] if one is not None]
    bars = [found for one in effects for found in one.differences.values()]
    parts = [
        "Mean score for each value of each swept parameter, averaged over the settings of the "
        "others, the pairs as the unit. Diamond and dashed line: the value that the baseline has."
    ]
    if any(one.is_interval for one in bars):
        parts.append(
            "Bars: 95 % interval of the paired difference from that value, drawn around the "
            "point; one that does not meet the dashed line differs (not adjusted for the number "
            "of comparisons)."
        )
    if not all(one.is_interval for one in bars):
        parts.append(
            "Thin bars and open circles: range of the paired differences, too little for an "
            "interval."
        )
    parts.extend(_exceptions(material, swept, shown, found))
    return " ".join(parts)


def _exceptions(
    material: Material,
    swept: Sequence[str],
    shown: Sequence[str],
    found: Mapping[str, Sequence[Effect | None]],
) -> list[str]:
    """Sentences on what had to be left out."""
    parts = []
    for axis in shown:
        first = next(one for one in found[axis] if one is not None)
        total = len(_blocks(material, axis))
        if first.n_blocks < total:
            parts.append(
                f"{printable(axis)}: averaged over the {first.n_blocks} of {total} settings of "
                "the others that were tried with each of its values."
            )
        if len(first.means) > MOST_VALUES:
            parts.append(
                f"{printable(axis)}: the first {MOST_VALUES} of {len(first.means)} values."
            )
    without = [axis for axis in swept if axis not in found]
    if without:
        listed = ", ".join(map(printable, without))
        parts.append(
            f"Left out, for no setting of the others was tried with each value: {listed}."
        )
    if len(found) > len(shown):
        parts.append(f"{counted(len(found) - len(shown), 'more parameter')} left out.")
    made_elsewhere = [
        name for name in variants_in_order(material.runs) if not material.axes.get(name)
    ]
    if made_elsewhere:
        parts.append(
            f"{counted(len(made_elsewhere), 'variant')} without a place on any axis left out."
        )
    return parts
