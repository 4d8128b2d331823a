"""Claims judged on made-up sweeps: supported, contradicted, left open, and not comparable."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from reports.claims.effects import Verdict
from reports.claims.judge import judge_claims
from reports.claims.operands import UPPER_BOUND
from reports.claims.rules import How, Question
from reports.claims.words import least_text, part_reason
from reports.material import Material

from .made_up import BASE, claim, curves, expect, of, part, rules, sweep

MORE = [2.1, 1.8, 2.5, 1.9, 2.2, 1.7, 2.0, 2.4]


def two(shift: list[float] | None = None, **changes: object) -> Material:
    """Two labels, the second of them shifted on every pair."""
    shifted = [value + more for value, more in zip(BASE, shift or MORE, strict=True)]
    return sweep({"low": BASE, "high": shifted}, **changes)  # type: ignore[arg-type]


def test_a_part_is_a_paired_t_interval_between_two_labels() -> None:
    """Mean and simultaneous interval are SciPy's on the differences, at 1 - 0.05 / 2."""
    parts = (
        part(of("high"), of("low"), expect("above", 1)),
        part(of("high"), of("low"), expect("below", 5)),
        part(of("high"), of("low")),
    )

    (judged,) = judge_claims(rules(claim(*parts)), {"a-2": two()}).claims

    first, _, told = (one.effect for one in judged.parts)
    low, high = stats.t.interval(0.975, df=7, loc=np.mean(MORE), scale=stats.sem(MORE))
    assert (np.mean(MORE), low, high) == pytest.approx((first.mean, first.low, first.high))
    assert (told.low, told.high) == pytest.approx((low, high))
    assert told.verdict is None
    assert Verdict.SUPPORTED == judged.verdict
    assert "a-2-small" == judged.parts[0].sweep
    assert (("layers=high",), ("layers=low",)) == (judged.parts[0].of, judged.parts[0].less)


def test_a_ratio_is_a_difference_of_logarithms() -> None:
    """A tenth more on every pair is ln 1.1."""
    high = [value * 1.1 for value in BASE]
    rule = part(of("high"), of("low"), expect("above", 0.05), how=How.RATIO)

    (judged,) = judge_claims(
        rules(claim(rule)), {"a-2": sweep({"low": BASE, "high": high})}
    ).claims

    assert math.log(1.1) == pytest.approx(judged.parts[0].effect.mean)
    assert judged.parts[0].effect.low == pytest.approx(judged.parts[0].effect.high)
    assert Verdict.SUPPORTED == judged.verdict


def test_pairs_without_a_ratio_are_left_out() -> None:
    """A value of 0 has none; seven pairs are left, and that is said."""
    rule = part(of("high"), of("low"), expect("above", 0.05), how=How.RATIO)
    material = sweep({"low": [0.0, *BASE[1:]], "high": [value * 2 for value in BASE]})

    (judged,) = judge_claims(rules(claim(rule)), {"a-2": material}).claims

    assert 7 == judged.parts[0].effect.n_pairs
    assert judged.parts[0].notes == (
        "1 of 8 pairs left out: no value on both sides that is above 0",
    )


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        (expect("below", 5), Verdict.SUPPORTED),
        (expect("above", 5), Verdict.CONTRADICTED),
        (expect("above", float(np.mean(MORE))), Verdict.CANNOT_TELL),
    ],
)
def test_a_claim_needs_all_its_parts(second: object, verdict: Verdict) -> None:
    """One contradicted part contradicts it, one open part leaves it open."""
    parts = (
        part(of("high"), of("low"), expect("above", 1)),
        part(of("high"), of("low"), second),  # type: ignore[arg-type]
    )

    (judged,) = judge_claims(rules(claim(*parts)), {"a-2": two()}).claims

    assert verdict == judged.verdict


