"""Published presets: the decisive numbers, typed by hand from the sources."""

from collections.abc import Mapping
from typing import Any

import pytest

from harness.spec.flatten import flatten_settings
from harness.spec.idle import idle_reason
from harness.spec.neutral import is_switched_off
from harness.spec.presets import PRESETS
from harness.spec.schedule import scales_of, total_iterations
from harness.spec.setting_keys import lookup
from harness.spec.settings import Settings

REPORTS = (
    "isotton",
    "isotton-content",
    "tran",
    "chadebec",
    "thakur",
    "peng-baseline",
    "peng-final",
)
ENGINES = (
    "gatys2016",
    "gatys-notebook",
    "neural-style-pt",
    "crowsonkb-2023",
    "crowsonkb-2021",
    "pytorch-tutorial",
    "jcjohnson",
    "pystiche",
    "gordicaleksa",
)
PUBLISHED = (*REPORTS, *ENGINES)

CHANNELS = {"1_1": 64, "1_2": 64, "2_1": 128, "2_2": 128, "3_1": 256, "3_3": 256}
DEEP_CHANNELS = 512

NUMBERS: Mapping[str, Mapping[str, Any]] = {
    "isotton": {"lr": 0.1, "pixel_range": 1, "preprocessing": "none", "image_size": 512},
    "isotton-content": {"lr": 0.1, "image_size": 300, "start": "content", "weights.tv": 0.1},
    "tran": {
        "backbone": "vgg16",
        "lbfgs_variant": "scipy",
        "lbfgs_evaluations": 20,
        "lbfgs_history": 10,
        "lbfgs_tolerance_gradient": 1e-5,
        "preprocessing": "caffe_swapped",
        "weights.content": 0.1,
        "content_layers.relu2_2": 1,
    },
    "chadebec": {"start": "gaussian", "content_loss": "half_sum", "style_loss": "gatys"},
    "thakur": {"start": "content", "preprocessing": "imagenet", "clamp": "none"},
    "peng-baseline": {
        "adam_betas": "[0.99, 0.999]",
        "adam_epsilon": 0.1,
        "adam_form": "tensorflow",
        "clamp": "step",
        "lr": 5,
        "pixel_range": 255,
        "pooling": "max",
        "result": "after_best_loss",
        "content_layers.relu5_2": 1,
        "weights.content": 1000,
    },
    "peng-final": {"pooling": "avg", "content_layers.relu4_2": 1, "style_layers.relu3_1": 1},
    "gatys2016": {"pooling": "avg", "start": "noise", "style_size": "content"},
    "gatys-notebook": {
        "size_of": "short_side",
        "size_rounding": "down",
        "style_layer_scale": "inverse_squared_channels",
        "lbfgs_tolerance_gradient": 1e-5,
    },
    "neural-style-pt": {
        "size_of": "long_side",
        "size_rounding": "down",
        "tv_loss": "l1_sum",
        "weights.tv": 0.001,
        "lbfgs_tolerance_change": 0,
        "lbfgs_history": 100,
    },
    "crowsonkb-2023": {
        "averaging": 0.99,
        "padding": "replicate_first",
        "style_loss": "wasserstein",
        "style_size": "never_larger",
        "interpolation": "bicubic",
        "adam_betas": "[0.9, 0.99]",
        "style_layers.relu1_1": 256,
        "weights.content": 0.015,
    },
    "crowsonkb-2021": {
        "style_loss": "scaled_gram",
        "interpolation": "lanczos",
        "adam_betas": "[0.9, 0.999]",
        "tv_loss": "squared_padded",
    },
    "pytorch-tutorial": {"content_layers.conv2_2": 1, "clamp": "in_closure", "start": "content"},
    "jcjohnson": {
        "pixel_range": 256,
        "preprocessing": "caffe_256",
        "tv_loss": "half_squared_sum",
    },
    "pystiche": {"image_size": 500, "size_of": "short_side", "size_rounding": "nearest"},
    "gordicaleksa": {
        "size_of": "height",
        "image_size": 400,
        "interpolation": "bicubic_aliased",
        "lbfgs_line_search": "strong_wolfe",
        "preprocessing": "mean_255",
    },
}

ITERATIONS = {
    "isotton": 500,
    "isotton-content": 1000,
    "tran": 20,
    "chadebec": 3000,
    "thakur": 4000,
    "peng-baseline": 1000,
    "peng-final": 200,
    "gatys2016": 500,
    "gatys-notebook": 26 * 20,
    "neural-style-pt": 999,
    "crowsonkb-2023": 1000 + 4 * 500,
    "crowsonkb-2021": 1000 + 4 * 500,
    "pytorch-tutorial": 16 * 20,
    "jcjohnson": 999,
    "pystiche": 500,
    "gordicaleksa": 1000,
}

STYLE_WEIGHTS = {
    "isotton": ("relu1_1", 6e6 / 5 / 64**2),
    "tran": ("relu1_2", 5000 / 5 / 4),
    "chadebec": ("relu1_1", 1000 / 5 / 4),
    "peng-baseline": ("relu5_1", 0.01 / 5),
    "peng-final": ("relu1_1", 0.05),
    "gatys2016": ("relu4_1", 1000 / 5 / 4),
    "gatys-notebook": ("relu5_1", 1000 / 512**2),
    "neural-style-pt": ("relu1_1", 100 / 4096),
    "pytorch-tutorial": ("conv3_1", 1e6 / 256**2),
    "jcjohnson": ("relu4_1", 100 / 512**2),
    "pystiche": ("relu2_1", 200),
    "gordicaleksa": ("relu5_1", 6000),
}
"""Weight of the mean squared difference of Grams over positions: one unit for all."""


