"""The losses of several lanes at one tap, computed together as far as they are of one kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from harness.transfer.layer_losses import LayerLoss

__all__ = ["JoinedLoss"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """Pictures of a batch whose losses are of one kind; ``rows`` is None for all of them."""

    loss: LayerLoss
    rows: Tensor | None
    pulls: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JoinedLoss:
    """Features (B, C, H, W) in, (B,) out: of each picture its own loss, or 0 if it has none."""

    parts: tuple[_Part, ...]

    @classmethod
    def of(cls, lanes: Sequence[tuple[LayerLoss, bool] | None], *, device: torch.device) -> Self:
        """Join losses, those of one kind to one.

        Args:
            lanes: For each picture its loss and whether it pulls; None if it has no loss here.
            device: Where the features are.
        """
        kinds: dict[tuple[object, ...], list[int]] = {}
        for row, lane in enumerate(lanes):
            if lane is not None:
                loss, pulls = lane
                kinds.setdefault((*loss.kind, pulls), []).append(row)
        parts = []
        for rows in kinds.values():
            own = [lane for row in rows if (lane := lanes[row]) is not None]
            is_all = len(rows) == len(lanes)
            parts.append(
                _Part(
                    loss=LayerLoss.joined([loss for loss, _ in own]),
                    rows=None if is_all else torch.tensor(rows, device=device),
                    pulls=own[0][1],
                )
            )
        return cls(parts=tuple(parts))

    def __call__(self, features: Tensor) -> Tensor:
        """Compute the loss of every picture."""
        total: Tensor | None = None
        for part in self.parts:
            own = features if part.pulls else features.detach()
            if part.rows is None:
                return part.loss(own)
            value = part.loss(_taken(own, part.rows))
            filled = value.new_zeros(len(features)).index_copy(0, part.rows, value)
            total = filled if total is None else total + filled
        if total is None:
            raise RuntimeError("a joined loss needs a part")
        return total


def _taken(features: Tensor, rows: Tensor) -> Tensor:
    """Return some pictures of a batch; channels stay last in memory where they are."""
    return features.permute(0, 2, 3, 1).index_select(0, rows).permute(0, 3, 1, 2)
