"""Canonical weights: what each layer counts, whatever the losses are."""

import math
from typing import Any

import pytest
import torch

from harness.spec.layer_weights import canonical_weights, channels_of
from harness.spec.presets import PRESETS
from harness.spec.setting_types import LossWeights
from harness.spec.settings import Settings
from harness.transfer.objective import Objective, taps_in_use

WEIGHTS = LossWeights(content=5, style=70, tv=0)
LAYERS = {
    "content_layers": {"relu1_2": 1, "relu2_2": 3},
    "style_layers": {"relu2_1": 2, "relu1_1": 0.5, "conv3_1": 1},
}
SIDES = {"1": 12, "2": 6, "3": 3}


def features(settings: Settings, seed: int) -> dict[str, torch.Tensor]:
    """Return made-up float64 features of the taps in use."""
    generator = torch.Generator().manual_seed(seed)
    channels = channels_of(settings) | {"rgb": 3}
    return {
        tap: torch.rand(
            (1, channels[tap], SIDES.get(tap[-3], 12), SIDES.get(tap[-3], 12)),
            generator=generator,
            dtype=torch.float64,
        )
        for tap in taps_in_use(settings)
    }


@pytest.mark.parametrize("combination", ["mean", "sum"])
@pytest.mark.parametrize("content_loss", ["mse", "half_sum"])
@pytest.mark.parametrize("style_loss", ["gram", "gram_elements", "gram_raw", "gatys"])
@pytest.mark.parametrize(
    "scaling", [{}, {"style_layer_scale": "inverse_squared_channels", "style_layer_decay": 0.25}]
)
def test_the_total_is_the_sum_of_canonical_losses_by_their_weights(
    combination: str, content_loss: str, style_loss: str, scaling: dict[str, Any]
) -> None:
    """As the engine computes both."""
    settings = Settings.model_validate(
        {
            **LAYERS,
            **scaling,
            "weights": WEIGHTS,
            "layer_combination": combination,
            "content_loss": content_loss,
            "style_loss": style_loss,
        }
    )
    content, style, image = (features(settings, seed) for seed in range(3))
    objective = Objective(settings, content=content, style=[style])
    measured = objective.canonical(image)

    total = 0.0
    for one in canonical_weights(settings):
        assert one.weight is not None
        positions = math.prod(image[one.tap].shape[2:])
        power = {"": 0, "M": 1, "M²": 2}[one.per]
        total += one.weight * positions**power * measured[f"canonical/{one.loss}/{one.tap}"]
    assert total == pytest.approx(float(objective(image)["total"]), rel=1e-6)


def test_losses_of_another_kind_have_no_canonical_weight() -> None:
    """Those that targets normalise weigh other pictures otherwise."""
    found = canonical_weights(Settings())

    assert all(one.weight is None for one in found)
    assert {"none: normalized_mse", "none: normalized_gram"} == {str(one) for one in found}


def test_published_weights_compare() -> None:
    """The figures that follow from the published code, by hand."""
    notebook = {
        one.tap: one.weight for one in canonical_weights(PRESETS["gatys-notebook"].settings)
    }
    assert 1000 / 64**2 == notebook["relu1_1"]
    assert 1000 / 512**2 == notebook["relu5_1"]

    paper = canonical_weights(PRESETS["gatys2016"].settings)
    assert "256 · M" == str(paper[0])
    assert [1000 / 4 / 5] * 5 == pytest.approx([one.weight for one in paper[1:]])

    lua = canonical_weights(PRESETS["neural-style-pt"].settings)
    ratio = [(one.weight or 0) / 5 for one in lua[1:]]
    assert [100 / 5 / channels**2 for channels in (64, 128, 256, 512, 512)] == pytest.approx(ratio)
