"""What is stated about published parameters, against torch and torchvision."""

from pathlib import Path

import pytest
import torch

from harness.transfer.pretrained.published import PUBLISHED, checkpoint_folder, imagenet_source


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vgg19", "vgg16", "alexnet"])
def test_names_and_sizes_are_torchvisions(name: str) -> None:
    """Each file is published under the stated name, in the stated size."""
    from torchvision import models  # noqa: PLC0415 (five seconds)

    weights = models.get_weight(PUBLISHED[name].weights)
    address, file_name = imagenet_source(name)

    assert weights.url == address
    assert PUBLISHED[name].file_name == file_name
    assert PUBLISHED[name].size_mib == pytest.approx(weights.meta["_file_size"])


@pytest.mark.parametrize(
    "environment",
    [
        {"TORCH_HOME": "~/torch"},
        {"XDG_CACHE_HOME": "/somewhere/cache"},
        {"TORCH_HOME": "/home/of/torch", "XDG_CACHE_HOME": "/somewhere/cache"},
        {},
    ],
)
def test_folder_is_torchs(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints belong where torch.hub looks for them."""
    for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert Path(torch.hub.get_dir()) / "checkpoints" == checkpoint_folder()


def test_hash_is_in_the_name() -> None:
    """The published beginning of the SHA-256 is what follows the last dash."""
    assert PUBLISHED["alexnet"].sha256_prefix == "7be5be79"
