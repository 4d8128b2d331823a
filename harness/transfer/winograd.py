"""Winograd's minimal filtering: a correlation with 3×3 kernels in a quarter of the products."""

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["Winograd"]

TILE = 4  # pixels of the result a side
WINDOW = TILE + 2  # pixels that they depend on
LARGEST_BYTES = 24 * 2**20
"""Of what is transformed at a time: glibc gives larger blocks back to the system after each use,
and fetching them again, page by page, takes longer than the arithmetic."""

# The transforms of F(4×4, 3×3), of Lavin and Gray, in one dimension; two are whole numbers.
_INPUT = torch.tensor(
    [
        [4.0, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    dtype=torch.float32,
)
_KERNEL = torch.tensor(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ],
    dtype=torch.float64,
)
_OUTPUT = torch.tensor(
    [[1.0, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
    dtype=torch.float32,
)


class Winograd:
    """Correlation with fixed kernels by tiles of 4×4 pixels, in float32.

    Each tile takes 36 products a pair of channels where the sum over the kernel takes 144; the
    transforms there and back cost as much as a few dozen channels do, so it pays from about 256
    channels on. Results differ from the direct sum by a few 1e-5 of their standard deviation,
    the direct sum in float32 from the exact one by 1e-5.

    Args:
        weight: (K, C, 3, 3) float32.
        bias: (K,) float32, or None for none.
        padding: Zeros around the maps, in pixels.

    Reference:
        Lavin and Gray 2016 (arXiv 1509.09308), section 4.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, padding: int) -> None:
        kernels, channels = weight.shape[:2]
        both_ways = torch.kron(_KERNEL, _KERNEL).float()
        flat = weight.permute(2, 3, 1, 0).reshape(9, channels * kernels)
        self._weight = (both_ways @ flat).view(WINDOW**2, channels, kernels)
        self._bias, self._padding = bias, padding

    def __call__(self, values: Tensor, *, relu: bool = False) -> Tensor:
        """Correlate, see :class:`harness.transfer.correlation.Correlation`."""
        batch, channels, height, width = values.shape
        height, width = height + 2 * self._padding - 2, width + 2 * self._padding - 2
        rows, columns = -(-height // TILE), -(-width // TILE)
        windows = self._windows(values, rows, columns)
        kernels = self._weight.shape[2]
        result = values.new_empty(batch, rows * TILE, columns * TILE, kernels)
        row_bytes = WINDOW**2 * batch * columns * max(channels, kernels) * values.element_size()
        slabs = -(-rows * row_bytes // LARGEST_BYTES)
        tiles = result.view(batch, rows, TILE, columns, TILE, kernels)
        parts = min(slabs, rows)
        for own, some in zip(
            tiles.tensor_split(parts, dim=1), windows.tensor_split(parts, dim=3), strict=True
        ):
            own.copy_(self._tiles(some))
        result = result[:, :height, :width].contiguous()
        if self._bias is not None:
            result += self._bias
        return (result.relu_() if relu else result).permute(0, 3, 1, 2)

    def _tiles(self, windows: Tensor) -> Tensor:
        """Correlate windows (6, 6, B, rows, columns, C) to (B, rows, 4, columns, 4, K)."""
        batch, rows, columns, channels = windows.shape[2:]
        transformed = _both_ways(_INPUT, windows)
        products = torch.bmm(transformed.view(WINDOW**2, -1, channels), self._weight)
        tiles = _both_ways(_OUTPUT, products)
        return tiles.view(TILE, TILE, batch, rows, columns, -1).permute(2, 3, 0, 4, 1, 5)

    def _windows(self, values: Tensor, rows: int, columns: int) -> Tensor:
        """View the padded maps as (6, 6, B, rows, columns, C): the windows of all tiles."""
        height, width = values.shape[2:]
        before = self._padding
        padding = (
            before,
            columns * TILE + 2 - width - before,
            before,
            rows * TILE + 2 - height - before,
        )
        maps = functional.pad(values, padding).permute(0, 2, 3, 1).contiguous()
        picture, row, column, channel = maps.stride()
        return maps.as_strided(
            (WINDOW, WINDOW, len(maps), rows, columns, maps.shape[3]),
            (row, column, picture, TILE * row, TILE * column, channel),
        )


def _both_ways(transform: Tensor, values: Tensor) -> Tensor:
    """Transform the rows, then the columns: (6·6 ⋯) in any shape → (n, n, rest), n of (n, 6)."""
    by_row = transform @ values.reshape(WINDOW, -1)
    return transform @ by_row.view(len(transform), WINDOW, -1)
