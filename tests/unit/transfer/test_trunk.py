"""The trunk against a slow float64 network, hand numbers and finite differences."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.spec.backbones import tap_names
from harness.transfer.pretrained.parameters import Parameters
from harness.transfer.trunk import Padding, Pooling, Trunk

MakeParameters = Callable[..., Parameters]

CPU = torch.device("cpu")
FLOAT32 = 1e-4  # relative to the largest value: two layers of float32 sums of 27 to 54 products


def _trunk(
    parameters: Parameters,
    *taps: str,
    pooling: Pooling = "avg",
    padding: Padding = "replicate",
    pooling_scale: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> Trunk:
    return Trunk(
        parameters,
        taps=taps,
        pooling=pooling,
        pooling_scale=pooling_scale,
        padding=padding,
        device=CPU,
        dtype=dtype,
    )


def _image(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((3, height, width))


def _tensor(image: np.ndarray) -> Tensor:
    return torch.tensor(image, dtype=torch.float32).unsqueeze(0)


def _slow_convolution(
    values: np.ndarray, layer: tuple[Tensor, Tensor], padding: Padding
) -> np.ndarray:
    weight, bias = (one.double().numpy() for one in layer)
    mode: dict[Padding, Literal["constant", "edge", "reflect"]] = {
        "zeros": "constant",
        "replicate": "edge",
        "reflect": "reflect",
    }
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)), mode=mode[padding])
    height, width = values.shape[1:]
    result = np.zeros((len(weight), height, width))
    for row in range(height):
        for column in range(width):
            patch = padded[:, row : row + 3, column : column + 3]
            result[:, row, column] = (weight * patch).sum(axis=(1, 2, 3)) + bias
    return result


def _slow_taps(
    image: np.ndarray, parameters: Parameters, padding: Padding
) -> dict[str, np.ndarray]:
    mean, std = (np.reshape(one, (3, 1, 1)) for one in (parameters.mean, parameters.std))
    taps = {"rgb": image}
    values = (image - mean) / std
    for name in ("conv1_1", "conv1_2"):
        here = padding
        if padding == "replicate_first":
            here = "replicate" if name == "conv1_1" else "zeros"
        taps[name] = _slow_convolution(values, parameters.convolutions[name], here)
        values = np.maximum(taps[name], 0)
        taps[name.replace("conv", "relu")] = values
    return taps


def _identity_parameters(kernel: list[list[float]]) -> Parameters:
    """Filters that apply one kernel to every channel alone, and no normalisation."""
    weight = torch.eye(3).view(3, 3, 1, 1) * torch.tensor(kernel)
    names = ("conv1_1", "conv1_2", "conv2_1")
    return Parameters(
        backbone="vgg19",
        name="identity",
        identity="identity",
        convolutions={name: (weight, torch.zeros(3)) for name in names},
        learned=frozenset(),
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
    )


CENTRE = [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
UPPER_LEFT = [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize("padding", ["zeros", "replicate", "reflect", "replicate_first"])
def test_features_equal_a_slow_float64_network(
    tiny_parameters: Parameters, padding: Padding
) -> None:
    """Normalisation, padding, convolution and ReLU agree with plain NumPy loops."""
    image = _image(5, 7)
    expected = _slow_taps(image, tiny_parameters, padding)

    actual = _trunk(tiny_parameters, *expected, padding=padding).features(_tensor(image))

    for tap, wanted in expected.items():
        atol = FLOAT32 * np.abs(wanted).max()
        np.testing.assert_allclose(actual[tap][0].numpy(), wanted, atol=atol, err_msg=tap)


@pytest.mark.parametrize("padding", ["zeros", "replicate", "reflect", "replicate_first"])
def test_vjp_agrees_with_finite_differences(tiny_parameters: Parameters, padding: Padding) -> None:
    """The gradient of a weighted sum of all taps is that of the slow float64 network."""
    image, direction = _image(5, 7), _image(5, 7, seed=1) - 0.5
    trunk = _trunk(tiny_parameters, "rgb", "conv1_1", "relu1_1", "relu1_2", padding=padding)
    generator = np.random.default_rng(2)
    weights = {
        tap: generator.standard_normal(features.shape[1:])
        for tap, features in trunk.features(_tensor(image)).items()
    }

    def slow(step: float) -> float:
        taps = _slow_taps(image + step * direction, tiny_parameters, padding)
        return float(sum((weights[tap] * taps[tap]).sum() for tap in weights))

    expected = (slow(1e-6) - slow(-1e-6)) / 2e-6
    gradient = trunk.vjp({tap: _tensor(one) for tap, one in weights.items()})[0].double().numpy()

    assert expected == pytest.approx((gradient * direction).sum(), rel=FLOAT32)


@pytest.mark.parametrize(
    ("pooling", "expected"), [("max", 0.6), ("avg", 0.3), ("l2", np.sqrt(0.5 / 4))]
)
def test_pooling_by_hand(pooling: Pooling, expected: float) -> None:
    """Pooling of 0.1, 0.2, 0.3, 0.6 takes the largest, the mean or the root mean square."""
    image = torch.tensor([[0.1, 0.2], [0.3, 0.6]]).expand(1, 3, 2, 2)
    trunk = _trunk(_identity_parameters(CENTRE), "conv2_1", pooling=pooling)

    actual = trunk.features(image)["conv2_1"]

    assert actual.shape == (1, 3, 1, 1)
    assert expected == pytest.approx(actual[0, 0].item(), rel=1e-6)


@pytest.mark.parametrize("pooling", ["max", "avg", "l2"])
def test_pooled_values_are_scaled(pooling: Pooling) -> None:
    """The factor multiplies every pooled value, whatever the pooling, and no other value."""
    image = _tensor(_image(4, 6))
    taps = ("relu1_2", "conv2_1")
    plain = _trunk(_identity_parameters(CENTRE), *taps, pooling=pooling).features(image)

    scaled = _trunk(
        _identity_parameters(CENTRE), *taps, pooling=pooling, pooling_scale=1.56
    ).features(image)

    assert torch.equal(plain["relu1_2"], scaled["relu1_2"])
    torch.testing.assert_close(scaled["conv2_1"], 1.56 * plain["conv2_1"])


def test_float64_is_float64_throughout(tiny_parameters: Parameters) -> None:
    """A trunk for proofs takes and gives float64, and agrees with NumPy to its last digits."""
    image = _image(5, 7)
    expected = _slow_taps(image, tiny_parameters, "reflect")
    trunk = _trunk(tiny_parameters, *expected, padding="reflect", dtype=torch.float64)

    features = trunk.features(torch.tensor(image).unsqueeze(0))
    gradient = trunk.vjp(features)

    assert {torch.float64} == {gradient.dtype, *(one.dtype for one in features.values())}
    for tap, wanted in expected.items():
        np.testing.assert_allclose(features[tap][0].numpy(), wanted, atol=1e-12, err_msg=tap)
    with pytest.raises(TypeError, match=r"must be float64, got torch\.float32"):
        trunk.features(_tensor(image))


def test_l2_pooling_of_next_to_nothing_has_a_finite_gradient() -> None:
    """The root in L2 pooling has a gradient even where the squares of all it sees are zero."""
    trunk = _trunk(_identity_parameters(CENTRE), "conv2_1", pooling="l2")
    features = trunk.features(torch.full((1, 3, 4, 4), 1e-25))["conv2_1"]

    assert torch.isfinite(trunk.vjp({"conv2_1": torch.ones_like(features)})).all()


@pytest.mark.parametrize(
    ("padding", "expected"), [("zeros", 0), ("replicate", 0.1), ("reflect", 0.6)]
)
def test_padding_by_hand(padding: Padding, expected: float) -> None:
    """A filter that looks up and left sees, at the corner, what the padding put there."""
    image = torch.tensor([[0.1, 0.2], [0.3, 0.6]]).expand(1, 3, 2, 2)
    trunk = _trunk(_identity_parameters(UPPER_LEFT), "conv1_1", padding=padding)

    actual = trunk.features(image)["conv1_1"]

    assert expected == pytest.approx(actual[0, 0, 0, 0].item())
    assert actual[0, 0, 1, 1].item() == pytest.approx(0.1)


def test_a_tap_before_the_relu_keeps_its_negative_values(tiny_parameters: Parameters) -> None:
    """A convolution's tap holds what the ReLU after it cuts off, whichever taps are read."""
    image = _tensor(_image(8, 8))
    both = _trunk(tiny_parameters, "conv1_2", "relu1_2", "relu2_1").features(image)
    alone = _trunk(tiny_parameters, "conv1_2").features(image)

    assert (both["conv1_2"] < 0).any()
    assert torch.equal(both["conv1_2"], alone["conv1_2"])
    assert torch.equal(both["relu1_2"], both["conv1_2"].clamp_min(0))


