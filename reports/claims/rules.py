"""The rules by which claims are judged: written down before there is a result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "BEST",
    "VARIANT",
    "Claim",
    "Expectation",
    "How",
    "Operand",
    "Part",
    "Question",
    "Region",
    "Rules",
    "Walk",
]

VARIANT = "variant"
"""In ``Operand.where``: the whole name of a variant."""

BEST = "best"
"""``Operand.iteration`` that stands for the best picture on the way."""


class Region(StrEnum):
    """Where the mean over pairs lies if the claim is true."""

    ABOVE = "above"
    BELOW = "below"
    WITHIN = "within"
    """Between the margin's negative and the margin: no difference that matters."""


class How(StrEnum):
    """How two operands make one value of a pair."""

    DIFFERENCE = "difference"
    RATIO = "ratio"
    """The natural logarithm of the first over the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Where the mean lies if the claim is true; ``margin`` has the unit of the values."""

    region: Region
    margin: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """What gives every pair one value.

    Attributes:
        where: Swept axis → label of the variants that are meant; ``variant`` stands for the whole
            name. Runs of all of them, and of all seeds, are averaged.
        iteration: The values after so many iterations, from the trace or the pictures on the way;
            ``best`` = the best of these pictures by the metric; None = of the result.
        regret: What one variant for all pairs loses on this pair against the pair's own best; the
            one for all is that which does best on the other pairs.
    """

    where: Mapping[str, str] = field(default_factory=dict)
    iteration: int | str | None = None
    regret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One measurement that a claim rests on.

    Attributes:
        says: What is measured, in words.
        sweep: The experiment, by its file's name (``a-2``).
        metric: Catalogue name, or ``loss/total`` and the like.
        of: What is measured.
        less: What it is set beside; None where the value itself counts.
        how: How the two make one value.
        expect: Where the mean over pairs lies if the claim is true; None where the part only
            tells a number.
    """

    says: str
    sweep: str
    metric: str
    of: Operand
    less: Operand | None = None
    how: How = How.DIFFERENCE
    expect: Expectation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim of a report.

    Attributes:
        name: As in ``A3``: the report's letter and a number.
        says: The claim in our words.
        parts: What it rests on: all must hold. Empty where it waits.
        waits: What it waits for; empty where it is judged.
        caveat: What a reader of the verdict should know; may be empty.
    """

    name: str
    says: str
    parts: tuple[Part, ...] = ()
    waits: str = ""
    caveat: str = ""

    @property
    def report(self) -> str:
        """The report's letter."""
        return self.name[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question on which the reports contradict each other.

    Attributes:
        asks: The question.
        answers: Report's letter → its answer, in our words.
        claims: Names of the claims that bear on it.
        parts: Further measurements that answer it.
    """

    asks: str
    answers: Mapping[str, str]
    claims: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A sweep whose variants are the stations from one setting to another.

    Attributes:
        sweep: By its file's name.
        says: What the walk shows, in words.
        wrote: What a report wrote of it; may be empty.
    """

    sweep: str
    says: str
    wrote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All claims and the questions they contradict each other on, in the file's order.

    Attributes:
        claims: The claims, by report.
        questions: The questions.
        about: What all this is, in words; may be empty.
        reports: Letter of a report → whose it is, as far as that is said.
        walk: From one setting to another; None where there is none.
    """

    claims: tuple[Claim, ...]
    questions: tuple[Question, ...]
    about: str = ""
    reports: Mapping[str, str] = field(default_factory=dict)
    walk: Walk | None = None

    @property
    def walk_sweep(self) -> str:
        """The sweep of the walk; empty where there is none."""
        return self.walk.sweep if self.walk is not None else ""
