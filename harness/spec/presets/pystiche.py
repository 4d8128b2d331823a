"""pystiche: what its command does without options."""

from harness.spec.presets.published import STYLE_TAPS, TORCHVISION_VGG19, given, published

__all__ = ["PYSTICHE"]

_CODE = "pystiche/pystiche pystiche"

PYSTICHE = published(
    "pystiche",
    summary="pystiche's command, defaults: Gram over positions, L-BFGS for 500 iterations",
    parameters=TORCHVISION_VGG19,
    values={
        "backbone": given("vgg19", f"{_CODE}/_cli.py:395"),
        "preprocessing": given(
            "imagenet", f"{_CODE}/enc/prepostprocessing.py, TorchPreprocessing"
        ),
        "pooling": given("max", f"{_CODE}/enc/models/vgg.py:183-186"),
        "padding": given("zeros", f"{_CODE}/enc/models/vgg.py: torchvision's network"),
        "image_size": given(500, f"{_CODE}/_cli.py:428"),
        "size_of": given("short_side", f"{_CODE}/image/io.py:89-110"),
        "size_rounding": given("nearest", f"{_CODE}/image/io.py:89-110"),
        "interpolation": given("bilinear", f"{_CODE}/image/io.py:53 and 89-110"),
        "style_size": given("own", f"{_CODE}/_cli.py:471: 500 too"),
        "content_layers": given({"relu4_2": 1.0}, f"{_CODE}/_cli.py:417"),
        "style_layers": given(STYLE_TAPS, f"{_CODE}/_cli.py:460"),
        "layer_combination": given("mean", f"{_CODE}/loss/_container.py:209"),
        "content_loss": given("mse", f"{_CODE}/_cli.py:407; loss/_comparison.py:96"),
        "style_loss": given("gram", f"{_CODE}/_cli.py:450; core/_math.py:69-70"),
        "weights.content": given(1.0, f"{_CODE}/_cli.py:438"),
        "weights.style": given(1e3, f"{_CODE}/_cli.py:481"),
        "weights.tv": given(0.0, f"{_CODE}/_cli.py: no such term"),
        "start": given("content", f"{_CODE}/_cli.py:384"),
        "optimizer": given("lbfgs", f"{_CODE}/optim.py:38"),
        "pixel_range": given(1.0, f"{_CODE}/image/io.py:58-70"),
        "lr": given(1.0, f"{_CODE}/optim.py:38"),
        "lbfgs_variant": given("torch", f"{_CODE}/optim.py:38"),
        "lbfgs_history": given(100, f"{_CODE}/optim.py:38, PyTorch's default"),
        "lbfgs_line_search": given("none", f"{_CODE}/optim.py:38"),
        "lbfgs_tolerance_gradient": given(1e-7, f"{_CODE}/optim.py:38, PyTorch's default"),
        "lbfgs_tolerance_change": given(
            0.0, f"{_CODE}/optim.py:38: with max_iter 1 it never acts"
        ),
        "clamp": given("none", f"{_CODE}/optim.py: when stored only"),
        "result": given("last", f"{_CODE}/_cli.py:96"),
        "iterations": given(500, f"{_CODE}/_cli.py:368, max_iter 1 each"),
    },
    notes=(
        "Read at commit 71217c2.",
        "Not reproduced: sides that end in exactly ½ pixel are rounded to even there, upwards "
        "here; levels are cut off there when stored, rounded here.",
    ),
)
