"""Files of parameters as they are passed on: torchvision's, Caffe's, and of other networks."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from harness.errors import ParametersError
from harness.scoring.evaluators import choose_evaluator
from harness.transfer.pretrained import network_states
from harness.transfer.pretrained.choice import (
    foreign_note,
    imagenet_identity,
    parameters_identity,
    resolve_auto,
    resolve_pretrained,
)
from harness.transfer.pretrained.parameters import load_parameters
from harness.transfer.trunk import Trunk

from .conftest import SLIM

pytestmark = pytest.mark.usefixtures("slim_backbones")

State = dict[str, Tensor]


def _network(name: str) -> nn.Sequential:
    """The network's features as torch has them, with random numbers in every part."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for one in SLIM[name].convolutions:
        layers.append(nn.Conv2d(one.in_channels, one.out_channels, 3, padding=1))
        if SLIM[name].batch_norm:
            layers.append(nn.BatchNorm2d(one.out_channels))
        layers.append(nn.ReLU())
        if SLIM[name].ends_block(one.name):
            layers.append(nn.MaxPool2d(2))
    network = nn.Sequential(*layers)
    for parameter in network.parameters():
        parameter.data.normal_(0.1, 0.2)
    for key, value in network.named_buffers():
        if key.endswith("running_var"):
            value.uniform_(0.5, 2)
        elif key.endswith("running_mean"):
            value.normal_()
    return network.eval()


def _whole(name: str) -> State:
    return {f"features.{key}": value for key, value in _network(name).state_dict().items()}


def _saved(state: State, path: Path) -> str:
    torch.save(state, path)
    return str(path)


def _caffe_names(name: str) -> State:
    state = _whole(name)
    return {
        f"{one.name}.{part}": state[f"features.{one.features_index}.{part}"]
        for one in SLIM[name].convolutions
        for part in ("weight", "bias")
    }


@pytest.mark.parametrize("name", ["vgg11", "vgg13", "vgg16", "vgg19", "vgg16_bn", "vgg19_bn"])
def test_the_trunk_of_a_file_is_the_network(name: str, tmp_path: Path) -> None:
    """With maximum pooling and zeros, every last tap of a block is what torch computes there."""
    network = _network(name)
    path = _saved(_whole(name), tmp_path / "whole.pth")
    parameters = load_parameters(path, name)
    taps = [one.relu_name for one in SLIM[name].convolutions if SLIM[name].ends_block(one.name)]
    trunk = Trunk(
        parameters,
        taps=taps,
        pooling="max",
        padding="zeros",
        device=torch.device("cpu"),
        dtype=torch.float64,
    )
    image = torch.rand(1, 3, 32, 33, dtype=torch.float64)
    mean, std = (
        torch.tensor(one, dtype=torch.float64).view(1, 3, 1, 1)
        for one in (parameters.mean, parameters.std)
    )
    values, expected = (image - mean) / std, []
    with torch.no_grad():
        for layer in network.double():
            if isinstance(layer, nn.MaxPool2d):
                expected.append(values)
            values = layer(values)

    actual = trunk.features(image)

    for tap, wanted in zip(taps, expected, strict=True):
        torch.testing.assert_close(actual[tap], wanted, rtol=1e-5, atol=1e-5)


def test_a_batch_normalisations_tap_lies_between(tmp_path: Path) -> None:
    """Before it is the convolution, after it the ReLU, and the three differ."""
    path = _saved(_whole("vgg16_bn"), tmp_path / "whole.pth")
    parameters = load_parameters(path, "vgg16_bn")

    def features(*taps: str) -> State:
        trunk = Trunk(
            parameters,
            taps=taps,
            pooling="max",
            padding="zeros",
            device=torch.device("cpu"),
            dtype=torch.float32,
        )
        return trunk.features(torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)))

    together = features("conv1_2", "bn1_2", "relu1_2", "relu2_1")
    alone = {tap: features(tap)[tap] for tap in together}

    assert all(torch.equal(alone[tap], together[tap]) for tap in together)
    assert (together["bn1_2"] < 0).any()
    assert torch.equal(together["relu1_2"], together["bn1_2"].clamp_min(0))
    assert not torch.allclose(together["conv1_2"], together["bn1_2"])


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
@pytest.mark.parametrize("form", ["features alone", "convolutions by name"])
def test_other_forms_of_the_same_file(name: str, form: str, tmp_path: Path) -> None:
    """Features without a prefix and bethgelab's names give the same convolutions."""
    expected = load_parameters(_saved(_whole(name), tmp_path / "whole.pth"), name).convolutions
    state = _network(name).state_dict() if form == "features alone" else _caffe_names(name)

    actual = load_parameters(_saved(dict(state), tmp_path / "other.pth"), name).convolutions

    for one in SLIM[name].conv_names:
        assert torch.equal(expected[one][0], actual[one][0])
        assert torch.equal(expected[one][1], actual[one][1])


