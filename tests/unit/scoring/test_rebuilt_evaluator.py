"""The evaluator of a stored sweep, found again by its id, or refused."""

from dataclasses import replace

import pytest

from harness.errors import NotComparableError
from harness.scoring.evaluators import choose_evaluator, evaluator_size, rebuild_evaluator
from metrics.catalog import CATALOG

OWN = choose_evaluator("kmeans", size_px=96, optimised=())


def test_same_machine_finds_it_again() -> None:
    """An id says enough to score further pictures by."""
    assert OWN == rebuild_evaluator(OWN.id, optimised=())
    assert 96 == evaluator_size(OWN.id)


@pytest.mark.parametrize("other", ["judge-1", "", "kmeans", "kmeans@bigpx+x-1", "vgg@256px+x-1"])
def test_foreign_id(other: str) -> None:
    """What is no id of this version is not comparable."""
    with pytest.raises(NotComparableError, match="no evaluator of this version"):
        rebuild_evaluator(other, optimised=())


def test_changed_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a metric has changed its id is another, and the message says what to do."""
    earlier = OWN.id
    changed = dict(CATALOG)
    changed["style/gram"] = replace(changed["style/gram"], version=99)
    monkeypatch.setattr("harness.scoring.evaluators.CATALOG", changed)

    with pytest.raises(NotComparableError, match="--evaluator kmeans"):
        rebuild_evaluator(earlier, optimised=())
