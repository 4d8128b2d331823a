import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd
import pytest

from reports.front import pareto_front

MakeRuns = Callable[..., pd.DataFrame]

STYLE = (1.00, 1.10, 0.90, 1.20, 1.05, 0.95)
CONTENT = (0.70, 0.72, 0.68, 0.71, 0.69, 0.75)


def _moved(values: tuple[float, ...], by: float) -> list[float]:
    return [value + by for value in values]


def _on_front(runs: pd.DataFrame) -> set[str]:
    return {name for name, place in pareto_front(runs).items() if place.is_on_front}


def test_who_is_beaten_on_both_is_off_the_front(make_runs: MakeRuns) -> None:
    """Trade-offs are on the front; a variant with less of both, or as much of one, is not."""
    runs = make_runs(
        {
            "base": (STYLE, CONTENT),
            "stylish": (_moved(STYLE, 0.3), _moved(CONTENT, -0.1)),
            "worse": (_moved(STYLE, 0.2), _moved(CONTENT, -0.2)),
            "as stylish": (STYLE, _moved(CONTENT, -0.05)),
        }
    )

    assert _on_front(runs) == {"base", "stylish"}


def test_equal_variants_share_the_front(make_runs: MakeRuns) -> None:
    """Two variants of the same scores, up to round-off, do not push each other off."""
    runs = make_runs({"base": (STYLE, CONTENT), "same": (np.nextafter(STYLE, 2), CONTENT)})

    assert _on_front(runs) == {"base", "same"}


def test_smaller_is_better_where_the_catalogue_says_so(make_runs: MakeRuns) -> None:
    """On a front of LPIPS the variant with the lower distance wins."""
    runs = make_runs({"base": (STYLE, CONTENT), "far": (STYLE, CONTENT)})
    runs.loc[runs["variant"] == "far", "content/lpips"] = 0.5

    places = pareto_front(runs, ("style/gain", "content/lpips"))

    assert [place.is_on_front for place in places.values()] == [True, False]


def test_variants_meet_on_the_pairs_they_share(make_runs: MakeRuns) -> None:
    """Failing on the hardest pair does not lift a variant over one that is better everywhere."""
    hard = (*STYLE[:5], -3.0)
    runs = make_runs({"base": (_moved(hard, 0.1), CONTENT), "failed": (hard, CONTENT)})
    runs.loc[(runs["variant"] == "failed") & (runs["style"] == "s5"), "status"] = "FAILED"

    assert _on_front(runs) == {"base"}


def test_a_variant_without_a_score_is_off_the_front(make_runs: MakeRuns) -> None:
    """Style alone does not put a variant on a front of two scores."""
    runs = make_runs({"base": (STYLE, CONTENT), "half": (_moved(STYLE, 1), [math.nan] * 6)})

    places = pareto_front(runs)

    assert not places["half"].is_on_front
    assert places["half"].probability is None


def test_nothing_finished_has_no_front(make_runs: MakeRuns) -> None:
    """Before anything has finished nobody is on the front, without warnings."""
    assert _on_front(make_runs({"base": (STYLE, CONTENT)}, status="MISSING")) == set()


def test_probability_says_how_sure_it_is(make_runs: MakeRuns) -> None:
    """A clear trade-off is on the front for sure; two that scatter alike are so in part."""
    scatter = [0.3, -0.3, 0.2, -0.25, 0.1, -0.06]
    runs = make_runs(
        {
            "base": (STYLE, CONTENT),
            "clear": (_moved(STYLE, 0.5), _moved(CONTENT, -0.2)),
            "unsure": ([at + by for at, by in zip(STYLE, scatter, strict=True)], CONTENT),
            "beaten": (_moved(STYLE, -1), _moved(CONTENT, -0.5)),
        }
    )

    shares = {name: place.probability for name, place in pareto_front(runs).items()}

    assert (shares["clear"], shares["beaten"]) == (1.0, 0.0)
    assert 0.2 < shares["base"] < 0.8
    # One of the two is always ahead: with equal content they share one place, ties apart.
    assert shares["base"] + shares["unsure"] == pytest.approx(1.0, abs=0.02)


def test_below_six_pairs_no_probability(make_runs: MakeRuns) -> None:
    """Five pairs have a front, but not how sure it is."""
    (place,) = pareto_front(make_runs({"base": (STYLE[:5], CONTENT[:5])})).values()

    assert place.is_on_front
    assert place.probability is None


def test_a_product_resamples_contents_and_styles(make_runs: MakeRuns) -> None:
    """Where all of a lead comes from one style of four, the front is far from sure."""
    at = list(product(range(4), range(4)))
    flat, lead = [0.5] * 16, [0.5 + (0.9 if style == 0 else -0.05) for _, style in at]
    runs = make_runs({"base": (flat, flat), "lead": (lead, flat)})
    crossed = runs.assign(
        content=[f"c{content}" for content, _ in at] * 2,
        style=[f"s{style}" for _, style in at] * 2,
    )

    sure, unsure = (pareto_front(frame)["lead"].probability for frame in (runs, crossed))

    assert sure > 0.95
    # The style is absent from (3/4)^4 = 32 % of the resamples of styles.
    assert unsure == pytest.approx(1 - (3 / 4) ** 4, abs=0.04)


def test_a_front_needs_directions(make_runs: MakeRuns) -> None:
    """An unknown metric is refused with the nearest name."""
    with pytest.raises(ValueError, match="did you mean 'style/gain'"):
        pareto_front(make_runs({"base": (STYLE, CONTENT)}), ("style/gian",))