def test_reading_more_taps_changes_no_tap(tiny_parameters: Parameters) -> None:
    """A tap is the same alone and beside all others."""
    image = _tensor(_image(16, 16))
    names = tap_names("vgg19")
    together = _trunk(tiny_parameters, *names).features(image)
    alone = {name: _trunk(tiny_parameters, name).features(image)[name] for name in names}

    assert list(names) == list(together)
    assert all(torch.equal(alone[name], together[name]) for name in names)


@pytest.mark.parametrize("backbone", ["vgg16", "vgg19"])
def test_every_tap_has_the_size_of_its_block(
    make_parameters: MakeParameters, backbone: str
) -> None:
    """All taps of both backbones are there; each block halves the picture, odd sizes down."""
    taps = tap_names(backbone)
    expected = {
        tap: (1, 3, 40, 33) if tap == "rgb" else (1, 6, *(side >> block for side in (40, 33)))
        for tap in taps
        for block in [0 if tap == "rgb" else int(tap[4]) - 1]
    }

    features = _trunk(make_parameters(backbone), *taps).features(_tensor(_image(40, 33)))

    assert expected == {tap: tuple(one.shape) for tap, one in features.items()}


def test_nothing_behind_the_deepest_tap_is_needed(make_parameters: MakeParameters) -> None:
    """The trunk ends at the deepest tap: parameters behind it may be missing."""
    parameters = make_parameters(up_to="conv2_1")

    features = _trunk(parameters, "rgb", "conv2_1").features(_tensor(_image(8, 8)))

    assert {"rgb", "conv2_1"} == features.keys()


