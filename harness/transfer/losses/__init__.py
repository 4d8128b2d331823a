"""Stateless losses over tap features and pictures.

Every function takes a batch and returns one value per picture, shape (B,). Features may be
bfloat16; differences, Gram matrices and sums are formed in float32 (float64 stays float64).
"""

from harness.transfer.losses.content import (
    content_half_sum,
    content_mse,
    content_scaled_mse,
    normalized_content_mse,
)
from harness.transfer.losses.rgb import (
    RGB_SCALES,
    RgbMoments,
    mixed_moments,
    rgb_loss,
    rgb_moments,
)
from harness.transfer.losses.sliced import (
    SortedProjections,
    sliced_wasserstein_loss,
    sorted_projections,
)
from harness.transfer.losses.statistics import (
    channel_means,
    covariance_matrix,
    gram_matrix,
    mean_squares,
    raw_gram_matrix,
    shifted_gram_matrix,
    standard_deviations,
)
from harness.transfer.losses.style import (
    gatys_loss,
    gram_loss,
    mean_loss,
    normalized_gram_loss,
    scaled_gram_loss,
)
from harness.transfer.losses.total_variation import (
    half_squared_variation,
    isotropic_variation,
    l1_variation,
    nine_point_variation,
    padded_variation,
    power_variation,
    total_variation,
)
from harness.transfer.losses.wasserstein import (
    Gaussian,
    gaussian_of,
    matrix_square_root,
    wasserstein_loss,
)

__all__ = [
    "RGB_SCALES",
    "Gaussian",
    "RgbMoments",
    "SortedProjections",
    "channel_means",
    "content_half_sum",
    "content_mse",
    "content_scaled_mse",
    "covariance_matrix",
    "gatys_loss",
    "gaussian_of",
    "gram_loss",
    "gram_matrix",
    "half_squared_variation",
    "isotropic_variation",
    "l1_variation",
    "matrix_square_root",
    "mean_loss",
    "mean_squares",
    "mixed_moments",
    "nine_point_variation",
    "normalized_content_mse",
    "normalized_gram_loss",
    "padded_variation",
    "power_variation",
    "raw_gram_matrix",
    "rgb_loss",
    "rgb_moments",
    "scaled_gram_loss",
    "shifted_gram_matrix",
    "sliced_wasserstein_loss",
    "sorted_projections",
    "standard_deviations",
    "total_variation",
    "wasserstein_loss",
]
