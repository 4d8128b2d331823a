"""What a study tried, as its report needs it: every trial, what was searched, what was best."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # the coordinator names parameters before its first run, without pandas
    import pandas as pd

__all__ = [
    "CONSTRAINT",
    "FAILED",
    "FINISHED",
    "METRIC",
    "PARAMETER",
    "PRUNED",
    "TRIED",
    "Parameter",
    "StudyRecord",
]

# Before the names of columns, which come from a sweep file and could be "number" or "state".
METRIC, CONSTRAINT, PARAMETER = "metrics.", "constraints.", "parameters."
FINISHED, PRUNED, FAILED = "finished", "pruned", "failed"
TRIED = (FINISHED, PRUNED, FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a study: labelled choices, or numbers from ``low`` to ``high``."""

    name: str
    labels: tuple[str, ...] = ()
    low: float = math.nan
    high: float = math.nan
    is_log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyRecord:
    """A study as its report needs it.

    Attributes:
        method: How it was searched, as the sweep file names it.
        budget: How many variants it may try; None where only time limits it.
        metrics: Metric → the better direction; in the study's order.
        parameters: What was varied, in the sweep file's order.
        is_halved: Whether variants were tried small first, so that the values of pruned ones may
            come from small runs.
        trials: One row per trial, in order: ``number``, ``state`` (a word), ``variant`` (its name
            in the table; empty where it is not there), ``reason``, ``repeats`` (number of the
            trial with the same point, NaN), ``feasible``, ``begun``, ``ended`` (local time), and
            per name ``metrics.`` (value, NaN), ``constraints.`` (excess, kept if at most 0) and
            ``parameters.`` (label or number; None where it does not apply).
        shares: Parameter → share of its importance, the largest first; they sum to 1.
        no_shares_because: Why ``shares`` is empty.
    """

    method: str
    budget: int | None
    metrics: Mapping[str, Literal["min", "max"]]
    parameters: tuple[Parameter, ...]
    is_halved: bool = False
    trials: "pd.DataFrame"
    shares: Mapping[str, float] = field(default_factory=dict)
    no_shares_because: str = ""

    @property
    def first_metric(self) -> str:
        """The metric by which variants are put in order."""
        return next(iter(self.metrics))

    def sign(self, metric: str) -> int:
        """Return +1 where larger values of a metric are better, else -1."""
        return 1 if self.metrics[metric] == "max" else -1

    def counts(self) -> dict[str, int]:
        """Return how many trials have each state, those that occur, tried ones first."""
        counts = self.trials["state"].value_counts().to_dict()
        found = {str(state): int(count) for state, count in counts.items()}
        return {state: found[state] for state in sorted(found, key=_rank)}

    def tried(self) -> "pd.DataFrame":
        """Return the rows of trials that were tried and have a value, in order.

        A trial that repeats an earlier one has that one's value: it would be there twice.
        """
        has_value = self.trials[METRIC + self.first_metric].notna()
        return self.trials[has_value & self.trials["state"].isin(TRIED)]

    def finished(self) -> "pd.DataFrame":
        """Return the rows of finished trials, the best by the first metric first."""
        rows = self.trials[self.trials["state"] == FINISHED]
        metric = self.first_metric
        return rows.sort_values(METRIC + metric, ascending=self.sign(metric) < 0, kind="stable")

    def best(self) -> tuple[int, ...]:
        """Return the trials that finished, keep all constraints, and that no other one beats.

        Of several metrics that is the front, the best by the first of them first.
        """
        rows = self.finished()
        rows = rows[rows["feasible"].astype(bool)]
        columns = [rows[METRIC + metric] * self.sign(metric) for metric in self.metrics]
        points = list(zip(*columns, strict=True))
        return tuple(
            int(number)
            for number, point in zip(rows["number"], points, strict=True)
            if not any(_beats(other, point) for other in points)
        )

    def ranked(self, variants: Collection[str], baseline: str) -> list[str]:
        """Return variants in the order in which a short list takes them.

        The baseline, then those that no trial has (pictures made elsewhere), then the best, then
        feasible ones by the first metric, then all others.

        Args:
            variants: Names of the table.
            baseline: One of them.
        """
        best = set(self.best())
        metric = self.first_metric
        known = self.trials[self.trials["variant"] != ""]
        places: dict[str, tuple[int, float]] = {}
        for row in known.to_dict("records"):
            value = float(row[METRIC + metric]) * self.sign(metric)
            is_sound = row["state"] == FINISHED and bool(row["feasible"])
            group = 2 if row["number"] in best else 3 if is_sound else 4
            places[str(row["variant"])] = (group, math.inf if math.isnan(value) else -value)
        places[baseline] = (0, 0.0)
        return sorted(variants, key=lambda name: places.get(name, (1, 0.0)))


def _rank(state: str) -> int:
    return TRIED.index(state) if state in TRIED else len(TRIED)


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether a point is nowhere worse than another one and somewhere better; larger is better."""
    pairs = list(zip(one, other, strict=True))
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)
