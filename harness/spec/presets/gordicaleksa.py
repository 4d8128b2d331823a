"""A. Gordić's pytorch-neural-style-transfer: strong-Wolfe L-BFGS, 400 pixels high."""

from harness.spec.presets.published import STYLE_TAPS, TORCHVISION_VGG19, given, published

__all__ = ["GORDICALEKSA"]

_CODE = "gordicaleksa/pytorch-neural-style-transfer neural_style_transfer.py"
_UTILS = "gordicaleksa/pytorch-neural-style-transfer utils/utils.py"
_NETWORK = "gordicaleksa/pytorch-neural-style-transfer models/definitions/vgg_nets.py"

GORDICALEKSA = published(
    "gordicaleksa",
    summary="gordicaleksa/pytorch-neural-style-transfer, defaults: strong-Wolfe L-BFGS",
    parameters=TORCHVISION_VGG19,
    values={
        "backbone": given("vgg19", f"{_CODE}:152"),
        "preprocessing": given("mean_255", f"{_UTILS}:12-13 and 40-53"),
        "pooling": given("max", f"{_NETWORK}:169, torchvision's network"),
        "padding": given("zeros", f"{_NETWORK}:169, torchvision's network"),
        "image_size": given(400, f"{_CODE}:145"),
        "size_of": given("height", f"{_UTILS}:26-30"),
        "size_rounding": given("down", f"{_UTILS}:29"),
        "interpolation": given("bicubic_aliased", f"{_UTILS}:30, OpenCV's INTER_CUBIC"),
        "style_size": given("own", f"{_CODE}:59-60: the same height"),
        "content_layers": given(
            {"relu4_2": 1.0}, f"{_NETWORK}:171-198: called conv4_2, overwritten by its ReLU"
        ),
        "style_layers": given(STYLE_TAPS, f"{_NETWORK}:171-179"),
        "layer_combination": given("mean", f"{_CODE}:25"),
        "content_loss": given("mse", f"{_CODE}:19"),
        "style_loss": given(
            "gram", f"{_CODE}:24; {_UTILS}:130-137: Gram over C·H·W, sum of squares: C² cancels"
        ),
        "tv_loss": given("l1_sum", f"{_UTILS}:140-142"),
        "weights.content": given(1e5, f"{_CODE}:147"),
        "weights.style": given(3e4, f"{_CODE}:148"),
        "weights.tv": given(1.0, f"{_CODE}:149"),
        "start": given("content", f"{_CODE}:153"),
        "optimizer": given("lbfgs", f"{_CODE}:151"),
        "pixel_range": given(255.0, f"{_UTILS}:12-13 and 40-53"),
        "lr": given(1.0, f"{_CODE}:106, PyTorch's default"),
        "lbfgs_variant": given("torch", f"{_CODE}:106"),
        "lbfgs_history": given(100, f"{_CODE}:106, PyTorch's default"),
        "lbfgs_line_search": given("strong_wolfe", f"{_CODE}:106"),
        "lbfgs_tolerance_gradient": given(1e-7, f"{_CODE}:106, PyTorch's default"),
        "lbfgs_tolerance_change": given(1e-9, f"{_CODE}:106, PyTorch's default"),
        "clamp": given("none", f"{_UTILS}:82-83: when stored only"),
        "result": given("last", f"{_UTILS}:78"),
        "iterations": given(1000, f"{_CODE}:89"),
    },
    notes=(
        "Read at commit a244dc6.",
        "Its other tuned weights (content, style, tv; :160-166): L-BFGS from the style 1e5, 10, "
        "0.1 and from noise 1e5, 1e3, 1; Adam (lr 10, 3000 iterations) from the content 1e5, 1e5, "
        "0.1 and from the style or noise 1e5, 100, 0.1.",
        "torchvision's network expects pixels over their deviation; here they are from 0 to 255, "
        "as coded.",
        "Not reproduced: it stores the picture of evaluation 1000, perhaps a trial point of a "
        "line search, where an iteration takes one or a few; nothing if the search ends earlier. "
        "Ours is that of iteration 1000. It also stops after 1250 evaluations, and stores a JPEG "
        "with levels cut off.",
    ),
)
