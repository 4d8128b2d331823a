"""The embedded parameters that the package ships."""

from functools import cache
from importlib.resources import files

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import avg_pool2d, conv2d, pad, relu

from harness.errors import ParametersError
from harness.spec.backbones import BACKBONES
from harness.transfer.pretrained.choice import parameters_identity
from harness.transfer.pretrained.kmeans.asset import embedded_bytes, read_asset
from harness.transfer.pretrained.parameters import Parameters, load_parameters

NETWORKS = [("engine", "vgg19"), ("engine", "vgg16"), ("scoring", "vgg19")]
LEARNED = {("engine", "vgg19"): 9, ("engine", "vgg16"): 8, ("scoring", "vgg19"): 6}
# A contrasty photograph is active at more positions than the training pictures, a smooth one at
# fewer; 0.4 is the training pictures' share.
ACTIVE_SHARE = (0.25, 0.55)


@cache
def _loaded(role: str, backbone: str) -> Parameters:
    return load_parameters("kmeans", backbone, role=role)


def _outputs(parameters: Parameters) -> dict[str, torch.Tensor]:
    """All ReLU outputs on a photograph that no asset was made from, by plain torch."""
    with files("skimage.data").joinpath("chelsea.png").open("rb") as stream:
        pixels = np.asarray(Image.open(stream))[60:220, 100:260]
    picture = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None] / 255
    mean, std = (
        torch.tensor(values)[:, None, None] for values in (parameters.mean, parameters.std)
    )
    features, outputs = (picture - mean) / std, {}
    backbone = BACKBONES[parameters.backbone]
    for one in backbone.convolutions:
        weight, bias = parameters.convolutions[one.name]
        features = relu(conv2d(pad(features, (1, 1, 1, 1), mode="replicate"), weight, bias))
        outputs[one.name] = features
        features = avg_pool2d(features, 2) if backbone.ends_block(one.name) else features
    return outputs


@pytest.mark.parametrize(("role", "backbone"), NETWORKS)
def test_features_are_alive_and_bounded(role: str, backbone: str) -> None:
    """Learned layers are active at about 40 %; every layer stays finite and of unit order."""
    parameters = _loaded(role, backbone)

    outputs = _outputs(parameters)

    active = [float((outputs[name] > 0).float().mean()) for name in sorted(parameters.learned)]
    spreads = [float(output.std()) for output in outputs.values()]
    assert ACTIVE_SHARE[0] < min(active) <= max(active) < ACTIVE_SHARE[1]
    assert all(np.isfinite(spreads))
    assert 0.3 < min(spreads) <= max(spreads) < 3


@pytest.mark.parametrize(("role", "backbone"), NETWORKS)
def test_learned_layers_are_said(role: str, backbone: str) -> None:
    """The program knows which layers are learned: the first ones, and only they have biases."""
    parameters = _loaded(role, backbone)
    names = BACKBONES[backbone].conv_names
    with_biases = {name for name in names if bool(parameters.convolutions[name][1].any())}

    assert parameters.learned == frozenset(names[: LEARNED[role, backbone]])
    assert parameters.learned == with_biases


def test_backbones_share_the_lower_layers() -> None:
    """VGG16 and VGG19 agree up to conv3_3, after which VGG16 pools, and differ from there."""
    vgg16, vgg19 = (_loaded("engine", name).convolutions for name in ("vgg16", "vgg19"))
    shared = BACKBONES["vgg16"].conv_names[:7]

    assert shared[-1] == "conv3_3"
    assert all(torch.equal(vgg16[name][0], vgg19[name][0]) for name in shared)
    assert not torch.equal(vgg16["conv4_1"][0], vgg19["conv4_1"][0])


def test_roles_share_nothing() -> None:
    """The engine's and the scoring parameters come from other seeds and other pictures."""
    engine, scoring = (read_asset(embedded_bytes(role)).metadata for role in ("engine", "scoring"))
    photographs = [
        {name for name in metadata.pictures if name != "dead leaves"}
        for metadata in (engine, scoring)
    ]

    assert engine.seed != scoring.seed
    assert photographs[0].isdisjoint(photographs[1])
    assert parameters_identity("kmeans", "vgg19") != parameters_identity(
        "kmeans", "vgg19", role="scoring"
    )


@pytest.mark.parametrize("role", ["engine", "scoring"])
def test_metadata_describes_the_file(role: str) -> None:
    """The file holds filters for the layers it calls learned, one number for each other layer."""
    asset = read_asset(embedded_bytes(role))
    learned: set[str] = set()
    others: set[str] = set()
    for backbone, owners in asset.metadata.owners.items():
        for conv, owner in owners.items():
            kind = learned if conv in asset.metadata.learned[backbone] else others
            kind.add(f"{owner}.{conv}")

    assert asset.metadata.role == role
    assert {f"{one}.{part}" for one in learned for part in ("weight", "bias")} | {
        f"{one}.scale" for one in others
    } == set(asset.arrays)


def test_identity_is_stable() -> None:
    """The identity is the digest of what is loaded, equal on every call."""
    first = parameters_identity("kmeans", "vgg19")

    assert first == parameters_identity("kmeans", "vgg16")
    assert first == f"kmeans:engine-{read_asset(embedded_bytes('engine')).digest}"
    assert first == load_parameters("kmeans", "vgg19").identity


def test_scoring_has_no_vgg16() -> None:
    """The scoring parameters exist for VGG19 only, and say so."""
    with pytest.raises(ParametersError, match="embedded scoring parameters have no vgg16"):
        load_parameters("kmeans", "vgg16", role="scoring")


def test_unknown_role() -> None:
    """A role that does not exist is a wrong argument."""
    with pytest.raises(ValueError, match="unknown role 'judge'; there are engine, scoring"):
        load_parameters("kmeans", "vgg19", role="judge")


def test_damaged_asset() -> None:
    """One changed byte, a cut or another file is an error, never other filters."""
    content = bytearray(embedded_bytes("scoring"))
    content[len(content) // 2] ^= 1

    for damaged in (bytes(content), bytes(content[:1000]), b"", b"no archive"):
        with pytest.raises(ParametersError, match="embedded parameters are damaged"):
            read_asset(damaged)