def test_rgb_alone_needs_no_network(make_parameters: MakeParameters) -> None:
    """The tap ``rgb`` is the picture, and passes its gradient through."""
    image = _tensor(_image(1, 3))
    trunk = _trunk(make_parameters(up_to="conv1_1"), "rgb")

    assert torch.equal(image, trunk.features(image)["rgb"])
    assert torch.equal(2 * image, trunk.vjp({"rgb": 2 * image}))


def test_a_batch_gives_what_single_pictures_give(tiny_parameters: Parameters) -> None:
    """Features and gradients of a batch are those of its pictures."""
    images = torch.cat([_tensor(_image(8, 8, seed)) for seed in range(3)])
    trunk = _trunk(tiny_parameters, "relu2_1")

    def both(image: Tensor) -> tuple[Tensor, Tensor]:
        features = trunk.features(image)["relu2_1"]
        return features, trunk.vjp({"relu2_1": features})

    expected = [both(image.unsqueeze(0)) for image in images]
    actual = both(images)

    for index in range(2):
        torch.testing.assert_close(actual[index], torch.cat([one[index] for one in expected]))


def test_bfloat16_features_are_the_float32_ones_rounded(tiny_parameters: Parameters) -> None:
    """In bfloat16 features change by its rounding, ``rgb`` and gradient stay float32."""
    image = _tensor(_image(16, 16))
    exact = _trunk(tiny_parameters, "rgb", "relu2_1")
    rough = _trunk(tiny_parameters, "rgb", "relu2_1", dtype=torch.bfloat16)
    expected, actual = exact.features(image), rough.features(image)
    ones = torch.ones_like(expected["relu2_1"])
    expected_gradient = exact.vjp({"relu2_1": ones})
    gradient = rough.vjp({"relu2_1": ones.bfloat16()})

    assert torch.equal(image, actual["rgb"])
    assert actual["relu2_1"].dtype == torch.bfloat16
    assert gradient.dtype == torch.float32
    # three layers of 2^-9 roundings, against the size of the whole
    assert (actual["relu2_1"] - expected["relu2_1"]).norm() < 0.02 * expected["relu2_1"].norm()
    # a ReLU whose input changes its sign switches a whole path of the gradient
    assert (gradient - expected_gradient).norm() < 0.2 * expected_gradient.norm()


