"""LPIPS: refused without the published parameters; its mathematics with parameters of our own."""

import hashlib
from pathlib import Path

import lpips
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchmetrics.functional.image.lpips import _LPIPS
from torchvision.models import AlexNet_Weights

from metrics import lpips_distance, lpips_parameters
from metrics.lpips_distance import Lpips
from metrics.lpips_parameters import LpipsUnavailableError, lpips_unavailable_reason, trunk_path

Picture = NDArray[np.uint8]

# torchmetrics guards its square roots with 1e-8 inside, lpips with 1e-10 outside.
OTHER_EPSILON = 1e-4
# AlexNet's convolutions: index in torchvision's `features`, channels out, channels in, kernel.
CONVOLUTIONS = [
    (0, 64, 3, 11),
    (3, 192, 64, 5),
    (6, 384, 192, 3),
    (8, 256, 384, 3),
    (10, 256, 256, 3),
]


@pytest.fixture(scope="session")
def random_trunk() -> dict[str, torch.Tensor]:
    """Parameters of AlexNet's convolutions drawn at random, under torchvision's names."""
    generator = torch.Generator().manual_seed(5)
    state = {}
    for index, out, into, kernel in CONVOLUTIONS:
        weight = torch.randn(out, into, kernel, kernel, generator=generator)
        state[f"features.{index}.weight"] = weight * (2 / (into * kernel**2)) ** 0.5
        state[f"features.{index}.bias"] = 0.1 * torch.randn(out, generator=generator)
    return state


@pytest.fixture(scope="session")
def foreign_home(
    random_trunk: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A torch home whose AlexNet has the right name and foreign parameters."""
    home = tmp_path_factory.mktemp("torch")
    path = trunk_path(home)
    path.parent.mkdir(parents=True)
    torch.save(random_trunk, path)
    return home


@pytest.fixture
def trusted_home(foreign_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, taken for the published parameters."""
    digest = hashlib.sha256(trunk_path(foreign_home).read_bytes()).hexdigest()
    monkeypatch.setattr(lpips_parameters, "_TRUNK_SHA256_PREFIX", digest[:8])
    return foreign_home


@pytest.fixture(scope="module")
def network(foreign_home: Path) -> Lpips:
    """LPIPS with the foreign parameters, built once."""
    digest = hashlib.sha256(trunk_path(foreign_home).read_bytes()).hexdigest()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lpips_parameters, "_TRUNK_SHA256_PREFIX", digest[:8])
        return Lpips(foreign_home)


def test_file_and_checksum_are_those_of_torchvision(tmp_path: Path) -> None:
    """The trunk is the file that torchvision itself would download, checked by the same prefix."""
    name = AlexNet_Weights.IMAGENET1K_V1.url.rsplit("/", 1)[1]

    assert name == trunk_path(tmp_path).name
    assert Path(name).stem.rsplit("-", 1)[1] == lpips_parameters._TRUNK_SHA256_PREFIX


def test_file_is_where_torch_hub_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is torch hub's own for this TORCH_HOME."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    assert Path(torch.hub.get_dir()) / "checkpoints" == trunk_path(tmp_path).parent


def test_absent_parameters_are_a_reason(tmp_path: Path) -> None:
    """Without the file the reason names the place that was looked at."""
    reason = lpips_unavailable_reason(tmp_path)

    assert reason == (
        f"AlexNet's ImageNet parameters are not cached: no file {trunk_path(tmp_path)}"
    )


def test_absent_parameters_are_refused(tmp_path: Path) -> None:
    """Without the file nothing is built and nothing is downloaded."""
    with pytest.raises(LpipsUnavailableError, match=r"not cached: no file .*alexnet-owt"):
        Lpips(tmp_path)


def test_foreign_parameters_are_refused(foreign_home: Path) -> None:
    """A file with the right name and another checksum never becomes LPIPS."""
    with pytest.raises(LpipsUnavailableError, match=r"begins with [0-9a-f]{8}, .* with 7be5be79"):
        Lpips(foreign_home)


