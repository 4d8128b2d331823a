"""Report A: Isotton and Munafò, Adam on pixels in [0, 1], from noise and from the content."""

from harness.spec.presets.published import (
    STYLE_TAPS,
    TORCHVISION_VGG19,
    assumed,
    given,
    published,
)

__all__ = ["ISOTTON", "ISOTTON_CONTENT"]

_REPORT = "report A (isotton)"
_CODE = "isottongloria's notebook"
_STORED = "isottongloria's House_various_styles/*"
_CONFIGURED = f"{_STORED}/config.yaml"
_ANCESTOR = (
    "the public code that the keys of its config.yaml come from (train_image, "
    "capture_content_features_from)"
)

_BOTH = {
    "backbone": given("vgg19", f"{_REPORT}, 1.3.4"),
    "preprocessing": given("none", f"{_CODE} cell 4:16-21; {_REPORT}, 1.2"),
    "pooling": given("max", f"{_REPORT}, table 1"),
    "padding": given("zeros", f"{_CODE} cell 7:7, torchvision's network"),
    "size_of": given("square", f"{_CODE} cell 4:9"),
    "size_rounding": given("nearest", "both sides are image_size"),
    "interpolation": given("bilinear", f"{_CODE} cell 4:18, torchvision's Resize of a picture"),
    "style_size": given("own", f"{_CODE} cell 5:15, the same square"),
    "content_layers": given(
        {"relu4_2": 1.0}, f"{_REPORT}, 1.3.4 (conv4_2); after the ReLU in {_CODE} cell 7:7-14"
    ),
    "style_layers": given(
        STYLE_TAPS, f"{_REPORT}, 1.3.4 (conv1_1 to 5_1); after the ReLU in {_CODE} cell 7:7-14"
    ),
    "layer_combination": given("mean", f"{_REPORT}, 1.3.4 (1/5 each); {_CODE} cell 28:38"),
    "content_loss": given("mse", f"{_REPORT}, 1.3.4 (MSELoss); {_CODE} cell 12:3"),
    "style_loss": given("gram_elements", f"{_REPORT}, eq. 4 and 1.3.4; {_CODE} cell 14:14-18"),
    "tv_loss": given("l1_sum", f"{_REPORT}, eq. 6; {_CODE} cell 17:2-3"),
    "weights.content": given(5.0, f"{_REPORT}, figure 3a"),
    "weights.style": given(6e6, f"{_REPORT}, figure 3a"),
    "weights.tv": given(0.0, f"{_REPORT}, figure 3a"),
    "start": given("noise", f"{_REPORT}, 1.3.4; {_CODE} cell 20:5-7 makes it uniform in [0, 1]"),
    "optimizer": given("adam", f"{_REPORT}, 1.3.4"),
    "pixel_range": given(1.0, f"{_CODE} cell 4:19, ToTensor"),
    "lr": given(0.1, f"{_REPORT}, 1.3.4 and 1.4.1"),
    "adam_betas": given((0.9, 0.999), f"{_CODE} cell 28:8, PyTorch's default"),
    "adam_epsilon": given(1e-8, f"{_CODE} cell 28:8, PyTorch's default"),
    "adam_form": given("paper", f"{_CODE} cell 28:8, as PyTorch has it"),
    "clamp": given("none", f"{_CODE} cell 28:46-48"),
    "result": given("last", f"{_CODE} cell 28:53-54"),
    "image_size": given(512, f"{_REPORT}, 1.5; {_CODE} cell 5:11"),
    "iterations": given(500, f"{_REPORT}, 1.4.2; {_CODE} cell 29:1"),
}

_TEXT = (
    "The notebook is neural_style_transfer.ipynb of isottongloria/Vision-Cognitive-Systems_NST, "
    "commit 39d035f.",
    "The report's eq. 2 is half the sum of squares; its 1.3.4 and its code take the mean of "
    "squares (MSELoss), to which its weights belong.",
    "The report names conv layers; torchvision's ReLUs work in place, so that its code reads "
    "every one of them after the ReLU.",
)

ISOTTON = published(
    "isotton",
    summary="report A (isotton), figure 3a: Adam from noise, pixels in [0, 1], 512 px square",
    parameters=TORCHVISION_VGG19,
    values=_BOTH,
    notes=(
        *_TEXT,
        "The report has other weights elsewhere: figure 4 has 5, 1e7 and 1e-3, 1e-4 or 3e-5, and "
        "the code's last state 5, 1e7, 1e-3; the first runs had lr 10 (overshoots) and 1000 "
        "iterations; for figure 2 only α/β and tv 1e-4 are known.",
        "Its text says uniform noise between -90 and 90, normalised: scaled so that the least "
        "value of the picture is exactly 0 and the largest exactly 1. Ours lies in [0, 1).",
        "Not reproduced: the result was stored as JPEG.",
    ),
)

ISOTTON_CONTENT = published(
    "isotton-content",
    summary="report A (isotton), figure 3b: the content start, with weights of its own",
    parameters=TORCHVISION_VGG19,
    values=_BOTH
    | {
        "image_size": given(300, f"{_STORED}: the pictures there are 300×300"),
        "content_layers": given(
            {"relu4_2": 1.0},
            f"{_CONFIGURED}: conv42 alone for three of four styles; after the ReLU as in "
            f"{_CODE} cell 7",
        ),
        "style_layers": given(
            STYLE_TAPS, f"{_CONFIGURED}: conv1_1 to 5_1; after the ReLU as in {_CODE} cell 7"
        ),
        "layer_combination": assumed("sum", f"as {_ANCESTOR}"),
        "style_loss": assumed(
            "gram_raw",
            f"as {_ANCESTOR}: with the published notebook's Gram over C·H·W these weights would "
            "leave the content as it is, and figure 3b is strongly stylised",
        ),
        "content_loss": assumed("mse", f"as the notebook and {_ANCESTOR}"),
        "tv_loss": given("l1_sum", f"{_REPORT}, eq. 6"),
        "weights.content": given(1e5, f"{_REPORT}, figure 3b; {_CONFIGURED}"),
        "weights.style": given(5e2, f"{_REPORT}, figure 3b; {_CONFIGURED}"),
        "weights.tv": given(0.1, f"{_REPORT}, figure 3b; {_CONFIGURED}"),
        "start": given("content", f"{_REPORT}, 1.4.3 and figure 3b"),
        "lr": given(0.1, f"{_CONFIGURED}"),
        "iterations": given(1000, f"{_CONFIGURED}"),
    },
    notes=(
        _TEXT[0],
        "The text (1.4.3) says that α/β must be significantly lower for the content start; "
        "figure 3's ratio is 2e8 times higher. The two runs did not have the same style loss: a "
        "Gram matrix that is not normalised is larger by C·H·W.",
        "The configuration of the fourth style (Mosaic) names conv1_1, 2_1, 3_1, 4_1 and 5_1 as "
        "content layers: --set content_layers=[relu1_1,relu2_1,relu3_1,relu4_1,relu5_1].",
        "1000 steps were configured; the last stored picture is that of step 95 to 130, and "
        "figure 3b shows one of these.",
        _TEXT[2]
        + " The ancestor's network ends before the ReLU of conv5_1; the report's does not.",
        "Not reproduced: the results were stored as JPEG.",
    ),
)
