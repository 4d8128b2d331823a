"""One layer of the embedded backbone: whitened patches, spherical k-means, calibration.

Reference: Coates and Ng 2012, Learning feature representations with k-means (whitening, unit
patches, spherical k-means); Krähenbühl et al. 2016, arXiv 1511.06856 (k-means and one scale per
layer as initialisation of deep networks).

Deviations: hard assignment to the largest cosine instead of Coates and Ng's damped update; the
bias is lowered until a fixed share of positions is active, so that no channel is dead.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import avg_pool2d, conv2d, pad, relu

from harness.transfer.pretrained.kmeans.orthogonal import KERNEL_SIZE

__all__ = [
    "RECIPE_VERSION",
    "Layer",
    "Recipe",
    "forward",
    "learn_filters",
    "lowered_biases",
    "sample_patches",
    "spherical_kmeans",
    "unit_scale",
]

RECIPE_VERSION = 1

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The constants of the recipe."""

    patches: int = 40_000  # in all pictures together, for each learned layer
    patches_of_random_layers: int = 8_000  # which only calibrate
    whitening: float = 0.01  # added to the eigenvalues, as a share of the largest
    rounds: int = 12  # of k-means; the mean cosine moves by < 0.1 % after ten
    active: float = 0.4  # share of positions that are > 0 after the ReLU


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Filters (O, I, 3, 3) and biases (O,) of one convolution, float32."""

    weight: Matrix
    bias: Matrix


def sample_patches(
    features: list[torch.Tensor], count: int, generator: np.random.Generator
) -> Matrix:
    """Draw patches at random positions, the same number from every picture.

    Args:
        features: one (C, H, W) float32 tensor a picture; edges are replicated.
        count: patches in all; a picture with fewer positions gives what it has.
        generator: draws the positions.

    Returns:
        (patches, C · 9) float32, in the order of a filter's entries.
    """
    share = -(-count // len(features))
    return np.concatenate([_patches_of(one, share, generator) for one in features])


def _patches_of(features: torch.Tensor, count: int, generator: np.random.Generator) -> Matrix:
    channels, height, width = features.shape
    positions = height * width
    chosen = np.sort(generator.permutation(positions)[:count])
    rows, columns = (torch.from_numpy(index) for index in np.divmod(chosen, width))
    padded = _pad_edges(features[None])[0]
    offsets = [
        padded[:, rows + down, columns + right]
        for down in range(KERNEL_SIZE)
        for right in range(KERNEL_SIZE)
    ]
    patches = torch.stack(offsets, dim=-1).permute(1, 0, 2)  # (patches, C, 9)
    return patches.reshape(len(chosen), channels * KERNEL_SIZE**2).numpy()


def learn_filters(
    patches: Matrix, centres: int, recipe: Recipe, generator: np.random.Generator
) -> tuple[Matrix, Matrix]:
    """Learn one layer's filters from patches of the layer below (steps 1 to 3).

    Args:
        patches: (N, D) float32.
        centres: number of filters.
        recipe: constants.
        generator: draws the first centres.

    Returns:
        Filters (centres, D) and biases (centres,): the filter of a patch is its cosine-like
        response to the centre after whitening; the bias takes the mean patch away.
    """
    mean = patches.mean(axis=0, dtype=np.float64)
    whitening = _zca_matrix((patches - mean).astype(np.float32), recipe.whitening)
    whitened = (patches - mean).astype(np.float32) @ whitening
    whitened /= np.maximum(np.linalg.norm(whitened, axis=1, keepdims=True), 1e-8)
    centre_rows = spherical_kmeans(whitened, centres, recipe.rounds, generator)
    filters = centre_rows @ whitening
    return filters, (-(filters @ mean)).astype(np.float32)


def _zca_matrix(centred: Matrix, floor: float) -> Matrix:
    covariance = (centred.T @ centred).astype(np.float64) / len(centred)
    values, vectors = np.linalg.eigh(covariance)
    scales = 1 / np.sqrt(np.maximum(values, 0) + floor * values[-1])
    matrix: Matrix = ((vectors * scales) @ vectors.T).astype(np.float32)
    return matrix


def spherical_kmeans(
    unit_rows: Matrix, centres: int, rounds: int, generator: np.random.Generator
) -> Matrix:
    """Cluster rows of length 1 by their cosine.

    An empty cluster starts again at the row that its own centre fits worst.

    Args:
        unit_rows: (N, D) float32, rows of length 1; N at least ``centres``.
        centres: number of clusters.
        rounds: of assignment and update.
        generator: draws the rows that are the first centres.

    Returns:
        (centres, D) float32, rows of length 1.
    """
    first = np.sort(generator.choice(len(unit_rows), centres, replace=False))
    current = unit_rows[first].copy()
    for _ in range(rounds):
        cosines = unit_rows @ current.T
        nearest = cosines.argmax(axis=1)
        fits = cosines[np.arange(len(unit_rows)), nearest]
        current = _cluster_sums(unit_rows, nearest, centres)
        empty = np.flatnonzero(np.bincount(nearest, minlength=centres) == 0)
        current[empty] = unit_rows[np.argsort(fits, kind="stable")[: len(empty)]]
        current /= np.maximum(np.linalg.norm(current, axis=1, keepdims=True), 1e-8)
    return current


def _cluster_sums(rows: Matrix, labels: NDArray[np.intp], clusters: int) -> Matrix:
    order = np.argsort(labels, kind="stable")
    present, starts = np.unique(labels[order], return_index=True)
    sums = np.zeros((clusters, rows.shape[1]), dtype=np.float32)
    sums[present] = np.add.reduceat(rows[order], starts, axis=0)
    return sums


def lowered_biases(filters: Matrix, biases: Matrix, patches: Matrix, active: float) -> Matrix:
    """Lower biases until every channel is active at a given share of positions (step 3).

    Args:
        filters: (O, D) float32.
        biases: (O,) float32.
        patches: (N, D) float32 of the layer below.
        active: share of positions that shall be > 0.

    Returns:
        (O,) float32.
    """
    responses = patches @ filters.T + biases
    lowering: Matrix = np.quantile(responses, 1 - active, axis=0).astype(np.float32)
    return biases - lowering


def unit_scale(filters: Matrix, biases: Matrix, patches: Matrix) -> np.float32:
    """Return what filters and biases are multiplied by for an output of unit spread (step 4).

    Args:
        filters: (O, D) float32.
        biases: (O,) float32.
        patches: (N, D) float32 of the layer below.

    Returns:
        One over the standard deviation of the whole layer's output after the ReLU.
    """
    outputs = np.maximum(patches @ filters.T + biases, 0)
    return np.float32(1 / outputs.std(dtype=np.float64))


def forward(features: list[torch.Tensor], layer: Layer, *, pooled: bool) -> list[torch.Tensor]:
    """Apply one layer, its ReLU and, at the end of a block, the pooling.

    Args:
        features: one (C, H, W) float32 tensor a picture.
        layer: filters and biases.
        pooled: whether 2x2 average pooling follows.

    Returns:
        One (O, H, W) or (O, H/2, W/2) float32 tensor a picture.
    """
    weight, bias = torch.from_numpy(layer.weight), torch.from_numpy(layer.bias)
    outputs = (relu(conv2d(_pad_edges(one[None]), weight, bias)) for one in features)
    return [(avg_pool2d(output, 2) if pooled else output)[0] for output in outputs]


def _pad_edges(images: torch.Tensor) -> torch.Tensor:
    return pad(images, (1, 1, 1, 1), mode="replicate")
