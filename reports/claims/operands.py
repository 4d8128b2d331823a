"""What a rule names, read off a sweep: one value for each pair."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.catalog import CATALOG
from reports.claims.rules import VARIANT, Operand
from reports.claims.way import LOSS, after_iterations
from reports.comparison import pair_means
from reports.frame import FINISHED, distinct_runs, variants_in_order
from reports.material import Material
from reports.numbers import counted
from reports.regret import measure_pair_regret

__all__ = ["UPPER_BOUND", "Measured", "chosen_variants", "measure"]

ITERATIONS = "iterations"
UPPER_BOUND = (
    "each pair's best setting is chosen and valued on the same runs, so the regret is an upper "
    "bound; two seeds would part choice and value"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """What an operand is on every pair.

    Attributes:
        by_pair: By the pair's name, in the order of the sweep; NaN where there is none.
        variants: The variants it is made of.
        lacking: Why nothing may be concluded from the values; empty where something may.
        notes: What a reader of the values should know.
        is_upper_bound: Whether the true values can only be smaller.
    """

    by_pair: "pd.Series[float]"
    variants: tuple[str, ...]
    lacking: str = ""
    notes: tuple[str, ...] = ()
    is_upper_bound: bool = False


def measure(operand: Operand, material: Material, metric: str) -> Measured:
    """Read one value for each pair off a sweep.

    Args:
        operand: What is meant.
        material: The sweep.
        metric: Catalogue name, ``iterations``, or ``loss/total`` and the like.

    Raises:
        ValueError: The sweep has no such axis, label, variant, metric or iteration, or no
            direction of the metric is better where one must be; the message says what there is.
    """
    variants = chosen_variants(operand.where, material)
    rows = material.runs[material.runs["variant"].isin(variants)]
    pairs = list(dict.fromkeys(map(str, rows["pair"])))
    lacking = _unfinished(rows)
    if not (rows["status"] == FINISHED).any():
        empty = pd.Series(np.nan, index=pairs, dtype="float64")
        return Measured(by_pair=empty, variants=variants, lacking=lacking)
    if operand.iteration is not None:
        rows = after_iterations(rows, material, metric, operand.iteration)
    else:
        _check_metric(rows, metric, material.absent)
    if operand.regret:
        return _regret(rows, metric, pairs, variants, lacking)
    means = pair_means(rows, metric).reindex(index=pairs, columns=list(variants))
    # A mean over other variants than elsewhere would be no value of this operand.
    values = means.mean(axis="columns", skipna=False)
    return Measured(
        by_pair=values, variants=variants, lacking=lacking or _unmeasured(values, metric, material)
    )


def chosen_variants(where: Mapping[str, str], material: Material) -> tuple[str, ...]:
    """Return the variants that have all those labels, in the order of the sweep.

    Args:
        where: Swept axis → label; ``variant`` stands for the whole name.
        material: The sweep.

    Raises:
        ValueError: There is no such axis, label or variant, or no variant has all the labels.
    """
    names = variants_in_order(material.runs)
    labels = {name: {**material.axes.get(name, {}), VARIANT: name} for name in names}
    for axis, label in where.items():
        known = [one[axis] for one in labels.values() if axis in one]
        if not known:
            axes = dict.fromkeys(axis for one in labels.values() for axis in one)
            raise ValueError(_unknown("swept axis", axis, axes, material))
        if label not in known:
            raise ValueError(_unknown(f"label of {axis!r}", label, dict.fromkeys(known), material))
    found = tuple(
        name for name, one in labels.items() if all(one.get(axis) == where[axis] for axis in where)
    )
    if not found:
        wanted = ", ".join(f"{axis}={label}" for axis, label in where.items())
        raise ValueError(f"no variant of the sweep {material.sweep!r} has {wanted}")
    return found


def _regret(
    rows: pd.DataFrame, metric: str, pairs: list[str], variants: tuple[str, ...], lacking: str
) -> Measured:
    """What one variant for all pairs loses on each of them."""
    found = measure_pair_regret(rows, metric)
    if found is None:
        few = "regret needs two variants and two pairs with values"
        empty = pd.Series(np.nan, index=pairs, dtype="float64")
        return Measured(by_pair=empty, variants=variants, lacking=lacking or few)
    return Measured(
        by_pair=pd.Series(dict(found.by_pair), dtype="float64").reindex(pairs),
        variants=variants,
        lacking=lacking,
        notes=() if found.is_corrected else (UPPER_BOUND,),
        is_upper_bound=not found.is_corrected,
    )


def _check_metric(rows: pd.DataFrame, metric: str, absent: Mapping[str, str]) -> None:
    """Refuse a name that nothing has; what merely was not measured here is no mistake."""
    if metric in rows.columns or metric in CATALOG or metric in absent:
        return
    names = map(str, rows.columns)
    known = [one for one in names if one in CATALOG or one == ITERATIONS or one.startswith(LOSS)]
    raise ValueError(f"there is no metric {metric!r}{_nearest(metric, known)}")


def _unfinished(rows: pd.DataFrame) -> str:
    """How many of the runs have not finished."""
    distinct = distinct_runs(rows)
    missing = int((distinct["status"] == "MISSING").sum())
    failed = int((distinct["status"] != FINISHED).sum()) - missing
    parts = [f"{failed} failed"] * bool(failed) + [f"{missing} not done"] * bool(missing)
    return f"{' and '.join(parts)} of {counted(len(distinct), 'run')}" if parts else ""


def _unmeasured(values: "pd.Series[float]", metric: str, material: Material) -> str:
    """Why there is not a single value although runs have finished."""
    if values.notna().any():
        return ""
    reason = material.absent.get(metric, "no run has a value of it")
    return f"`{metric}` was not measured: {reason}"


def _unknown(what: str, name: str, known: Iterable[str], material: Material) -> str:
    return f"the sweep {material.sweep!r} has no {what} {name!r}{_nearest(name, list(known))}"


def _nearest(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"; did you mean {nearest[0]!r}" if nearest else ""
    return f"{hint}; there are: {', '.join(known) or 'none'}"
