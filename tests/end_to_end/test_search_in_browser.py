"""The study on a sweep's page in a browser: its table sorts, and fits a telephone."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reports.figures.draw import draw_figures
from reports.findings import Findings
from reports.material import CURVE_COLUMNS, Material
from reports.page import render_page
from reports.study import Parameter, StudyRecord

Browser = Any  # of conftest.py, which cannot be imported here

pytestmark = pytest.mark.slow

N_TRIALS = 60
PICTURE = np.full((24, 32, 3), 128, np.uint8)


def _study() -> StudyRecord:
    numbers = np.arange(N_TRIALS)
    trials = pd.DataFrame(
        {
            "number": numbers,
            "state": ["failed" if at % 7 == 3 else "finished" for at in numbers],
            "variant": [f"v{at}" for at in numbers],
            "reason": "",
            "repeats": pd.Series([None] * N_TRIALS, dtype="Int64"),
            "feasible": True,
            "begun": pd.Timestamp("2026-01-01"),
            "ended": pd.Timestamp("2026-01-01"),
            "metrics.balance": np.where(numbers % 7 == 3, np.nan, (numbers * 17 % 61) / 61),
            "parameters.<b>weight</b>": 1.0 + numbers,
        }
    )
    return StudyRecord(
        method="tpe",
        budget=N_TRIALS,
        metrics={"balance": "max"},
        parameters=(Parameter(name="<b>weight</b>", low=1, high=60),),
        trials=trials,
        no_shares_because="nobody asked",
    )


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    """The page of a study of sixty trials."""
    study = _study()
    done = study.trials["variant"]
    runs = pd.DataFrame(
        {
            "variant": done,
            "variant_index": range(N_TRIALS),
            "case": "c × s #0",
            "content": "c",
            "style": "s",
            "pair": "c × s",
            "seed": 0,
            "status": "FINISHED",
            "fingerprint": done,
            "style/gain": 1.0,
            "content/score": 0.5,
            "content/lpips": 0.2,
            "seconds": 1.0,
            "seconds_per_iteration": 0.1,
            "loss/total": 1.0,
            "loss_key": "same",
            "timing_key": "here",
            "numerics_key": "cpu",
            "evaluator_id": "kmeans@64px",
            "picture": None,
            "error": "",
        }
    )
    material = Material(
        sweep="searched",
        question="",
        baseline="v0",
        runs=runs,
        curves=pd.DataFrame([], columns=list(CURVE_COLUMNS)),
        axes={},
        layout={},
        contents={"c": PICTURE},
        styles={"s": PICTURE},
        study=study,
    )
    findings = Findings.of(runs, "v0", absent={}, notes=())
    path = tmp_path / "report.html"
    drawings = draw_figures(material, findings, None)
    path.write_text(render_page(material, findings, drawings.figures), encoding="utf-8")
    return path


def test_the_trials_are_sorted_by_a_heading(browser: Browser, page_file: Path) -> None:
    """The best value first, then the worst, then the order of asking; failed ones last."""
    page = browser.open(page_file.as_uri())
    heading = page.locator("#trials thead button", has_text="balance")
    numbers = page.locator("#trials tbody th")

    def shown() -> list[int]:
        return [int(text.split()[0]) for text in numbers.all_inner_texts()]

    values = dict(_study().trials[["number", "metrics.balance"]].itertuples(index=False))
    sound = [number for number, value in values.items() if value == value]  # noqa: PLR0124 - NaN
    heading.click()
    falling = shown()
    heading.click()
    rising = shown()
    heading.click()

    assert sorted(sound, key=lambda one: -values[one]) == falling[: len(sound)]
    assert sorted(sound, key=lambda one: values[one]) == rising[: len(sound)]
    assert list(range(N_TRIALS)) == shown()
    assert [] == browser.errors


def test_the_study_fits_a_telephone(browser: Browser, page_file: Path) -> None:
    """The page does not scroll sideways, the table does in its own box, and is not endless."""
    page = browser.open(page_file.as_uri())
    page.set_viewport_size({"width": 360, "height": 740})

    assert 360 == page.evaluate("document.documentElement.scrollWidth")
    assert page.evaluate("document.querySelector('.trials').clientHeight") < 740
    assert "<b>weight</b>" in page.locator("#trials thead").inner_text()
    assert 3 == page.locator("#search figure svg").count()
