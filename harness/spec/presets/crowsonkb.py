"""K. Crowson's style-transfer-pytorch: a pyramid with a moving average, of 2023 and of 2021."""

from harness.spec.presets.published import STYLE_TAPS, TORCHVISION_VGG19, given, published

__all__ = ["CROWSONKB_2021", "CROWSONKB_2023"]

_CODE = "crowsonkb/style-transfer-pytorch style_transfer.py"
_2021 = "crowsonkb/style-transfer-pytorch@1107fe6 style_transfer.py"
_LAYERS = dict(zip(STYLE_TAPS, (256.0, 64.0, 16.0, 4.0, 1.0), strict=True))

_NOT_REPRODUCED = (
    "Not reproduced: levels are cut off there when stored, rounded here; colour profiles are the "
    "command line's there. Below min_scale there is one scale of 1000 iterations, there as here."
)

CROWSONKB_2023 = published(
    "crowsonkb-2023",
    summary="crowsonkb/style-transfer-pytorch of 2023: Wasserstein style loss, √2 pyramid",
    parameters=TORCHVISION_VGG19,
    values={
        "backbone": given("vgg19", f"{_CODE}:35"),
        "preprocessing": given("imagenet", f"{_CODE}:30"),
        "pooling": given("max", f"{_CODE}:24"),
        "padding": given("replicate_first", f"{_CODE}:39 and 52-59"),
        "image_size": given(512, f"{_CODE}:355; cli.py:174"),
        "size_of": given("long_side", f"{_CODE}:256-265"),
        "size_rounding": given("nearest", f"{_CODE}:256-265"),
        "interpolation": given("bicubic", f"{_CODE}:382, 417 and 437"),
        "style_size": given("never_larger", f"{_CODE}:431-437"),
        "content_layers": given({"relu4_2": 1.0}, f"{_CODE}:316"),
        "style_layers": given(_LAYERS, f"{_CODE}:317-320"),
        "layer_combination": given("mean", f"{_CODE}:321-322: over the sum of the weights"),
        "content_loss": given("mse", f"{_CODE}:119-126"),
        "style_loss": given("wasserstein", f"{_CODE}:149-181; sqrtm.py:9-47"),
        "tv_loss": given("nine_point", f"{_CODE}:184-195"),
        "weights.content": given(0.015, f"{_CODE}:351"),
        "weights.style": given(1.0, f"{_CODE}:451-453"),
        "weights.tv": given(2.0, f"{_CODE}:352"),
        "start": given("content", f"{_CODE}:360 and 381-382"),
        "optimizer": given("adam", f"{_CODE}:353"),
        "pixel_range": given(1.0, f"{_CODE}:382"),
        "lr": given(0.02, f"{_CODE}:358"),
        "adam_betas": given((0.9, 0.99), f"{_CODE}:458"),
        "adam_epsilon": given(1e-8, f"{_CODE}:458, PyTorch's default"),
        "adam_form": given("paper", f"{_CODE}:458, as PyTorch has it"),
        "clamp": given("step", f"{_CODE}:485"),
        "averaging": given(0.99, f"{_CODE}:359"),
        "result": given("last", f"{_CODE}:335-336, the last average"),
        "iterations": given(500, f"{_CODE}:356"),
        "pyramid": given("sqrt2", f"{_CODE}:268-276"),
        "pyramid_min": given(128, f"{_CODE}:354"),
        "pyramid_first": given(1000, f"{_CODE}:357"),
        "pyramid_carry": given(True, f"{_CODE}:285-296"),
    },
    notes=(
        "Read at commit e7e2c71. At 512 px its scales are 128, 181, 256, 362 and 512, 3000 "
        "iterations in all.",
        "The square roots are those of 12 Newton-Schulz steps, for the style's covariance too, "
        "and their gradient is not that of the iteration: kept.",
        "Its other poolings: --set pooling=avg --set pooling_scale=2; --set pooling=l2 --set "
        "pooling_scale=1.56 (0.78 of the root of a sum, which is 1.56 of that of a mean).",
        _NOT_REPRODUCED,
    ),
)

CROWSONKB_2021 = published(
    "crowsonkb-2021",
    summary="crowsonkb/style-transfer-pytorch of 2021: scaled Gram loss, √2 pyramid",
    parameters=TORCHVISION_VGG19,
    values={
        "backbone": given("vgg19", f"{_2021}:33"),
        "preprocessing": given("imagenet", f"{_2021}:28"),
        "pooling": given("max", f"{_2021}:22"),
        "padding": given("replicate_first", f"{_2021}:37 and 50-57"),
        "image_size": given(512, f"{_2021}:299; cli.py:171"),
        "size_of": given("long_side", f"{_2021}:201-210"),
        "size_rounding": given("nearest", f"{_2021}:201-210"),
        "interpolation": given("lanczos", f"{_2021}:326, 349 and 369"),
        "style_size": given("never_larger", f"{_2021}:363-369"),
        "content_layers": given({"relu4_2": 1.0}, f"{_2021}:261"),
        "style_layers": given(_LAYERS, f"{_2021}:262-265"),
        "layer_combination": given("mean", f"{_2021}:266-267: over the sum of the weights"),
        "content_loss": given("scaled_mse", f"{_2021}:91-115"),
        "style_loss": given("scaled_gram", f"{_2021}:117-131"),
        "tv_loss": given("squared_padded", f"{_2021}:133-140"),
        "weights.content": given(0.015, f"{_2021}:296"),
        "weights.style": given(1.0, f"{_2021}:380-382"),
        "weights.tv": given(2.0, f"{_2021}:297"),
        "start": given("content", f"{_2021}:304 and 325-326"),
        "optimizer": given("adam", f"{_2021}:386"),
        "pixel_range": given(1.0, f"{_2021}:326"),
        "lr": given(0.02, f"{_2021}:302"),
        "adam_betas": given((0.9, 0.999), f"{_2021}:386, PyTorch's default"),
        "adam_epsilon": given(1e-8, f"{_2021}:386, PyTorch's default"),
        "adam_form": given("paper", f"{_2021}:386, as PyTorch has it"),
        "clamp": given("step", f"{_2021}:405"),
        "averaging": given(0.99, f"{_2021}:303"),
        "result": given("last", f"{_2021}:280-281, the last average"),
        "iterations": given(500, f"{_2021}:300"),
        "pyramid": given("sqrt2", f"{_2021}:213-221"),
        "pyramid_min": given(128, f"{_2021}:298"),
        "pyramid_first": given(1000, f"{_2021}:301"),
        "pyramid_carry": given(True, f"{_2021}:230-240"),
    },
    notes=(
        "The gradient of its scaled losses has an L1 norm of about 1, not of exactly 1.",
        _NOT_REPRODUCED,
    ),
)
