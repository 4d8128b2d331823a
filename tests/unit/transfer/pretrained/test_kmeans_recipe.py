"""One layer of the recipe, step by step."""

import numpy as np
import torch
from torch.nn.functional import conv2d, pad

from harness.transfer.pretrained.kmeans.recipe import (
    Layer,
    Recipe,
    forward,
    learn_filters,
    lowered_biases,
    sample_patches,
    spherical_kmeans,
    unit_scale,
)

FLOAT32_SUM = 1e-4  # sums of up to 300 float32 products


def _features(*sizes: int, channels: int = 4) -> list[torch.Tensor]:
    generator = np.random.default_rng(0)
    return [
        torch.from_numpy(generator.normal(size=(channels, size, size)).astype(np.float32))
        for size in sizes
    ]


def test_patches_are_what_a_convolution_sees() -> None:
    """A filter times all patches of a picture is torch's convolution with replicated edges."""
    (features,) = _features(6)
    weight = torch.from_numpy(np.random.default_rng(1).normal(size=(5, 4, 3, 3))).float()
    expected = conv2d(pad(features[None], (1, 1, 1, 1), mode="replicate"), weight)[0]

    patches = sample_patches([features], 36, np.random.default_rng(2))

    responses = patches @ weight.reshape(5, -1).numpy().T
    np.testing.assert_allclose(responses.T, expected.reshape(5, -1), atol=FLOAT32_SUM)


def test_patches_are_shared_between_pictures() -> None:
    """Every picture gives the same number of patches, at most as many as it has positions."""
    patches = sample_patches(_features(3, 20), 200, np.random.default_rng(0))

    assert patches.shape == (9 + 100, 36)


def test_kmeans_finds_separate_directions() -> None:
    """Rows around three right-angled directions are clustered to these directions."""
    generator = np.random.default_rng(0)
    directions = np.eye(3, 8, dtype=np.float32)
    rows = np.repeat(directions, 50, axis=0) + generator.normal(0, 0.05, (150, 8))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    centres = spherical_kmeans(rows, 3, 20, np.random.default_rng(4))

    assert np.allclose(np.linalg.norm(centres, axis=1), 1, atol=1e-6)
    assert sorted(centres[:, :3].argmax(axis=1)) == [0, 1, 2]
    assert centres[:, :3].max(axis=1).min() > 0.99


def test_kmeans_refills_empty_clusters() -> None:
    """A cluster that no row is nearest to starts again, and no centre is lost."""
    first, second = np.eye(2, 4, dtype=np.float32)
    rows = np.stack([first] * 30 + [second])

    centres = spherical_kmeans(rows, 2, 5, np.random.default_rng(0))

    np.testing.assert_allclose(sorted(centres.tolist()), [second, first], atol=1e-6)


def test_filters_answer_to_whitened_patches() -> None:
    """Filters and biases give the ZCA-whitened patch times a centre of length 1."""
    generator = np.random.default_rng(0)
    mixing = generator.normal(size=(12, 12))
    patches = (generator.normal(size=(4000, 12)) @ mixing + 3).astype(np.float32)
    recipe = Recipe(whitening=0.0)

    filters, biases = learn_filters(patches, 6, recipe, np.random.default_rng(1))

    # Whitened patches have unit variance in every direction, so every response has variance 1.
    responses = patches @ filters.T + biases
    np.testing.assert_allclose(responses.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(responses.std(axis=0), 1, rtol=1e-2)


def test_biases_set_the_active_share() -> None:
    """After lowering, each channel is positive at the asked share of the patches."""
    generator = np.random.default_rng(0)
    patches = generator.normal(size=(2000, 9)).astype(np.float32)
    filters = generator.normal(size=(5, 9)).astype(np.float32)

    biases = lowered_biases(filters, np.full(5, 2, np.float32), patches, 0.4)

    active = (patches @ filters.T + biases > 0).mean(axis=0)
    np.testing.assert_allclose(active, 0.4, atol=1e-3)


def test_scale_gives_unit_spread() -> None:
    """The scaled layer's output after the ReLU has standard deviation 1 over all channels."""
    generator = np.random.default_rng(0)
    patches = generator.normal(size=(2000, 9)).astype(np.float32)
    filters = 7 * generator.normal(size=(5, 9)).astype(np.float32)
    biases = generator.normal(size=5).astype(np.float32)

    scale = unit_scale(filters, biases, patches)

    outputs = np.maximum(patches @ (filters * scale).T + biases * scale, 0)
    np.testing.assert_allclose(outputs.std(), 1, rtol=1e-5)


def test_forward_pools_at_the_end_of_a_block() -> None:
    """The pooled output is the mean over 2x2 of the output that is not pooled."""
    weight = np.random.default_rng(0).normal(size=(3, 4, 3, 3)).astype(np.float32)
    layer = Layer(weight=weight, bias=np.zeros(3, np.float32))

    (full,) = forward(_features(8), layer, pooled=False)
    (pooled,) = forward(_features(8), layer, pooled=True)

    means = full.numpy().reshape(3, 4, 2, 4, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(pooled, means, atol=1e-6)
    assert float(full.min()) == 0
