"""One evaluator for both sides of a comparison, and the scores that it gives them."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.errors import InputError, NotComparableError, StoreError
from harness.images.decode import Picture, decode_picture
from harness.scoring.evaluators import (
    EvaluatorSpec,
    choose_evaluator,
    evaluator_size,
    rebuild_evaluator,
)
from harness.spec.models import Evaluation
from harness.sweep.rescoring import Rescorer
from harness.sweep.results import Cell
from harness.sweep.side import Side, SideRun
from harness.sweep.tracking.names import ANCHOR_PREFIX, Status, Tag

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from harness.sweep.evaluation import PictureJudge

__all__ = ["CommonEvaluator", "Scoring", "SideScores", "common_evaluator"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """Who is to score pictures anew; what is None stays as they had it."""

    evaluator: str | None = None
    size_px: int | None = None

    @property
    def is_asked(self) -> bool:
        """Whether anything is to be scored anew."""
        return self.evaluator is not None or self.size_px is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonEvaluator:
    """Who scored both sides; ``spec`` rebuilds it, to score what has no scores of it yet."""

    id: str
    spec: Callable[[], EvaluatorSpec]
    lpips_reason: str


def common_evaluator(sides: Sequence[Side], scoring: Scoring) -> CommonEvaluator:
    """Choose whose scores both sides are compared by.

    Raises:
        NotComparableError: Different evaluators scored them, and no other was asked for.
        ParametersError: The evaluator that was asked for has no parameters on this machine.
    """
    optimised = {
        run.tags[Tag.PARAMETERS]
        for side in sides
        for run in side.stored
        if Tag.PARAMETERS in run.tags
    }
    scored = {side.label: side.evaluator for side in sides if side.evaluator}
    if scoring.is_asked or not scored:
        first = next(iter(scored.values()), "")
        spec = _asked(scoring, first, optimised)
        return CommonEvaluator(id=spec.id, spec=lambda: spec, lpips_reason=spec.lpips_reason)
    own = next(iter(scored.values()))
    if any(one != own for one in scored.values()):
        listed = "".join(f"\n  {label}: {name}" for label, name in scored.items())
        raise NotComparableError(
            f"scores of different evaluators never share a table:{listed}\n"
            "--evaluator or --size scores the pictures of both anew, by one"
        )
    return CommonEvaluator(
        id=own,
        spec=lambda: rebuild_evaluator(own, optimised),
        lpips_reason=next((side.lpips_reason for side in sides if side.lpips_reason), ""),
    )


def _asked(scoring: Scoring, own: str, optimised: set[str]) -> EvaluatorSpec:
    """Return the evaluator that was asked for; what was not asked is as the first side has it."""
    usual = Evaluation()
    kind = scoring.evaluator or own.partition("@")[0] or usual.evaluator
    size = scoring.size_px or (evaluator_size(own) if own else usual.size)
    return choose_evaluator(kind, size_px=size, optimised=optimised)


@dataclass(slots=True)
class SideScores:
    """Gives every picture the scores of one evaluator; loads torch only if it must compute any.

    Args:
        client: The store; None if both sides are folders.
        evaluator: Who scores.
        inputs: Finds a content or a style by the SHA-256 of its file.
        balance: Share of the style in ``balance``.
        may_write: Whether the store's writer lock is held, so that new scores can be kept.
    """

    client: "MlflowClient | None"
    evaluator: CommonEvaluator
    inputs: Callable[[str], Picture]
    balance: float
    may_write: bool
    flags: dict[str, str] = field(default_factory=dict)
    """By fingerprint: what looks broken about a picture of a folder."""

    _rescorer: Rescorer | None = None
    _judge: "PictureJudge | None" = None

    def cell(self, run: SideRun) -> Cell:
        """Return a finished run with its numbers; a picture that cannot be scored has failed."""
        if run.stored is None:
            return self._judged(run)
        metrics = self._own_rescorer().metrics(
            run.stored,
            content_sha256=run.case.content_sha256,
            styles=run.case.styles,
        )
        picture = run.picture if run.picture is not None and run.picture.exists() else None
        return Cell(stored=run.stored, metrics=metrics, status=run.status, picture=picture)

    def _own_rescorer(self) -> Rescorer:
        if self._rescorer is None:
            if self.client is None:
                raise StoreError("there is no store to read scores from")
            self._rescorer = Rescorer(self.client, self.evaluator.id, self._spec, self.inputs)
        return self._rescorer

    def _spec(self) -> EvaluatorSpec:
        """Return who is to compute scores of stored runs, if they may be kept."""
        if not self.may_write:
            raise NotComparableError(
                f"some runs have no scores by {self.evaluator.id} yet; `harness report SWEEP` "
                "scores those of their sweep, --evaluator those of this comparison"
            )
        return self.evaluator.spec()

    def _judged(self, run: SideRun) -> Cell:
        from harness.sweep.evaluation import PictureJudge  # noqa: PLC0415 - torch: seldom needed

        if self._judge is None:
            self._judge = PictureJudge(self.evaluator.spec(), style_share=self.balance)
        if run.picture is None:
            raise InputError(f"{run.case.name}: there is no picture")
        logger.info("scoring %s", run.picture)
        content, style = (self.inputs(sha256) for sha256 in run.pair)
        try:
            pixels = decode_picture(run.picture.read_bytes(), name=str(run.picture))
            found = self._judge.judge(pixels, content, style)
        except (InputError, OSError) as error:
            return Cell(stored=None, metrics={}, status=str(Status.FAILED), error=str(error))
        self.flags[run.fingerprint] = ";".join(found.flags)
        scores = {name: value for name, value in found.scores.items() if name != "balance"}
        anchors = {f"{ANCHOR_PREFIX}{name}": value for name, value in found.anchors.items()}
        metrics: Mapping[str, float] = dict(found.distances) | scores | anchors
        return Cell(stored=None, metrics=metrics, status=run.status, picture=run.picture)
