"""From two frames of runs to findings."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reports.regression.judging import describe, judge, needs_more
from reports.regression.model import SECONDS, Finding, Gate, State

STYLE = Gate(metric="style/gain", margin=0.05)
CONTENT = Gate(metric="content/score", margin=0.015)
TIME = Gate(metric=SECONDS, margin=math.log(1.2))
PAIRS = 12
BREAKS = 4.0
NOISE = 0.02

Change = Callable[[int, int], float]


def _frame(
    metrics: Mapping[str, Change],
    *,
    variants: Mapping[str, bool] | None = None,
    pairs: int = PAIRS,
    seeds: Sequence[int] = (0, 1),
) -> pd.DataFrame:
    """One row per run; a metric's value is a function of pair and seed.

    Args:
        metrics: name → value of a pair and a seed.
        variants: name → whether seeds make a difference.
        pairs: how many; pair ``i`` has content ``c<i>`` and style ``s<i>``.
        seeds: of the seeded variants.
    """
    rows = [
        {
            "variant": variant,
            "pair": f"c{pair} × s{pair}",
            "content": f"c{pair}",
            "style": f"s{pair}",
            "seed": seed,
            "seeded": is_seeded,
        }
        | {name: value(pair, seed) for name, value in metrics.items()}
        for variant, is_seeded in (variants or {"noise": True}).items()
        for pair in range(pairs)
        for seed in (seeds if is_seeded else (0,))
    ]
    return pd.DataFrame(rows)


def _noisy(seed: int, shift: float = 0.0) -> Change:
    """A style gain that differs from pair to pair, with noise."""
    noise = np.random.default_rng(seed).normal(0, NOISE, (PAIRS, 10))
    return lambda pair, number: 1 + pair / 10 + shift + float(noise[pair, number])


def _only(baseline: Change, candidate: Change, gate: Gate = STYLE) -> Finding:
    """The finding on one gate of one variant."""
    sides = (_frame({gate.metric: change}) for change in (baseline, candidate))
    (finding,) = judge(*sides, [gate], breaks=BREAKS)
    return finding


def test_a_panel_that_is_the_same_is_equivalent() -> None:
    """Nothing changed, nothing found."""
    finding = _only(_noisy(0), _noisy(0))

    assert State.EQUIVALENT is finding.state
    assert "the same over 12 pairs × 2 seeds" == finding.reason
    assert (0.0, 0.0, 0.0) == (finding.worse_by, finding.low, finding.high)


def test_a_lower_style_gain_is_worse() -> None:
    """The numbers of the finding are those of the t test on means over the seeds."""
    before, after = _noisy(0), _noisy(1, shift=-0.12)
    differences = [
        np.mean([before(pair, seed) - after(pair, seed) for seed in (0, 1)])
        for pair in range(PAIRS)
    ]
    expected = stats.ttest_1samp(differences, 0, alternative="greater")

    finding = _only(before, after)

    assert State.REGRESSED is finding.state
    assert np.mean(differences) == pytest.approx(finding.worse_by)
    assert expected.pvalue == pytest.approx(finding.p)
    assert expected.confidence_interval(0.95).low == pytest.approx(finding.low)
    assert finding.baseline - finding.candidate == pytest.approx(finding.worse_by)
    assert (
        "worse by 0.12 (at least 0.11 with 95 % confidence; margin 0.05) over 12 pairs × 2 seeds"
        == finding.reason
    )


@pytest.mark.parametrize("factor", [1.5, 1 / 1.5])
def test_more_seconds_are_worse(factor: float) -> None:
    """Seconds are judged by their ratio, and told in percent."""
    finding = _only(lambda *_: 2.0, lambda *_: 2.0 * factor, TIME)

    assert math.log(factor) == pytest.approx(finding.worse_by)
    assert (State.REGRESSED if factor > 1 else State.IMPROVED) is finding.state
    assert finding.reason.startswith("slower by 50 %" if factor > 1 else "faster by 33 %")


def test_the_worst_pairs_come_first() -> None:
    """Pairs are listed with both sides' values, the worst first."""
    finding = _only(lambda *_: 1.0, lambda pair, _: 1.0 - pair / 1000)

    assert [f"c{pair} × s{pair}" for pair in reversed(range(PAIRS))] == [
        pair.pair for pair in finding.pairs
    ]
    assert (1.0, 0.989) == (finding.pairs[0].baseline, finding.pairs[0].candidate)


