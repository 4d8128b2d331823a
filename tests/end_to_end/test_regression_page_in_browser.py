"""The page of a regression in a browser: it asks for nothing, fits a telephone, needs no mouse."""

from pathlib import Path

import numpy as np
import pytest

from reports.regression.files import write_result
from reports.regression.model import Finding, PairFinding, Pictures, Result, Side, State

from .conftest import Browser

HOSTILE = "<img src=//e.test/x onerror=alert(1)>" + "long" * 40


def result() -> Result:
    """A regression with pictures and long hostile names."""
    pair = PairFinding(pair=HOSTILE, baseline=1.3, candidate=0.9, worse_by=0.4)
    finding = Finding(
        variant=HOSTILE,
        metric="style/gain",
        state=State.REGRESSED,
        margin=0.05,
        baseline=1.3,
        candidate=0.9,
        worse_by=0.4,
        low=0.3,
        high=0.5,
        n_seeds=2,
        pairs=(pair,) * 6,
        broken=(HOSTILE,),
        reason=HOSTILE,
    )
    picture = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    return Result(
        name="nightly",
        occasion="nightly 1",
        question=HOSTILE,
        command="harness regress nightly.yaml",
        baseline=Side(title=HOSTILE, facts={"commit": HOSTILE}),
        candidate=Side(title="here", facts={"commit": "b"}),
        findings=(finding,),
        information=(finding,),
        pictures={
            (HOSTILE, HOSTILE): Pictures(
                content=picture, style=picture, baseline=picture, candidate=None
            )
        },
    )


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1400])
def test_the_page_fits_and_asks_for_nothing(browser: Browser, tmp_path: Path, width: int) -> None:
    """No request, no complaint of the policy, nothing wider than the window."""
    address = write_result(result(), tmp_path).page.as_uri()
    page = browser.open(address, width=width)

    assert [address] == browser.requests
    assert [] == browser.errors
    assert width >= page.evaluate("document.documentElement.scrollWidth")
    assert 3 == page.locator("img").count()
    assert page.locator("img").evaluate_all("all => all.every(one => one.naturalWidth === 128)")


@pytest.mark.slow
def test_every_pair_unfolds_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    """The pairs of a finding are reached with the tabulator and opened with Enter."""
    page = browser.open(write_result(result(), tmp_path).page.as_uri())

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert 6 == page.locator("details[open] li").count()
