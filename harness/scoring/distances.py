"""Every raw measurement of a picture by both evaluators; what could not be measured, and why."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np

from harness.scoring.evaluators import EvaluatorSpec, torch_home
from harness.scoring.features import lpips_network
from harness.scoring.view import View
from metrics.catalog import CATALOG
from metrics.channel_statistics import channel_distance
from metrics.color import color_swd
from metrics.feature_swd import swd_distance
from metrics.features import feature_distance
from metrics.fidelity import gmsd, psnr
from metrics.gabor import gabor_distance
from metrics.gram import balanced_distance, cosine_distance
from metrics.histogram import hellinger_distance
from metrics.lpips_parameters import lpips_unavailable_reason
from metrics.picture import picture_measurements
from metrics.start import start_left
from metrics.structure import edge_f1, ms_ssim, ssim
from metrics.taps import TapDistances

__all__ = [
    "Collected",
    "averaged",
    "content_distances",
    "picture_distances",
    "start_distances",
    "style_distances",
]

# Beside AlexNet, which is part of the evaluator's identity.
OTHER_LPIPS = {"content/lpips_vgg": "vgg", "content/lpips_squeeze": "squeeze"}
ROUND_OFF = 1e-9

Measure = Callable[[], float | TapDistances]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Values by metric, and why others have none."""

    values: dict[str, float] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)

    def __or__(self, other: "Collected") -> "Collected":
        return Collected(values=self.values | other.values, absent=self.absent | other.absent)


def averaged(parts: Iterable[tuple[Collected, float]]) -> Collected:
    """Return the mean of what was measured beside each of several pictures.

    Args:
        parts: What was measured, with shares that come to 1. One alone is returned as it is.

    Returns:
        Of every metric that all have, the weighted mean; what one lacks is absent.
    """
    measured = list(parts)
    if len(measured) == 1:
        return measured[0][0]
    common = set[str].intersection(*(set(one.values) for one, _ in measured))
    return Collected(
        values={
            name: math.fsum(share * one.values[name] for one, share in measured)
            for name in measured[0][0].values
            if name in common
        },
        absent={name: why for one, _ in measured for name, why in one.absent.items()},
    )


def content_distances(
    view: View, reference: View, evaluator: EvaluatorSpec, *, detailed: bool
) -> Collected:
    """Compare a picture with the content, place by place.

    Args:
        view: The picture.
        reference: The content, of equal size.
        evaluator: Whose content metric is needed in any case.
        detailed: Whether more is asked for than scores.
    """
    a, b = view.pixels, reference.pixels
    measures: dict[str, Measure] = {
        "content/ms_ssim": partial(ms_ssim, a, b),
        "content/edge_f1": partial(edge_f1, a, b),
        "content/feature_distance": partial(feature_distance, view.content, reference.content),
    }
    if evaluator.content_metric == "content/lpips":
        measures["content/lpips"] = partial(_lpips, "alex", a, b)
    if detailed:
        measures |= {
            "content/ssim": partial(ssim, a, b),
            "content/psnr": partial(psnr, a, b),
            "content/gmsd": partial(gmsd, a, b),
        }
        for name, net in OTHER_LPIPS.items():
            if _is_cached(net):
                measures[name] = partial(_lpips, net, a, b)
    return _collect(measures)


def style_distances(view: View, target: View) -> Collected:
    """Compare a picture with the style; in detail where both views have details."""
    measures: dict[str, Measure] = {
        "style/gram": partial(balanced_distance, view.grams, target.grams),
        "style/color_swd": partial(color_swd, view.pixels, target.pixels),
        "style/gabor": partial(gabor_distance, view.pixels, target.pixels),
    }
    mine, theirs = view.details, target.details
    if mine is not None and theirs is not None:
        measures |= {
            "style/gram_cosine": partial(cosine_distance, view.grams, target.grams),
            "style/channel_stats": partial(channel_distance, mine.channels, theirs.channels),
            "style/feature_swd": partial(swd_distance, mine.projections, theirs.projections),
            "style/histogram": partial(hellinger_distance, mine.colors, theirs.colors),
        }
    return _collect(measures)


def picture_distances(pixels: np.ndarray) -> Collected:
    """Describe a picture by itself.

    Args:
        pixels: (H, W, 3) uint8, sRGB, at the evaluation size.
    """
    try:
        values = picture_measurements(pixels)
    except ValueError as error:
        return Collected(absent={"picture": str(error)})
    return _collect({name: partial(float, value) for name, value in values.items()})


def start_distances(pixels: np.ndarray, start: np.ndarray) -> Collected:
    """Compare a picture with what the optimisation started from, both at the evaluation size."""
    return _collect({"start/left": partial(start_left, pixels, start)})


def _collect(measures: Mapping[str, Measure]) -> Collected:
    """Take every measurement; one that fails or is out of its range is absent, never wrong."""
    found = Collected()
    for name, measure in measures.items():
        try:
            value = measure()
        except ValueError as error:
            found.absent[name] = str(error)
            continue
        taps = value.by_tap if isinstance(value, TapDistances) else {}
        number = value.mean if isinstance(value, TapDistances) else value
        low, high = CATALOG[name].range
        if number == high == math.inf:
            continue  # of equal pictures, and no number to take means of
        if not math.isfinite(number) or not low - ROUND_OFF <= number <= high + ROUND_OFF:
            found.absent[name] = f"{number} is not between {low} and {high}"
            continue
        found.values[name] = number
        if CATALOG[name].per_tap:
            found.values.update({f"{name}/{tap}": one for tap, one in taps.items()})
    return found


def _lpips(net: str, a: np.ndarray, b: np.ndarray) -> float:
    return lpips_network(net).distance(a, b)


@lru_cache
def _is_cached(net: str) -> bool:
    return lpips_unavailable_reason(torch_home(), net) is None
