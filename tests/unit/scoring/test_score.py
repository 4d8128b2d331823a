"""Scores of a picture against its content and style, at a small evaluation size."""

import math

import numpy as np
import pytest

from harness.images.builtin import open_builtin
from harness.images.decode import decode_picture
from harness.images.resize import resize_long_side, resize_to
from harness.scoring.evaluators import EvaluatorSpec, choose_evaluator
from harness.scoring.score import PairScorer, scores_of

SIZE = 64


def picture(name: str) -> np.ndarray:
    """Return a built-in picture, small."""
    return resize_long_side(decode_picture(open_builtin(name).data, name=name), 96)


@pytest.fixture(scope="module")
def evaluator() -> EvaluatorSpec:
    """Return the evaluator that every machine has."""
    return choose_evaluator("kmeans", size_px=SIZE, optimised=())


@pytest.fixture(scope="module")
def scorer(evaluator: EvaluatorSpec) -> PairScorer:
    """Return a scorer for one pair."""
    return PairScorer(picture("china"), picture("strokes"), evaluator)


def test_untouched_content_is_the_zero_of_style_and_the_one_of_content(scorer: PairScorer) -> None:
    """The content itself has style gain 0 and content score 1, by both evaluators."""
    scores = scorer.measure(picture("china")).scores

    assert pytest.approx(0, abs=1e-6) == scores["style/gain"]
    assert pytest.approx(0, abs=1e-6) == scores["second/style/gain"]
    assert pytest.approx(1, abs=1e-6) == scores["content/score"]
    assert pytest.approx(1, abs=1e-6) == scores["second/content/score"]


def test_stretched_style_is_the_zero_of_content(scorer: PairScorer) -> None:
    """The style stretched over the content has content score 0 and much style gain."""
    content = picture("china")
    style = resize_to(picture("strokes"), *content.shape[:2])
    scores = scorer.measure(style).scores

    assert pytest.approx(0, abs=0.05) == scores["content/score"]
    assert scores["style/gain"] > 2
    assert scores["second/style/gain"] > 1


def test_blends_are_ordered(scorer: PairScorer) -> None:
    """More of the style in a blend is more style gain and less content, by both evaluators."""
    content = picture("china").astype(float)
    style = resize_to(picture("strokes"), *content.shape[:2]).astype(float)
    blends = [
        ((1 - share) * content + share * style).round().astype(np.uint8)
        for share in (0.3, 0.6, 0.9)
    ]
    scores = [scorer.measure(blend).scores for blend in blends]

    for name, direction in (
        ("style/gain", 1),
        ("second/style/gain", 1),
        ("content/score", -1),
        ("second/content/score", -1),
    ):
        steps = np.diff([score[name] for score in scores]) * direction
        assert (steps > 0).all(), (name, [score[name] for score in scores])


def test_other_proportions_are_refused(scorer: PairScorer) -> None:
    """A picture that is not aligned with the content gets no number."""
    with pytest.raises(ValueError, match="proportions differ"):
        scorer.measure(picture("strokes"))


@pytest.fixture(scope="module")
def thin_scorer(evaluator: EvaluatorSpec) -> PairScorer:
    """Return a scorer of a content that is 30 pixels high and 100 wide."""
    return PairScorer(resize_to(picture("china"), 30, 100), picture("strokes"), evaluator)


@pytest.mark.parametrize(
    ("shape", "fits"),
    [
        ((30, 100), True),
        ((3, 12), True),  # 3.6
        ((5, 12), False),
        ((4, 9), False),  # 2.7, and 13.3 across
        ((300, 1019), True),  # 1.9 % off
        ((300, 1021), False),  # 2.1 % off
        ((12, 3), False),
    ],
)
def test_whole_pixels_are_allowed_for(
    thin_scorer: PairScorer, shape: tuple[int, int], fits: bool
) -> None:
    """Proportions may be 2 % off, and a side of a small picture a pixel."""
    resized = resize_to(picture("china"), *shape)

    if fits:
        assert thin_scorer.measure(resized, detailed=False).scores
    else:
        with pytest.raises(ValueError, match="proportions differ"):
            thin_scorer.measure(resized, detailed=False)


def test_same_picture_as_content_and_style_has_no_scores(evaluator: EvaluatorSpec) -> None:
    """Where content and style are one picture, scores without meaning are absent, not made up."""
    scorer = PairScorer(picture("china"), picture("china"), evaluator)

    assert {} == dict(scorer.measure(picture("strokes")[:64]).scores)


def test_scores_follow_their_formulas() -> None:
    """The scores are the formulas of the definitions, evaluated by hand."""
    distances = {
        "style/gram": 0.1,
        "style/color_swd": 0.02,
        "style/gabor": 0.3,
        "content/feature_distance": 0.4,
        "content/ms_ssim": 0.6,
        "content/edge_f1": 0.5,
    }
    anchors = {
        "style/gram": 0.5,
        "style/color_swd": 0.1,
        "style/gabor": 0.6,
        "content/feature_distance": 0.8,
        "content/ms_ssim": 0.2,
        "content/edge_f1": 0.25,
        **{f"epsilon/style/{name}": 1e-4 for name in ("gram", "color_swd", "gabor")},
    }
    scores = scores_of(distances, anchors, "content/feature_distance")

    assert {
        "style/gain": pytest.approx(math.log(5)),
        "content/score": pytest.approx(0.5),
        "second/style/gain": pytest.approx((math.log(5) + math.log(2)) / 2),
        "second/content/score": pytest.approx((0.5 + 1 / 3) / 2),
    } == scores
