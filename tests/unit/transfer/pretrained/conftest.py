"""Small backbones; and no test of this folder sees or touches the user's cache."""

from pathlib import Path

import pytest

from harness.spec import backbones
from harness.spec.backbones import BACKBONES, Backbone, Convolution
from harness.transfer.pretrained import vgg_states


@pytest.fixture(autouse=True)
def torch_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty TORCH_HOME."""
    home = tmp_path / "torch-home"
    monkeypatch.setenv("TORCH_HOME", str(home))
    return home


def _slim(backbone: Backbone) -> Backbone:
    """The same layers with a sixteenth of the channels."""
    convolutions = tuple(
        Convolution(
            name=one.name,
            block=one.block,
            in_channels=max(3, one.in_channels // 16),
            out_channels=one.out_channels // 16,
            features_index=one.features_index,
        )
        for one in backbone.convolutions
    )
    return Backbone(name=backbone.name, convolutions=convolutions, batch_norm=backbone.batch_norm)


SLIM = {name: _slim(backbone) for name, backbone in BACKBONES.items()}


@pytest.fixture
def slim_backbones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slim backbones under the usual names, so that files stay small."""
    monkeypatch.setattr(backbones, "BACKBONES", SLIM)
    monkeypatch.setattr(vgg_states, "BACKBONES", SLIM)
