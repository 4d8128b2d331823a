"""One evaluation of a picture: its losses and the gradient of their total."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.spec.setting_types import LossWeights
from harness.spec.settings import Settings
from harness.transfer.objective import Objective, evaluate, taps_in_use
from harness.transfer.pretrained.parameters import Parameters
from harness.transfer.trunk import Trunk

CPU = torch.device("cpu")


def _settings(**changes: Any) -> Settings:
    return Settings(
        **{
            "content_layers": {"relu1_2": 1.0},
            "style_layers": {"rgb": 1.0, "relu1_1": 2.0},
            **changes,
        }
    )


def _evaluated(parameters: Parameters, settings: Settings) -> tuple[Trunk, Objective, Tensor]:
    trunk = Trunk(
        parameters,
        taps=taps_in_use(settings),
        pooling="avg",
        padding="replicate",
        device=CPU,
        dtype=torch.float32,
    )
    generator = torch.Generator().manual_seed(0)
    content, style, image = (torch.rand(1, 3, 12, 12, generator=generator) for _ in range(3))
    with torch.no_grad():
        objective = Objective(
            settings, content=trunk.features(content), style=[trunk.features(style)]
        )
    return trunk, objective, image


def test_the_gradient_is_that_of_the_total(tiny_parameters: Parameters) -> None:
    """Going along a direction changes the total as the gradient says."""
    # taps before the first ReLU: the total has no kinks that finite differences would meet
    settings = _settings(
        content_layers={"conv1_1": 1.0}, style_layers={"rgb": 1.0, "conv1_1": 1.0}
    )
    trunk, objective, image = _evaluated(tiny_parameters, settings)
    direction = torch.rand(image.shape, generator=torch.Generator().manual_seed(1)) - 0.5

    def total(step: float) -> float:
        return evaluate(image + step * direction, trunk=trunk, objective=objective).losses["total"]

    expected = (total(0.01) - total(-0.01)) / 0.02
    evaluation = evaluate(image, trunk=trunk, objective=objective)

    assert expected == pytest.approx((evaluation.gradient * direction).sum().item(), rel=2e-3)
    assert evaluation.gradient_max == evaluation.gradient.abs().max().item()
    assert list(evaluation.losses)[-1] == "total"


def test_a_tap_of_content_and_style_gets_both_gradients(tiny_parameters: Parameters) -> None:
    """Where content and style read one tap, the gradient is the sum of theirs."""
    layers = {"relu1_1": 1.0}
    weights = [
        LossWeights(content=1, style=0, tv=0),
        LossWeights(content=0, style=30, tv=0),
        LossWeights(content=1, style=30, tv=0),
    ]
    gradients = []
    for one in weights:
        settings = _settings(content_layers=layers, style_layers=layers, weights=one)
        trunk, objective, image = _evaluated(tiny_parameters, settings)
        gradients.append(evaluate(image, trunk=trunk, objective=objective).gradient)

    torch.testing.assert_close(gradients[2], gradients[0] + gradients[1])


def test_without_any_weight_the_gradient_is_zero(tiny_parameters: Parameters) -> None:
    """If nothing pulls, total and gradient are zero."""
    settings = _settings(weights=LossWeights(content=0, style=0, tv=0))
    trunk, objective, image = _evaluated(tiny_parameters, settings)

    evaluation = evaluate(image, trunk=trunk, objective=objective)

    assert evaluation.losses["total"] == 0
    assert evaluation.gradient_max == 0
    assert evaluation.losses["tv"] > 0


def test_a_gradient_that_is_no_number_shows(tiny_parameters: Parameters) -> None:
    """NaN anywhere in the gradient is seen in its largest value."""
    trunk, objective, image = _evaluated(tiny_parameters, _settings())
    image[0, 0, 3, 3] = np.nan

    assert np.isnan(evaluate(image, trunk=trunk, objective=objective).gradient_max)
