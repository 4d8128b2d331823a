"""The proof of the regression gate: its faults fit the engine, its page fits its pool."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.faults import FAULTS, NO_CHANGE, WITHOUT_PICTURES, Fault, faulty_copy
from benchmarks.regression import PAGE, PANEL, POOL, RESAMPLES, is_right, picture_line
from harness.regression.panel import load_panel
from reports.regression.model import State

ROOT = Path(__file__).parents[3]
MEASURED = [fault for fault in FAULTS if fault not in WITHOUT_PICTURES]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_faults_fit_the_engine(fault: Fault, tmp_path: Path) -> None:
    """Every edit finds its text once, and what it makes is Python; no change changes nothing."""
    copy = faulty_copy(fault, tmp_path)
    for name in fault.edits:
        text = (copy / name).read_text()
        compile(text, name, "exec")
        assert text != (ROOT / name).read_text()
    assert (not fault.edits) == (fault is NO_CHANGE)


@pytest.mark.parametrize("fault", MEASURED, ids=lambda fault: fault.name)
def test_the_gate_holds_what_it_promises(fault: Fault) -> None:
    """On the stored pool, what must be found is found, and no change is red in 1 % at most."""
    line = picture_line(pd.read_csv(POOL), load_panel(PANEL, ()), fault, determinism="")

    assert is_right(line), line
    assert 1 == pytest.approx(sum(line.shares.values()))
    assert f"| {fault.name}: " in PAGE.read_text()
    assert f"{RESAMPLES} resamples" in PAGE.read_text()


def test_the_page_tells_the_pool() -> None:
    """The share of reds on the page is that of the pool."""
    line = picture_line(pd.read_csv(POOL), load_panel(PANEL, ()), NO_CHANGE, determinism="")
    (row,) = [one for one in PAGE.read_text().splitlines() if one.startswith("| no change: ")]

    assert f"| {line.shares[State.REGRESSED]:.1%} |" in row