def test_right_checksum_is_available(trusted_home: Path) -> None:
    """A file with the expected checksum gives no reason against it."""
    assert lpips_unavailable_reason(trusted_home) is None


def test_distance_agrees_with_torchmetrics(
    network: Lpips, chelsea: Picture, coffee: Picture
) -> None:
    """The network of torchmetrics with the same trunk and its own copy of the heads agrees."""
    reference = _LPIPS(pretrained=True, net="alex", pnet_rand=True)
    reference.net.load_state_dict(network._network.net.state_dict())
    batches = [
        torch.from_numpy(picture.transpose(2, 0, 1)[np.newaxis].astype(np.float32) / 255)
        for picture in (chelsea, coffee)
    ]
    expected = float(reference(*batches, normalize=True).detach())

    assert expected > 0.01
    assert expected == pytest.approx(network.distance(chelsea, coffee), rel=OTHER_EPSILON)


def test_trunk_is_that_of_the_file(network: Lpips, random_trunk: dict[str, torch.Tensor]) -> None:
    """All ten tensors of the convolutions come from the file."""
    loaded = network._network.net.state_dict()
    by_index = {name.split(".", 1)[1]: tensor for name, tensor in loaded.items()}

    assert len(random_trunk) == len(by_index)
    for name, tensor in random_trunk.items():
        torch.testing.assert_close(
            by_index[name.removeprefix("features.")], tensor, rtol=0, atol=0
        )


def test_distance_is_a_distance(network: Lpips, chelsea: Picture, coffee: Picture) -> None:
    """Zero for equal pictures, positive and symmetric otherwise."""
    assert network.distance(chelsea, chelsea) == 0
    assert network.distance(chelsea, coffee) > 0
    assert network.distance(chelsea, coffee) == pytest.approx(network.distance(coffee, chelsea))


def test_building_leaves_the_global_generator_alone(trusted_home: Path) -> None:
    """The random trunk that is replaced draws no number anyone else would get."""
    before = torch.get_rng_state()
    Lpips(trusted_home)

    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("change", [0.5, -1.0], ids=["random", "negative"])
def test_heads_that_are_not_the_shipped_ones_are_refused(
    change: float, trusted_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heads that the package failed to load, which it does silently, are found out."""
    build = lpips_distance._network_with_random_trunk

    def with_other_heads() -> lpips.LPIPS:
        network = build()
        with torch.no_grad():
            network.lins[3].model[1].weight.mul_(change)
        return network

    monkeypatch.setattr(lpips_distance, "_network_with_random_trunk", with_other_heads)

    with pytest.raises(LpipsUnavailableError, match=r"did not load lin3\.model\.1\.weight"):
        Lpips(trusted_home)


def test_broken_network_is_refused(trusted_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that tells a picture from itself is no LPIPS."""
    monkeypatch.setattr(Lpips, "distance", lambda *_: 1e-3)

    with pytest.raises(LpipsUnavailableError, match=r"of a picture with itself is 0\.001, not 0"):
        Lpips(trusted_home)


@pytest.mark.parametrize(
    ("shape", "message"),
    [((192, 255, 3), "equal size"), ((192, 256), r"shape \(H, W, 3\)")],
    ids=["size", "dimensions"],
)
def test_other_shapes_are_refused(
    shape: tuple[int, ...], message: str, network: Lpips, chelsea: Picture
) -> None:
    """Unequal sizes and greyscale pictures are errors."""
    with pytest.raises(ValueError, match=message):
        network.distance(chelsea, np.zeros(shape, np.uint8))


def test_tiny_pictures_are_refused(network: Lpips, chelsea: Picture) -> None:
    """Below 64 pixels LPIPS was never validated."""
    with pytest.raises(
        ValueError, match=r"LPIPS needs 64 pixels on each side, got \(63, 256, 3\)"
    ):
        network.distance(chelsea[:63], chelsea[:63])
