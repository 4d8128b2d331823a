"""What one style transfer is asked to do."""

from dataclasses import dataclass

import numpy as np

from harness.spec.schedule import total_iterations
from harness.spec.settings import Settings

__all__ = ["TransferTask"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransferTask:
    """What to do: pictures are (H, W, 3) uint8, sRGB, of any size.

    Attributes:
        settings: All that is to be decided.
        content: The picture whose content is kept.
        style: The picture whose style is taken; the first, if there are several.
        seed: Of random starts.
        start_picture: What the file of a ``file:`` start holds.
        snapshots: Iterations, 0 (the start) to those of all scales together, at which the
            picture is kept.
        style_weight: That of ``style`` among several; only the ratios of the weights matter.
        extra_styles: More styles, each with its weight.
    """

    settings: Settings
    content: np.ndarray
    style: np.ndarray
    seed: int
    start_picture: np.ndarray | None = None
    snapshots: tuple[int, ...] = ()
    style_weight: float = 1.0
    extra_styles: tuple[tuple[np.ndarray, float], ...] = ()

    @property
    def styles(self) -> tuple[tuple[np.ndarray, float], ...]:
        """Every style with its weight."""
        return ((self.style, self.style_weight), *self.extra_styles)

    def check_snapshots(self) -> None:
        """Raise if a snapshot can never be taken.

        Raises:
            ValueError: naming those outside the run.
        """
        iterations = total_iterations(self.settings)
        outside = [at for at in self.snapshots if not 0 <= at <= iterations]
        if outside:
            raise ValueError(f"snapshots {outside} lie outside 0 to {iterations} iterations")
