"""L. Gatys: the paper of 2016, and the notebook that its author published a year later."""

from harness.spec.presets.published import (
    CAFFE_VGG19,
    STYLE_TAPS,
    assumed,
    given,
    published,
)

__all__ = ["GATYS_2016", "GATYS_NOTEBOOK"]

_PAPER = "Gatys, Ecker, Bethge 2016 (CVPR)"
_PAPERS = "pystiche/papers gatys_ecker_bethge_2016"
_BY_PAPERS = f"not stated; as {_PAPERS}"
_CODE = "leongatys/PytorchNeuralStyleTransfer NeuralStyleTransfer.ipynb"

GATYS_2016 = published(
    "gatys2016",
    summary="Gatys, Ecker, Bethge 2016, figure 3B: average pooling, noise start, L-BFGS",
    parameters=CAFFE_VGG19,
    values={
        "backbone": given("vgg19", f"{_PAPER}, section 2"),
        "preprocessing": assumed("caffe", f"not stated; as {_PAPERS}/_utils.py:20"),
        "pooling": given("avg", f"{_PAPER}, section 2; {_PAPERS}/_utils.py:45-50"),
        "padding": assumed("zeros", "not stated; VGG19 as it is"),
        "image_size": assumed(
            512, f"about 512 × 512 pixels (section 4); as {_PAPERS}/_utils.py:99-155"
        ),
        "size_of": assumed("short_side", f"{_BY_PAPERS} (pystiche's resize)"),
        "size_rounding": assumed("nearest", f"{_BY_PAPERS} (pystiche's resize)"),
        "interpolation": assumed("bilinear", f"{_BY_PAPERS} (pystiche's resize)"),
        "style_size": given("content", f"{_PAPER}, section 2.3: resized to the content's size"),
        "content_layers": given(
            {"relu4_2": 1.0},
            f"{_PAPER}, section 3 (conv4_2); eq. 2 is that of features after a ReLU",
        ),
        "style_layers": given(
            STYLE_TAPS,
            f"{_PAPER}, section 3 (conv1_1 to 5_1); eq. 6 is that of features after a ReLU",
        ),
        "layer_combination": given("mean", f"{_PAPER}, section 3: w_l = 1/5"),
        "content_loss": given("half_sum", f"{_PAPER}, eq. 1; {_PAPERS}/_loss.py:48-66"),
        "style_loss": given("gatys", f"{_PAPER}, eq. 4; {_PAPERS}/_loss.py:137-145"),
        "weights.content": assumed(
            1.0, f"only the ratio is stated; as {_PAPERS}/_utils.py:99-155"
        ),
        "weights.style": given(1000.0, f"{_PAPER}, section 3: α/β = 1e-3 for figure 3B"),
        "weights.tv": given(0.0, f"{_PAPER}, section 2.3: no image prior"),
        "start": assumed(
            "noise", f"white noise (section 3.3), not of which kind; uniform as in {_PAPERS}"
        ),
        "optimizer": given("lbfgs", f"{_PAPER}, section 2.3"),
        "pixel_range": assumed(255.0, f"{_BY_PAPERS}/_utils.py:20"),
        "lr": assumed(1.0, f"{_BY_PAPERS}/_utils.py:53-61"),
        "lbfgs_variant": assumed("torch", f"{_BY_PAPERS}/_utils.py:53-61"),
        "lbfgs_history": assumed(100, f"{_BY_PAPERS}/_utils.py:53-61, PyTorch's default"),
        "lbfgs_line_search": assumed("none", f"{_BY_PAPERS}/_utils.py:53-61"),
        "lbfgs_tolerance_gradient": assumed(
            1e-7, f"{_BY_PAPERS}/_utils.py:53-61, PyTorch's default"
        ),
        "lbfgs_tolerance_change": assumed(
            0.0, f"{_BY_PAPERS}/_utils.py:53-61: with max_iter 1 it never acts"
        ),
        "clamp": assumed("none", f"{_BY_PAPERS}/_nst.py"),
        "result": assumed("last", f"{_BY_PAPERS}/_nst.py"),
        "iterations": assumed(500, f"{_BY_PAPERS}/_utils.py:99-155"),
    },
    notes=(
        "pystiche/papers was read at commit a8a87f4, with impl_params=False. There the style "
        "keeps its own size, and conv taps stand before ReLUs that may work in place.",
        "The figure's other pictures have α/β 8e-4 (C), 5e-3 (D) and 5e-4 (E, F).",
        "Not reproduced: the paper's network was scaled so that every filter's mean activation is "
        "1; give such parameters as pretrained: file:PATH if you have them.",
        "pystiche's means of blue, green and red are 104.04, 116.79 and 123.675, ours 103.939, "
        "116.779 and 123.68.",
    ),
)

