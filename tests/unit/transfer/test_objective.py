"""The objective: which taps it reads, and how terms are put together."""

from typing import Any

import pytest
import torch
from torch import Tensor

from harness.spec.setting_types import LossWeights
from harness.spec.settings import Settings
from harness.transfer import losses
from harness.transfer.objective import Objective, taps_in_use


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
    return Objective(settings, content=_features(1), style=[_features(2)])


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


@pytest.mark.parametrize("style_loss", ["gram", "covariance"])
def test_what_is_compared_at_rgb(style_loss: str) -> None:
    """With gram the picture itself keeps the colour loss; with others it is like every tap."""
    settings = _settings(content_loss="mse", style_loss=style_loss)
    own, content, style = _features(0), _features(1), _features(2)

    actual = _objective(settings)(own)

    def statistics(values: Tensor) -> Tensor:
        gram = losses.gram_matrix(values)
        if style_loss == "gram":
            return gram
        return losses.covariance_matrix(losses.channel_means(values), gram)

    def plain(tap: str) -> Tensor:
        return losses.gram_loss(statistics(own[tap]), statistics(style[tap]))

    colours = losses.rgb_loss(own["rgb"], losses.rgb_moments(style["rgb"]))
    assert torch.equal(losses.content_mse(own["relu1_2"], content["relu1_2"]), actual["content"])
    assert torch.equal(plain("relu1_1"), actual["style/relu1_1"])
    assert torch.equal(colours if style_loss == "gram" else plain("rgb"), actual["style/rgb"])


def test_layers_are_summed_if_the_settings_say_so() -> None:
    """With ``layer_combination: sum`` a loss is Σ w·L over its layers."""
    settings = _settings(
        content_layers={"relu1_2": 2.0}, layer_combination="sum", style_layer_decay=1.0
    )

    terms = _objective(settings)(_features())

    mean = _objective(_settings())(_features())
    torch.testing.assert_close(terms["content"], 2 * mean["content"])
    torch.testing.assert_close(terms["style"], terms["style/rgb"] + 2 * terms["style/relu1_1"])
    assert terms["total"].item() == pytest.approx(
        (terms["content"] + 30 * terms["style"] + 4 * terms["tv"]).item()
    )


@pytest.mark.parametrize("combination", ["mean", "sum"])
def test_style_layers_are_scaled_and_decay(combination: str) -> None:
    """Weights get 1/C², and a factor for every style layer that the data pass before."""
    settings = _settings(
        style_layers={"relu2_1": 5.0, "rgb": 2.0, "relu1_1": 3.0},
        style_layer_scale="inverse_squared_channels",
        style_layer_decay=0.5,
        layer_combination=combination,
    )
    weights = {"relu2_1": 5 / 6**2 / 4, "rgb": 2 / 3**2, "relu1_1": 3 / 5**2 / 2}

    terms = _objective(settings)(_features())

    expected = sum(weight * terms[f"style/{tap}"].item() for tap, weight in weights.items())
    divisor = sum(weights.values()) if combination == "mean" else 1
    assert expected / divisor == pytest.approx(terms["style"].item())


def test_several_styles_are_averaged_by_their_statistics() -> None:
    """The target of a layer is the weighted mean of the styles' Gram matrices."""
    first, second, own = _features(2), _features(3), _features(0)
    objective = Objective(
        _settings(style_layers={"relu1_1": 1.0}),
        content=_features(1),
        style=[first, second],
        style_weights=(3.0, 1.0),
    )
    grams = [losses.gram_matrix(one["relu1_1"]) for one in (own, first, second)]
    expected = losses.normalized_gram_loss(grams[0], 0.75 * grams[1] + 0.25 * grams[2])

    torch.testing.assert_close(objective(own)["style"], expected)


@pytest.mark.parametrize("weights", [(1.0,), (1.0, -1.0), (0.0, 0.0), (1.0, 1.0, 1.0)])
def test_styles_need_a_weight_each(weights: tuple[float, ...]) -> None:
    """Too few weights, too many, negative ones or only zeros are refused."""
    with pytest.raises(ValueError, match="2 styles need as many weights of 0 or more"):
        Objective(
            _settings(),
            content=_features(1),
            style=[_features(2), _features(3)],
            style_weights=weights,
        )


@pytest.mark.parametrize("kind", ["normalized_gram", "wasserstein"])
def test_canonical_units_do_not_depend_on_the_losses(kind: str) -> None:
    """Content is a mean square, style the mean squared difference of Gram matrices, by tap."""
    settings = _settings(
        content_layers={"relu1_2": 1.0, "conv1_1": 0.0}, content_loss="half_sum", style_loss=kind
    )
    own, content, style = _features(0), _features(1), _features(2)
    expected = {
        f"canonical/content/{tap}": float((own[tap] - content[tap]).square().mean())
        for tap in ("relu1_2", "conv1_1")
    }
    for tap in ("rgb", "relu1_1"):
        grams = [torch.cov(one[tap].flatten(2)[0], correction=0) for one in (own, style)]
        means = [one[tap].mean(dim=(0, 2, 3)) for one in (own, style)]
        grams = [gram + torch.outer(m, m) for gram, m in zip(grams, means, strict=True)]
        expected[f"canonical/style/{tap}"] = float((grams[0] - grams[1]).square().mean())

    actual = _objective(settings).canonical(own)

    assert expected.keys() == actual.keys()
    assert expected == pytest.approx(actual, rel=1e-4)


def test_nothing_to_read_has_no_canonical_units() -> None:
    """Where no tap is read but rgb, and no layer is at rgb, there is nothing to report."""
    weights = LossWeights(content=0, style=0, tv=0)
    settings = _settings(style_layers={"relu1_1": 1.0}, weights=weights)

    assert {} == _objective(settings).canonical(_features())


def test_another_style_weight_changes_the_total_alone() -> None:
    """The objective that is told another weight has it; the one it comes from stays."""
    objective = _objective(_settings())
    before = objective(_features())

    after = objective.with_style_weight(7.0)(_features())

    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before if name != "total")
    difference = (30 - 7) * before["style"].item()
    assert difference == pytest.approx((before["total"] - after["total"]).item(), rel=1e-5)
    assert torch.equal(before["total"], objective(_features())["total"])


def test_terms_of_float64_features_are_float64() -> None:
    """Nothing is rounded to float32 on the way from float64 features to the total."""
    own, content, style = (
        {tap: one.double() for tap, one in _features(seed).items()} for seed in (0, 1, 2)
    )
    terms = Objective(_settings(), content=content, style=[style])(own)

    assert {torch.float64} == {term.dtype for term in terms.values()}


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
    objective = Objective(_settings(), content=features, style=[features])

    terms = objective(features)

    assert terms["content"].item() == 0
    assert terms["style"].item() == 0
    assert terms["total"].item() == pytest.approx(4 * terms["tv"].item())
