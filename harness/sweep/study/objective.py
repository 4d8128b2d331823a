"""What a study optimises, and what it must keep to, from the numbers of a variant's runs."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.spec.cases import Case
from harness.spec.models import Bounds
from harness.sweep.results import balance_of

__all__ = ["Objective"]

BALANCE = "balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """Turns the runs of one variant into the values that a search is told.

    Seeds are averaged inside the pair first, as in every table.

    Args:
        metrics: What is optimised.
        constraints: Bounds of further metrics.
        balance: Share of the style in the metric ``balance``.
        cases: Of the study.
    """

    metrics: tuple[str, ...]
    constraints: Mapping[str, Bounds]
    balance: float
    cases: Sequence[Case]

    def values(self, runs: Mapping[int, Mapping[str, float]]) -> tuple[float, ...]:
        """Return the mean of every metric over the pairs; NaN where a run has none.

        Args:
            runs: The numbers of each case's run.
        """
        return tuple(self._mean(runs, metric) for metric in self.metrics)

    def value(self, run: Mapping[str, float]) -> float:
        """Return the first metric of one run; NaN if it has none."""
        return self._number(run, self.metrics[0])

    def excesses(self, runs: Mapping[int, Mapping[str, float]]) -> dict[str, float]:
        """Return by how much every bound is exceeded; kept where at most 0.

        Args:
            runs: The numbers of each case's run.
        """
        found: dict[str, float] = {}
        for metric, bounds in self.constraints.items():
            mean = self._mean(runs, metric)
            if bounds.min is not None:
                found[f"{metric} >= {bounds.min:g}"] = bounds.min - mean
            if bounds.max is not None:
                found[f"{metric} <= {bounds.max:g}"] = mean - bounds.max
        return found

    def gap(self, runs: Mapping[int, Mapping[str, float]]) -> str:
        """Return which value is lacking that is needed; empty where none is.

        Args:
            runs: The numbers of each case's run.
        """
        for case, run in runs.items():
            for metric in (*self.metrics, *self.constraints):
                if not math.isfinite(self._number(run, metric)):
                    return f"{self.cases[case].name}: its run has no value of {metric}"
        return ""

    def _mean(self, runs: Mapping[int, Mapping[str, float]], metric: str) -> float:
        by_pair: dict[str, list[float]] = defaultdict(list)
        for case, run in runs.items():
            by_pair[self.cases[case].pair.name].append(self._number(run, metric))
        return fmean(map(fmean, by_pair.values())) if by_pair else math.nan

    def _number(self, run: Mapping[str, float], metric: str) -> float:
        """Return a metric of a run; the balance is derived, as in every table."""
        numbers = balance_of(run, self.balance) if metric == BALANCE else run
        return float(numbers.get(metric, math.nan))
