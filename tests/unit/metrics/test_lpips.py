"""LPIPS: refused without the published parameters; its mathematics with parameters of our own."""

import dataclasses
import functools
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import lpips
import numpy as np
import pytest
import torch
import torchvision
from numpy.typing import NDArray
from torchmetrics.functional.image import lpips as reference_lpips
from torchvision.models import AlexNet_Weights, SqueezeNet1_1_Weights, VGG16_Weights

from metrics import lpips_distance, lpips_parameters
from metrics.lpips_distance import Lpips
from metrics.lpips_parameters import (
    NETS,
    LpipsNet,
    LpipsUnavailableError,
    lpips_unavailable_reason,
    trunk_path,
)

Picture = NDArray[np.uint8]
State = dict[str, torch.Tensor]

# torchmetrics guards its square roots with 1e-8 inside, lpips with 1e-10 outside.
OTHER_EPSILON = 1e-4
WEIGHTS = {
    "alex": AlexNet_Weights.IMAGENET1K_V1,
    "vgg": VGG16_Weights.IMAGENET1K_V1,
    "squeeze": SqueezeNet1_1_Weights.IMAGENET1K_V1,
}
MODELS = {
    "alex": torchvision.models.alexnet,
    "vgg": torchvision.models.vgg16,
    "squeeze": torchvision.models.squeezenet1_1,
}
SIZE = (80, 96)  # VGG16 takes a second on a larger picture

every_net = pytest.mark.parametrize("net", list(NETS))


def _random_trunk(net: str) -> State:
    """Draw parameters of all convolutions at random, under torchvision's names and shapes."""
    with torch.device("meta"):  # names and shapes without numbers: nothing is drawn
        shapes = MODELS[net]().features.state_dict()
    generator = torch.Generator().manual_seed(5)
    state = {}
    for name, meta in shapes.items():
        fan_in = meta[0].numel() if meta.ndim > 1 else 200
        values = torch.randn(meta.shape, generator=generator)
        state[f"features.{name}"] = values * (2 / fan_in) ** 0.5
    return state


def _empty_features(name: str, pretrained: bool) -> torch.nn.Module:
    """Build convolutions to load into; drawing VGG16's classifier at random takes seconds."""
    assert not pretrained
    with torch.device("meta"):
        model = getattr(torchvision.models, name)()
    features: torch.nn.Module = model.features.to_empty(device="cpu")
    return features


def _published_as(net: str, home: Path) -> LpipsNet:
    """Put random parameters below ``home``; return the net that takes them for the published."""
    path = trunk_path(home, net)
    path.parent.mkdir(parents=True)
    torch.save(_random_trunk(net), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    trusted = path.rename(path.with_name(f"{net}-{digest[:8]}.pth"))
    return dataclasses.replace(NETS[net], file=trusted.name)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, LpipsNet]]:
    """Torch homes by net with foreign parameters, and the nets that take them for published."""
    home = tmp_path_factory.mktemp("torch")
    return home, {net: _published_as(net, home / net) for net in NETS}