GATYS_NOTEBOOK = published(
    "gatys-notebook",
    summary="L. Gatys's PyTorch notebook: layer weights 1000/C², L-BFGS for 520 iterations",
    parameters=CAFFE_VGG19,
    values={
        "backbone": given("vgg19", f"{_CODE} cell 1:2-20"),
        "preprocessing": given("caffe", f"{_CODE} cell 3:5-8"),
        "pooling": given("max", f"{_CODE} cell 1:3"),
        "padding": given("zeros", f"{_CODE} cell 1:5-20"),
        "image_size": given(512, f"{_CODE} cell 3:2"),
        "size_of": given("short_side", f"{_CODE} cell 3:3, torchvision's Scale"),
        "size_rounding": given("down", f"{_CODE} cell 3:3, torchvision's Scale"),
        "interpolation": given("bilinear", f"{_CODE} cell 3:3, torchvision's Scale"),
        "style_size": given("own", f"{_CODE} cell 5:5"),
        "content_layers": given({"relu4_2": 1.0}, f"{_CODE} cell 7:3 (r42)"),
        "style_layers": given(STYLE_TAPS, f"{_CODE} cell 7:2 (r11, r21, r31, r41, r51)"),
        "layer_combination": given("sum", f"{_CODE} cell 8:13"),
        "style_layer_scale": given("inverse_squared_channels", f"{_CODE} cell 7:10"),
        "content_loss": given("mse", f"{_CODE} cell 7:5"),
        "style_loss": given("gram", f"{_CODE} cell 2:7-12"),
        "weights.content": given(1.0, f"{_CODE} cell 7:11"),
        "weights.style": given(1e3, f"{_CODE} cell 7:10"),
        "weights.tv": given(0.0, f"{_CODE} cell 8:12-13: no such term"),
        "start": given("content", f"{_CODE} cell 5:13"),
        "optimizer": given("lbfgs", f"{_CODE} cell 8:4"),
        "pixel_range": given(255.0, f"{_CODE} cell 3:8"),
        "lr": given(1.0, f"{_CODE} cell 8:4, PyTorch's default"),
        "lbfgs_variant": given("torch", f"{_CODE} cell 8:4"),
        "lbfgs_history": given(100, f"{_CODE} cell 8:4, PyTorch's default"),
        "lbfgs_line_search": given("none", f"{_CODE} cell 8:4"),
        "lbfgs_tolerance_gradient": given(1e-5, f"{_CODE} cell 8:4, PyTorch's default then"),
        "lbfgs_tolerance_change": given(1e-9, f"{_CODE} cell 8:4, PyTorch's default"),
        "clamp": given("none", f"{_CODE} cell 8:7-25: when shown only"),
        "result": given("last", f"{_CODE} cell 8:25"),
        "iterations": given(520, f"{_CODE} cell 8:4-7: `<= 500` in steps of 20"),
    },
    notes=(
        "Read at commit be6c8e2. The notebook's 500 are 26 calls of 20 iterations.",
        "A tolerance that is met ends a call of 20 iterations there, the run here; losses of this "
        "size do not meet it.",
        "The second stage (cells 9 and 10) is a run of its own: --set image_size=800 --set "
        "iterations=220 --set start=file:RESULT.png.",
        "Not reproduced: levels are cut off there when stored, rounded here.",
    ),
)
