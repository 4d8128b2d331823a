"""What came of judging: verdicts on parts, claims and questions, and what they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.claims.effects import Effect, Verdict
from reports.claims.rules import Claim, Part, Question

__all__ = ["JudgedClaim", "JudgedPart", "JudgedQuestion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPart:
    """One measurement and what it says.

    Attributes:
        part: The rule.
        sweep: Name of the sweep that was measured, its scale included.
        of: Variants that were measured; empty where the rule does not fit the sweep.
        less: Variants they were set beside.
        by_pair: Pair → value, in the order of the sweep; differences or logarithms of ratios
            where there are two sides.
        effect: Mean, interval, verdict.
        notes: What a reader should know of the values.
        mistake: Why the rule does not fit the sweep; empty where it does.
    """

    part: Part
    sweep: str
    of: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    by_pair: Mapping[str, float] = field(default_factory=dict)
    effect: Effect
    notes: tuple[str, ...] = ()
    mistake: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """None where nothing was expected."""
        return self.effect.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClaim:
    """A claim and the verdict on it."""

    claim: Claim
    parts: tuple[JudgedPart, ...]

    @property
    def verdict(self) -> Verdict:
        """Supported if all parts with an expectation are, contradicted if any is."""
        verdicts = {one.verdict for one in self.parts if one.verdict is not None}
        if Verdict.CONTRADICTED in verdicts:
            return Verdict.CONTRADICTED
        return Verdict.SUPPORTED if verdicts == {Verdict.SUPPORTED} else Verdict.CANNOT_TELL

    @property
    def deciding(self) -> JudgedPart | None:
        """The first part with the claim's verdict, which stands for all in a short table."""
        alike = (one for one in self.parts if one.verdict is self.verdict)
        return next(alike, next(iter(self.parts), None))


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedQuestion:
    """A question on which reports contradict each other.

    Attributes:
        question: The rule.
        claims: The claims that bear on it, as far as they were judged.
        parts: Its own measurements, as far as they were made.
        not_run: Names of claims and experiments that could not be judged here.
    """

    question: Question
    claims: tuple[JudgedClaim, ...]
    parts: tuple[JudgedPart, ...]
    not_run: tuple[str, ...] = ()
