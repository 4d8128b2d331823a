"""The five reports' settings as recipes; what a report leaves open is said beside it."""

from dataclasses import replace
from functools import partial

import torch

from tests.published import losses, network, steps
from tests.published.network import Network, average_pooling, bgr_less_mean, max_pooling
from tests.published.pictures import long_side, square
from tests.published.recipe import Recipe

__all__ = ["ISOTTON_FIGURE_4", "REPORTS"]

FIRST_OF_BLOCKS = tuple(f"relu{block}_1" for block in range(1, 6))
FIFTH = 1 / 5

VGG19 = Network(name="vgg19", pooling=max_pooling)
VGG19_AVERAGE = Network(name="vgg19", pooling=average_pooling)


def _each(weight: float) -> dict[str, float]:
    return dict.fromkeys(FIRST_OF_BLOCKS, weight)


# Its notebook with figure 3a's weights: ToTensor alone, in-place ReLUs, the mean of five layers.
ISOTTON = Recipe(
    network=VGG19,
    size=square,
    interpolation="bilinear",
    variable=network.unit_rgb,
    seen=network.unchanged,
    content={"relu4_2": 5.0},
    content_loss=losses.mean_of_squares,
    style=_each(6e6 * FIFTH),
    style_loss=losses.gram_over_elements,
    optimise=partial(steps.adam, lr=0.1),
    stated={"image_size": 512, "iterations": 500, "averaging": 0, "start": "noise"},
    starts_from_noise=True,
)

# Figure 4 and the notebook's last state.
ISOTTON_FIGURE_4 = replace(
    ISOTTON,
    style=_each(1e7 * FIFTH),
    tv=losses.sum_of_differences,
    tv_weight=1e-3,
)

# Figure 3b: weights of the configuration files; the loss is that of the code their keys are from.
ISOTTON_CONTENT = Recipe(
    network=VGG19,
    size=square,
    interpolation="bilinear",
    variable=network.unit_rgb,
    seen=network.unchanged,
    content={"relu4_2": 1e5},
    content_loss=losses.mean_of_squares,
    style=_each(5e2),
    style_loss=losses.gram_unnormalised,
    tv=losses.sum_of_differences,
    tv_weight=0.1,
    optimise=partial(steps.adam, lr=0.1),
    stated={"image_size": 300, "averaging": 0, "start": "content"},
)

# The report's formulas and weights; means, start and restarts of the code that it took its
# helpers from (gsurma).
TRAN_STYLE = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
TRAN = Recipe(
    network=Network(name="vgg16", pooling=max_pooling),
    size=square,
    interpolation="bicubic",
    variable=partial(bgr_less_mean, mean=(123.68, 116.779, 103.939)),
    seen=network.unchanged,
    content={"relu2_2": 0.1},
    content_loss=losses.half_sum_of_squares,
    style=dict.fromkeys(TRAN_STYLE, 5000 * FIFTH),
    style_loss=losses.gatys_style,
    optimise=partial(steps.scipy_restarted, evaluations=20),
    stated={"image_size": 500, "iterations": 20, "averaging": 0, "lbfgs_evaluations": 20},
    starts_from_noise=True,
)


def _picture_box() -> tuple[torch.Tensor, torch.Tensor]:
    black = torch.zeros(1, 1, 3)
    return bgr_less_mean(black), bgr_less_mean(black + 255)


tensorflow_notebook = partial(
    steps.adam_by_tensorflow, lr=5.0, betas=(0.99, 0.999), epsilon=0.1, box=_picture_box()
)
round_long = partial(long_side, truncate=False)

# Equations 2.4 of the report; optimiser, size and 1/5 are assumptions (TensorFlow's notebook).
CHADEBEC = Recipe(
    network=VGG19,
    size=round_long,
    interpolation="lanczos",
    variable=bgr_less_mean,
    seen=network.unchanged,
    content={"relu4_2": 1.0},
    content_loss=losses.half_sum_of_squares,
    style=_each(1e3 * FIFTH),
    style_loss=losses.gatys_style,
    optimise=tensorflow_notebook,
    stated={"image_size": 512, "iterations": 3000, "averaging": 0, "start": "gaussian"},
    starts_from_noise=True,
)

# The script that its loss sizes point to; the content layer is an assumption.
THAKUR = Recipe(
    network=VGG19,
    size=square,
    interpolation="bilinear",
    variable=lambda pixels: network.normalised(network.unit_rgb(pixels)),
    seen=network.unchanged,
    content={"relu4_2": 1.0},
    content_loss=losses.mean_of_squares,
    style=_each(0.01),
    style_loss=losses.gram_unnormalised,
    optimise=partial(steps.adam, lr=0.001),
    stated={"image_size": 356, "iterations": 4000, "averaging": 0, "start": "content"},
)

# TensorFlow's notebook as it is, and as the report ends.
PENG_BASELINE = Recipe(
    network=VGG19,
    size=round_long,
    interpolation="lanczos",
    variable=bgr_less_mean,
    seen=network.unchanged,
    content={"relu5_2": 1e3},
    content_loss=losses.mean_of_squares,
    style=_each(1e-2 * FIFTH),
    style_loss=losses.gram_over_positions,
    optimise=tensorflow_notebook,
    stated={
        "image_size": 512,
        "iterations": 1000,
        "averaging": 0,
        "start": "content",
        "result": "after_best_loss",
    },
)
PENG_FINAL = Recipe(
    network=VGG19_AVERAGE,
    size=round_long,
    interpolation="lanczos",
    variable=bgr_less_mean,
    seen=network.unchanged,
    content={"relu4_2": 1e3},
    content_loss=losses.mean_of_squares,
    style=dict(zip(FIRST_OF_BLOCKS, (0.05, 0.2, 1.0, 0.2, 0.2), strict=True)),
    style_loss=losses.gram_over_positions,
    optimise=tensorflow_notebook,
    stated={
        "image_size": 512,
        "iterations": 200,
        "averaging": 0,
        "start": "content",
        "result": "after_best_loss",
    },
)

REPORTS = {
    "isotton": ISOTTON,
    "isotton-content": ISOTTON_CONTENT,
    "tran": TRAN,
    "chadebec": CHADEBEC,
    "thakur": THAKUR,
    "peng-baseline": PENG_BASELINE,
    "peng-final": PENG_FINAL,
}