def test_presets_are_listed_reports_first() -> None:
    """House is the default, the reports made this project, then come the engines."""
    assert ("house", *PUBLISHED) == tuple(PRESETS)
    assert all(name == preset.name for name, preset in PRESETS.items())


@pytest.mark.parametrize("name", PUBLISHED)
def test_decisive_numbers(name: str) -> None:
    """As the sources have them."""
    flat = flatten_settings(PRESETS[name].settings)

    assert NUMBERS[name] == {key: flat[key] for key in NUMBERS[name]}


@pytest.mark.parametrize("name", PUBLISHED)
def test_iterations_are_counted_as_coded(name: str) -> None:
    """520 where the source says 500, 999 where it says 1000."""
    assert ITERATIONS[name] == total_iterations(PRESETS[name].settings)


def test_pyramid_has_the_scales_of_the_source() -> None:
    """``gen_scales(128, 512)`` of crowsonkb/style-transfer-pytorch."""
    sizes = [scale.size_px for scale in scales_of(PRESETS["crowsonkb-2023"].settings)]

    assert [128, 181, 256, 362, 512] == sizes


@pytest.mark.parametrize("name", STYLE_WEIGHTS)
def test_style_weights_in_one_unit(name: str) -> None:
    """Products of weight, layer weight, share and norm are those worked out by hand."""
    tap, expected = STYLE_WEIGHTS[name]

    assert expected == pytest.approx(canonical_weight(PRESETS[name].settings, tap), rel=1e-12)


def test_weights_that_do_not_depend_on_one_layer_alone() -> None:
    """Raw Grams and Wasserstein distances have no canonical unit; their factors do."""
    content, thakur = PRESETS["isotton-content"].settings, PRESETS["thakur"].settings
    crowson = PRESETS["crowsonkb-2023"].settings

    assert (500, "sum", "gram_raw") == (
        content.weights.style,
        content.layer_combination,
        content.style_loss,
    )
    assert (0.01, "sum", "gram_raw") == (
        thakur.weights.style,
        thakur.layer_combination,
        thakur.style_loss,
    )
    assert 256 / 341 == share(crowson, "relu1_1")
    assert 1 / 341 == share(crowson, "relu5_1")


def test_start_noise_is_a_thousandth_of_a_level() -> None:
    """Both neural-style programs draw 0.001 in their network's units, about its mean."""
    for name, levels in (("neural-style-pt", 255), ("jcjohnson", 256)):
        settings = PRESETS[name].settings
        assert ("gaussian", "imagenet") == (settings.start, settings.noise_mean)
        assert 0.001 == pytest.approx(settings.noise_std * levels, rel=1e-12)
        assert levels == settings.pixel_range


def test_tolerance_of_scipy_is_its_factr() -> None:
    """SciPy multiplies ``factr`` 1e7 by the machine's precision 2^-52."""
    assert 1e7 * 2**-52 == PRESETS["tran"].settings.lbfgs_tolerance_change


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_value_has_a_source_or_a_reason(name: str) -> None:
    """No key stands for both; what is left out does nothing or is switched off."""
    preset = PRESETS[name]
    flat = flatten_settings(preset.settings)
    values = preset.settings.model_dump(mode="json")
    named = {*preset.sources, *preset.assumptions}

    assert named <= {*Settings.model_fields, *flat}
    assert not {*preset.sources} & {*preset.assumptions}
    for key in flat:
        whole = key.partition(".")[0]
        assert (
            key in named
            or whole in named
            or idle_reason(preset.settings, key) is not None
            or is_switched_off(key, lookup(values, key))
        ), key
        assert preset.source_of(key)


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_not_reproduced_is_said(name: str) -> None:
    """Nobody should take a preset for more than it is."""
    preset = PRESETS[name]

    assert any("Not reproduced" in note or "stored as JPEG" in note for note in preset.notes)
    assert all(note.strip() == note and note.endswith((".", "]", "png")) for note in preset.notes)


@pytest.mark.parametrize("name", REPORTS)
def test_reports_are_named_as_reports(name: str) -> None:
    """They are the work of students, and say less than code does."""
    preset = PRESETS[name]

    assert preset.summary.startswith("report ")
    assert preset.assumptions or name == "isotton"


def test_assumptions_are_told_apart() -> None:
    """What a report states is not assumed, and the other way round."""
    tran, thakur = PRESETS["tran"], PRESETS["thakur"]

    assert (False, True) == (tran.is_assumed("weights.style"), tran.is_assumed("pooling"))
    assert tran.is_assumed("style_layers.relu5_3")
    assert (False, True) == (thakur.is_assumed("iterations"), thakur.is_assumed("lr"))
    assert not any(PRESETS[name].assumptions for name in ENGINES if name != "gatys2016")


def canonical_weight(settings: Settings, tap: str) -> float:
    """Return the weight of one layer in units of Grams over positions, mean of squares."""
    channels = CHANNELS.get(tap.removeprefix("relu").removeprefix("conv"), DEEP_CHANNELS)
    norm: float = {"gram": 1.0, "gatys": 0.25, "gram_elements": 1 / channels**2}[
        settings.style_loss
    ]
    if settings.style_layer_scale == "inverse_squared_channels":
        norm /= channels**2
    return settings.weights.style * share(settings, tap) * norm


def share(settings: Settings, tap: str) -> float:
    """Return the factor of one style layer in the style loss."""
    total = sum(settings.style_layers.values()) if settings.layer_combination == "mean" else 1.0
    return settings.style_layers[tap] / total