def test_a_broken_pair_is_red_and_named() -> None:
    """One ruined pair is red though the mean is within its noise."""
    finding = _only(_noisy(0), lambda pair, seed: _noisy(0)(pair, seed) - 0.6 * (pair == 4))

    assert State.REGRESSED is finding.state
    assert ("c4 × s4",) == finding.broken
    assert "c4 × s4 alone is worse by 0.60, more than 4 margins" == finding.reason


def test_a_broken_pair_is_red_even_among_few() -> None:
    """What needs no inference needs no six pairs."""
    before = _frame({"style/gain": lambda *_: 1.0}, pairs=3)
    after = _frame({"style/gain": lambda pair, _: 1.0 - pair}, pairs=3)

    (finding,) = judge(before, after, [STYLE], breaks=BREAKS)

    assert State.REGRESSED is finding.state
    assert finding.reason.endswith("; so is 1 more")


def test_fewer_than_six_pairs_are_not_comparable() -> None:
    """Five pairs cannot persuade anybody."""
    runs = _frame({"style/gain": _noisy(0)}, pairs=5)

    (finding,) = judge(runs, runs, [STYLE], breaks=BREAKS)

    assert State.NOT_COMPARABLE is finding.state
    assert "5 pairs; at least 6 are needed" == finding.reason
    assert finding.p is None
    assert math.isnan(finding.low)


def test_pairs_that_share_too_few_pictures_are_not_comparable() -> None:
    """Twelve pairs of one content are one content."""
    runs = _frame({"style/gain": _noisy(0)}).assign(content="c0")

    (finding,) = judge(runs, runs, [STYLE], breaks=BREAKS)

    assert State.NOT_COMPARABLE is finding.state
    assert "1 content" in finding.reason


def test_a_value_that_only_one_side_has_is_not_comparable() -> None:
    """A picture that cannot be scored any more must not drop out of the mean."""
    before = _frame({"style/gain": _noisy(0)})
    after = before.copy()
    after.loc[7, "style/gain"] = math.nan

    (finding,) = judge(before, after, [STYLE], breaks=BREAKS)

    assert State.NOT_COMPARABLE is finding.state
    assert "the candidate has no value on c3 × s3, the baseline has" == finding.reason


def test_a_metric_that_one_side_lacks_is_not_comparable() -> None:
    """Without any value on one side, that side is named."""
    before = _frame({"style/gain": _noisy(0)})

    (lost,) = judge(before, before.drop(columns="style/gain"), [STYLE], breaks=BREAKS)
    (neither,) = judge(before, before, [CONTENT], breaks=BREAKS)

    assert (State.NOT_COMPARABLE, "the candidate has no values") == (lost.state, lost.reason)
    assert (State.NOT_COMPARABLE, "neither side has values") == (neither.state, neither.reason)


def test_variants_that_one_side_lacks_are_not_comparable() -> None:
    """The baseline's variants come first, in its order; none is passed over."""
    changes = {"style/gain": _noisy(0)}
    before = _frame(changes, variants={"b": True, "a": True})
    after = _frame(changes, variants={"c": True, "a": True})

    findings = judge(before, after, [STYLE], breaks=BREAKS)

    assert [
        ("b", "the candidate has no runs of this variant"),
        ("a", "the same over 12 pairs × 2 seeds"),
        ("c", "the baseline has no runs of this variant"),
    ] == [(finding.variant, finding.reason) for finding in findings]


def test_only_seeds_that_both_have_count() -> None:
    """A seed of one side alone is left out, whatever its values are."""
    before = _frame({"style/gain": lambda *_: 1.0}, seeds=(0, 1))
    after = _frame({"style/gain": lambda _, seed: 1.0 - seed}, seeds=(0, 5))

    (finding,) = judge(before, after, [STYLE], breaks=BREAKS)

    assert (State.EQUIVALENT, 1) == (finding.state, finding.n_seeds)


def test_no_common_seed_is_not_comparable() -> None:
    """Different seeds are different runs."""
    sides = (_frame({"style/gain": _noisy(0)}, seeds=seeds) for seeds in ((0,), (1,)))

    (finding,) = judge(*sides, [STYLE], breaks=BREAKS)

    assert "no run of this variant is in both the baseline and the candidate" == finding.reason


def test_the_seed_of_a_content_start_says_nothing() -> None:
    """A variant that draws no random number is compared whatever seed its rows carry."""
    variants = {"content": False}
    before = _frame({"style/gain": _noisy(0)}, variants=variants)

    (finding,) = judge(before, before.assign(seed=9), [STYLE], breaks=BREAKS)

    assert (State.EQUIVALENT, 0) == (finding.state, finding.n_seeds)
    assert "the same over 12 pairs" == finding.reason