@pytest.mark.parametrize(
    ("file_name", "convention"),
    [
        ("vgg19-d01eb7cb.pth", "caffe"),
        ("vgg16-00b39a1b.pth", "caffe"),
        ("vgg19-74e45263.pth", "caffe"),
        ("vgg19.pth", None),
        ("mine-2024.pth", None),
    ],
)
def test_a_name_tells_of_caffe(file_name: str, convention: str | None, tmp_path: Path) -> None:
    """The hashes under which Caffe's parameters are passed on; other names tell nothing."""
    path = _saved(_whole("vgg19"), tmp_path / file_name)

    assert convention == load_parameters(path, "vgg19").convention


@pytest.mark.parametrize(
    "state",
    [
        _caffe_names("vgg19"),
        {**_whole("vgg19"), "classifier.1.weight": torch.zeros(1)},
    ],
)
def test_keys_tell_of_caffe(state: State, tmp_path: Path) -> None:
    """So do bethgelab's keys, and those of jcjohnson's files as they are downloaded."""
    path = _saved(state, tmp_path / "renamed.pth")

    assert load_parameters(path, "vgg19").convention == "caffe"


def test_the_identity_tells_what_a_name_told(tmp_path: Path) -> None:
    """Equal bytes under a name that changes what the network sees are other parameters."""
    plain = Path(_saved(_whole("vgg19"), tmp_path / "plain.pth"))
    named = tmp_path / "vgg19-d01eb7cb.pth"
    named.write_bytes(plain.read_bytes())

    expected = parameters_identity(str(plain), "vgg19") + "+caffe"

    assert expected == parameters_identity(str(named), "vgg19")
    assert expected == load_parameters(str(named), "vgg19").identity


def test_other_choices_are_torchs() -> None:
    """Embedded and random parameters expect what torchvision's do."""
    assert load_parameters("random", "vgg13_bn").convention == "torch"


def test_a_foreign_file_is_named(tmp_path: Path) -> None:
    """Parameters of a network with batch normalisation are told from those without."""
    path = _saved(_whole("vgg16_bn"), tmp_path / "bn.pth")

    with pytest.raises(ParametersError, match="parameters of vgg16_bn, not of vgg16"):
        load_parameters(path, "vgg16")


def test_the_note_on_foreign_parameters(tmp_path: Path) -> None:
    """Caffe's preprocessing on other parameters is told of; on Caffe's or unknown ones not."""
    note = foreign_note("caffe_256", "kmeans", "vgg19")
    unknown = _saved(_whole("vgg19"), tmp_path / "unknown.pth")

    assert note is not None
    assert "reproduces the formulas, not the pictures" in note
    assert "vgg19-d01eb7cb.pth" in note
    assert "vgg16-00b39a1b.pth" in (foreign_note("caffe_swapped", "kmeans", "vgg16") or "")
    assert foreign_note("caffe", "imagenet", "vgg19") is not None
    assert foreign_note("auto", "kmeans", "vgg19") is None
    assert "PyTorch on ImageNet, not to random" in (foreign_note("none", "random", "vgg19") or "")
    assert foreign_note("mean_255", "imagenet", "vgg19") is None
    assert foreign_note("caffe", f"file:{unknown}", "vgg19") is None


