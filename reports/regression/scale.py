"""How the numbers of one gate are written: in its unit, with the digits that its margin needs."""

import math
from dataclasses import dataclass

from metrics.catalog import CATALOG
from reports.numbers import ABSENT, decimals_for, fixed, signed, three_digits
from reports.regression.model import SECONDS, Finding
from reports.verdict import NAMES
from reports.versus.sides import on_one_line

__all__ = ["Scale", "scale_of"]

MEBI = 2.0**20
MOST_LOG = 100.0  # a ratio beyond is no number that anybody reads
LEAST = 1e-3  # below, powers of ten are read more easily than zeros
BYTES = "B"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The unit and the digits of one gate.

    Attributes:
        metric: Catalogue name, or ``seconds``, whose differences are logarithms of ratios.
        margin: Of the gate, above 0; NaN where there is none.
    """

    metric: str
    margin: float

    @property
    def name(self) -> str:
        """What the metric is called in a sentence."""
        if self.metric in NAMES:
            return NAMES[self.metric]
        found = CATALOG.get(self.metric)
        return found.short if found is not None else on_one_line(self.metric)

    @property
    def label(self) -> str:
        """What a table calls it: with the arrow of the better direction and the unit."""
        found = CATALOG.get(self.metric)
        arrow = f" {found.direction.arrow}".rstrip() if found is not None else ""
        is_said = self.unit in {"", "s"}  # of seconds the name says it
        return f"{self.name}{arrow}" if is_said else f"{self.name}{arrow}, {self.unit}"

    @property
    def unit(self) -> str:
        """Of values: as in "nats"; empty for a pure number."""
        found = CATALOG.get(self.metric)
        unit = found.unit if found is not None else "1"
        return {"1": "", BYTES: "MiB"}.get(unit, unit)

    @property
    def margin_words(self) -> str:
        """The margin with its unit: "0.05 nats", "20 %"."""
        if math.isnan(self.margin):
            return ABSENT
        if self.is_ratio:
            return f"{_percent(self.margin):.3g} %"
        return self._united(f"{self.margin / self._divisor:.3g}")

    @property
    def is_ratio(self) -> bool:
        """Whether differences are logarithms of ratios."""
        return self.metric == SECONDS

    def value(self, value: float) -> str:
        """A value without its unit."""
        if not math.isfinite(value):
            return ABSENT
        if self.is_ratio:
            return three_digits(value)
        return self._written(value / self._divisor, sign=False)

    def difference(self, worse_by: float, *, sign: bool = True) -> str:
        """How much worse, without the unit but for percent; below zero where it is better."""
        if not math.isfinite(worse_by):
            return ABSENT
        if self.is_ratio:
            decimals = 0 if math.isnan(self.margin) or self.margin >= math.log1p(0.1) else 1
            percent = _percent(worse_by)
            return f"{signed(percent, decimals) if sign else fixed(percent, decimals)} %"
        return self._written(worse_by / self._divisor, sign=sign)

    def interval(self, low: float, high: float) -> str:
        """The ends of an interval, as in "+0.02 … +0.09"; empty where there is none."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return ""
        ends = [self.difference(end) for end in (low, high)]
        return " … ".join([ends[0].removesuffix(" %") if self.is_ratio else ends[0], ends[1]])

    def worse(self, worse_by: float) -> str:
        """The difference in words: "worse by 0.12 nats", "12 % slower", "no different"."""
        if not math.isfinite(worse_by):
            return "not compared"
        amount = self._amount(worse_by)
        if not any(digit in amount for digit in "123456789"):
            return "no different"
        if self.is_ratio:
            return f"{amount} {'slower' if worse_by > 0 else 'faster'}"
        return f"{'worse' if worse_by > 0 else 'better'} by {amount}"

    def end(self, worse_by: float) -> str:
        """The end of an interval in words: "0.012 nats better", "12 % slower"."""
        words = self.worse(worse_by)
        direction, by, amount = words.partition(" by ")
        return f"{amount} {direction}" if by else words

    def change(self, baseline: float, candidate: float) -> str:
        """Both values, as in "1.320 → 1.200 nats"."""
        return self._united(f"{self.value(baseline)} → {self.value(candidate)}")

    def margins(self, worse_by: float) -> str:
        """How many margins that is, as in "8.2 margins"; empty where that says nothing."""
        if not (math.isfinite(worse_by) and self.margin > 0):
            return ""
        return f"{fixed(worse_by / self.margin, 1)} margins"

    @property
    def _divisor(self) -> float:
        return MEBI if self.unit == "MiB" else 1.0

    def _amount(self, worse_by: float) -> str:
        """The size of a difference with its unit and without a sign."""
        if self.is_ratio:
            return self.difference(worse_by, sign=False).lstrip("\N{MINUS SIGN}")
        return self._united(self.difference(abs(worse_by), sign=False))

    def _united(self, text: str) -> str:
        return f"{text} {self.unit}" if self.unit else text

    def _written(self, value: float, *, sign: bool) -> str:
        """One digit more than the margin's first, so that what nears it can be seen."""
        margin = self.margin / self._divisor
        if 0 < margin < LEAST:
            return f"{value:{'+' if sign else ''}.3g}".replace("-", "\N{MINUS SIGN}")
        decimals = decimals_for([margin / 10])
        return signed(value, decimals) if sign else fixed(value, decimals)


def scale_of(finding: Finding) -> Scale:
    """Return how the numbers of a finding are written."""
    return Scale(metric=finding.metric, margin=finding.margin)


def _percent(log_ratio: float) -> float:
    return 100 * math.expm1(min(log_ratio, MOST_LOG))
