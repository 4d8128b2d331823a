"""Scores beside several styles: means of the distances to each."""

import math

import numpy as np
import pytest

from harness.images.builtin import open_builtin
from harness.images.decode import decode_picture
from harness.images.resize import resize_long_side, resize_to
from harness.scoring.distances import Collected, averaged
from harness.scoring.evaluators import choose_evaluator
from harness.scoring.score import PairScorer

EVALUATOR = choose_evaluator("kmeans", size_px=48, optimised=())


def picture(name: str) -> np.ndarray:
    """Return a built-in picture, small."""
    return resize_long_side(decode_picture(open_builtin(name).data, name=name), 64)


CONTENT, STROKES, GLASS = picture("china"), picture("strokes"), picture("glass")
BLEND = (
    0.5 * CONTENT + 0.3 * resize_to(STROKES, *CONTENT.shape[:2]) + 0.2 * GLASS.mean(axis=(0, 1))
).astype(np.uint8)


def test_distances_to_several_styles_are_averaged_with_their_weights() -> None:
    """Those of anchors too; distances from the content are measured once."""
    single = [PairScorer(CONTENT, style, EVALUATOR) for style in (STROKES, GLASS)]
    both = PairScorer(CONTENT, [(STROKES, 3), (GLASS, 1)], EVALUATOR)

    def mean(name: str, *sides: dict[str, float]) -> float:
        return 0.75 * sides[0][name] + 0.25 * sides[1][name]

    measured = both.measure(BLEND)
    apart = [dict(scorer.measure(BLEND).distances) for scorer in single]
    names = [name for name in measured.distances if name.startswith("style/")]
    assert {"style/gram", "style/color_swd", "style/gabor", "style/histogram"} <= set(names)
    for name, value in measured.distances.items():
        expected = mean(name, *apart) if name in names else apart[0][name]
        assert pytest.approx(expected) == value, name
    anchors = [scorer.anchors for scorer in single]
    assert both.anchors.keys() == anchors[0].keys()
    for name, value in both.anchors.items():
        assert pytest.approx(mean(name, *anchors)) == value, name
    gain = math.log(mean("style/gram", *anchors) / mean("style/gram", *apart))
    assert pytest.approx(gain) == measured.scores["style/gain"]


def test_scores_keep_their_meaning_beside_several_styles() -> None:
    """The untouched content has style gain 0 and content score 1."""
    scores = PairScorer(CONTENT, [(STROKES, 1), (GLASS, 1)], EVALUATOR).measure(CONTENT).scores

    for name, expected in (("style/gain", 0), ("content/score", 1)):
        assert pytest.approx(expected, abs=1e-6) == scores[name]
        assert pytest.approx(expected, abs=1e-6) == scores[f"second/{name}"]


def test_only_the_ratios_of_weights_matter() -> None:
    """And one style that stands there twice is that style."""
    one = PairScorer(CONTENT, STROKES, EVALUATOR).measure(BLEND).distances
    twice = PairScorer(CONTENT, [(STROKES, 10), (STROKES, 30)], EVALUATOR).measure(BLEND)

    assert pytest.approx(dict(one)) == dict(twice.distances)


@pytest.mark.parametrize("weights", [(), (0.0, 1.0), (-1.0, 2.0)])
def test_styles_need_weights_above_zero(weights: tuple[float, ...]) -> None:
    """One of weight 0 would be no style of the picture."""
    with pytest.raises(ValueError, match="above 0"):
        PairScorer(CONTENT, [(STROKES, weight) for weight in weights], EVALUATOR)


def test_a_picture_is_grey_where_one_of_its_styles_has_colour() -> None:
    """A grey style beside a coloured one excuses no grey result."""
    grey = np.repeat(CONTENT.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    coloured = np.zeros_like(grey)
    coloured[:, :, 0] = grey[:, :, 0]

    assert "grey" not in PairScorer(grey, grey, EVALUATOR).measure(grey).flags
    flags = PairScorer(grey, [(grey, 9), (coloured, 1)], EVALUATOR).measure(grey).flags
    assert {"grey", "untouched"} == set(flags)


def test_what_one_style_lacks_the_mean_lacks() -> None:
    """A mean of fewer would be another number; the reason is kept."""
    first = Collected(values={"a": 1.0, "b": 2.0})
    second = Collected(values={"a": 3.0}, absent={"b": "too small"})

    found = averaged([(first, 0.25), (second, 0.75)])
    assert ({"a": 2.5}, {"b": "too small"}) == (found.values, found.absent)
    assert averaged([(first, 1.0)]) is first
