from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reports.comparison import Comparison
from reports.verdict import Verdict, judge, judge_variants

MakeRuns = Callable[..., pd.DataFrame]

BASE = (1.00, 1.10, 0.90, 1.20, 1.05, 0.95)
CONTENT = (0.70, 0.72, 0.68, 0.71, 0.69, 0.75)
STEPS = (0.02, -0.03, 0.01, 0.03, -0.02, -0.01)

SEEN = Comparison(
    metric="style/gain",
    n_pairs=6,
    variant_mean=1.2,
    baseline_mean=1.0,
    difference=0.2,
    low=0.1,
    high=0.3,
    half_width=0.05,
    p=0.01,
    p_holm=0.02,
    p_sign_flip=0.03,
    pairs_needed=9,
)


def _shifted(values: tuple[float, ...], shift: float) -> list[float]:
    return [value + shift + step for value, step in zip(values, STEPS, strict=True)]


@pytest.mark.parametrize(
    ("style", "content", "expected"),
    [
        (1, 0, Verdict.BETTER),
        (0, 1, Verdict.BETTER),
        (1, 1, Verdict.BETTER),
        (-1, 0, Verdict.WORSE),
        (0, -1, Verdict.WORSE),
        (-1, -1, Verdict.WORSE),
        (1, -1, Verdict.TRADE_OFF),
        (-1, 1, Verdict.TRADE_OFF),
        (0, 0, Verdict.CANNOT_TELL),
    ],
)
def test_verdict_of_two_significances(style: int, content: int, expected: Verdict) -> None:
    """Every combination of the two scores' significances has the verdict the design names."""
    found = judge(
        replace(SEEN, significance=style),
        replace(SEEN, metric="content/score", significance=content),
    )

    assert expected == found.verdict


@pytest.mark.parametrize(
    ("style", "content", "expected"),
    [
        (0.3, 0.0, Verdict.BETTER),
        (-0.3, 0.0, Verdict.WORSE),
        (0.0, 0.2, Verdict.BETTER),
        (0.3, -0.2, Verdict.TRADE_OFF),
        (-0.3, 0.2, Verdict.TRADE_OFF),
        (0.0, 0.0, Verdict.CANNOT_TELL),
    ],
)
def test_verdict_follows_the_scores(
    make_runs: MakeRuns, style: float, content: float, expected: Verdict
) -> None:
    """Shifting a variant's scores against the baseline's brings the verdict with the same sign."""
    runs = make_runs(
        {"base": (BASE, CONTENT), "tried": (_shifted(BASE, style), _shifted(CONTENT, content))}
    )

    assert expected == judge_variants(runs, "base")["tried"].verdict


def test_the_baseline_is_the_baseline(make_runs: MakeRuns) -> None:
    """The baseline's verdict says what it is, also if it is not the first variant."""
    runs = make_runs({"first": (BASE, CONTENT), "base": (BASE, CONTENT)})

    found = {name: judged.verdict for name, judged in judge_variants(runs, "base").items()}

    assert found == {"first": Verdict.CANNOT_TELL, "base": Verdict.BASELINE}


def test_below_six_pairs_the_reason_names_what_is_needed(make_runs: MakeRuns) -> None:
    """Two pairs cannot tell, and the reason says how many would be needed."""
    runs = make_runs({"base": (BASE[:2], CONTENT), "tried": ([1.3, 1.2], CONTENT)})

    found = judge_variants(runs, "base")["tried"]

    # Differences 0.3 and 0.1: effect 0.2 / 0.1414; seven pairs have 80 % power, six 74 %.
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.reason == "cannot tell: 2 pairs, 7 needed"
    assert found.pairs_needed == 7


def test_equal_pictures_are_no_difference_at_all(make_runs: MakeRuns) -> None:
    """A variant without any difference cannot be told, whatever the number of pairs."""
    runs = make_runs({"base": (BASE, CONTENT), "same": (BASE, CONTENT)})

    found = judge_variants(runs, "base")["same"]

    assert found.reason == "cannot tell: no difference at all over 6 pairs"
    assert found.pairs_needed is None


def test_a_missing_content_score_cannot_tell(make_runs: MakeRuns) -> None:
    """More style alone is no verdict where the content score is unknown."""
    runs = make_runs({"base": (BASE, CONTENT), "tried": (_shifted(BASE, 0.4), CONTENT)})
    runs["content/score"] = np.nan

    found = judge_variants(runs, "base")["tried"]

    assert found.verdict is Verdict.CANNOT_TELL
    assert found.reason == "cannot tell: no pair has a content score in both"


def test_one_content_has_no_verdict(make_runs: MakeRuns) -> None:
    """Pairs that all share one content have no verdict and say why."""
    runs = make_runs(
        {"base": (BASE, CONTENT), "tried": (_shifted(BASE, 0.4), CONTENT)}, content="one"
    )

    found = judge_variants(runs, "base")["tried"]

    assert found.verdict is None
    assert found.reason == (
        "no verdict: 6 pairs made of 1 content and 6 styles; at least 4 of each are needed where "
        "pairs share them"
    )


def test_a_product_can_be_judged(make_runs: MakeRuns) -> None:
    """Four contents by four styles have a verdict where the difference is large."""
    base = list(np.linspace(0.5, 1.5, 16))
    steps = [0.3 + 0.02 * (-1) ** at for at in range(16)]
    runs = make_runs(
        {
            "base": (base, base),
            "tried": ([at + by for at, by in zip(base, steps, strict=True)], base),
        }
    )
    pair = runs["content"].str[1:].astype(int)
    crossed = runs.assign(content=(pair // 4).astype(str), style=(pair % 4).astype(str))

    found = judge_variants(crossed, "base")["tried"]

    assert found.verdict is Verdict.BETTER
    assert found.sharing == "16 pairs made of 4 contents and 4 styles"


def test_sweeps_without_effects_are_seldom_judged(make_runs: MakeRuns) -> None:
    """Of simulated sweeps without effects about one in ten is judged (two scores at 5 %)."""
    generator = np.random.default_rng(11)
    sweeps = generator.normal(0.5, 0.1, (60, 3, 2, 6))

    judged = 0
    for sweep in sweeps:
        runs = make_runs({name: tuple(sweep[at]) for at, name in enumerate(("base", "a", "b"))})
        verdicts = [found.verdict for found in judge_variants(runs, "base").values()]
        judged += verdicts[1:] != [Verdict.CANNOT_TELL] * 2

    # Two families at 5 % each; three standard errors of 0.1 in 60 trials are 0.116.
    assert judged / len(sweeps) < 0.1 + 0.116
