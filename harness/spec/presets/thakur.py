"""Report D: A. Thakur, Adam on VGG19 from the content, 4000 iterations."""

from harness.spec.presets.published import (
    STYLE_TAPS,
    TORCHVISION_VGG19,
    assumed,
    given,
    published,
)

__all__ = ["THAKUR"]

_REPORT = "report D (thakur)"
_SCRIPT = "the script in the notes"
_BY_SCRIPT = f"not stated; as {_SCRIPT}"

THAKUR = published(
    "thakur",
    summary="report D (thakur): Adam from the content, 4000 iterations; much of it assumed",
    parameters=TORCHVISION_VGG19,
    values={
        "backbone": given("vgg19", f"{_REPORT}, 2, Network Architecture"),
        "preprocessing": given("imagenet", f"{_REPORT}, 2, Image Preprocessing"),
        "pooling": assumed("max", "not stated; torchvision's VGG19 as it is"),
        "padding": assumed("zeros", "not stated; torchvision's VGG19 as it is"),
        "image_size": assumed(356, f"a uniform size, says the report; as {_SCRIPT}"),
        "size_of": assumed("square", f"a uniform size, says the report; as {_SCRIPT}"),
        "size_rounding": given("nearest", "both sides are image_size"),
        "interpolation": assumed("bilinear", "not stated; torchvision's Resize"),
        "style_size": assumed("own", f"a uniform size, says the report; as {_SCRIPT}"),
        "content_layers": assumed(
            {"relu4_2": 1.0},
            "one of the deeper layers, says the report; that of Gatys, Ecker, Bethge 2016",
        ),
        "style_layers": assumed(STYLE_TAPS, f"multiple layers, says the report; as {_SCRIPT}"),
        "layer_combination": assumed("sum", _BY_SCRIPT),
        "content_loss": assumed(
            "mse",
            "contradictory: the mean squared error, says section 2, and shows ½ΣΔ²; the mean "
            f"goes with {_SCRIPT}",
        ),
        "style_loss": assumed(
            "gram_raw",
            f"Gram matrices, says the report, not how they are compared; as {_SCRIPT}: only Grams "
            "that are not normalised give losses of 1e8",
        ),
        "weights.content": assumed(1.0, f"adjusted to balance, says the report; as {_SCRIPT}"),
        "weights.style": assumed(0.01, f"adjusted to balance, says the report; as {_SCRIPT}"),
        "weights.tv": given(0.0, f"{_REPORT}, 2, Loss Functions: the total loss has no such term"),
        "start": given("content", f"{_REPORT}, 2, Optimization Process"),
        "optimizer": given("adam", f"{_REPORT}, 2, Optimization Process"),
        "pixel_range": assumed(
            1 / 0.226,
            "the optimised copy of the content is normalised: from black to white it is "
            "1/0.229, 1/0.224 and 1/0.225 in red, green and blue; their mean deviation is 0.226",
        ),
        "lr": assumed(0.001, _BY_SCRIPT),
        "adam_betas": assumed((0.9, 0.999), "not stated; PyTorch's default"),
        "adam_epsilon": assumed(1e-8, "not stated; PyTorch's default"),
        "adam_form": assumed("paper", "not stated; as PyTorch has it"),
        "clamp": assumed("none", _BY_SCRIPT),
        "result": assumed("last", _BY_SCRIPT),
        "iterations": given(4000, f"{_REPORT}, 3"),
    },
    notes=(
        "Taken for what the report does not state: the widespread PyTorch script with 356 px, "
        "layers 0, 5, 10, 19 and 28, lr 0.001, α 1 and β 0.01. The line that the report prints "
        "(Epoch [1000/4000], Loss: …) and the size of its losses point to it.",
        "The network is cut after its 30th convolutional layer, says the report; it has 16. Cut "
        "after 30 modules it ends with the ReLU of conv5_1, which is what is taken here.",
        "The script has its content loss at all five style layers; the report at one layer.",
        "The printed losses (123799384, 34393944, 12857776 and 5865770 at 1000, 2000, 3000 and "
        "4000) belong to pictures that are not known: they tell the kind of loss, no more.",
        "Not reproduced: the range of each channel of its own (red, green and blue move by up to "
        "1.3 % less or more a step).",
    ),
)