def test_a_pair_that_is_missing_is_told() -> None:
    """The verdict says on how many of the pairs it rests."""
    before = _frame({"style/gain": _noisy(0)})

    (finding,) = judge(before, before[before["pair"] != "c2 × s2"], [STYLE], breaks=BREAKS)

    assert "the same over 11 of 12 pairs × 2 seeds" == finding.reason


def test_all_gates_of_all_variants_are_one_family() -> None:
    """The p values of the findings are adjusted together."""
    variants = {"noise": True, "content": False}
    changes = {"style/gain": _noisy(1, -0.02), "content/score": _noisy(2)}
    before = _frame({name: _noisy(0) for name in changes}, variants=variants)
    after = _frame(changes, variants=variants)
    gates = [STYLE, CONTENT]
    alone = [
        judge(before[before["variant"] == variant], after, [gate], breaks=BREAKS)[0].p
        for variant in variants
        for gate in gates
    ]
    order = np.argsort(alone)
    by_hand = np.maximum.accumulate(np.array(alone)[order] * [4, 3, 2, 1]).clip(max=1)

    findings = judge(before, after, gates, breaks=BREAKS)

    assert by_hand.tolist() == pytest.approx([findings[place].p for place in order])


def test_fresh_seeds_are_asked_for_where_they_may_help() -> None:
    """Red and undecided variants need more seeds, content starts have none to give."""
    variants = {"red": True, "undecided": True, "content": False, "equal": True}
    shifts = {"red": 0.2, "undecided": 0.05, "content": 0.2, "equal": 0.0}
    before = _frame({"style/gain": _noisy(0)}, variants=variants)
    after = _frame({"style/gain": _noisy(1)}, variants=variants)
    after["style/gain"] -= after["variant"].map(shifts)

    findings = judge(before, after, [STYLE], breaks=BREAKS)

    assert [
        State.REGRESSED,
        State.INCONCLUSIVE,
        State.REGRESSED,
        State.EQUIVALENT,
    ] == [finding.state for finding in findings]
    assert ("red", "undecided") == needs_more(findings)


def test_a_run_that_occurs_twice_is_refused() -> None:
    """It is not guessed which of the two counts."""
    runs = _frame({"style/gain": _noisy(0)})
    twice = pd.concat([runs, runs.iloc[[3]]])

    with pytest.raises(ValueError, match="'noise', pair 'c1 × s1', seed 1 occurs twice"):
        judge(runs, twice, [STYLE], breaks=BREAKS)


@settings(max_examples=20, deadline=None)
@given(st.floats(-5, 5))
def test_the_verdict_does_not_hang_on_the_level(level: float) -> None:
    """Adding the same to both sides changes nothing."""
    sides = (_noisy(0), _noisy(1, -0.06))
    here = _only(*sides)

    there = _only(
        lambda pair, seed: sides[0](pair, seed) + level,
        lambda pair, seed: sides[1](pair, seed) + level,
    )

    assert here.state is there.state
    assert here.worse_by == pytest.approx(there.worse_by, abs=1e-9)
    assert here.p == pytest.approx(there.p, rel=1e-6)


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        (0.05, State.REGRESSED),
        (0.001, State.INCONCLUSIVE),
        (-0.05, State.IMPROVED),
    ],
)
def test_information_is_significance_alone(shift: float, expected: State) -> None:
    """Without a margin a difference beyond the noise has a direction, and all else is open."""
    before = _frame({"content/lpips": _noisy(0)})
    after = _frame({"content/lpips": _noisy(1, shift)})

    (finding,) = describe(before, after, ["content/lpips"])

    assert expected is finding.state
    assert math.isnan(finding.margin)
    assert finding.reason.endswith("; not gated")


def test_information_without_any_difference_is_equivalent() -> None:
    """The same numbers are the same."""
    runs = _frame({"content/lpips": _noisy(0)})

    (finding,) = describe(runs, runs, ["content/lpips"])

    assert State.EQUIVALENT is finding.state


def test_a_metric_without_a_direction_is_never_worse() -> None:
    """Where neither direction is better, a difference is told and left open."""
    before = _frame({"picture/chroma": _noisy(0)})
    after = _frame({"picture/chroma": _noisy(1, 0.5)})

    (finding,) = describe(before, after, ["picture/chroma"])

    assert State.INCONCLUSIVE is finding.state
    assert finding.worse_by > 0.4
    assert finding.reason.startswith("higher by 0.5")
