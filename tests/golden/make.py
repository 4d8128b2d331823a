"""Make the golden trace: numbers of a small style transfer that guard ``ENGINE_REVISION``.

Run ``python tests/golden/make.py`` after raising ``ENGINE_REVISION`` in
harness/spec/fingerprint.py, and say in the commit why the engine's numbers changed.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harness.spec.backbones import backbone_named
from harness.spec.fingerprint import ENGINE_REVISION
from harness.spec.settings import Settings
from harness.transfer.engine import TransferTask, run_transfer
from harness.transfer.pretrained.parameters import Parameters

TRACE_FILE = Path(__file__).with_name("trace.json")

TOLERANCE = 2e-4
"""Relative. Six steps with the kernels of SSE4.1 differ from AVX-512 by 1e-5 at most."""

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


def golden() -> dict[str, Any]:
    """Compute the golden numbers: by case the trace and the colours of the result."""
    return {
        "engine_revision": ENGINE_REVISION,
        "cases": {name: _numbers(changes) for name, changes in CASES.items()},
    }


def differences(expected: dict[str, Any], actual: dict[str, Any]) -> list[str]:
    """List the numbers that differ by more than ``TOLERANCE``, or are missing."""
    found = []
    for case, terms in expected["cases"].items():
        for term, values in terms.items():
            computed = actual["cases"].get(case, {}).get(term, [])
            if computed != pytest.approx(values, rel=TOLERANCE, abs=1e-7):
                found.append(f"{case}: {term}: {values} became {computed}")
    return found


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


if __name__ == "__main__":
    TRACE_FILE.write_text(json.dumps(golden(), indent=1) + "\n", encoding="utf-8")
