import math
from collections.abc import Callable, Sequence

import pandas as pd
import pytest

from reports.agreement import kendall_tau, second_opinion

MakeRuns = Callable[..., pd.DataFrame]

BASE = (1.00, 1.10, 0.90, 1.20, 1.05, 0.95)
CONTENT = (0.70, 0.72, 0.68, 0.71, 0.69, 0.75)


def _runs(make_runs: MakeRuns, first: Sequence[float], second: Sequence[float]) -> pd.DataFrame:
    """Variants ``base``, ``v1``, … whose two evaluators see these rises over the baseline."""
    names = ["base", *(f"v{at}" for at in range(1, len(first)))]
    runs = make_runs(
        {
            name: ([value + by for value in BASE], CONTENT)
            for name, by in zip(names, first, strict=True)
        }
    )
    runs["second/style/gain"] = [2 * value + by for by in second for value in BASE]
    runs["second/content/score"] = runs["content/score"]
    return runs


@pytest.mark.parametrize(
    ("first", "second", "tau"),
    [
        ((0, 1, 2, 3), (0, 1, 2, 3), 1.0),
        ((0, 1, 2, 3), (0, -1, -2, -3), -1.0),
        # By hand: of six pairs of variants five in the same order, one reversed.
        ((0, 1, 2, 3), (0, 1, 3, 2), 4 / 6),
        # τ-b by hand: one tie in the second ranking, 5 / sqrt(6 x 5).
        ((0, 1, 2, 3), (0, 1, 2, 2), 5 / math.sqrt(30)),
    ],
)
def test_tau_compares_the_orders_of_the_variants(
    make_runs: MakeRuns, first: Sequence[float], second: Sequence[float], tau: float
) -> None:
    """Kendall's τ-b of the two evaluators' rankings, the baseline among the variants."""
    assert tau == pytest.approx(kendall_tau(_runs(make_runs, first, second), "base", "style/gain"))


def test_two_variants_have_no_ranking(make_runs: MakeRuns) -> None:
    """Two variants are no ranking to speak of."""
    assert math.isnan(kendall_tau(_runs(make_runs, (0, 1), (0, 1)), "base", "style/gain"))


def test_an_evaluator_that_tells_none_apart_has_no_tau(make_runs: MakeRuns) -> None:
    """Equal content scores everywhere have no order, although they differ in the last digit."""
    runs = _runs(make_runs, (0, 1, 2), (0, 1, 2))

    assert math.isnan(kendall_tau(runs, "base", "content/score"))


def test_the_line_says_both(make_runs: MakeRuns) -> None:
    """Significant differences confirmed, then the rankings."""
    assert second_opinion(_runs(make_runs, (0, 0.3, 0.6), (0, 0.3, 0.6)), "base") == [
        "The second evaluator, which uses no network, confirms 2 of 2 significant differences and "
        "contradicts none. It orders the variants with Kendall's τ = 1.00 for style gain."
    ]


def test_weak_agreement_is_a_warning(make_runs: MakeRuns) -> None:
    """A τ below 0.5 is called weak."""
    (line,) = second_opinion(_runs(make_runs, (0, 0.3, 0.6), (0, -0.3, 0.6)), "base")

    assert line.endswith(
        "and contradicts 1 (style gain of `v1`). It orders the variants with Kendall's τ = 0.33 "
        "for style gain: weak agreement on style gain, so look at the pictures."
    )


def test_without_a_second_evaluator_nothing_is_said(make_runs: MakeRuns) -> None:
    """A frame without second scores has no second opinion."""
    runs = make_runs({"base": (BASE, CONTENT), "a": (BASE, CONTENT), "b": (BASE, CONTENT)})

    assert second_opinion(runs, "base") == []
