"""Total variation: what a picture's differences of neighbours cost, as the public engines do."""

from torch import Tensor

from harness.transfer.padding import pad_border

__all__ = [
    "half_squared_variation",
    "isotropic_variation",
    "l1_variation",
    "nine_point_variation",
    "padded_variation",
    "power_variation",
    "total_variation",
]

_PICTURE = (1, 2, 3)


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of horizontal neighbours plus that of vertical neighbours.

    Args:
        image: (B, 3, H, W) float32 in [0, 1], sRGB.

    Returns:
        (B,) float32, at least 0; a direction with a single pixel adds 0.

    Reference:
        Mahendran and Vedaldi 2015 (arXiv 1412.0035), eq. 6 with beta = 2.

    Deviations:
        Means instead of sums, each direction over its own number of pairs of neighbours.
    """
    return _mean_square(image.diff(dim=3)) + _mean_square(image.diff(dim=2))


def padded_variation(image: Tensor) -> Tensor:
    """Sum of squared differences to the right and lower neighbours over the number of values.

    Args:
        image: (B, 3, H, W) float32, in any units.

    Returns:
        (B,) float32, at least 0, in squared units of the picture. The last column and row have
        neighbours of their own value.

    Reference:
        crowsonkb/style-transfer-pytorch of 2021, ``TVLoss``.
    """
    squares = _sum_of_squares(image.diff(dim=3)) + _sum_of_squares(image.diff(dim=2))
    return squares / image[0].numel()


def half_squared_variation(image: Tensor) -> Tensor:
    """Half the sum of squared differences to the right and lower neighbours.

    Args:
        image: (B, 3, H, W) float32, in any units.

    Returns:
        (B,) float32, at least 0, in squared units of the picture. The last row and column only
        serve as neighbours.

    Reference:
        jcjohnson/neural-style, ``TVLoss``.

    Deviations:
        There it is a gradient that no reported loss holds; here it is the loss of this gradient.
    """
    return _squared_gradients(image).sum(dim=_PICTURE) / 2


def l1_variation(image: Tensor) -> Tensor:
    """Sum of the absolute differences of horizontal and of vertical neighbours.

    Args:
        image: (B, 3, H, W) float32, in any units.

    Returns:
        (B,) float32, at least 0, in units of the picture.

    Reference:
        ProGamerGov/neural-style-pt, ``TVLoss``; gordicaleksa/pytorch-neural-style-transfer,
        ``total_variation``.
    """
    across, down = image.diff(dim=3), image.diff(dim=2)
    return across.abs().sum(dim=_PICTURE) + down.abs().sum(dim=_PICTURE)


def isotropic_variation(image: Tensor) -> Tensor:
    """Sum of the magnitudes of the gradient, in each channel: √(dx² + dy²).

    Args:
        image: (B, 3, H, W) float32, in any units.

    Returns:
        (B,) float32, at least 0, in units of the picture. The last row and column only serve as
        neighbours; where a picture is flat the gradient of this is zero.

    Reference:
        Rudin, Osher, Fatemi 1992; Mahendran and Vedaldi 2015 (arXiv 1412.0035), eq. 6 with
        beta = 1.
    """
    return power_variation(image, power=0.5)


def power_variation(image: Tensor, *, power: float) -> Tensor:
    """Sum of powers of the squared gradient, in each channel: (dx² + dy²)^power.

    Args:
        image: (B, 3, H, W) float32, in any units.
        power: Above 0; half the beta of Mahendran and Vedaldi.

    Returns:
        (B,) float32, at least 0. The last row and column only serve as neighbours; where a
        picture is flat the gradient of this is zero.

    Reference:
        Mahendran and Vedaldi 2015 (arXiv 1412.0035), eq. 6; titu1994/Neural-Style-Transfer with
        power 1.25.
    """
    squares = _squared_gradients(image)
    flat = squares == 0
    # a power below 1 has no slope at 0, and infinity times 0 is no number
    return squares.masked_fill(flat, 1).pow(power).masked_fill(flat, 0).sum(dim=_PICTURE)


def nine_point_variation(image: Tensor) -> Tensor:
    """Mean squared differences to all eight neighbours; the diagonal ones count a quarter.

    Args:
        image: (B, 3, H, W) float32, in any units.

    Returns:
        (B,) float32, at least 0, in squared units of the picture: 2/3 of the mean squares of
        dx and dy and 1/6 of those of the two diagonals. The picture is surrounded by a copy of
        its border.

    Reference:
        crowsonkb/style-transfer-pytorch of 2023, ``TVLoss``.
    """
    padded = pad_border(image, "replicate")
    inner = padded[..., 1:-1, 1:-1]
    across = padded[..., 1:-1, 2:] - inner
    down = padded[..., 2:, 1:-1] - inner
    falling = padded[..., 1:, 1:] - padded[..., :-1, :-1]
    rising = padded[..., 1:, :-1] - padded[..., :-1, 1:]
    straight = _mean_square(across) + _mean_square(down)
    diagonal = _mean_square(falling) + _mean_square(rising)
    return 2 * (straight / 3 + diagonal / 12)


def _squared_gradients(image: Tensor) -> Tensor:
    """Return dx² + dy² without the last row and column, (B, 3, H - 1, W - 1)."""
    across = image.diff(dim=3)[..., :-1, :]
    down = image.diff(dim=2)[..., :-1]
    return across.square() + down.square()


def _sum_of_squares(differences: Tensor) -> Tensor:
    return differences.square().sum(dim=_PICTURE)


def _mean_square(differences: Tensor) -> Tensor:
    pairs = max(1, differences[0].numel())
    return _sum_of_squares(differences) / pairs
