"""Values on the way: after so many iterations, or of the best picture that was kept."""

import pandas as pd

from reports.claims.rules import BEST
from reports.comparison import orientation
from reports.frame import FINISHED
from reports.material import Material

__all__ = ["LOSS", "after_iterations", "best_iteration"]

LOSS = "loss/"
MOST_NAMED = 12


def after_iterations(
    rows: pd.DataFrame, material: Material, metric: str, iteration: int | str
) -> pd.DataFrame:
    """Return runs with a metric's value after so many iterations in place of the result's.

    Losses are those of the trace, as far as its points are kept; scores are those of the pictures
    on the way. Where a run ended at that iteration, its result has the value.

    Args:
        rows: Runs, see ``reports.frame``.
        material: The sweep.
        metric: What ``Material.curves`` has, or, at the last iteration, any column of ``rows``.
        iteration: From 0 on; ``best`` stands for the best of the pictures on the way and of the
            result, for losses the smallest value that is kept.

    Raises:
        ValueError: No finished run has such a value; the message says which there are. Or there
            is no best of the metric, since no direction of it is better.
    """
    curves = _curves(rows, material, metric)
    if iteration == BEST:
        best = _best(curves, metric)
        found = rows["fingerprint"].map(best)
        there_are = "there are no values on the way"
    else:
        at_once = curves[curves["iteration"] == iteration]
        found = rows["fingerprint"].map(at_once.set_index("fingerprint")["value"])
        there_are = _there_are(curves, material)
        if metric in rows.columns and "iterations" in rows.columns:
            found = found.where(found.notna() | (rows["iterations"] != iteration), rows[metric])
    if found[rows["status"] == FINISHED].isna().all():
        wanted = "at its best" if iteration == BEST else f"after {iteration} iterations"
        raise ValueError(
            f"the sweep {material.sweep!r} has no value of {metric!r} {wanted}; {there_are}"
        )
    return rows.assign(**{metric: found.astype("float64")})


def best_iteration(material: Material, fingerprint: str, metric: str) -> int | None:
    """Return after how many iterations a run was at its best; None where that is not known."""
    curves = _named(material, metric)
    mine = curves[curves["fingerprint"] == fingerprint]
    if mine["value"].isna().all():
        return None
    values = mine.set_index("iteration")["value"] * _sign(metric)
    return int(str(values.idxmax()))


def _curves(rows: pd.DataFrame, material: Material, metric: str) -> pd.DataFrame:
    """The curves of these runs' metric."""
    curves = _named(material, metric)
    finished = rows.loc[rows["status"] == FINISHED, "fingerprint"]
    mine = curves[curves["fingerprint"].isin(finished)]
    return mine.drop_duplicates(["fingerprint", "iteration"])


def _named(material: Material, metric: str) -> pd.DataFrame:
    """The curves of a metric."""
    return material.curves[material.curves["name"] == metric]


def _best(curves: pd.DataFrame, metric: str) -> "pd.Series[float]":
    """The best value of every run, by its fingerprint."""
    values = curves.groupby("fingerprint")["value"]
    return values.max() if _sign(metric) > 0 else values.min()


def _sign(metric: str) -> int:
    """+1 where larger values are better, -1 where smaller ones are."""
    sign = -1 if metric.startswith(LOSS) else orientation(metric)
    if not sign:
        raise ValueError(f"there is no best of {metric!r}: no direction of it is better")
    return sign


def _there_are(curves: pd.DataFrame, material: Material) -> str:
    """At which iterations there are values."""
    known = sorted({int(step) for step in curves["iteration"]})
    if not known:
        names = ", ".join(sorted(map(str, material.curves["name"].unique())))
        return f"on the way there are values of: {names or 'nothing'}"
    if len(known) > MOST_NAMED:
        known_text = ", ".join(map(str, known[: MOST_NAMED // 2]))
        return f"there are {known_text}, … {known[-1]} ({len(known)} points, thinned)"
    return f"there are: {', '.join(map(str, known))}"
