"""What is measured, and what is absent with its reason instead of wrong."""

import math

import numpy as np
import pytest

from harness.images.builtin import open_builtin
from harness.images.decode import decode_picture
from harness.images.resize import resize_long_side
from harness.scoring import distances
from harness.scoring.evaluators import choose_evaluator
from harness.scoring.score import PairScorer
from metrics.catalog import CATALOG, Need

EVALUATOR = choose_evaluator("kmeans", size_px=64, optimised=())


def picture(name: str) -> np.ndarray:
    """Return a built-in picture, small."""
    return resize_long_side(decode_picture(open_builtin(name).data, name=name), 96)


@pytest.fixture(scope="module")
def scorer() -> PairScorer:
    """Return a scorer for one pair."""
    return PairScorer(picture("china"), picture("strokes"), EVALUATOR)


def blend() -> np.ndarray:
    """Return a picture between a content and noise."""
    noise = np.random.default_rng(0).integers(0, 256, picture("china").shape)
    return np.rint(0.7 * picture("china") + 0.3 * noise).astype(np.uint8)


def test_every_metric_of_the_catalogue_is_measured(scorer: PairScorer) -> None:
    """All but LPIPS (no parameters here), costs, and what needs other runs has a value."""
    found = scorer.measure(blend(), start=picture("china"))
    elsewhere = {Need.LPIPS_PARAMETERS, Need.SEEDS}
    expected = {
        name
        for name, entry in CATALOG.items()
        if entry.needs and not entry.needs & elsewhere and name != "balance"
    }

    assert expected <= {**found.distances, **found.scores}.keys()
    assert {f"style/gram/{tap}" for tap in EVALUATOR.style_taps} <= found.distances.keys()
    assert {} == dict(found.absent)


def test_taps_average_to_the_metric(scorer: PairScorer) -> None:
    """``style/gram`` is the mean of its taps."""
    found = scorer.measure(blend()).distances
    taps = [found[f"style/gram/{tap}"] for tap in EVALUATOR.style_taps]

    assert pytest.approx(sum(taps) / len(taps)) == found["style/gram"]


def test_scores_need_no_details(scorer: PairScorer) -> None:
    """Without details the scores are the same, and nothing else is measured."""
    whole, quick = scorer.measure(blend()), scorer.measure(blend(), detailed=False)

    assert whole.scores == quick.scores
    assert quick.distances.items() <= whole.distances.items()
    assert "style/histogram" not in quick.distances


@pytest.mark.parametrize("wrong", [math.nan, -0.5, 1.5])
def test_value_out_of_its_range_is_absent(
    scorer: PairScorer, monkeypatch: pytest.MonkeyPatch, wrong: float
) -> None:
    """A number that cannot be is left out with the reason, and so is the score made of it."""
    monkeypatch.setattr(distances, "gabor_distance", lambda *_: wrong)

    found = scorer.measure(blend())

    assert "style/gabor" not in found.distances
    assert "is not between 0.0 and 1.0" in found.absent["style/gabor"]
    assert "second/style/gain" not in found.scores
    assert "style/gain" in found.scores


def test_picture_too_small_for_a_metric() -> None:
    """Below a metric's minimum the others are still taken."""
    thin = np.ascontiguousarray(picture("china")[:24])
    scorer = PairScorer(thin, picture("strokes"), EVALUATOR)

    found = scorer.measure(thin)

    assert "16" in found.absent["content/ms_ssim"] or "22" in found.absent["content/ms_ssim"]
    assert "content/feature_distance" in found.distances
    assert "content/score" in found.scores


def test_infinite_psnr_of_equal_pictures_is_left_out(scorer: PairScorer) -> None:
    """The content itself has no PSNR: no mean could be taken of it."""
    found = scorer.measure(picture("china"))

    assert "content/psnr" not in found.distances
    assert "content/psnr" not in found.absent
    assert ("untouched",) == found.flags
