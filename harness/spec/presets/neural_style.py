"""The neural-style family: J. Johnson's in Lua, and its port to PyTorch by ProGamerGov."""

from harness.spec.presets.published import CAFFE_VGG19, STYLE_TAPS, given, published

__all__ = ["JCJOHNSON", "NEURAL_STYLE_PT"]

_PORT = "ProGamerGov/neural-style-pt neural_style.py"
_PORT_NETWORK = "ProGamerGov/neural-style-pt CaffeLoader.py"
_LUA = "jcjohnson/neural-style neural_style.lua"
_LUA_LBFGS = "torch/optim lbfgs.lua"
_LUA_IMAGE = "torch/image"

NEURAL_STYLE_PT = published(
    "neural-style-pt",
    summary="ProGamerGov/neural-style-pt, defaults: L-BFGS from faint noise, 512 px",
    parameters=CAFFE_VGG19,
    values={
        "backbone": given("vgg19", f"{_PORT}:42"),
        "preprocessing": given("caffe", f"{_PORT}:336-344"),
        "pooling": given("max", f"{_PORT}:41; {_PORT_NETWORK}:158"),
        "padding": given("zeros", f"{_PORT_NETWORK}:167"),
        "image_size": given(512, f"{_PORT}:17"),
        "size_of": given("long_side", f"{_PORT}:339"),
        "size_rounding": given("down", f"{_PORT}:339"),
        "interpolation": given("bilinear", f"{_PORT}:340, torchvision's Resize"),
        "style_size": given("own", f"{_PORT}:75, enlarged too"),
        "content_layers": given({"relu4_2": 1.0}, f"{_PORT}:48"),
        "style_layers": given(STYLE_TAPS, f"{_PORT}:49"),
        "layer_combination": given("sum", f"{_PORT}:241-256"),
        "content_loss": given("mse", f"{_PORT}:429-432"),
        "style_loss": given("gram_elements", f"{_PORT}:441-473"),
        "tv_loss": given("l1_sum", f"{_PORT}:483-486"),
        "weights.content": given(5.0, f"{_PORT}:21"),
        "weights.style": given(100.0, f"{_PORT}:22, of every layer"),
        "weights.tv": given(1e-3, f"{_PORT}:25"),
        "start": given("gaussian", f"{_PORT}:27 and 200"),
        "noise_std": given(0.001 / 255, f"{_PORT}:200: 0.001 of 255 levels"),
        "noise_mean": given("imagenet", f"{_PORT}:200: about the network's mean colour"),
        "optimizer": given("lbfgs", f"{_PORT}:29"),
        "pixel_range": given(255.0, f"{_PORT}:343"),
        "lr": given(1.0, f"{_PORT}:269-278, PyTorch's default"),
        "lbfgs_variant": given("torch", f"{_PORT}:269-278"),
        "lbfgs_history": given(100, f"{_PORT}:31"),
        "lbfgs_line_search": given("none", f"{_PORT}:269-278"),
        "lbfgs_tolerance_gradient": given(0.0, f"{_PORT}:273: -1, never"),
        "lbfgs_tolerance_change": given(0.0, f"{_PORT}:272: -1, never"),
        "clamp": given("none", f"{_PORT}:217-232: when stored only"),
        "result": given("last", f"{_PORT}:217-232"),
        "iterations": given(
            999, f"{_PORT}:26 and 256: stored in evaluation 1000, before that one's update"
        ),
    },
    notes=(
        "Read at commit 7251405. Its 1000 iterations are 999 updates of the stored picture.",
        "Adam (-optimizer adam) has learning rate 1 in the code (:30) and 10 in the README.",
        "Its -normalize_gradients is another loss, off by default.",
        "Not reproduced: a side can come out a pixel smaller there by an error of floating point; "
        "levels are cut off there when stored, rounded here.",
    ),
)

JCJOHNSON = published(
    "jcjohnson",
    summary="jcjohnson/neural-style, defaults: the Lua original, levels times 256",
    parameters=CAFFE_VGG19,
    values={
        "backbone": given("vgg19", f"{_LUA}:42-43"),
        "preprocessing": given("caffe_256", f"{_LUA}:417-435"),
        "pooling": given("max", f"{_LUA}:41"),
        "padding": given("zeros", f"{_LUA}:42, VGG19's prototxt"),
        "image_size": given(512, f"{_LUA}:17"),
        "size_of": given("long_side", f"{_LUA}:60"),
        "size_rounding": given("down", f"{_LUA}:60; {_LUA_IMAGE} init.lua:668-682"),
        "interpolation": given(
            "bilinear", f"{_LUA}:60, by its name; see the notes for what it does"
        ),
        "style_size": given("own", f"{_LUA}:63-68, enlarged too"),
        "content_layers": given({"relu4_2": 1.0}, f"{_LUA}:48"),
        "style_layers": given(STYLE_TAPS, f"{_LUA}:49"),
        "layer_combination": given("sum", f"{_LUA}:280-293"),
        "content_loss": given("mse", f"{_LUA}:464"),
        "style_loss": given("gram_elements", f"{_LUA}:534-544"),
        "tv_loss": given("half_squared_sum", f"{_LUA}:581-597"),
        "weights.content": given(5.0, f"{_LUA}:22"),
        "weights.style": given(100.0, f"{_LUA}:23, of every layer"),
        "weights.tv": given(1e-3, f"{_LUA}:24"),
        "start": given("gaussian", f"{_LUA}:27 and 203"),
        "noise_std": given(0.001 / 256, f"{_LUA}:203: 0.001 of 256 levels"),
        "noise_mean": given("imagenet", f"{_LUA}:203: about the network's mean colour"),
        "optimizer": given("lbfgs", f"{_LUA}:29"),
        "pixel_range": given(256.0, f"{_LUA}:422"),
        "lr": given(1.0, f"{_LUA_LBFGS}:47, the default"),
        "lbfgs_variant": given("torch", f"{_LUA_LBFGS}:60-240, the same algorithm"),
        "lbfgs_history": given(100, f"{_LUA_LBFGS}:44, the default of nCorrection"),
        "lbfgs_line_search": given("none", f"{_LUA}:224-232"),
        "lbfgs_tolerance_gradient": given(0.0, f"{_LUA}:228: tolFun -1, never"),
        "lbfgs_tolerance_change": given(0.0, f"{_LUA}:227: tolX -1, never"),
        "clamp": given("none", f"{_LUA}:255-278: when stored only"),
        "result": given("last", f"{_LUA}:255-278"),
        "iterations": given(
            999, f"{_LUA}:25 and 293: stored in evaluation 1000, before that one's update"
        ),
    },
    notes=(
        "Read at commit 07c4b82. Its 1000 iterations are 999 updates of the stored picture.",
        "Total variation is a gradient there that no loss holds; L-BFGS without a line search "
        "and without tolerances never looks at the loss, so that pictures come out alike.",
        "Not reproduced: its bilinear resizing is an average over areas when shrinking, and has "
        "corners in place when enlarging, both without rounding to levels; pooling that takes in "
        "the rest of an odd side (ceil mode); style_scale·size is rounded upwards.",
        "Adam (-optimizer adam) has learning rate 10.",
    ),
)
