"""The engine's numbers change only together with ``ENGINE_REVISION``."""

import copy
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from harness.regression.golden.golden import differences, golden, stored_golden
from harness.spec.fingerprint import ENGINE_REVISION

ADVICE = "bump ENGINE_REVISION and run tests/golden/make.py"


@pytest.fixture(scope="module")
def computed() -> dict[str, Any]:
    """The golden numbers as the engine computes them now."""
    return golden()


@pytest.fixture
def stored() -> dict[str, Any]:
    """The golden numbers as they were when the engine's revision was last raised."""
    return stored_golden()


def _found(expected: dict[str, Any], actual: dict[str, Any]) -> list[str]:
    return [str(one) for one in differences(expected, actual) if not one.is_tolerated]


def test_the_golden_trace_is_of_this_revision(stored: dict[str, Any]) -> None:
    """The stored numbers were made at the engine's present revision."""
    assert stored["engine_revision"] == ENGINE_REVISION, "run tests/golden/make.py"


def test_the_engines_numbers_have_not_changed(
    stored: dict[str, Any], computed: dict[str, Any]
) -> None:
    """Traces and colours of small transfers are the stored ones, within the tolerance."""
    assert computed["cases"].keys() == stored["cases"].keys(), ADVICE
    found = _found(stored, computed)
    assert found == [], f"{ADVICE}: " + "\n".join(found)


def test_the_way_to_remake_the_trace_still_imports() -> None:
    """The script that the advice names finds what it needs; importing it writes nothing."""
    path = Path(__file__).with_name("make.py")
    spec = importlib.util.spec_from_file_location("make", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert golden is module.golden


@pytest.mark.parametrize("term", ["style/relu5_1", "mean of the result's levels"])
def test_a_change_of_a_thousandth_is_found(stored: dict[str, Any], term: str) -> None:
    """One number that moves by a thousandth is reported with its case and term."""
    changed = copy.deepcopy(stored)
    changed["cases"]["house, adam"][term][-1] *= 1.001

    (found,) = _found(stored, changed)
    assert found.startswith(f"house, adam: {term}")


@pytest.mark.parametrize("values", [[], [float("nan")] * 6])
def test_numbers_that_are_no_more_are_found(stored: dict[str, Any], values: list[float]) -> None:
    """A term that is gone, or that is no number, differs infinitely, on either side."""
    changed = copy.deepcopy(stored)
    changed["cases"]["house, adam"]["content"] = values

    assert float("inf") == differences(stored, changed)[0].relative
    assert float("inf") == differences(changed, stored)[0].relative


@pytest.mark.parametrize(("before", "after"), [(0.0, 1.1e-7), (1e-5, 1e-5 + 1.1e-7), (2, 2.0005)])
def test_small_numbers_are_compared_with_a_floor(
    stored: dict[str, Any], before: float, after: float
) -> None:
    """More than both 1e-7 and the relative tolerance is a difference; half of it is none."""
    one, other, near = (copy.deepcopy(stored) for _ in range(3))
    halfway = before + (after - before) / 2
    for numbers, value in ((one, before), (other, after), (near, halfway)):
        numbers["cases"]["house, adam"]["content"][0] = value

    assert 1 == len(_found(one, other))
    assert [] == _found(one, near)
