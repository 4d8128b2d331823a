"""Measured speed of this machine, kept in the user's cache folder so that plans have a price."""

import json
import logging
import math
import os
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from harness.spec.backbones import deepest_conv
from harness.spec.settings import Settings
from harness.transfer.objective import taps_in_use
from reports.atomic import write_atomically

__all__ = ["Rates", "cache_folder", "evaluations_per_iteration", "workload"]

logger = logging.getLogger(__name__)

SCHEMA_VERSION = 2
OVERHEAD = "overhead"
COSTLY_LOSSES = ("wasserstein", "sliced_wasserstein")  # beside those of Gram matrices and moments
SEARCHED = 2  # evaluations that a line search takes, more or less


def cache_folder() -> Path:
    """Return the harness's cache folder; everything in it is safe to delete."""
    return Path(os.environ.get("HARNESS_CACHE") or platformdirs.user_cache_dir("style-harness"))


def workload(settings: Settings) -> str:
    """Return what determines the time of one iteration per pixel, as a key of the cache.

    An iteration is one at the last scale: those before it are counted by their pixels.
    """
    parts = (
        settings.backbone,
        deepest_conv(settings.backbone, taps_in_use(settings)) or "none",
        settings.pooling,
        settings.padding,
        settings.optimizer,
        settings.precision,
        f"{len(settings.style_layers)} style taps",
        f"{settings.image_size} px",
        *_costly(settings),
    )
    return " ".join(parts)


def evaluations_per_iteration(settings: Settings) -> int:
    """Return how often an iteration computes losses and gradient, as long as none is measured."""
    if settings.optimizer != "lbfgs":
        return 1
    if settings.lbfgs_variant == "scipy":
        return settings.lbfgs_evaluations
    return SEARCHED if settings.lbfgs_line_search != "none" else 1


def _costly(settings: Settings) -> Iterator[str]:
    """Yield what costs more than it does in plain settings."""
    if settings.style_loss in COSTLY_LOSSES:
        yield settings.style_loss
    if settings.optimizer == "lbfgs" and settings.lbfgs_variant != "relative_step":
        yield settings.lbfgs_variant
        if settings.lbfgs_line_search != "none":
            yield settings.lbfgs_line_search
        if settings.lbfgs_variant == "scipy":
            yield f"{settings.lbfgs_evaluations} evaluations"


@dataclass(slots=True)
class Rates:
    """Seconds per iteration and pixel by workload, for one (host, device, threads, version).

    The key ``overhead`` holds the seconds a run takes beside its iterations, per picture scored.
    """

    machine: str
    values: dict[str, float]
    seen: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def load(cls, machine: Mapping[str, str]) -> "Rates":
        """Read the cache; a missing or damaged file is an empty one."""
        key = json.dumps(dict(machine), sort_keys=True)
        return cls(machine=key, values=dict(_read().get(key, {})))

    def learn(self, key: str, value: float) -> None:
        """Note one measurement; the median of a sweep's replaces what was known."""
        self.seen[key].append(value)
        self.values[key] = statistics.median(self.seen[key])

    def save(self) -> None:
        """Write the cache; a cache that cannot be written costs only time, so it is no error."""
        content = _read()
        content[self.machine] = self.values
        path = _path()
        text = json.dumps({"schema_version": SCHEMA_VERSION, "rates": content})
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text.encode())
        except OSError as error:
            logger.debug("rates not cached: %s", error)


def _sound(values: Mapping[str, object]) -> dict[str, float]:
    """Return the numbers that can be rates; whatever else a damaged file holds is unknown."""
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and math.isfinite(value) and value > 0
    }


def _path() -> Path:
    return cache_folder() / "rates.json"


def _read() -> dict[str, dict[str, float]]:
    try:
        content = json.loads(_path().read_text())
        if content["schema_version"] != SCHEMA_VERSION:
            return {}
        rates: dict[str, dict[str, float]] = content["rates"]
        return {machine: _sound(values) for machine, values in rates.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
