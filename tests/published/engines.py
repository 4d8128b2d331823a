"""Public implementations' default settings as recipes."""

from functools import partial

from tests.published import losses, network, steps
from tests.published.network import (
    Network,
    average_pooling,
    bgr_less_mean,
    max_pooling,
    max_pooling_up,
)
from tests.published.pictures import fit_long, long_side, short_side, to_height
from tests.published.recipe import Recipe

__all__ = ["ENGINES"]

CHANNELS = {"relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512, "relu5_1": 512}

VGG19 = Network(name="vgg19", pooling=max_pooling)

never = {"tolerance_grad": -1, "tolerance_change": -1}
one_by_one = partial(steps.lbfgs, at_once=False)
at_once = partial(steps.lbfgs, at_once=True)


def _each(weight: float) -> dict[str, float]:
    return dict.fromkeys(CHANNELS, weight)


# The paper: equations 1, 4 and 5, average pooling, style resized to the content, figure 3B;
# size and updates as its replication in pystiche/papers.
GATYS_2016 = Recipe(
    network=Network(name="vgg19", pooling=average_pooling),
    size=partial(short_side, truncate=False),
    style_as_content=True,
    interpolation="bilinear",
    variable=bgr_less_mean,
    seen=network.unchanged,
    content={"relu4_2": 1.0},
    content_loss=losses.half_sum_of_squares,
    style=_each(1e3 / 5),
    style_loss=losses.gatys_style,
    optimise=one_by_one,
    stated={"image_size": 512, "iterations": 500, "averaging": 0, "start": "noise"},
    starts_from_noise=True,
)

# L. Gatys's PytorchNeuralStyleTransfer: step() of 20 updates each, 26 times.
GATYS_NOTEBOOK = Recipe(
    network=VGG19,
    size=partial(short_side, truncate=True),
    interpolation="bilinear",
    variable=bgr_less_mean,
    seen=network.unchanged,
    content={"relu4_2": 1.0},
    content_loss=losses.mean_of_squares,
    style={tap: 1e3 / channels**2 for tap, channels in CHANNELS.items()},
    style_loss=losses.gram_over_positions,
    optimise=at_once,
    stated={
        "image_size": 512,
        "iterations": 520,
        "averaging": 0,
        "start": "content",
        "lbfgs_history": 100,
    },
)

NEURAL_STYLE_PT = Recipe(
    network=VGG19,
    size=partial(long_side, truncate=True),
    interpolation="bilinear",
    variable=bgr_less_mean,
    seen=network.unchanged,
    content={"relu4_2": 5.0},
    content_loss=losses.mean_of_squares,
    style=_each(100.0),
    style_loss=losses.gram_over_elements,
    tv=losses.sum_of_differences,
    tv_weight=1e-3,
    optimise=partial(at_once, **never),
    stated={"image_size": 512, "iterations": 999, "averaging": 0, "lbfgs_history": 100},
    starts_from_noise=True,
)

# Its total variation is a gradient without a loss; the loss here is what that belongs to.
# Its own resizing is not Pillow's: proofs take pictures that need none.
JCJOHNSON = Recipe(
    network=Network(name="vgg19", pooling=max_pooling_up),
    size=partial(long_side, truncate=True),
    interpolation="bilinear",
    variable=partial(bgr_less_mean, white=256),
    seen=network.unchanged,
    content={"relu4_2": 5.0},
    content_loss=losses.mean_of_squares,
    style=_each(100.0),
    style_loss=losses.gram_over_elements,
    tv=losses.half_squared_differences,
    tv_weight=1e-3,
    optimise=partial(at_once, **never),
    stated={"image_size": 512, "iterations": 999, "averaging": 0, "lbfgs_history": 100},
    starts_from_noise=True,
)

CROWSON_LAYERS = {
    tap: weight / 341 for tap, weight in zip(CHANNELS, (256, 64, 16, 4, 1), strict=True)
}
CROWSON_STATED = {
    "image_size": 512,
    "iterations": 500,
    "pyramid": "sqrt2",
    "pyramid_min": 128,
    "pyramid_first": 1000,
    "pyramid_carry": True,
    "averaging": 0.99,
    "start": "content",
}
CROWSONKB_2023 = Recipe(
    network=Network(name="vgg19", pooling=max_pooling, replicate_first=True),
    size=partial(long_side, truncate=False),
    style_size=fit_long,
    interpolation="bicubic",
    variable=network.unit_rgb,
    seen=network.normalised,
    content={"relu4_2": 0.015},
    content_loss=losses.mean_of_squares,
    style=CROWSON_LAYERS,
    style_loss=losses.wasserstein,
    tv=losses.nine_point_stencil,
    tv_weight=2.0,
    optimise=partial(steps.adam, lr=0.02, betas=(0.9, 0.99), box=(0, 1)),
    stated=CROWSON_STATED,
)
CROWSONKB_2021 = Recipe(
    network=Network(name="vgg19", pooling=max_pooling, replicate_first=True),
    size=partial(long_side, truncate=False),
    style_size=fit_long,
    interpolation="lanczos",
    variable=network.unit_rgb,
    seen=network.normalised,
    content={"relu4_2": 0.015},
    content_loss=losses.ratio_of_sums,
    style=CROWSON_LAYERS,
    style_loss=losses.ratio_gram,
    tv=losses.padded_squares,
    tv_weight=2.0,
    optimise=partial(steps.adam, lr=0.02, box=(0, 1)),
    stated=CROWSON_STATED,
)

# Its conv_1 to conv_5 are a running count; ReLUs are out of place, so taps are before them.
PYTORCH_TUTORIAL = Recipe(
    network=VGG19,
    size=partial(short_side, truncate=True),
    interpolation="bilinear",
    variable=network.unit_rgb,
    seen=network.normalised,
    content={"conv2_2": 1.0},
    content_loss=losses.mean_of_squares,
    style=dict.fromkeys(("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"), 1e6),
    style_loss=losses.gram_over_elements,
    optimise=steps.lbfgs_clamped_inside,
    stated={"iterations": 320, "averaging": 0, "start": "content", "clamp": "in_closure"},
)

PYSTICHE = Recipe(
    network=VGG19,
    size=partial(short_side, truncate=False),
    interpolation="bilinear",
    variable=network.unit_rgb,
    seen=network.normalised,
    content={"relu4_2": 1.0},
    content_loss=losses.mean_of_squares,
    style=_each(1e3 / 5),
    style_loss=losses.gram_over_positions,
    optimise=one_by_one,
    stated={"image_size": 500, "iterations": 500, "averaging": 0, "start": "content"},
)

GORDICALEKSA = Recipe(
    network=VGG19,
    size=to_height,
    interpolation="cubic_aliased",
    variable=network.rgb_less_mean_255,
    seen=network.unchanged,
    content={"relu4_2": 1e5},
    content_loss=losses.mean_of_squares,
    style=_each(3e4 / 5),
    style_loss=losses.gram_over_elements_summed,
    tv=losses.sum_of_differences,
    tv_weight=1.0,
    optimise=steps.lbfgs_with_line_search,
    stated={"image_size": 400, "averaging": 0, "start": "content", "lbfgs_history": 100},
)

ENGINES = {
    "gatys2016": GATYS_2016,
    "gatys-notebook": GATYS_NOTEBOOK,
    "neural-style-pt": NEURAL_STYLE_PT,
    "jcjohnson": JCJOHNSON,
    "crowsonkb-2023": CROWSONKB_2023,
    "crowsonkb-2021": CROWSONKB_2021,
    "pytorch-tutorial": PYTORCH_TUTORIAL,
    "pystiche": PYSTICHE,
    "gordicaleksa": GORDICALEKSA,
}
