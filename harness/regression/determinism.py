"""The first tier of a scheduled regression: does the engine still compute the stored numbers?"""

from collections.abc import Mapping
from typing import Any

from harness.regression.golden.golden import (
    TOLERANCE,
    Difference,
    differences,
    golden,
    machine_kind,
    stored_golden,
)
from harness.spec.fingerprint import ENGINE_REVISION
from reports.regression.model import Determinism

__all__ = ["check_determinism"]

ADVICE = "If that is meant, raise ENGINE_REVISION and run tests/golden/make.py."


def check_determinism() -> Determinism:
    """Compute the golden transfers on the CPU, in float32, on one thread: about a second.

    A difference is red only at the stored engine revision, and on the kind of machine (processor,
    torch, system) that the numbers were stored on. An engine that ends in an error is red.
    """
    stored = stored_golden()
    try:
        computed = golden()
    except Exception as error:  # noqa: BLE001 - whatever a broken engine raises
        return Determinism(
            is_same=False,
            is_red=True,
            text=f"The engine ends in an error: {_first_line(error)}",
        )
    largest = differences(stored, computed)[0]
    reasons = _reasons_against_red(stored)
    is_red = not largest.is_tolerated and not reasons
    text = f"{_measured(largest)}. {_stored_on(stored)}"
    if reasons:
        text = f"{text} {' '.join(reasons)}"
    return Determinism(
        is_same=largest.is_tolerated,
        is_red=is_red,
        text=f"{text} {ADVICE}" if is_red else text,
    )


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _measured(largest: Difference) -> str:
    if largest.relative == 0:
        return f"The engine computes the stored numbers exactly (tolerance {TOLERANCE:g})"
    claim = "the stored numbers" if largest.is_tolerated else "other numbers than the stored ones"
    return (
        f"The engine computes {claim}: the largest relative difference is "
        f"{largest.relative:.2g} ({largest}), the tolerance {TOLERANCE:g}"
    )


def _stored_on(stored: Mapping[str, Any]) -> str:
    return f"Stored on {_kind_text(stored['machine'])}."


def _kind_text(machine: Mapping[str, str]) -> str:
    return f"{machine['processor']}, torch {machine['torch']}, {machine['system']}"


def _reasons_against_red(stored: Mapping[str, Any]) -> list[str]:
    reasons = []
    here = machine_kind()
    if stored["engine_revision"] != ENGINE_REVISION:
        reasons.append(
            f"The stored numbers are of engine revision {stored['engine_revision']}, this engine "
            f"is of revision {ENGINE_REVISION}, so a difference is information only."
        )
    if stored["machine"] != here:
        reasons.append(
            f"This machine is of another kind ({_kind_text(here)}), so a difference is "
            "information only."
        )
    return reasons
