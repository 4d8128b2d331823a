"""Everything that could be judged, and what could not."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.claims.judged import JudgedClaim, JudgedPart, JudgedQuestion
from reports.claims.rules import Claim, Rules
from reports.claims.terminal import render_claims

__all__ = ["JudgedClaims"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClaims:
    """Everything that could be judged, in the order of the rules.

    Attributes:
        rules: What they were judged by.
        claims: The claims whose experiments are all there.
        questions: The questions of which any measurement is there.
        waiting: The claims that wait for something that cannot be done yet.
        not_run: Claim → its experiments that are not there.
    """

    rules: Rules
    claims: tuple[JudgedClaim, ...]
    questions: tuple[JudgedQuestion, ...]
    waiting: tuple[Claim, ...]
    not_run: Mapping[str, tuple[str, ...]]

    @property
    def parts(self) -> tuple[JudgedPart, ...]:
        """Every measurement, those of claims first."""
        measured = [*(one.parts for one in self.claims), *(one.parts for one in self.questions)]
        return tuple(part for parts in measured for part in parts)

    @property
    def mistakes(self) -> tuple[str, ...]:
        """Where rules do not fit their sweeps: claim or question, and why."""
        named = [(one.claim.name, one.parts) for one in self.claims]
        named += [(one.question.asks, one.parts) for one in self.questions]
        return tuple(
            f"{name}: {part.mistake}" for name, parts in named for part in parts if part.mistake
        )

    def text(self, width: int) -> str:
        """Return the table of verdicts for a terminal.

        Args:
            width: Characters of a line; below 60 it gets as narrow as it can.
        """
        return render_claims(self.claims, self.questions, self.waiting, self.not_run, width=width)