def test_auto_without_any_parameters() -> None:
    """There is nothing embedded for other networks: the refusal says what can be done."""
    with pytest.raises(
        ParametersError,
        match=r"auto finds no parameters of alexnet.*`harness fetch alexnet` downloads 233 MiB.*"
        r"pretrained: random .*or file:PATH",
    ):
        resolve_pretrained("auto", "alexnet")
    with pytest.raises(ParametersError, match=r"no parameters of vgg11: .*fetch vgg11 vgg19`"):
        resolve_auto(["vgg19", "vgg11"])
    assert resolve_auto(["vgg19", "vgg16"]) == resolve_auto([]) == "kmeans"
    assert resolve_pretrained("random", "alexnet") == "random"


def test_embedded_parameters_of_another_network() -> None:
    """The refusal names the networks that have them."""
    with pytest.raises(ParametersError, match="have no vgg11; they have vgg16 and vgg19"):
        load_parameters("kmeans", "vgg11")


SHAPES = {"features.0.weight": (4, 3, 3, 3), "features.0.bias": (4,), "classifier.1.bias": (2,)}


@pytest.fixture
def small_alexnet(monkeypatch: pytest.MonkeyPatch) -> State:
    """What is expected of a file of AlexNet, made small; a file that has it."""
    monkeypatch.setattr(network_states, "expected_shapes", lambda _: SHAPES)
    return {key: torch.rand(shape) for key, shape in SHAPES.items()}


def test_a_file_of_another_network(small_alexnet: State, tmp_path: Path) -> None:
    """The whole state dictionary, or that of the features alone, gives the same numbers."""
    whole = _saved({**small_alexnet, "classifier.6.bias": torch.zeros(1)}, tmp_path / "whole.pth")
    alone = {
        key.removeprefix("features."): value
        for key, value in small_alexnet.items()
        if key.startswith("features.")
    }

    expected = load_parameters(whole, "alexnet").tensors
    actual = load_parameters(_saved(alone, tmp_path / "features.pth"), "alexnet").tensors

    assert set(SHAPES) == set(expected)
    assert {"features.0.weight", "features.0.bias"} == set(actual)
    assert all(torch.equal(expected[key], actual[key]) for key in actual)
    assert load_parameters(whole, "alexnet").convention is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features.0.bias": torch.zeros(5)}, r"features\.0\.bias is \(5,\), expected \(4,\)"),
        ({"features.0.bias": None}, r"features\.0\.bias is missing, expected \(4,\)"),
        ({"features.0.bias": torch.full((4,), torch.nan)}, "holds values that are not finite"),
    ],
)
def test_a_file_that_does_not_fit(
    small_alexnet: State, change: dict[str, Tensor | None], message: str, tmp_path: Path
) -> None:
    """A parameter too few, of another shape or not finite is named."""
    state = {key: value for key, value in {**small_alexnet, **change}.items() if value is not None}
    path = _saved(state, tmp_path / "trained.pth")

    with pytest.raises(ParametersError, match=message):
        load_parameters(path, "alexnet")


def test_a_file_of_something_else(small_alexnet: State, tmp_path: Path) -> None:
    """A file without any of the parameters says what it holds."""
    del small_alexnet
    path = _saved({"layer1.weight": torch.zeros(1)}, tmp_path / "other.pth")

    with pytest.raises(ParametersError, match="none of the parameters of alexnet with 1 keys"):
        load_parameters(path, "alexnet")


def test_old_names_of_dense_layers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Torchvision's published DenseNets are older than the names of their layers."""
    key = "features.denseblock1.denselayer1.norm1.weight"
    monkeypatch.setattr(network_states, "expected_shapes", lambda _: {key: (3,)})
    path = _saved({key.replace("norm1", "norm.1"): torch.ones(3)}, tmp_path / "old.pth")

    assert key in load_parameters(path, "densenet121").tensors


def test_an_optimised_network_is_known_to_the_evaluators() -> None:
    """AlexNet is called alike as a backbone and as an evaluator, which must be independent."""
    assert imagenet_identity("alexnet") == parameters_identity("imagenet", "alexnet")
    assert choose_evaluator("auto", size_px=256, optimised=()).independent