def test_what_cannot_be_told_says_what_could_have_been_found() -> None:
    """The least effect, with the pairs, and the reason."""
    rule = part(of("high"), of("low"), expect("above", 2))

    (judged,) = judge_claims(rules(claim(rule)), {"a-2": two()}).claims

    assert Verdict.CANNOT_TELL == judged.verdict
    assert "8 such pairs could have found a mean of +2.33 or more (80 % power)" == least_text(
        judged.parts[0]
    )
    assert part_reason(judged.parts[0]).startswith("the interval reaches across the margin; 8")


def test_a_mean_that_no_measure_reaches_cannot_be_found() -> None:
    """MS-SSIM ends at 1: what eight such pairs could have found lies beyond."""
    near_one = [0.99, 0.70, 0.97, 0.75, 0.99, 0.82, 0.98, 0.95]
    rule = part(of("high"), None, expect("above", 0.9), metric="content/ms_ssim")
    material = sweep({"high": near_one}, metric="content/ms_ssim")

    (judged,) = judge_claims(rules(claim(rule)), {"a-2": material}).claims

    assert judged.parts[0].effect.least > 1
    found = least_text(judged.parts[0])
    assert found.startswith("8 such pairs could have found nothing: no mean is 1.0")


def test_losses_of_different_settings_are_refused() -> None:
    """Whatever the numbers: the loss keys differ."""
    rule = part(of("high"), of("low"), expect("above", 0), metric="loss/total")
    material = two()
    same = judge_claims(rules(claim(rule)), {"a-2": material}).claims[0].parts[0]
    keys = material.runs["variant"]
    other = replace(material, runs=material.runs.assign(loss_key=keys))

    refused = judge_claims(rules(claim(rule)), {"a-2": other}).claims[0].parts[0]

    assert Verdict.SUPPORTED == same.verdict
    assert (Verdict.CANNOT_TELL, "not comparable: different losses") == (
        refused.verdict,
        refused.effect.reason,
    )


def test_losses_of_one_setting_by_iteration_may_be_compared() -> None:
    """From one trace, even where other settings have other losses."""
    material = two()
    material = replace(
        material,
        runs=material.runs.assign(loss_key=material.runs["variant"]),
        curves=curves(material, "loss/total", {10: 8.0, 20: 4.0}),
    )
    rule = part(
        of("low", iteration=20),
        of("low", iteration=10),
        expect("below", -0.5),
        metric="loss/total",
        how=How.RATIO,
    )

    (judged,) = judge_claims(rules(claim(rule)), {"a-2": material}).claims

    assert Verdict.SUPPORTED == judged.verdict


def test_seconds_of_different_machines_are_refused() -> None:
    """The reason names what differs."""
    rule = part(of("high"), of("low"), expect("below", 0), metric="seconds")
    material = two()
    keys = material.runs["variant"].map(
        {"layers=low": '{"host": "a"}', "layers=high": '{"host": "b"}'}
    )

    judged = judge_claims(
        rules(claim(rule)), {"a-2": replace(material, runs=material.runs.assign(timing_key=keys))}
    )

    reason = judged.claims[0].parts[0].effect.reason
    assert "not comparable: taken under different conditions: host" == reason


def test_missing_runs_leave_it_open() -> None:
    """Whatever the other pairs show."""
    rule = part(of("high"), of("low"), expect("above", 1))
    material = two()
    status = ["FAILED", *["FINISHED"] * 15]
    material = replace(material, runs=material.runs.assign(status=status))

    (judged,) = judge_claims(rules(claim(rule)), {"a-2": material}).claims

    assert Verdict.CANNOT_TELL == judged.verdict
    assert judged.parts[0].effect.reason == "1 failed of 8 runs"
    assert 7 == judged.parts[0].effect.n_pairs


