"""Making the embedded parameters, on a tiny configuration."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.spec.backbones import BACKBONES, Backbone, Convolution
from harness.transfer.pretrained.kmeans import make
from harness.transfer.pretrained.kmeans.asset import (
    Asset,
    embedded_bytes,
    layer_arrays,
    read_asset,
    write_asset,
)
from harness.transfer.pretrained.kmeans.make import PLANS, Plan, make_asset
from harness.transfer.pretrained.kmeans.recipe import Recipe
from harness.transfer.pretrained.kmeans.training_pictures import (
    TrainingPicture,
    training_pictures,
)


def _tiny_backbone(name: str, convs_per_block: tuple[int, ...]) -> Backbone:
    convolutions = []
    index, channels = 0, 3
    for block, count in enumerate(convs_per_block, start=1):
        for position in range(1, count + 1):
            convolutions.append(
                Convolution(
                    name=f"conv{block}_{position}",
                    block=block,
                    in_channels=channels,
                    out_channels=4 * block,
                    features_index=index,
                )
            )
            index, channels = index + 2, 4 * block
        index += 1
    return Backbone(name=name, convolutions=tuple(convolutions))


DEEP, FLAT = _tiny_backbone("deep", (2, 2, 1)), _tiny_backbone("flat", (2, 1, 1))
PLAN = Plan(
    role="engine",
    seed=5,
    last_learned="conv2_1",
    backbones=(DEEP, FLAT),
    recipe=Recipe(patches=600, patches_of_random_layers=200, rounds=3),
)


def _pictures() -> list[TrainingPicture]:
    generator = np.random.default_rng(0)
    return [
        TrainingPicture(
            name=f"noise {i}", pixels=generator.integers(0, 256, (24, 24, 3), np.uint8)
        )
        for i in range(2)
    ]


@pytest.fixture(scope="module")
def asset() -> Asset:
    """The tiny asset."""
    return make_asset(PLAN, _pictures())


def test_making_is_deterministic(asset: Asset, tmp_path: Path) -> None:
    """Making an asset twice gives equal bytes."""
    write_asset(asset, tmp_path / "first.npz")
    write_asset(make_asset(PLAN, _pictures()), tmp_path / "second.npz")

    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


def test_asset_survives_the_file(asset: Asset, tmp_path: Path) -> None:
    """What is written is read again, with its metadata and digest."""
    write_asset(asset, tmp_path / "tiny.npz")

    again = read_asset((tmp_path / "tiny.npz").read_bytes())

    assert asset.metadata == again.metadata
    assert asset.digest == again.digest


def test_shared_layers_are_stored_once(asset: Asset) -> None:
    """Layers below the first difference of two backbones belong to the first of them."""
    owners = asset.metadata.owners["flat"]

    assert owners == {"conv1_1": "deep", "conv1_2": "deep", "conv2_1": "deep", "conv3_1": "flat"}
    assert asset.metadata.learned["flat"] == ("conv1_1", "conv1_2", "conv2_1")


def test_every_layer_has_its_shape(asset: Asset) -> None:
    """All layers of a backbone come out of the asset, learned or random, finite."""
    layers = {one.name: layer_arrays(asset, DEEP, one) for one in DEEP.convolutions}

    assert {one.name: (one.out_channels, one.in_channels, 3, 3) for one in DEEP.convolutions} == {
        name: weight.shape for name, (weight, _) in layers.items()
    }
    assert all(np.isfinite(weight).all() for weight, _ in layers.values())
    assert not layers["conv3_1"][1].any()
    assert layers["conv2_1"][1].any()


def test_seed_and_pictures_are_in_the_digest(asset: Asset) -> None:
    """Other pictures under the same names give another digest."""
    darker = [TrainingPicture(name=one.name, pixels=one.pixels // 2) for one in _pictures()]

    assert asset.digest != make_asset(PLAN, darker).digest


def test_script_writes_the_asset(
    asset: Asset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script makes the plan of the role that it is asked for."""
    monkeypatch.setattr(make, "PLANS", {**PLANS, "scoring": PLAN})
    monkeypatch.setattr(make, "training_pictures", lambda *_: _pictures())

    make.main(["--role", "scoring", str(tmp_path / "made.npz")])

    assert asset.digest == read_asset((tmp_path / "made.npz").read_bytes()).digest


@pytest.mark.slow
def test_script_reproduces_the_shipped_filters() -> None:
    """The recipe and the training pictures still give the filters that the package ships."""
    shipped = read_asset(embedded_bytes("scoring"))
    beginning = Backbone(name="vgg19", convolutions=BACKBONES["vgg19"].convolutions[:3])
    plan = replace(PLANS["scoring"], last_learned="conv2_1", backbones=(beginning,))
    pictures = training_pictures("scoring", np.random.default_rng(plan.seed))

    made = make_asset(plan, pictures)

    assert shipped.metadata.pictures == made.metadata.pictures
    for name in ("conv1_1", "conv1_2", "conv2_1"):
        cosines = _cosines(made, shipped, f"vgg19.{name}.weight")
        assert np.quantile(cosines, 0.05) > 0.999  # the tolerance across machines, see `make`


def _cosines(one: Asset, other: Asset, name: str) -> NDArray[np.float64]:
    first, second = (asset.arrays[name].astype(np.float64) for asset in (one, other))
    first, second = (rows.reshape(len(rows), -1) for rows in (first, second))
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cosines: NDArray[np.float64] = (first * second).sum(axis=1) / lengths
    return cosines
