"""Log pictures made elsewhere beside a sweep's runs, scored by the sweep's own evaluator."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InputError
from harness.images.decode import Picture, decode_picture
from harness.images.resize import encode_png
from harness.scoring.evaluators import rebuild_evaluator
from harness.sweep.evaluation import Evaluated, PictureJudge
from harness.sweep.tracking.externals import log_external
from harness.sweep.tracking.lookup import stored_sweep
from harness.sweep.tracking.membership import MemberCase, Membership
from harness.sweep.tracking.names import Tag

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["ExternalLog"]


@dataclass(frozen=True, slots=True)
class ExternalLog:
    """Logs pictures to one sweep of a store, under one name.

    Args:
        client: The store, with its writer lock held.
        sweep: The sweep's name.
        name: Of the tool or setting that made the pictures: their row in the table.
        membership: Of the sweep.
        judge: Scores as the sweep does.
    """

    client: "MlflowClient"
    sweep: str
    name: str
    membership: Membership
    judge: PictureJudge

    @classmethod
    def open(cls, client: "MlflowClient", sweep: str, name: str) -> "ExternalLog":
        """Prepare to log.

        Raises:
            InputError: There is no such sweep, or it has a variant of this name.
            NotComparableError: The sweep's evaluator cannot be had on this machine.
        """
        parent, membership = stored_sweep(client, sweep)
        if name in membership.variants:
            raise InputError(f"the sweep {sweep!r} has a variant {name!r} already; see --name")
        evaluator = rebuild_evaluator(parent.data.tags[Tag.EVALUATOR], optimised=())
        judge = PictureJudge(evaluator, style_share=float(parent.data.tags[Tag.BALANCE]))
        return cls(client, sweep, name, membership, judge)

    def log(self, picture: Picture, content: Picture, style: Picture) -> Evaluated:
        """Score a picture and log it; an earlier one of this name and pair is replaced.

        Raises:
            InputError: The sweep has no such pair, or the picture cannot be scored.
        """
        case = self._case(content, style)
        pixels = decode_picture(picture.data, name=picture.name)
        found = self.judge.judge(pixels, content, style)
        scores = {name: value for name, value in found.scores.items() if name != "balance"}
        log_external(
            self.client,
            self.sweep,
            self.name,
            case,
            picture_png=encode_png(pixels),
            source=picture.name,
            metrics=dict(found.distances) | scores,
            anchors=found.anchors,
            tags={
                Tag.EVALUATOR: found.evaluator,
                Tag.SECOND_EVALUATOR: found.second_evaluator,
                Tag.FLAGS: ";".join(found.flags),
            },
        )
        return found

    def _case(self, content: Picture, style: Picture) -> MemberCase:
        wanted = (content.sha256, style.sha256)
        for case in self.membership.cases:
            if (case.content_sha256, case.style_sha256) == wanted:
                return case
        pairs = dict.fromkeys(case.pair for case in self.membership.cases)
        raise InputError(
            f"{content.name} × {style.name} is no pair of the sweep {self.sweep!r}; "
            f"it has (by the bytes of their files): {', '.join(pairs)}"
        )