def test_a_rule_that_does_not_fit_is_named_and_spares_the_others() -> None:
    """The claim is left open, the mistake is told, the other claim is judged."""
    fits = claim(part(of("high"), of("low"), expect("above", 1)))
    wrong = claim(part(of("hgih"), of("low"), expect("above", 1)), name="A4")

    judged = judge_claims(rules(fits, wrong), {"a-2": two()})

    assert [Verdict.SUPPORTED, Verdict.CANNOT_TELL] == [one.verdict for one in judged.claims]
    (mistake,) = judged.mistakes
    assert mistake.startswith("A4: the sweep 'a-2-small' has no label of 'layers' 'hgih'")
    assert "the rule does not fit the sweep" in judged.claims[1].parts[0].effect.reason


def test_claims_without_their_experiments_are_named() -> None:
    """And those that wait are not among them."""
    here = claim(part(of("high"), of("low"), expect("above", 1)))
    absent = claim(part(of("high"), sweep="a-1"), part(of("high"), sweep="a-4"), name="A5")
    waits = claim(name="B3", waits="the feed-forward model")
    asks = Question(
        asks="Which?", answers={"A": "x"}, claims=("A3", "A5", "B3"), parts=(part(of("low")),)
    )
    other = Question(asks="Who?", answers={}, claims=("A5",), parts=(part(of(), sweep="a-4"),))

    judged = judge_claims(rules(here, absent, waits, questions=[asks, other]), {"a-2": two()})

    assert ["A3"] == [one.claim.name for one in judged.claims]
    assert {"A5": ("a-1", "a-4")} == judged.not_run
    assert (waits,) == judged.waiting
    assert ["Which?"] == [one.question.asks for one in judged.questions]
    assert ("A5",) == judged.questions[0].not_run
    assert 1 == len(judged.questions[0].parts)


def test_an_upper_bound_shows_nothing_large() -> None:
    """A regret of one seed may be luck: it can be below a margin, but not shown to be above."""
    labels = {"low": [1.0, 3.0] * 4, "high": [2.0, 1.0] * 4}
    material = sweep(labels, metric="style/gain")
    large = claim(part(of(regret=True), None, expect("above", 0.01), metric="style/gain"))
    small = claim(part(of(regret=True), None, expect("below", 9), metric="style/gain"), name="B2")

    first, second = judge_claims(rules(large, small), {"a-2": material}).claims

    assert (Verdict.CANNOT_TELL, Verdict.SUPPORTED) == (first.verdict, second.verdict)
    assert UPPER_BOUND == first.parts[0].effect.reason


def test_the_terminal_shows_every_verdict_within_its_width() -> None:
    """Claims, questions, what waits and what was not run; no line is too long."""
    first = claim(part(of("high"), of("low"), expect("above", 1)))
    second = claim(part(of("high"), of("low"), expect("above", 2)), name="A4")
    absent = claim(part(of("high"), sweep="a-9"), name="A5")
    waits = claim(name="C6", waits="video")
    asks = Question(asks="Which is best?", answers={"A": "x"}, claims=("A3", "A4"))
    judged = judge_claims(rules(first, second, absent, waits, questions=[asks]), {"a-2": two()})

    text = judged.text(80)

    assert max(map(len, text.splitlines())) <= 80
    assert "A3     supported    Higher layers give more colour." in text
    assert "2 claims judged: 1 supported, 0 contradicted, 1 cannot tell; 1 waiting." in text
    assert "Which is best? Supported: A3. Cannot tell: A4." in text
    assert "Waiting: C6 (video)." in text
    assert "Not run: A5 (a-9)." in text
    assert "could have found" in " ".join(text.split())


def test_a_small_difference_is_left_open_by_few_pairs() -> None:
    """Five pairs tell nothing, however clear."""
    material = sweep({"low": BASE[:5], "high": [value + 9 for value in BASE[:5]]})

    (judged,) = judge_claims(
        rules(claim(part(of("high"), of("low"), expect("above", 1)))), {"a-2": material}
    ).claims

    assert Verdict.CANNOT_TELL == judged.verdict
    assert judged.parts[0].effect.reason == "5 pairs; at least 6 are needed"
