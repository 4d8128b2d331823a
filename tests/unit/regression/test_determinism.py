"""The tier that finds a change of the engine in a second, and says nothing of other machines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.regression import determinism
from harness.regression.determinism import check_determinism
from harness.regression.golden import golden
from harness.spec.fingerprint import ENGINE_REVISION
from harness.transfer import losses

Change = Callable[..., None]


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Change:
    """Return a function that makes the stored numbers be of this machine, or of a changed one."""
    numbers: dict[str, Any] = golden.stored_golden()

    def change(**machine: str) -> None:
        numbers["machine"] = golden.machine_kind() | machine
        monkeypatch.setattr(determinism, "stored_golden", lambda: numbers)

    return change


@pytest.fixture
def faulty_gram(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every Gram matrix of the engine a thousandth too large."""
    right = losses.gram_matrix

    def wrong(features: torch.Tensor) -> torch.Tensor:
        return 1.001 * right(features)

    monkeypatch.setattr(losses, "gram_matrix", wrong)


def test_the_engine_as_it_is_is_the_same(stored: Change) -> None:
    """Nothing has changed; the text says how exactly, and where the numbers were stored."""
    stored()
    found = check_determinism()

    assert (True, False) == (found.is_same, found.is_red)
    assert found.text.startswith("The engine computes the stored numbers")
    assert f"Stored on {golden.machine_kind()['processor']}, torch" in found.text


def test_threads_are_left_as_they_were(stored: Change) -> None:
    """The check sums on one thread, and gives the others back."""
    stored()
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        check_determinism()

        assert 3 == torch.get_num_threads()
    finally:
        torch.set_num_threads(before)


@pytest.mark.usefixtures("faulty_gram")
def test_a_changed_engine_is_red(stored: Change) -> None:
    """On the kind of machine that the numbers were stored on there is no excuse."""
    stored()
    found = check_determinism()

    assert (False, True) == (found.is_same, found.is_red)
    assert "other numbers than the stored ones: the largest relative difference is" in found.text
    assert "tolerance 0.0002" in found.text
    assert "tests/golden/make.py" in found.text


@pytest.mark.usefixtures("faulty_gram")
@pytest.mark.parametrize("part", ["processor", "torch", "system"])
def test_another_kind_of_machine_is_information(stored: Change, part: str) -> None:
    """What another processor or another torch computes is not the engine's fault."""
    stored(**{part: "another one"})
    found = check_determinism()

    assert (False, False) == (found.is_same, found.is_red)
    assert "another one" in found.text
    assert "information only" in found.text


@pytest.mark.usefixtures("faulty_gram")
def test_another_revision_is_information(stored: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine whose revision was raised says itself that its numbers changed."""
    stored()
    monkeypatch.setattr(determinism, "ENGINE_REVISION", 99)
    found = check_determinism()

    assert (False, False) == (found.is_same, found.is_red)
    told = f"of engine revision {ENGINE_REVISION}, this engine is of revision 99"
    assert told in found.text


def test_a_crash_is_red_anywhere(stored: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that ends in an error is broken on every machine; its first line is told."""
    stored(processor="another one")

    def crash(_features: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("shapes do not fit\nat line 3")

    monkeypatch.setattr(losses, "gram_matrix", crash)
    found = check_determinism()

    assert (False, True) == (found.is_same, found.is_red)
    assert "The engine ends in an error: RuntimeError: shapes do not fit" == found.text


def test_an_error_without_a_text_has_its_name(
    stored: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some errors say nothing but what they are."""
    stored()

    def crash() -> dict[str, Any]:
        raise ZeroDivisionError

    monkeypatch.setattr(determinism, "golden", crash)

    assert "The engine ends in an error: ZeroDivisionError" == check_determinism().text


def test_the_stored_numbers_say_where_they_are_from() -> None:
    """The file has the machine beside the revision, and is data of the package."""
    numbers = json.loads(golden.TRACE_FILE.read_text())

    assert {"processor", "torch", "system"} == numbers["machine"].keys()
    assert Path(golden.__file__).parent == golden.TRACE_FILE.parent
