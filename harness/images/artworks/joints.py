"""The joints between pieces: lead in a window, mortar in a mosaic."""

import numpy as np
from PIL import Image, ImageFilter

__all__ = ["joint_mask", "soften"]


def joint_mask(pieces: np.ndarray, width_px: int) -> np.ndarray:
    """Where the joints are: 1 on the borders of the pieces and around the picture, else 0.

    Args:
        pieces: (S, S) integers, the number of the piece every pixel belongs to.
        width_px: of a joint, odd.

    Returns:
        (S, S) float64 in [0, 1], with soft edges.
    """
    joints = np.ones(pieces.shape, dtype=bool)
    edge = width_px // 2 + 1
    inner = pieces[edge:-edge, edge:-edge]
    above, left = (
        pieces[edge - 1 : -edge - 1, edge:-edge],
        pieces[edge:-edge, edge - 1 : -edge - 1],
    )
    joints[edge:-edge, edge:-edge] = (inner != above) | (inner != left)
    lines = Image.fromarray((joints * 255).astype(np.uint8))
    wide = lines.filter(ImageFilter.MaxFilter(width_px)).filter(ImageFilter.GaussianBlur(2.5))
    return np.asarray(wide, dtype=np.float64) / 255.0


def soften(mask: np.ndarray, radius_px: float) -> np.ndarray:
    """A mask in [0, 1] after a Gaussian blur."""
    image = Image.fromarray(np.rint(mask * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius_px)), dtype=np.float64) / 255.0