@pytest.fixture
def trusted(foreign: tuple[Path, Mapping[str, LpipsNet]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the torch homes, each taken for one with the published parameters."""
    home, nets = foreign
    monkeypatch.setattr(lpips_parameters, "NETS", nets)
    return home


@pytest.fixture(scope="module")
def network(foreign: tuple[Path, Mapping[str, LpipsNet]]) -> Callable[[str], Lpips]:
    """Return a function that gives LPIPS with the foreign parameters, each net built once."""
    home, nets = foreign

    @functools.cache
    def build(net: str) -> Lpips:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lpips_parameters, "NETS", nets)
            return Lpips(home / net, net)

    return build


@pytest.fixture
def foreign_home(tmp_path: Path) -> Path:
    """A torch home whose SqueezeNet has the right name and foreign parameters."""
    path = trunk_path(tmp_path, "squeeze")
    path.parent.mkdir(parents=True)
    torch.save(_random_trunk("squeeze"), path)
    return tmp_path


@every_net
def test_file_and_checksum_are_those_of_torchvision(net: str, tmp_path: Path) -> None:
    """The trunk is the file that torchvision itself would download, checked by the same prefix."""
    name = WEIGHTS[net].url.rsplit("/", 1)[1]

    assert name == trunk_path(tmp_path, net).name
    # torch hub takes the prefix out of the name in the same way
    assert torch.hub.HASH_REGEX.search(name).group(1) == NETS[net].sha256_prefix


@every_net
def test_shortest_side_is_no_shorter_than_torchvision_allows(net: str) -> None:
    """Every network sees at least what torchvision says is its smallest picture."""
    assert min(WEIGHTS[net].meta["min_size"]) <= NETS[net].shortest_side_px


def test_file_is_where_torch_hub_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is torch hub's own for this TORCH_HOME."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    assert Path(torch.hub.get_dir()) / "checkpoints" == trunk_path(tmp_path).parent


@pytest.mark.parametrize(
    ("net", "title"), [("alex", "AlexNet"), ("vgg", "VGG16"), ("squeeze", "SqueezeNet")]
)
def test_absent_parameters_are_a_reason(net: str, title: str, tmp_path: Path) -> None:
    """Without the file the reason names the network and the place that was looked at."""
    reason = lpips_unavailable_reason(tmp_path, net)

    assert reason == (
        f"{title}'s ImageNet parameters are not cached: no file {trunk_path(tmp_path, net)}"
    )


def test_alexnet_is_what_is_meant_without_a_name(tmp_path: Path) -> None:
    """Asked for no network, LPIPS is that of AlexNet."""
    assert lpips_unavailable_reason(tmp_path) == lpips_unavailable_reason(tmp_path, "alex")
    assert trunk_path(tmp_path) == trunk_path(tmp_path, "alex")


@pytest.mark.parametrize("ask", [lpips_unavailable_reason, trunk_path, Lpips])
def test_unknown_networks_are_refused(ask: Callable[[Path, str], object], tmp_path: Path) -> None:
    """A network that LPIPS was not made for is answered with the nearest name and all."""
    with pytest.raises(
        ValueError, match="no network 'vgg19'; did you mean 'vgg'; known: alex, vgg, squeeze"
    ):
        ask(tmp_path, "vgg19")


@every_net
def test_absent_parameters_are_refused(net: str, tmp_path: Path) -> None:
    """Without the file nothing is built and nothing is downloaded."""
    with pytest.raises(LpipsUnavailableError, match=rf"not cached: no file .*{NETS[net].file}"):
        Lpips(tmp_path, net)


def test_foreign_parameters_are_refused(foreign_home: Path) -> None:
    """A file with the right name and another checksum never becomes LPIPS."""
    with pytest.raises(LpipsUnavailableError, match=r"begins with [0-9a-f]{8}, .* with b8a52dc0"):
        Lpips(foreign_home, "squeeze")


@every_net
def test_right_checksum_is_available(net: str, trusted: Path) -> None:
    """A file with the expected checksum gives no reason against it."""
    assert lpips_unavailable_reason(trusted / net, net) is None


@every_net
def test_distance_agrees_with_torchmetrics(
    net: str,
    network: Callable[[str], Lpips],
    chelsea: Picture,
    coffee: Picture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The network of torchmetrics with the same trunk and its own copy of the heads agrees."""
    monkeypatch.setattr(reference_lpips, "_get_tv_model_features", _empty_features)
    reference = reference_lpips._LPIPS(pretrained=True, net=net, pnet_rand=True)
    trunk = network(net)._network.net.state_dict()
    names = zip(reference.net.state_dict(), trunk, strict=True)
    reference.net.load_state_dict({theirs: trunk[ours] for theirs, ours in names})
    pieces = [np.ascontiguousarray(picture[: SIZE[0], : SIZE[1]]) for picture in (chelsea, coffee)]
    batches = [
        torch.from_numpy(piece.transpose(2, 0, 1)[np.newaxis].astype(np.float32) / 255)
        for piece in pieces
    ]
    expected = float(reference(*batches, normalize=True).detach())

    assert expected > 0.01
    assert expected == pytest.approx(network(net).distance(*pieces), rel=OTHER_EPSILON)


@every_net
def test_trunk_is_that_of_the_file(net: str, network: Callable[[str], Lpips]) -> None:
    """All tensors of the convolutions come from the file."""
    loaded = network(net)._network.net.state_dict()
    by_index = {name.split(".", 1)[1]: tensor for name, tensor in loaded.items()}
    drawn = _random_trunk(net)

    assert len(drawn) == len(by_index)
    for name, tensor in drawn.items():
        torch.testing.assert_close(
            by_index[name.removeprefix("features.")], tensor, rtol=0, atol=0
        )


@every_net
def test_distance_is_a_distance(
    net: str, network: Callable[[str], Lpips], chelsea: Picture, coffee: Picture
) -> None:
    """Zero for equal pictures, positive and symmetric otherwise."""
    a, b = (picture[: SIZE[0], : SIZE[1]] for picture in (chelsea, coffee))

    assert network(net).distance(a, a) == 0
    assert network(net).distance(a, b) > 0
    assert network(net).distance(a, b) == pytest.approx(network(net).distance(b, a))


def test_building_leaves_the_global_generator_alone(trusted: Path) -> None:
    """The random trunk that is replaced draws no number anyone else would get."""
    before = torch.get_rng_state()
    Lpips(trusted / "squeeze", "squeeze")

    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("head", [3, 6])
@pytest.mark.parametrize("change", [0.5, -1.0], ids=["random", "negative"])
def test_heads_that_are_not_the_shipped_ones_are_refused(
    change: float, head: int, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heads that the package failed to load, which it does silently, are found out."""
    build = lpips_distance._network_with_random_trunk

    def with_other_heads(net: str) -> lpips.LPIPS:
        network = build(net)
        with torch.no_grad():
            network.lins[head].model[1].weight.mul_(change)
        return network

    monkeypatch.setattr(lpips_distance, "_network_with_random_trunk", with_other_heads)

    with pytest.raises(LpipsUnavailableError, match=rf"did not load lin{head}\.model\.1\.weight"):
        Lpips(trusted / "squeeze", "squeeze")


def test_broken_network_is_refused(trusted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that tells a picture from itself is no LPIPS."""
    monkeypatch.setattr(Lpips, "distance", lambda *_: 1e-3)

    with pytest.raises(LpipsUnavailableError, match=r"of a picture with itself is 0\.001, not 0"):
        Lpips(trusted / "squeeze", "squeeze")


@pytest.mark.parametrize(
    ("shape", "message"),
    [((192, 255, 3), "equal size"), ((192, 256), r"shape \(H, W, 3\)")],
    ids=["size", "dimensions"],
)
def test_other_shapes_are_refused(
    shape: tuple[int, ...], message: str, network: Callable[[str], Lpips], chelsea: Picture
) -> None:
    """Unequal sizes and greyscale pictures are errors."""
    with pytest.raises(ValueError, match=message):
        network("squeeze").distance(chelsea, np.zeros(shape, np.uint8))


@pytest.mark.parametrize(("net", "shortest"), [("alex", 64), ("vgg", 32), ("squeeze", 17)])
def test_tiny_pictures_are_refused(
    net: str, shortest: int, network: Callable[[str], Lpips], chelsea: Picture
) -> None:
    """Each network has its smallest side, and works at that side."""
    small = chelsea[:shortest, :shortest]

    assert network(net).distance(small, 255 - small) > 0
    with pytest.raises(ValueError, match=rf"LPIPS needs {shortest} pixels on each side, got \("):
        network(net).distance(small[1:], small[1:])
