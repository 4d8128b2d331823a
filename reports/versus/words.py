"""What may be said when a quantity differs: one word for more of it and one for less.

Every word belongs to exactly one quantity, so that it cannot be chosen after looking at many,
and says no more than that quantity measures. Nothing here is called sharp or blurred: no
measurement of the catalogue is one of sharpness.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["TOTAL_LOSS", "WORDS", "word_for"]

TOTAL_LOSS = "loss/total"

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "style/gain": ("more style", "less style"),
        "content/score": ("more content", "less content"),
        "seconds": ("slower", "faster"),
        "seconds_per_iteration": ("slower iterations", "faster iterations"),
        "peak_memory_bytes": ("more memory", "less memory"),
        TOTAL_LOSS: ("higher total loss", "lower total loss"),
        "balance": ("higher balance", "lower balance"),
        "content/lpips": (
            "looks less like the content to LPIPS",
            "looks more like the content to LPIPS",
        ),
        "content/lpips_vgg": (
            "looks less like the content to LPIPS VGG16",
            "looks more like the content to LPIPS VGG16",
        ),
        "content/lpips_squeeze": (
            "looks less like the content to LPIPS SqueezeNet",
            "looks more like the content to LPIPS SqueezeNet",
        ),
        "content/feature_distance": (
            "features farther from the content's",
            "features nearer to the content's",
        ),
        "content/ms_ssim": (
            "more of the content's structure, fine and coarse",
            "less of the content's structure, fine and coarse",
        ),
        "content/ssim": (
            "more of the content's fine structure",
            "less of the content's fine structure",
        ),
        "content/psnr": (
            "pixel values nearer to the content's",
            "pixel values farther from the content's",
        ),
        # GMSD is the spread of the deviations of the gradients' strength over the picture.
        "content/gmsd": (
            "edge strength departs less evenly from the content's",
            "edge strength departs more evenly from the content's",
        ),
        "content/edge_f1": (
            "edges more where the content has them",
            "edges less where the content has them",
        ),
        "style/gram": (
            "feature correlations farther from the style's",
            "feature correlations nearer to the style's",
        ),
        "style/gram_cosine": (
            "direction of the feature correlations farther from the style's",
            "direction of the feature correlations nearer to the style's",
        ),
        "style/channel_stats": (
            "features' means and spreads farther from the style's",
            "features' means and spreads nearer to the style's",
        ),
        "style/feature_swd": (
            "distributions of features farther from the style's",
            "distributions of features nearer to the style's",
        ),
        "style/color_swd": ("colours farther from the style's", "colours nearer to the style's"),
        "style/histogram": (
            "hues and saturations farther from the style's",
            "hues and saturations nearer to the style's",
        ),
        "style/gabor": (
            "strokes' sizes and directions farther from the style's",
            "strokes' sizes and directions nearer to the style's",
        ),
        "second/style/gain": (
            "more style to the second evaluator",
            "less style to the second evaluator",
        ),
        "second/content/score": (
            "more content to the second evaluator",
            "less content to the second evaluator",
        ),
        "picture/tv": (
            "larger steps from pixel to pixel",
            "smaller steps from pixel to pixel",
        ),
        # The estimate counts fine texture and sharp edges as noise: grain is all three.
        "picture/noise": ("grainier", "smoother"),
        "picture/clipped": ("more clipped pixels", "fewer clipped pixels"),
        "picture/chroma": ("more saturated", "paler"),
        "picture/warmth": ("warmer", "colder"),
        "picture/exposure": ("lighter", "darker"),
        "picture/texture_scale": ("coarser texture", "finer texture"),
        "start/left": ("more of the start left", "less of the start left"),
        "seeds/distance": ("seeds differ more", "seeds differ less"),
    }
)
"""Quantity → what to say where it is larger, and where it is smaller."""


def word_for(name: str, difference: float) -> str:
    """Return what may be said of a difference that is significant.

    Args:
        name: Of the quantity.
        difference: The other side minus the baseline, not 0.

    Raises:
        KeyError: The quantity has no word.
    """
    more, less = WORDS[name]
    return more if difference > 0 else less
