"""The engine's numbers change only together with ``ENGINE_REVISION``."""

import copy
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.spec.fingerprint import ENGINE_REVISION

ADVICE = "bump ENGINE_REVISION and run tests/golden/make.py"


def _load_make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make", Path(__file__).with_name("make.py"))
    if spec is None or spec.loader is None:
        raise FileNotFoundError("tests/golden/make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _load_make()


@pytest.fixture(scope="module")
def computed() -> dict[str, Any]:
    """The golden numbers as the engine computes them now."""
    numbers: dict[str, Any] = make.golden()
    return numbers


@pytest.fixture
def stored() -> dict[str, Any]:
    """The golden numbers as they were when the engine's revision was last raised."""
    numbers: dict[str, Any] = json.loads(make.TRACE_FILE.read_text(encoding="utf-8"))
    return numbers


def test_the_golden_trace_is_of_this_revision(stored: dict[str, Any]) -> None:
    """The stored numbers were made at the engine's present revision."""
    assert stored["engine_revision"] == ENGINE_REVISION, "run tests/golden/make.py"


def test_the_engines_numbers_have_not_changed(
    stored: dict[str, Any], computed: dict[str, Any]
) -> None:
    """Traces and colours of small transfers are the stored ones, within the tolerance."""
    assert computed["cases"].keys() == stored["cases"].keys(), ADVICE
    found = make.differences(stored, computed)
    assert found == [], f"{ADVICE}: " + "\n".join(found)


@pytest.mark.parametrize("term", ["style/relu5_1", "mean of the result's levels"])
def test_a_change_of_a_thousandth_is_found(stored: dict[str, Any], term: str) -> None:
    """One number that moves by a thousandth is reported with its case and term."""
    changed = copy.deepcopy(stored)
    changed["cases"]["house, adam"][term][-1] *= 1.001

    (found,) = make.differences(stored, changed)
    assert found.startswith(f"house, adam: {term}")
