"""Which network scores a sweep, and what it is called."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torchvision.models import alexnet

from harness.errors import ParametersError
from harness.scoring.evaluators import KINDS, choose_evaluator
from harness.scoring.features import alexnet_taps
from harness.transfer.pretrained.choice import parameters_identity
from harness.transfer.pretrained.published import published_file


@pytest.fixture(autouse=True)
def torch_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for ImageNet parameters in an empty folder."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))


def cache(name: str) -> None:
    """Put a file where the published parameters of a network belong."""
    path = published_file(name).path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def test_embedded_network_where_nothing_is_cached() -> None:
    """Without ImageNet parameters the embedded scoring network is the evaluator."""
    chosen = choose_evaluator("auto", size_px=256, optimised=())

    assert ("kmeans", True) == (chosen.kind, chosen.independent)
    assert "content/feature_distance" == chosen.content_metric
    assert "AlexNet" in chosen.lpips_reason


def test_first_network_that_no_run_optimises() -> None:
    """VGG19 comes first, but not where runs optimise its parameters."""
    cache("vgg19")
    cache("alexnet")
    vgg19 = parameters_identity("imagenet", "vgg19")

    assert "imagenet-vgg19" == choose_evaluator("auto", size_px=256, optimised=()).kind
    assert "imagenet-alexnet" == choose_evaluator("auto", size_px=256, optimised=[vgg19]).kind


def test_forced_evaluator_is_marked() -> None:
    """An evaluator whose parameters are optimised may be forced; it is marked."""
    cache("vgg19")
    vgg19 = parameters_identity("imagenet", "vgg19")

    assert not choose_evaluator("imagenet-vgg19", size_px=256, optimised=[vgg19]).independent


def test_missing_evaluator_is_refused() -> None:
    """A network without parameters on this machine cannot be asked for."""
    with pytest.raises(ParametersError, match="harness fetch"):
        choose_evaluator("imagenet-vgg19", size_px=256, optimised=())


def test_id_tells_ways_of_scoring_apart() -> None:
    """Size, content metric and taps change the id; whether it is independent does not."""
    chosen = choose_evaluator("kmeans", size_px=256, optimised=())
    others = [
        replace(chosen, size_px=128),
        replace(chosen, content_metric="content/lpips"),
        replace(chosen, style_taps=("relu1_1",)),
        replace(chosen, parameters="other"),
    ]

    assert 5 == len({chosen.id, *(other.id for other in others)})
    assert chosen.id == replace(chosen, independent=False, lpips_reason="").id


def test_kinds_are_those_of_the_sweep_file() -> None:
    """Every evaluator that a sweep file may name exists, and the other way round."""
    from harness.cli.options import evaluator_kind  # noqa: PLC0415 - only here
    from harness.spec.models import Evaluation  # noqa: PLC0415 - only here

    allowed = Evaluation.model_json_schema()["properties"]["evaluator"]["enum"]

    assert {"auto", *KINDS} == set(allowed)
    assert set(evaluator_kind.choices) == set(allowed)


def test_alexnet_taps_are_torchvisions() -> None:
    """The five taps are the outputs of torchvision's ReLUs on the normalised picture."""
    torch.manual_seed(0)
    model = alexnet(weights=None).eval()
    image = torch.rand(1, 3, 80, 96)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    with torch.no_grad():
        taps = alexnet_taps(model.state_dict())(image)
        first = torch.relu(model.features[0]((image - mean) / std))
        last = model.features[:12]((image - mean) / std)

    assert ["relu1", "relu2", "relu3", "relu4", "relu5"] == list(taps)
    assert torch.equal(first, taps["relu1"])
    assert torch.equal(last, taps["relu5"])
