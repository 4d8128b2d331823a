"""Structure shared with the content: SSIM, multi-scale SSIM and the F1 score of edges."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from skimage.feature import canny
from skimage.metrics import structural_similarity

from metrics.pictures import Picture, check_same_size, luminance

__all__ = ["edge_f1", "ms_ssim", "ms_ssim_scales", "ssim"]

# Wang et al. 2004: Gaussian window of 11 pixels, standard deviation 1.5.
_WINDOW = 11
_SIGMA = 1.5

# Wang, Simoncelli, Bovik 2003, section 3.2: exponents from the finest to the coarsest scale.
_EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
# Smallest short side for each number of scales: the window must fit into the coarsest scale,
# 11 · 2^(scales - 1); 4 scales need 99 instead of 88 because torchmetrics insists.
_SHORTEST_SIDE = {5: 176, 4: 99, 3: 44, 2: 22}

_CANNY_SIGMA = 2.0
# Gradients in units of luminance a pixel (Sobel): scikit-image's defaults for floating point.
_CANNY_LOW = 0.1
_CANNY_HIGH = 0.2
_EDGE_TOLERANCE_PX = 2.0


def ssim(a: Picture, b: Picture) -> float:
    """``content/ssim``: mean structural similarity of the luminance.

    Logged for comparison with the literature. Not for ranking: an unrelated photo scores about
    0.3, more than many a good style transfer.

    Args:
        a: (H, W, 3) uint8, sRGB, at least 11 pixels on each side.
        b: The same size.

    Returns:
        From -1 to 1; 1 for equal luminance. Symmetric.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: a picture is not (H, W, 3) or below 11 pixels, or the sizes differ.

    Reference:
        Wang, Bovik, Sheikh, Simoncelli 2004, IEEE TIP 13(4), eq. 13, by scikit-image.
    """
    check_same_size(a, b)
    if min(a.shape[:2]) < _WINDOW:
        raise ValueError(f"SSIM needs {_WINDOW} pixels on each side, got {a.shape}")
    similarity = structural_similarity(  # type: ignore[no-untyped-call]
        luminance(a),
        luminance(b),
        data_range=1.0,
        gaussian_weights=True,
        sigma=_SIGMA,
        use_sample_covariance=False,
    )
    return float(similarity)


def ms_ssim_scales(height: int, width: int) -> int:
    """Number of scales, 2 to 5, that ``ms_ssim`` uses for pictures of this size.

    Five, as published, from 176 pixels on the short side; 4 from 99, 3 from 44, 2 from 22. Record
    it beside the value: values of different numbers of scales do not belong in one mean, unless
    each was anchored at its own size.

    Raises:
        ValueError: the short side is below 22 pixels.
    """
    short_side = min(height, width)
    for scales, shortest in _SHORTEST_SIDE.items():
        if short_side >= shortest:
            return scales
    raise ValueError(f"MS-SSIM needs 22 pixels on each side, got {height} x {width}")


def ms_ssim(a: Picture, b: Picture) -> float:
    """``content/ms_ssim``: multi-scale structural similarity of the luminance.

    Args:
        a: (H, W, 3) uint8, sRGB, at least 22 pixels on each side.
        b: The same size.

    Returns:
        From 0 to 1; 1 for equal luminance. Symmetric. Computed in float32, which moves the sixth
        decimal; float64 takes twelve times as long.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: a picture is not (H, W, 3) or below 22 pixels, or the sizes differ.

    Reference:
        Wang, Simoncelli, Bovik 2003, Asilomar Conference, eq. 7, by torchmetrics.

    Deviations:
        Below 176 pixels only the first ``ms_ssim_scales`` exponents are used, divided by their
        sum, so that they still add up to one. A scale whose mean is negative counts as 0
        (torchmetrics' "relu"): the published product has no real value there.
    """
    import torch  # noqa: PLC0415 the other measurements here do without torch
    from torchmetrics.functional.image import (  # noqa: PLC0415
        multiscale_structural_similarity_index_measure,
    )

    check_same_size(a, b)
    exponents = _EXPONENTS[: ms_ssim_scales(*a.shape[:2])]
    similarity = multiscale_structural_similarity_index_measure(
        torch.from_numpy(luminance(a))[None, None].float(),
        torch.from_numpy(luminance(b))[None, None].float(),
        sigma=_SIGMA,
        kernel_size=_WINDOW,
        data_range=1.0,
        betas=tuple(exponent / sum(exponents) for exponent in exponents),
        normalize="relu",
    )
    return float(similarity)


def edge_f1(a: Picture, b: Picture) -> float:
    """``content/edge_f1``: how far the edges of two pictures coincide.

    Edges are Canny's on the luminance (Gaussian of 2 pixels). Precision is the share of a's edge
    pixels within 2 pixels of an edge of b, recall the reverse; F1 is their harmonic mean.

    Args:
        a: (H, W, 3) uint8, sRGB.
        b: The same size.

    Returns:
        From 0 to 1; 1 for equal luminance and for two pictures without edges, 0 if only one has
        edges. Symmetric.

    Raises:
        TypeError: a picture is not an array of uint8.
        ValueError: a picture is not (H, W, 3), or the sizes differ.

    Reference:
        Martin, Fowlkes, Malik 2004, IEEE PAMI 26(5), section 3.1.

    Deviations:
        Edge pixels are matched to the nearest one, many to one, instead of one to one.
    """
    check_same_size(a, b)
    edges_a, edges_b = _edges(a), _edges(b)
    if not edges_a.any() or not edges_b.any():
        return float(edges_a.any() == edges_b.any())
    precision = _share_near(edges_a, edges_b)
    recall = _share_near(edges_b, edges_a)
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def _edges(picture: Picture) -> NDArray[np.bool_]:
    edges: NDArray[np.bool_] = canny(  # type: ignore[no-untyped-call]
        luminance(picture),
        sigma=_CANNY_SIGMA,
        low_threshold=_CANNY_LOW,
        high_threshold=_CANNY_HIGH,
    )
    return edges


def _share_near(edges: NDArray[np.bool_], others: NDArray[np.bool_]) -> float:
    """Share of ``edges`` that have one of ``others`` within the tolerance."""
    distance_px = distance_transform_edt(~others)
    return float((distance_px[edges] <= _EDGE_TOLERANCE_PX).mean())
