"""Loading parameters from files, the cache and the random generator, on slim backbones."""

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.errors import ParametersError
from harness.transfer.pretrained import published
from harness.transfer.pretrained.choice import parameters_identity, resolve_pretrained
from harness.transfer.pretrained.parameters import load_parameters
from harness.transfer.pretrained.published import PublishedFile

from .conftest import SLIM

pytestmark = pytest.mark.usefixtures("slim_backbones")

State = dict[str, torch.Tensor]


def _state(name: str = "vgg19") -> State:
    generator = torch.Generator().manual_seed(0)
    state: State = {}
    for one in SLIM[name].convolutions:
        shape = (one.out_channels, one.in_channels, 3, 3)
        state[f"features.{one.features_index}.weight"] = torch.randn(shape, generator=generator)
        state[f"features.{one.features_index}.bias"] = torch.randn(shape[0], generator=generator)
    return state


def _saved(content: object, folder: Path) -> str:
    path = folder / "trained.pth"
    torch.save(content, path)
    return str(path)


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
@pytest.mark.parametrize("classifier", [{}, {"classifier.0.weight": torch.zeros(2, 2)}])
def test_file(name: str, classifier: State, tmp_path: Path) -> None:
    """A torchvision-style file gives its convolutions, with or without a classifier."""
    state = _state(name)
    path = _saved({**state, **classifier}, tmp_path)

    parameters = load_parameters(path, name)

    assert parameters.backbone == name
    assert parameters.name == "trained.pth"
    assert parameters.learned == frozenset(SLIM[name].conv_names)
    for one in SLIM[name].convolutions:
        weight, bias = parameters.convolutions[one.name]
        assert torch.equal(weight, state[f"features.{one.features_index}.weight"])
        assert torch.equal(bias, state[f"features.{one.features_index}.bias"])


def test_file_identity(tmp_path: Path) -> None:
    """A file is called by its content: renaming keeps the identity, one byte changes it."""
    path = Path(_saved(_state(), tmp_path))
    expected = f"file:{hashlib.sha256(path.read_bytes()).hexdigest()}"

    before = load_parameters(str(path), "vgg19").identity
    renamed = path.rename(tmp_path / "renamed.pth")

    assert expected == before == parameters_identity(str(renamed), "vgg19")
    renamed.write_bytes(renamed.read_bytes() + b"x")
    assert expected != parameters_identity(str(renamed), "vgg19")


def test_half_precision_file(tmp_path: Path) -> None:
    """Parameters stored as float16 are loaded as float32."""
    path = _saved({key: value.half() for key, value in _state().items()}, tmp_path)

    weight, bias = load_parameters(path, "vgg19").convolutions["conv1_1"]

    assert weight.dtype == bias.dtype == torch.float32


def test_missing_file(tmp_path: Path) -> None:
    """A choice that is neither a word nor a file is named, with what is allowed."""
    with pytest.raises(ParametersError, match="neither auto, imagenet, kmeans or random nor a f"):
        load_parameters(str(tmp_path / "absent.pth"), "vgg19")


def test_folder_instead_of_file(tmp_path: Path) -> None:
    """A folder is no parameter file."""
    with pytest.raises(ParametersError, match="nor a file"):
        parameters_identity(str(tmp_path), "vgg19")


@pytest.mark.parametrize(
    "content", [b"", b"not parameters", b"PK\x03\x04 broken", b"\x80\x02}q\x00.", b"\x80\x02K"]
)
def test_damaged_file(content: bytes, tmp_path: Path) -> None:
    """Bytes that are no parameter file are one clear error."""
    path = tmp_path / "damaged.pth"
    path.write_bytes(content)

    with pytest.raises(ParametersError, match=r"damaged\.pth (is damaged, or|has no)"):
        load_parameters(str(path), "vgg19")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_truncated_file(share: float, tmp_path: Path) -> None:
    """A file that was cut off is one clear error."""
    path = Path(_saved(_state(), tmp_path))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(ParametersError, match="is damaged"):
        load_parameters(str(path), "vgg19")


