"""What a scheduled regression found: the plain data that its files and its page are made of."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pandas as pd

__all__ = [
    "SECONDS",
    "Determinism",
    "Failure",
    "Finding",
    "Gate",
    "PairFinding",
    "Pictures",
    "Result",
    "Side",
    "State",
    "Step",
]

SECONDS = "seconds"


class State(StrEnum):
    """A verdict on one metric of one variant, or on the whole."""

    REGRESSED = "REGRESSED"
    IMPROVED = "IMPROVED"
    EQUIVALENT = "EQUIVALENT"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_COMPARABLE = "NOT COMPARABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A metric that may turn a regression red.

    Attributes:
        metric: Catalogue name, or ``seconds``.
        margin: The least worsening that matters, above 0: in the metric's unit; of seconds the
            logarithm of the ratio.
    """

    metric: str
    margin: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFinding:
    """What became of one pair: means over the seeds that both have.

    ``worse_by`` is in the unit of the gate's margin, positive where the candidate is worse.
    """

    pair: str
    baseline: float
    candidate: float
    worse_by: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The verdict on one metric of one variant.

    Attributes:
        variant: Name of the variant.
        metric: Name of the metric.
        state: The verdict.
        margin: That of the gate.
        baseline: Mean over the pairs.
        candidate: Mean over the pairs.
        worse_by: Mean over the pairs of how much worse the candidate is, in the margin's unit;
            negative where it is better. NaN where nothing could be compared.
        low: Lower end of its 90 % interval, the one-sided 95 % bound; NaN if there is none.
        high: Upper end.
        p: Of the one-sided test that it is worse, Holm-adjusted over the gates; None if untested.
        n_seeds: Seeds per pair that the verdict rests on; 0 where seeds make no difference.
        pairs: What became of every pair, the worst first.
        broken: Pairs that are worse by so much that they are red by themselves.
        reason: One sentence, without the names of variant and metric.
    """

    variant: str
    metric: str
    state: State
    margin: float
    baseline: float
    candidate: float
    worse_by: float
    low: float = math.nan
    high: float = math.nan
    p: float | None = None
    n_seeds: int = 0
    pairs: tuple[PairFinding, ...] = ()
    broken: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Determinism:
    """Whether the engine still computes the stored numbers, to the last digits that count.

    ``is_red`` only where the machine is of the kind that the numbers were stored on.
    """

    is_same: bool
    is_red: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A run of the panel that came to nothing."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Where one side's numbers come from, for a reader.

    ``facts`` are shown in order: commit, versions, machine, date and so on.
    """

    title: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A lasting change of the level of a metric, found in the history.

    Attributes:
        variant: Name of the variant.
        metric: Catalogue name.
        at: Number of the row of the history (of this variant and metric) that it begins with.
        when: Date of that row.
        commit: Commit of that row, if known.
        before: Mean level before.
        after: Mean level since, until the next step.
        worse_by: How much worse that is, in the metric's unit; negative where it is better.
        lasts: Whether it is the last step and at least two rows long.
    """

    variant: str
    metric: str
    at: int
    when: str
    commit: str
    before: float
    after: float
    worse_by: float
    lasts: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pictures:
    """One case of the panel on both sides: (H, W, 3) uint8, sRGB; None where there is none."""

    content: np.ndarray
    style: np.ndarray
    baseline: np.ndarray | None
    candidate: np.ndarray | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """One scheduled regression, whole.

    Attributes:
        name: Name of the panel (the sweep file's).
        occasion: Name of this regression: the panel's and a date.
        question: What the file asks.
        command: The command that does it again.
        baseline: Where the baseline's numbers come from.
        candidate: Where this one's come from.
        findings: By variant, then in the order of the gates; seconds last.
        information: Likewise for what is not gated; never red.
        determinism: The first tier; None where it was left out.
        failures: Runs that came to nothing: red.
        refusal: Why nothing could be compared; empty where something was.
        notes: What a reader should know, in sentences.
        history: One row per earlier regression, variant and metric, oldest first, this one last:
            ``when`` (ISO date and time), ``occasion``, ``commit``, ``variant``, ``metric``,
            ``value`` (mean over the pairs), ``state``, ``baseline`` (its date).
        steps: Lasting changes found in it.
        pictures: By variant and pair, those that should be shown.
        links: Title → address, for further reading.
    """

    name: str
    occasion: str
    question: str
    command: str
    baseline: Side
    candidate: Side
    findings: tuple[Finding, ...] = ()
    information: tuple[Finding, ...] = ()
    determinism: Determinism | None = None
    failures: tuple[Failure, ...] = ()
    refusal: str = ""
    notes: tuple[str, ...] = ()
    history: pd.DataFrame = field(default_factory=pd.DataFrame)
    steps: tuple[Step, ...] = ()
    pictures: Mapping[tuple[str, str], Pictures] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """The verdict on the whole: the worst of its parts."""
        states = {finding.state for finding in self.findings}
        is_changed = self.determinism is not None and self.determinism.is_red
        if self.failures or is_changed or State.REGRESSED in states:
            return State.REGRESSED
        if self.refusal or not states or State.NOT_COMPARABLE in states:
            return State.NOT_COMPARABLE
        if State.INCONCLUSIVE in states:
            return State.INCONCLUSIVE
        return State.IMPROVED if State.IMPROVED in states else State.EQUIVALENT
