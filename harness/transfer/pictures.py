"""Pictures as bytes and as tensors."""

import numpy as np
import torch
from torch import Tensor

__all__ = ["image_of", "picture_of"]

_WHITE = 255


def image_of(picture: np.ndarray) -> Tensor:
    """Turn a picture into a tensor.

    Args:
        picture: (H, W, 3) uint8, sRGB.

    Returns:
        (1, 3, H, W) float32 in [0, 1], sRGB, contiguous, on the CPU.
    """
    pixels = torch.from_numpy(picture).permute(2, 0, 1).unsqueeze(0)
    return (pixels.float() / _WHITE).contiguous()


def picture_of(image: Tensor) -> np.ndarray:
    """Turn a tensor into a picture: values outside [0, 1] are clamped, the rest is rounded.

    Args:
        image: (1, 3, H, W) float32, sRGB, on any device.

    Returns:
        (H, W, 3) uint8, sRGB, C-contiguous.
    """
    levels = image.detach().squeeze(0).clamp(0, 1).mul(_WHITE).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
