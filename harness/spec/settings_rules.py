"""Which settings do not go together, and what to do about it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.spec.settings import Settings

__all__ = ["Clash", "clashes_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Settings that do not go together: their dotted keys, and what to do.

    The first key is the one that is complained of; changing any of them may help.
    """

    keys: tuple[str, ...]
    message: str


def clashes_of(settings: "Settings") -> list[Clash]:
    """Return what is wrong with a combination of settings that are sound by themselves."""
    return [
        *_clamping(settings),
        *_line_search(settings),
        *_balance(settings),
        *_results(settings),
        *_sizes(settings),
    ]


def _clamping(settings: "Settings") -> list[Clash]:
    keys = ("clamp", "optimizer")
    if settings.clamp == "step" and settings.optimizer == "lbfgs":
        message = (
            "found step with optimizer: lbfgs, which would take the clamping for curvature; "
            "take clamp: none (the result is clamped anyhow), or in_closure, which repeats "
            "the fault of the PyTorch tutorial"
        )
        return [Clash(keys=keys, message=message)]
    if settings.clamp == "in_closure" and settings.optimizer == "adam":
        message = "found in_closure with optimizer: adam; take clamp: step, or optimizer: lbfgs"
        return [Clash(keys=keys, message=message)]
    return []


def _line_search(settings: "Settings") -> list[Clash]:
    search, variant = settings.lbfgs_line_search, settings.lbfgs_variant
    if search == "none" or variant == "torch":
        return []
    message = (
        f"found {search} with lbfgs_variant: {variant}; take lbfgs_variant: torch, or "
        "lbfgs_line_search: none"
    )
    return [Clash(keys=("lbfgs_line_search", "lbfgs_variant"), message=message)]


def _balance(settings: "Settings") -> list[Clash]:
    weights = settings.weights
    if not weights.balanced or 0 not in (weights.content, weights.style):
        return []
    message = (
        "a loss without weight cannot be balanced; raise weights.content and weights.style "
        "above 0, or take weights.balanced: false"
    )
    zero = [
        key
        for key, weight in (
            ("weights.content", weights.content),
            ("weights.style", weights.style),
        )
        if weight == 0
    ]
    return [Clash(keys=("weights.balanced", *zero), message=message)]


def _results(settings: "Settings") -> list[Clash]:
    if settings.result == "last" or settings.averaging == 0:
        return []
    message = (
        f"found {settings.result} with a moving average, whose loss is never computed; take "
        "averaging: 0, or result: last"
    )
    return [Clash(keys=("result", "averaging"), message=message)]


def _sizes(settings: "Settings") -> list[Clash]:
    if settings.style_size != "content" or settings.style_scale == 1:
        return []
    message = (
        f"found {settings.style_scale:g} with style_size: content, which has no size of its own; "
        "take style_size: own, or style_scale: 1"
    )
    return [Clash(keys=("style_scale", "style_size"), message=message)]