class _Trap:
    """Pickles to a call that writes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return (open, (str(self._path), "w"))


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    """A pickle that calls a function is refused, and the function is not called."""
    trap = _Trap(tmp_path / "sprung")
    path = _saved({"features.0.weight": trap}, tmp_path)
    bare = tmp_path / "bare.pth"
    bare.write_bytes(pickle.dumps(trap, protocol=2))

    for one in (path, str(bare)):
        with pytest.raises(ParametersError, match="holds more than tensors"):
            load_parameters(one, "vgg19")

    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (torch.zeros(3), "holds a Tensor; allowed is a dictionary of named tensors"),
        ([torch.zeros(3)], "holds a list"),
        ({"state_dict": {}, "epoch": 3}, r"holds a dict with 2 keys \(state_dict, epoch\)"),
        ({}, r"has no `features.N.weight` with 0 keys"),
        ({"conv1.weight": torch.zeros(1)}, r"has no `features.N.weight`.*conv1.weight"),
        (
            {"conv1_1.weight": torch.zeros(1)},
            r"features.0.weight is \(1,\), expected \(4, 3, 3",
        ),
    ],
)
def test_foreign_content(content: object, message: str, tmp_path: Path) -> None:
    """A file of something else says what was found in it."""
    with pytest.raises(ParametersError, match=message):
        load_parameters(_saved(content, tmp_path), "vgg19")


def test_other_backbone(tmp_path: Path) -> None:
    """Parameters of the other backbone are recognised."""
    with pytest.raises(ParametersError, match="holds the parameters of vgg16, not of vgg19"):
        load_parameters(_saved(_state("vgg16"), tmp_path), "vgg19")


def test_wrong_shape(tmp_path: Path) -> None:
    """A layer of another shape is named with both shapes."""
    state = {**_state(), "features.5.bias": torch.zeros(7)}

    with pytest.raises(ParametersError, match=r"features\.5\.bias is \(7,\), expected \(8,\)"):
        load_parameters(_saved(state, tmp_path), "vgg19")


def test_missing_and_additional_layers(tmp_path: Path) -> None:
    """A layer too few or too many (batch normalisation, say) is named."""
    fewer = _state()
    del fewer["features.34.bias"]
    more = {**_state(), "features.1.running_mean": torch.zeros(4)}

    with pytest.raises(ParametersError, match=r"features\.34\.bias is missing"):
        load_parameters(_saved(fewer, tmp_path), "vgg19")
    with pytest.raises(ParametersError, match=r"features\.1\.running_mean is .* no such key"):
        load_parameters(_saved(more, tmp_path), "vgg19")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_finite(value: float, tmp_path: Path) -> None:
    """One NaN or infinity in a parameter file is refused."""
    state = _state()
    state["features.12.weight"][0, 0, 1, 1] = value

    with pytest.raises(ParametersError, match=r"features\.12\.weight holds .* not finite"):
        load_parameters(_saved(state, tmp_path), "vgg19")


def test_integers_are_no_parameters(tmp_path: Path) -> None:
    """Quantised parameters are refused."""
    state = {key: value.to(torch.int8) for key, value in _state().items()}

    with pytest.raises(ParametersError, match="not finite numbers"):
        load_parameters(_saved(state, tmp_path), "vgg19")


def _cache(name: str, content: object, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a file into the cache as the published one; return its identity."""
    source = Path(_saved(content, folder))
    prefix = hashlib.sha256(source.read_bytes()).hexdigest()[:8]
    file = PublishedFile(weights="", file_name=f"{name}-{prefix}.pth", size_mib=1)
    monkeypatch.setattr(published, "PUBLISHED", {name: file})
    file.path.parent.mkdir(parents=True)
    source.rename(file.path)
    return f"imagenet:{name}-{prefix}"


def test_cached_imagenet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cached published parameters are what `imagenet` and `auto` load."""
    state = {**_state("vgg16"), "classifier.0.weight": torch.zeros(2, 2)}
    identity = _cache("vgg16", state, tmp_path, monkeypatch)

    parameters = load_parameters("auto", "vgg16")

    assert parameters.name == "imagenet"
    assert parameters.identity == identity
    assert set(parameters.convolutions) == set(SLIM["vgg16"].conv_names)
    assert torch.equal(parameters.convolutions["conv3_3"][0], state["features.14.weight"])


def test_damaged_imagenet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cached file with another checksum is refused before it is read."""
    _cache("vgg19", _state(), tmp_path, monkeypatch)
    path = published.published_file("vgg19").path
    path.write_bytes(path.read_bytes() + b"x")

    with pytest.raises(ParametersError, match="is not the published file"):
        load_parameters("imagenet", "vgg19")


def test_imagenet_is_not_downloaded_unasked() -> None:
    """Missing ImageNet parameters are an error that says how to get them."""
    with pytest.raises(ParametersError, match="`harness fetch vgg19` downloads 548 MiB"):
        load_parameters("imagenet", "vgg19")


def test_auto_without_a_cache() -> None:
    """`auto` means the embedded parameters where nothing is cached; words stay words."""
    assert resolve_pretrained("auto", "vgg16") == "kmeans"
    assert resolve_pretrained("random", "vgg16") == "random"


def test_unknown_backbone() -> None:
    """A backbone that does not exist is a wrong argument, whatever the choice."""
    with pytest.raises(ValueError, match="unknown backbone 'vgg12'"):
        load_parameters("random", "vgg12")
    with pytest.raises(ValueError, match="unknown backbone 'vgg12'"):
        parameters_identity("kmeans", "vgg12")


def test_random_filters_have_he_variance() -> None:
    """Random filters have mean 0 and variance 2 / fan-in, no biases, and nothing is learned."""
    parameters = load_parameters("random", "vgg19")
    weight, bias = parameters.convolutions["conv5_2"]
    expected = np.sqrt(2 / (32 * 9))

    assert parameters.learned == frozenset()
    assert float(weight.std()) == pytest.approx(expected, rel=0.03)
    assert abs(float(weight.mean())) < 3 * expected / np.sqrt(weight.numel())
    assert not bool(bias.any())


def test_random_filters_are_fixed() -> None:
    """The control is the same on every call: its identity is its generator's version."""
    first = load_parameters("random", "vgg19")
    second = load_parameters("random", "vgg19")
    pinned = [0.30417821, -0.37752759, -0.11609809]

    assert first.identity == second.identity == "random:v1"
    assert torch.equal(first.convolutions["conv4_4"][0], second.convolutions["conv4_4"][0])
    np.testing.assert_allclose(first.convolutions["conv1_1"][0][0, 0, 0], pinned, rtol=1e-5)
