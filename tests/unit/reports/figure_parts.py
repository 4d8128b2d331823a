"""A made-up grid of two axes, and what is drawn of such sweeps, for the tests of figures."""

import itertools
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from reports.figures.drawing import Drawn, drawing
from reports.findings import Findings
from reports.material import CURVE_COLUMNS, Material

from .conftest import material_of_runs

__all__ = [
    "PAIRS",
    "axes_of",
    "curves_of",
    "drawn_of",
    "findings_of",
    "grid_scores",
    "material_of",
]

PAIRS = 8
BASE = np.array([2.0, 2.4, 1.8, 2.2, 2.6, 1.9, 2.1, 2.5])
NOISE = np.array([0.02, -0.05, 0.04, 0.01, -0.03, 0.05, -0.02, 0.03])
KEPT = np.array([0.50, 0.40, 0.45, 0.55, 0.35, 0.52, 0.48, 0.44])


def grid_scores() -> dict[str, tuple[list[float], list[float]]]:
    """Two axes: ``layers`` adds 0.5 of style, ``weight`` 10 adds 0.3 and costs 0.1 of content."""
    shifts = itertools.product((("low", 0.0), ("high", 0.5)), (("1", 0.0), ("10", 0.3)))
    return {
        f"layers={layers}, weight={weight}": (
            (BASE + up + more + NOISE * (1 + at)).tolist(),
            (KEPT - more / 3 - NOISE[::-1] * at / 2).tolist(),
        )
        for at, ((layers, up), (weight, more)) in enumerate(shifts)
    }


def material_of(runs: pd.DataFrame, **changes: object) -> Material:
    """A report's material of these runs, with axes by the names of variants."""
    axes = {
        name: dict(part.split("=") for part in name.split(", ")) if "=" in name else {}
        for name in runs["variant"].unique()
    }
    layout = {"rows": "pair", "columns": "variant"}
    return material_of_runs(runs, axes=axes, layout=layout, **changes)


def findings_of(material: Material) -> Findings:
    """What is found in a material without notes."""
    return Findings.of(material.runs, material.baseline, absent={}, notes=())


def drawn_of(
    draw: Callable[[Material, Findings], Drawn | None], material: Material
) -> Drawn | None:
    """What one function draws of a material."""
    with drawing():
        return draw(material, findings_of(material))


def axes_of(drawn: Drawn | None) -> list[Axes]:
    """The panels of what was drawn."""
    assert drawn is not None

    return drawn.canvas.axes


def curves_of(runs: pd.DataFrame, name: str, values: Mapping[int, float]) -> pd.DataFrame:
    """The same curve for every run, times 1, 2, … in the order of the runs."""
    rows = [
        (fingerprint, name, iteration, value * factor)
        for factor, fingerprint in enumerate(runs["fingerprint"], start=1)
        for iteration, value in values.items()
    ]
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))
