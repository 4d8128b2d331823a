"""How much the results of one variant differ from seed to seed."""

import itertools
import math
from collections.abc import Sequence

from metrics.pictures import Picture
from metrics.structure import ms_ssim

__all__ = ["seeds_distance"]


def seeds_distance(pictures: Sequence[Picture]) -> float:
    """``seeds/distance``: mean over all pairs of pictures of 1 - MS-SSIM.

    Neither end is better: 0 = the seed plays no part, which makes few seeds enough; more = the
    seeds give a choice of pictures.

    Args:
        pictures: The results of at least two seeds, (H, W, 3) uint8 of one size, at least 22
            pixels on each side.

    Returns:
        From 0 (equal luminance) to 1; the order of the pictures plays no part.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: there are fewer than two, one is not (H, W, 3) or below 22 pixels, or the
            sizes differ.

    Reference:
        MS-SSIM: Wang, Simoncelli, Bovik 2003, Asilomar Conference, eq. 7, by torchmetrics.
    """
    if len(pictures) < 2:  # noqa: PLR2004 a pair
        raise ValueError(f"the pictures of two seeds or more are needed, got {len(pictures)}")
    # float32 may put the similarity of equal pictures a last digit above 1
    distances = [max(0.0, 1 - ms_ssim(a, b)) for a, b in itertools.combinations(pictures, 2)]
    return math.fsum(distances) / len(distances)
