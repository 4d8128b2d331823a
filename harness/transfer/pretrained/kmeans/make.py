"""Make the embedded parameters: ``python -m harness.transfer.pretrained.kmeans.make OUT``.

On one machine the file comes out equal, byte for byte (measured, with the same number of threads).
Other linear algebra or another JPEG decoder may move single patches to another centre: a remade
filter has a cosine above 0.999 with the shipped one for 95 % of the filters of a layer. A slow
test remakes the first layers.
"""

import argparse
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import numpy as np
import torch
from numpy.typing import NDArray

from harness.spec.backbones import BACKBONES, Backbone, Convolution
from harness.transfer.pretrained.kmeans.asset import Asset, AssetMetadata, Role, write_asset
from harness.transfer.pretrained.kmeans.orthogonal import orthogonal_filters
from harness.transfer.pretrained.kmeans.recipe import (
    RECIPE_VERSION,
    Layer,
    Recipe,
    forward,
    learn_filters,
    lowered_biases,
    sample_patches,
    unit_scale,
)
from harness.transfer.pretrained.kmeans.training_pictures import TrainingPicture, training_pictures
from harness.transfer.pretrained.normalisation import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["PLANS", "Plan", "main", "make_asset"]

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is made for one role: backbones, the last learned convolution, seed, constants."""

    role: Role
    seed: int
    last_learned: str
    backbones: tuple[Backbone, ...]
    recipe: Recipe = field(default_factory=Recipe)


PLANS: Mapping[str, Plan] = {
    "engine": Plan(
        role="engine",
        seed=1,
        last_learned="conv4_1",
        backbones=(BACKBONES["vgg19"], BACKBONES["vgg16"]),
    ),
    "scoring": Plan(
        role="scoring", seed=2, last_learned="conv3_2", backbones=(BACKBONES["vgg19"],)
    ),
}


def make_asset(plan: Plan, pictures: Sequence[TrainingPicture]) -> Asset:
    """Learn the layers of a plan from pictures, and calibrate the random layers beyond.

    Args:
        plan: backbones, layers, seed and constants.
        pictures: (H, W, 3) uint8 sRGB with their names.

    Returns:
        The asset; layers that a later backbone shares with the first are stored once.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    owners: dict[str, dict[str, str]] = {}
    shared: dict[tuple[Convolution, ...], tuple[str, Layer]] = {}
    for backbone in plan.backbones:
        features = [_normalised(picture.pixels) for picture in pictures]
        owners[backbone.name] = {}
        for position, convolution in enumerate(backbone.convolutions):
            below = backbone.convolutions[: position + 1]
            if below not in shared:
                _LOGGER.info("%s %s", backbone.name, convolution.name)
                layer, stored = _make_layer(plan, backbone, convolution, features)
                shared[below] = (backbone.name, layer)
                prefix = f"{backbone.name}.{convolution.name}"
                arrays |= {f"{prefix}.{name}": array for name, array in stored.items()}
            owner, layer = shared[below]
            owners[backbone.name][convolution.name] = owner
            pooled = backbone.ends_block(convolution.name)
            features = forward(features, layer, pooled=pooled)
    return Asset(metadata=_metadata(plan, pictures, owners), arrays=arrays)


def _make_layer(
    plan: Plan, backbone: Backbone, convolution: Convolution, features: list[torch.Tensor]
) -> tuple[Layer, dict[str, NDArray[np.generic]]]:
    """Make one layer; return it as a reader of the asset will see it, and what to store."""
    seed, recipe = (plan.seed, convolution.features_index), plan.recipe
    generator = np.random.default_rng(seed)
    out_channels, in_channels = convolution.out_channels, convolution.in_channels
    if convolution.name in _learned(plan, backbone):
        patches = sample_patches(features, recipe.patches, generator)
        filters, bias = learn_filters(patches, out_channels, recipe, generator)
        bias = lowered_biases(filters, bias, patches, recipe.active)
        scale = unit_scale(filters, bias, patches)
        stored = (filters * scale).reshape(out_channels, in_channels, 3, 3).astype(np.float16)
        bias = bias * scale
        return Layer(weight=stored.astype(np.float32), bias=bias), {"weight": stored, "bias": bias}
    # Without biases: lowered ones let deep random layers answer mostly to how far a picture's
    # contrast is from the training pictures' (relative Gram distances of several hundred).
    patches = sample_patches(features, recipe.patches_of_random_layers, generator)
    weight = orthogonal_filters(out_channels, in_channels, seed)
    bias = np.zeros(out_channels, dtype=np.float32)
    scale = unit_scale(weight.reshape(out_channels, -1), bias, patches)
    return Layer(weight=weight * scale, bias=bias), {"scale": np.asarray(scale)}


def _learned(plan: Plan, backbone: Backbone) -> tuple[str, ...]:
    names = backbone.conv_names
    return names[: names.index(plan.last_learned) + 1]


def _normalised(pixels: NDArray[np.uint8]) -> torch.Tensor:
    image = torch.from_numpy(pixels.astype(np.float32) / 255)
    return ((image - torch.tensor(IMAGENET_MEAN)) / torch.tensor(IMAGENET_STD)).permute(2, 0, 1)


def _metadata(
    plan: Plan, pictures: Sequence[TrainingPicture], owners: dict[str, dict[str, str]]
) -> AssetMetadata:
    return AssetMetadata(
        role=plan.role,
        recipe_version=RECIPE_VERSION,
        seed=plan.seed,
        patches=plan.recipe.patches,
        active=plan.recipe.active,
        pictures=tuple(picture.name for picture in pictures),
        learned={backbone.name: _learned(plan, backbone) for backbone in plan.backbones},
        owners=owners,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the asset of a role and write it."""
    parser = argparse.ArgumentParser(description="Make the embedded parameters of a role.")
    parser.add_argument("--role", choices=get_args(Role), default="engine")
    parser.add_argument("--threads", type=int, default=None, help="of torch (default: its own)")
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    plan = PLANS[options.role]
    generator = np.random.default_rng(plan.seed)
    asset = make_asset(plan, training_pictures(plan.role, generator))
    write_asset(asset, options.out)
    _LOGGER.info("%s %s, digest %s", options.role, options.out, asset.digest)


if __name__ == "__main__":
    main()
