"""Made-up sweeps for the tests of claims: known values on eight pairs."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reports.claims.rules import (
    Claim,
    Expectation,
    How,
    Operand,
    Part,
    Question,
    Region,
    Rules,
    Walk,
)
from reports.material import CURVE_COLUMNS, Material
from tests.unit.reports.conftest import _make_runs, material_of_runs

__all__ = [
    "BASE",
    "CHROMA",
    "NOISE",
    "claim",
    "curves",
    "expect",
    "of",
    "part",
    "rules",
    "sweep",
]

CHROMA = "picture/chroma"
BASE = [10.0, 12.0, 9.0, 11.0, 13.0, 8.0, 10.0, 11.0]
NOISE = [0.01, -0.02, 0.015, -0.01, 0.005, 0.02, -0.015, -0.005]
FLAT = [0.5] * 8


def sweep(
    values: Mapping[str, Sequence[float]],
    *,
    metric: str = CHROMA,
    seeds: int = 1,
    **changes: object,
) -> Material:
    """A sweep ``a-2-small`` over one axis, ``layers``, by the values of its labels."""
    pairs = len(next(iter(values.values())))
    runs = _make_runs(
        {f"layers={label}": (FLAT[:pairs], FLAT[:pairs]) for label in values}, seeds=seeds
    )
    label = runs["variant"].str.removeprefix("layers=")
    place = runs["content"].str[1:].astype(int)
    runs[metric] = [float(values[one][at]) for one, at in zip(label, place, strict=True)]
    axes = {f"layers={name}": {"layers": name} for name in values}
    return material_of_runs(runs, sweep="a-2-small", axes=axes, **changes)


def curves(material: Material, name: str, by_iteration: Mapping[int, float]) -> pd.DataFrame:
    """The same curve for every run, plus the run's place in hundredths."""
    rows = [
        (fingerprint, name, iteration, value + place / 100)
        for place, fingerprint in enumerate(material.runs["fingerprint"])
        for iteration, value in by_iteration.items()
    ]
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))


def of(label: str | None = None, **fields: object) -> Operand:
    """What a label of ``layers`` stands for."""
    where = {} if label is None else {"layers": label}
    return Operand(where=where, **fields)  # type: ignore[arg-type]


def expect(region: str, margin: float) -> Expectation:
    """An expectation."""
    return Expectation(region=Region(region), margin=margin)


def part(
    first: Operand,
    second: Operand | None = None,
    expected: Expectation | None = None,
    **fields: object,
) -> Part:
    """A measurement of the sweep ``a-2``."""
    defaults: dict[str, object] = {
        "says": "it is more saturated",
        "sweep": "a-2",
        "metric": CHROMA,
        "how": How.DIFFERENCE,
    }
    return Part(of=first, less=second, expect=expected, **(defaults | fields))  # type: ignore[arg-type]


def claim(*parts: Part, name: str = "A3", **fields: str) -> Claim:
    """A claim that rests on these parts."""
    return Claim(name=name, says="Higher layers give more colour.", parts=parts, **fields)


def rules(*claims: Claim, questions: Sequence[Question] = ()) -> Rules:
    """The rules of these claims."""
    return Rules(
        claims=claims,
        questions=tuple(questions),
        about="What somebody wrote.",
        reports={"A": "Isotton and Munafò"},
        walk=Walk(sweep="e-7", says="Table 1, redone", wrote="It took 111.73 → 23.38."),
    )
