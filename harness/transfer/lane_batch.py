"""The images of several lanes as one batch: evaluated, moved and averaged together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from harness.transfer.loop import Loop
from harness.transfer.objective import Evaluation, evaluate_batch
from harness.transfer.optimizers.average import MovingAverage
from harness.transfer.optimizers.choice import make_adam
from harness.transfer.scales import Scales
from harness.transfer.stopping import STALL_ITERATIONS
from harness.transfer.terms import Terms
from harness.transfer.trunk import Trunk

__all__ = ["LaneBatch"]


@dataclass(slots=True, kw_only=True, eq=False)
class _Lane:
    """One lane: its place in the batch, what counts for it, and the terms of its loss."""

    row: int
    loop: Loop
    terms: Terms


class LaneBatch:
    """The lanes that are under way, as one image for each.

    Args:
        loops: One for each lane, started. Their stages read from the batch from now on.
        scales: Of each, alike as :func:`harness.transfer.lane_rules.lane_key` says.
        trunk: Gives the taps that all of them read.

    Raises:
        ValueError: if their images are not of one size.
    """

    def __init__(self, loops: Sequence[Loop], scales: Sequence[Scales], *, trunk: Trunk) -> None:
        self._trunk = trunk
        self._settings = scales[0].settings
        self._lanes = [
            _Lane(row=row, loop=loop, terms=one.objective.terms)
            for row, (loop, one) in enumerate(zip(loops, scales, strict=True))
        ]
        starts = [loop.stage.optimizer.image for loop in loops]
        sizes = {(start.shape[3], start.shape[2]) for start in starts}
        if len(sizes) > 1:
            raise ValueError(f"lanes need images of one size, got {sorted(sizes)}")
        image = torch.cat(starts)
        self._adam = make_adam(self._settings, image)
        self._average = MovingAverage(image, decay=[one.settings.averaging for one in scales])
        self._gradient = torch.zeros_like(image)
        self._last, self._updates = image.clone(), 0
        for lane in self._lanes:
            lane.loop.stage = replace(lane.loop.stage, outcome=_LaneOutcome(lane, self._average))
        self._terms = self._joined_terms()

    def evaluate(self) -> list[Evaluation]:
        """Return the evaluation of every lane's image; their numbers come in one transfer."""
        image, pixel_range = self._adam.image, self._settings.pixel_range
        evaluation = evaluate_batch(
            image if pixel_range == 1 else image / pixel_range,
            trunk=self._trunk,
            terms=self._terms,
        ).per(pixel_range)
        self._gradient = evaluation.gradient
        for lane in self._lanes:
            lane.loop.stage.function.evaluations += 1
        return [evaluation.lane(lane.row, lane.terms.names) for lane in self._lanes]

    def update(self) -> list[bool]:
        """Move every image by one iteration, at its lane's rate.

        Returns:
            Of each whether this and the last few updates left it as it was.
        """
        rates = [lane.loop.rate for lane in self._lanes]
        self._adam.step(self._gradient, _rate(rates, self._gradient))
        self._average.add(self._adam.image)
        self._updates += 1
        if self._updates % STALL_ITERATIONS:
            return [False] * len(self._lanes)
        is_same = (self._adam.image == self._last).flatten(1).all(dim=1).tolist()
        self._last.copy_(self._adam.image)
        return list(is_same)

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with the lanes at these places only; the others' stages are not to be read."""
        if not rows:
            return
        self._lanes = [self._lanes[row] for row in rows]
        for row, lane in enumerate(self._lanes):
            lane.row = row
        places = torch.tensor(rows, device=self._gradient.device)
        self._adam.keep(places)
        self._average.keep(rows, places)
        self._gradient = self._gradient.index_select(0, places)
        self._last = self._last.index_select(0, places)
        self._terms = self._joined_terms()

    def _joined_terms(self) -> Terms:
        return Terms.joined([lane.terms for lane in self._lanes], device=self._gradient.device)


@dataclass(frozen=True, slots=True, eq=False)
class _LaneOutcome:
    """The result of one lane, out of the batch's."""

    lane: _Lane
    average: MovingAverage

    def add(self, image: Tensor) -> None:  # noqa: ARG002 - as the protocol has it
        """Refuse: the batch adds the iterates of all lanes.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("the batch adds iterates, not a lane")

    def value(self) -> Tensor:
        """The result so far, (1, 3, H, W)."""
        return self.average.value(self.lane.row)


def _rate(rates: Sequence[float], like: Tensor) -> float | Tensor:
    """Return one number where all agree: so a single lane is moved as it would be alone."""
    if len(set(rates)) == 1:
        return rates[0]
    return torch.tensor(rates, dtype=like.dtype, device=like.device).view(-1, 1, 1, 1)
