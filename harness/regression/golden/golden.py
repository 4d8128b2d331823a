"""The golden trace: numbers of small style transfers that guard ``ENGINE_REVISION``."""

import json
import math
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import torch

from harness.spec.backbones import backbone_named
from harness.spec.fingerprint import ENGINE_REVISION
from harness.spec.settings import Settings
from harness.transfer.engine import TransferTask, run_transfer
from harness.transfer.precision import numerics
from harness.transfer.pretrained.parameters import Parameters

__all__ = [
    "TOLERANCE",
    "TRACE_FILE",
    "Difference",
    "differences",
    "golden",
    "machine_kind",
    "stored_golden",
]

TRACE_FILE = Path(__file__).with_name("trace.json")

TOLERANCE = 2e-4
"""Relative. Six steps with the kernels of SSE4.1 differ from AVX-512 by 1e-5 at most."""

FLOOR = 5e-4
"""Smaller numbers are compared as if they were this large: 1e-7 is what float32 may lose."""

SIZE_PX = 32
ITERATIONS = 6
CHANNELS = 6

CASES: dict[str, dict[str, Any]] = {
    "house, adam": {},
    "plain losses, adam from noise, max, zeros": {
        "backbone": "vgg16",
        "content_layers": ["conv3_2"],
        "style_layers": {"conv1_1": 2.0, "relu2_1": 1.0, "relu3_1": 0.5},
        "content_loss": "mse",
        "style_loss": "gram",
        "pooling": "max",
        "padding": "zeros",
        "start": "noise",
        "averaging": 0.0,
    },
    "lbfgs from stripes, l2, reflect": {
        "optimizer": "lbfgs",
        "lr": 1.0,
        "lbfgs_history": 3,
        "content_layers": ["relu2_2", "relu3_1"],
        "style_layers": ["rgb", "relu1_1", "relu2_1"],
        "pooling": "l2",
        "padding": "reflect",
        "start": "stripes",
        "averaging": 0.5,
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How much one golden term changed: at the number that changed most, relative to it.

    ``relative`` is infinite where a number is missing, new or not finite.
    """

    case: str
    term: str
    expected: float
    actual: float
    relative: float

    @property
    def is_tolerated(self) -> bool:
        """Whether other machines and versions of torch may differ by so much."""
        return self.relative <= TOLERANCE

    def __str__(self) -> str:
        return f"{self.case}: {self.term}: {self.expected:.7g} became {self.actual:.7g}"


def golden() -> dict[str, Any]:
    """Compute the golden numbers: by case the trace and the colours of the result."""
    return {
        "engine_revision": ENGINE_REVISION,
        "machine": machine_kind(),
        "cases": {name: _numbers(changes) for name, changes in CASES.items()},
    }


def stored_golden() -> dict[str, Any]:
    """Return the golden numbers as they were when the engine's revision was last raised."""
    stored: dict[str, Any] = json.loads(TRACE_FILE.read_text(encoding="utf-8"))
    return stored


def machine_kind() -> dict[str, str]:
    """Return what two machines share that compute the same to the last digits that count."""
    known = numerics("cpu", "float32")
    return {
        "processor": known["device_name"],
        "torch": known["torch"],
        "system": f"{platform.system()} {platform.machine()}",
    }


def differences(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> list[Difference]:
    """Return how much each golden term changed, the largest change first.

    Args:
        expected: The stored numbers.
        actual: Those computed now.
    """
    found = []
    for case in expected["cases"].keys() | actual["cases"].keys():
        before, after = (side["cases"].get(case, {}) for side in (expected, actual))
        found += [
            max(_compared(case, term, before.get(term, []), after.get(term, [])), key=_size)
            for term in before.keys() | after.keys()
        ]
    return sorted(found, key=lambda one: (-one.relative, one.case, one.term))


def _size(difference: Difference) -> float:
    return difference.relative


def _compared(
    case: str, term: str, before: list[float], after: list[float]
) -> Iterator[Difference]:
    for expected, actual in zip_longest(before, after, fillvalue=math.nan):
        change = abs(actual - expected) / max(abs(expected), FLOOR)
        yield Difference(
            case=case,
            term=term,
            expected=expected,
            actual=actual,
            relative=change if math.isfinite(change) else math.inf,
        )


def _numbers(changes: dict[str, Any]) -> dict[str, list[float]]:
    settings = Settings.model_validate(
        {"image_size": SIZE_PX, "iterations": ITERATIONS, **changes}
    )
    content, style = _pictures()
    task = TransferTask(settings=settings, content=content, style=style, seed=7)
    with _one_thread():
        result = run_transfer(
            task, _parameters(settings.backbone), device="cpu", precision="float32"
        )
    pixels = result.image.reshape(-1, 3)
    return {
        **result.trace,
        "mean of the result's levels": pixels.mean(axis=0).tolist(),
        "standard deviation of the result's levels": pixels.std(axis=0).tolist(),
    }


def _parameters(backbone: str) -> Parameters:
    generator = np.random.default_rng(11)
    convolutions, incoming = {}, 3
    for name in backbone_named(backbone).conv_names:
        shape = (CHANNELS, incoming, 3, 3)
        weight = generator.standard_normal(shape) * np.sqrt(2 / (9 * incoming))
        bias = 0.1 * generator.standard_normal(CHANNELS)
        convolutions[name] = (torch.tensor(weight).float(), torch.tensor(bias).float())
        incoming = CHANNELS
    return Parameters(
        backbone=backbone,
        name="golden",
        identity="golden",
        convolutions=convolutions,
        learned=frozenset(),
    )


def _pictures() -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.mgrid[0:SIZE_PX, 0:SIZE_PX]
    waves = [np.sin(rows / 5), np.cos(columns / 4), np.sin((rows + columns) / 6)]
    content = np.stack([127.5 + 100 * wave for wave in waves], axis=2).astype(np.uint8)
    blocks = np.random.default_rng(13).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return content, np.ascontiguousarray(blocks.repeat(4, axis=0).repeat(4, axis=1))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sum in one order on every machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