def test_features_are_detached_and_the_image_is_left_alone(tiny_parameters: Parameters) -> None:
    """Features carry no graph, and the caller's image neither changes nor asks for gradients."""
    image = _tensor(_image(8, 8))
    before = image.clone()

    features = _trunk(tiny_parameters, "rgb", "conv1_1").features(image)

    assert not any(one.requires_grad for one in (*features.values(), image))
    assert torch.equal(before, image)


def test_taps_without_a_gradient_may_be_left_out(tiny_parameters: Parameters) -> None:
    """A gradient at no tap is a gradient of zero."""
    image = _tensor(_image(8, 8))
    trunk = _trunk(tiny_parameters, "rgb", "relu1_1")
    trunk.features(image)

    assert torch.equal(torch.zeros_like(image), trunk.vjp({}))


def test_vjp_uses_the_features_up(tiny_parameters: Parameters) -> None:
    """A second gradient of the same features, or one of features without a graph, is refused."""
    image = _tensor(_image(8, 8))
    trunk = _trunk(tiny_parameters, "relu1_1")
    features = trunk.features(image)
    trunk.vjp(features)
    with pytest.raises(RuntimeError, match="needs one call of features"):
        trunk.vjp(features)
    with torch.no_grad():
        trunk.features(image)
    with pytest.raises(RuntimeError, match="gradients enabled"):
        trunk.vjp(features)


def test_vjp_refuses_a_tap_that_is_not_read(tiny_parameters: Parameters) -> None:
    """A gradient for a tap the trunk does not give names the tap and the ones there are."""
    trunk = _trunk(tiny_parameters, "relu1_1")
    features = trunk.features(_tensor(_image(8, 8)))

    with pytest.raises(ValueError, match=r"conv1_1.*relu1_1"):
        trunk.vjp({"conv1_1": features["relu1_1"]})


@pytest.mark.parametrize(
    ("tap", "padding", "minimum"),
    [("relu1_2", "replicate", 1), ("conv3_1", "zeros", 4), ("relu5_1", "reflect", 32)],
)
def test_a_picture_too_small_for_the_deepest_tap_is_refused(
    tiny_parameters: Parameters, tap: str, padding: Padding, minimum: int
) -> None:
    """The smallest allowed picture works; one pixel less on a side names the minimum."""
    trunk = _trunk(tiny_parameters, tap, padding=padding)
    features = trunk.features(torch.zeros(1, 3, minimum, minimum))

    assert minimum == trunk.minimum_side_px
    assert min(features[tap].shape) >= 1
    with pytest.raises(ValueError, match=f"too small.*at least {minimum} pixels"):
        trunk.features(torch.zeros(1, 3, minimum, minimum - 1))


def test_wrong_pictures_are_refused(tiny_parameters: Parameters) -> None:
    """Other number formats and shapes are refused by name."""
    trunk = _trunk(tiny_parameters, "relu1_1")
    with pytest.raises(TypeError, match="float64"):
        trunk.features(torch.zeros(1, 3, 8, 8, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"\(1, 4, 8, 8\)"):
        trunk.features(torch.zeros(1, 4, 8, 8))
    with pytest.raises(ValueError, match=r"\(3, 8, 8\)"):
        trunk.features(torch.zeros(3, 8, 8))


def test_unknown_names_are_refused(tiny_parameters: Parameters) -> None:
    """A tap, a pooling or a padding that does not exist is refused by naming those that do."""
    with pytest.raises(ValueError, match="relu9_9"):
        _trunk(tiny_parameters, "relu9_9")
    with pytest.raises(ValueError, match="max, avg or l2, got 'mean'"):
        _trunk(tiny_parameters, "relu1_1", pooling="mean")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="reflect or replicate_first, got 'mirror'"):
        _trunk(tiny_parameters, "relu1_1", padding="mirror")  # type: ignore[arg-type]
