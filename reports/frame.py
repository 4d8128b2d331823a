"""The frame of runs that every report starts from: one row per (variant, case).

Columns that must be there are in ``REQUIRED_COLUMNS``; metric columns carry their catalogue name
(``style/gain``; ``second/style/gain`` for the second evaluator), NaN where a value is absent.
``style_group`` may be there: styles that share pictures have one value in it.
"""

import pandas as pd

from metrics.catalog import CATALOG

__all__ = [
    "check_runs",
    "distinct_runs",
    "finished_runs",
    "metric_columns",
    "non_empty",
    "variants_in_order",
]

FINISHED = "FINISHED"
REQUIRED_COLUMNS = (
    "variant",
    "variant_index",
    "case",
    "content",
    "style",
    "pair",
    "seed",
    "status",
    "fingerprint",
    "evaluator_id",
    "numerics_key",
    "timing_key",
    "loss_key",
)


def check_runs(runs: pd.DataFrame, baseline: str) -> None:
    """Refuse a frame that no honest table can be made of.

    Args:
        runs: one row per (variant, case).
        baseline: label of the variant the others are compared with.

    Raises:
        ValueError: a column is missing, the baseline is not among the variants, two variants
            share a label, or the runs were scored by different evaluators.
    """
    absent = [name for name in REQUIRED_COLUMNS if name not in runs.columns]
    if absent:
        raise ValueError(f"runs lacks the columns {', '.join(absent)}")
    labels = runs.drop_duplicates(["variant", "variant_index"])["variant"]
    if labels.duplicated().any():
        shared = ", ".join(sorted(set(labels[labels.duplicated()])))
        raise ValueError(f"variants need one label each; used twice: {shared}")
    if baseline not in set(labels):
        known = ", ".join(str(label) for label in labels)
        raise ValueError(f"baseline {baseline!r} is not among the variants: {known}")
    evaluators = non_empty(runs["evaluator_id"])
    if len(evaluators) > 1:
        raise ValueError(
            "scores of different evaluators never share a table; found "
            f"{', '.join(evaluators)}: score all runs with one of them first"
        )


def non_empty(column: "pd.Series[str]") -> list[str]:
    """Distinct texts of a column in order of appearance, without empty and absent ones."""
    return [str(value) for value in column.dropna().unique() if str(value)]


def variants_in_order(runs: pd.DataFrame) -> list[str]:
    """Labels of the variants by their index, which is the order of the sweep."""
    ordered = runs.sort_values("variant_index", kind="stable")
    return [str(label) for label in ordered["variant"].unique()]


def distinct_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """The rows, each run once.

    A variant that draws no random numbers has one run for all seeds of a pair; its rows carry
    one fingerprint, and only the first of them stays.
    """
    known = runs["fingerprint"].fillna("") != ""
    repeated = runs.duplicated(["variant", "pair", "fingerprint"]) & known
    return runs[~repeated]


def finished_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """The rows of finished runs, each run once."""
    return distinct_runs(runs[runs["status"] == FINISHED])


def metric_columns(runs: pd.DataFrame) -> list[str]:
    """Columns that measure a picture, in the frame's order.

    Times and memory need nothing to be measured on: they are costs, compared under other rules.
    """
    return [str(name) for name in runs.columns if name in CATALOG and CATALOG[name].needs]
