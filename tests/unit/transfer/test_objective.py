"""The objective: which taps it reads, how terms are put together, and its gradient."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.spec.settings import LossWeights, Settings
from harness.transfer import losses
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


def _features(seed: int = 0) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    maps = {"rgb": 3, "conv1_1": 5, "relu1_1": 5, "relu1_2": 5, "relu2_1": 6}
    return {
        tap: torch.rand(1, channels, 8, 8, generator=generator) for tap, channels in maps.items()
    }


def _objective(settings: Settings) -> Objective:
    return Objective(settings, content=_features(1), style=_features(2))


def test_house_reads_its_layers_in_the_order_of_the_data() -> None:
    """The house preset reads rgb, five style taps and its content tap, and no other."""
    expected = ("rgb", "relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")

    assert expected == taps_in_use(Settings())


def test_a_tap_of_weight_zero_is_read_only_if_cheap() -> None:
    """Taps of weight zero are read up to the deepest tap that pulls, not behind it."""
    layers = {"relu1_1": 1.0, "relu1_2": 0.0, "relu2_2": 1.0, "relu5_1": 0.0}
    weights = LossWeights(content=0)
    settings = _settings(
        style_layers=layers, content_layers={"relu3_1": 1.0, "conv2_1": 1.0}, weights=weights
    )

    assert taps_in_use(settings) == ("rgb", "relu1_1", "relu1_2", "conv2_1", "relu2_2")


def test_without_any_weight_only_rgb_is_read() -> None:
    """If nothing pulls, no network is run."""
    weights = LossWeights(content=0, style=0, tv=0)

    assert taps_in_use(_settings(weights=weights)) == ("rgb",)


def test_terms_by_hand() -> None:
    """Every term has its formula, its name and its place; total is the weighted sum."""
    settings = _settings(
        content_layers={"relu1_2": 1.0, "conv1_1": 3.0},
        weights=LossWeights(content=2, style=5, tv=7),
    )
    own, content, style = _features(0), _features(1), _features(2)

    def content_loss(tap: str) -> Tensor:
        return losses.normalized_content_mse(own[tap], content[tap])

    def gram(features: Tensor) -> Tensor:
        return losses.gram_matrix(features)

    expected = {
        "content": (content_loss("relu1_2") + 3 * content_loss("conv1_1")) / 4,
        "content/relu1_2": content_loss("relu1_2"),
        "content/conv1_1": content_loss("conv1_1"),
        "style": torch.zeros(1),
        "style/rgb": losses.rgb_loss(own["rgb"], losses.rgb_moments(style["rgb"])),
        "style/relu1_1": losses.normalized_gram_loss(gram(own["relu1_1"]), gram(style["relu1_1"])),
        "tv": losses.total_variation(own["rgb"]),
    }
    expected["style"] = (expected["style/rgb"] + 2 * expected["style/relu1_1"]) / 3
    expected["total"] = 2 * expected["content"] + 5 * expected["style"] + 7 * expected["tv"]

    actual = _objective(settings)(own)

    assert list(expected) == list(actual)
    for name, value in expected.items():
        torch.testing.assert_close(actual[name], value, msg=name)


def test_plain_losses_but_for_rgb() -> None:
    """With mse and gram the plain formulas are used; rgb keeps its own."""
    settings = _settings(content_loss="mse", style_loss="gram")
    own, content, style = _features(0), _features(1), _features(2)
    gram, target = (losses.gram_matrix(one["relu1_1"]) for one in (own, style))

    actual = _objective(settings)(own)

    assert torch.equal(losses.content_mse(own["relu1_2"], content["relu1_2"]), actual["content"])
    assert torch.equal(losses.gram_loss(gram, target), actual["style/relu1_1"])
    wanted = losses.rgb_loss(own["rgb"], losses.rgb_moments(style["rgb"]))
    assert torch.equal(wanted, actual["style/rgb"])


def test_one_content_layer_is_named_once() -> None:
    """A single content layer is reported as content only."""
    expected = ["content", "style", "style/rgb", "style/relu1_1", "tv", "total"]

    assert expected == list(_objective(_settings())(_features()))


def test_terms_of_weight_zero_are_reported_without_a_gradient() -> None:
    """A term of weight zero has a value, and neither a share of the total nor a gradient."""
    settings = _settings(
        style_layers={"relu1_1": 0.0, "relu1_2": 1.0}, weights=LossWeights(content=0, tv=0)
    )
    features = {tap: one.requires_grad_() for tap, one in _features().items()}

    terms = _objective(settings)(features)

    assert all(terms[name].item() > 0 for name in ("content", "style/relu1_1", "tv"))
    assert not any(terms[name].requires_grad for name in ("content", "style/relu1_1", "tv"))
    assert terms["total"].item() == pytest.approx(30 * terms["style/relu1_2"].item())


def test_a_group_that_is_not_read_entirely_has_no_mean() -> None:
    """A switched-off group with a layer behind the trunk reports the layers that are read."""
    settings = _settings(
        content_layers={"relu1_1": 1.0, "relu1_2": 1.0, "relu5_1": 1.0},
        style_layers={"relu2_1": 1.0},
        weights=LossWeights(content=0),
    )
    expected = ["content/relu1_1", "content/relu1_2", "style", "style/relu2_1", "tv", "total"]

    assert expected == list(_objective(settings)(_features()))


def test_the_optimum_of_content_and_colour_is_the_picture_itself() -> None:
    """A picture that is content and style at once has no loss but its total variation."""
    features = _features()
    objective = Objective(_settings(), content=features, style=features)

    terms = objective(features)

    assert terms["content"].item() == 0
    assert terms["style"].item() == 0
    assert terms["total"].item() == pytest.approx(4 * terms["tv"].item())


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
            settings, content=trunk.features(content), style=trunk.features(style)
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
