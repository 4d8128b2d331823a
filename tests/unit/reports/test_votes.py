"""Agreement of metrics with choices: numbers by hand, intervals, wins, voters."""

import math

import numpy as np
import pytest

from metrics.catalog import CATALOG, Direction
from reports.votes import (
    Choice,
    Side,
    Vote,
    metric_agreements,
    share_of,
    variant_wins,
    voter_agreements,
    voters_agreement,
)


def vote(
    choice: str,
    left: dict[str, float] | None = None,
    right: dict[str, float] | None = None,
    *,
    pair: str = "p",
    voter: str = "Ann",
    variants: tuple[str, str] = ("a", "b"),
    runs: tuple[str, str] | None = None,
) -> Vote:
    """Return a vote between two variants, whose runs are named after them and the pair."""
    runs = runs or (f"{variants[0]}-{pair}", f"{variants[1]}-{pair}")
    return Vote(
        voter=voter,
        pair=(f"c{pair}", f"s{pair}"),
        left=Side(run_id=runs[0], variant=variants[0], metrics=left or {}),
        right=Side(run_id=runs[1], variant=variants[1], metrics=right or {}),
        choice=Choice(choice),
    )


def test_direction_and_ties() -> None:
    """A metric agrees where its better side was chosen; ties count half; neither is no choice."""
    votes = [
        vote(
            "left", {"style/gain": 2.0, "style/gram": 0.1}, {"style/gain": 1.0, "style/gram": 0.2}
        ),
        vote(
            "right", {"style/gain": 1.0, "style/gram": 0.2}, {"style/gain": 2.0, "style/gram": 0.1}
        ),
        vote(
            "left", {"style/gain": 1.0, "style/gram": 0.1}, {"style/gain": 1.0, "style/gram": 0.2}
        ),
        vote(
            "neither",
            {"style/gain": 1.0, "style/gram": 0.9},
            {"style/gain": 2.0, "style/gram": 0.2},
        ),
    ]

    gram, gain = metric_agreements(votes)

    assert ("style/gram", 1.0, 3, 0) == (
        gram.metric,
        gram.agreement.share,
        gram.agreement.count,
        gram.ties,
    )
    assert ("style/gain", 2.5 / 3, 3, 1) == (
        gain.metric,
        gain.agreement.share,
        gain.agreement.count,
        gain.ties,
    )


def test_side_of_the_page_does_not_matter() -> None:
    """The same choice counts the same, whichever picture stood on the left."""
    there = metric_agreements([vote("left", {"style/gain": 2.0}, {"style/gain": 1.0})])
    back = metric_agreements([vote("right", {"style/gain": 1.0}, {"style/gain": 2.0})])

    assert there == back
    assert 1.0 == there[0].agreement.share


@pytest.mark.parametrize("absent", [math.nan, math.inf, None])
def test_metric_that_one_picture_lacks_is_not_judged(absent: float | None) -> None:
    """A question counts for a metric only if both pictures have its value."""
    lacking = {} if absent is None else {"style/gain": absent}
    votes = [
        vote("left", {"style/gain": 2.0}, {"style/gain": 1.0}),
        vote("left", lacking, {"style/gain": 1.0}),
    ]

    (gain,) = metric_agreements(votes)

    assert 1 == gain.agreement.count


def test_costs_and_unknown_numbers_are_no_judges() -> None:
    """Seconds, losses and anchors say nothing of the picture."""
    assert Direction.MIN is CATALOG["seconds"].direction
    low, high = (dict.fromkeys(("seconds", "loss/total"), value) for value in (1.0, 2.0))

    assert [] == metric_agreements([vote("left", low, high)])


def test_best_metric_first() -> None:
    """Metrics come by agreement, equal ones by name."""
    votes = [
        vote(
            "left",
            {"style/gain": 1.0, "content/ssim": 2.0, "content/lpips": 1.0},
            {"style/gain": 2.0, "content/ssim": 1.0, "content/lpips": 2.0},
        )
    ]

    names = [one.metric for one in metric_agreements(votes)]

    assert ["content/lpips", "content/ssim", "style/gain"] == names


def zipped(names: str) -> list[tuple[str, str]]:
    """Return pairs that share nothing, one for each letter."""
    return [(f"c{name}", f"s{name}") for name in names]


def test_wilson_interval() -> None:
    """8 of 10: R, prop.test(8, 10, correct = FALSE) gives 0.4901625 to 0.9433178."""
    share = share_of([1.0] * 8 + [0.0] * 2, zipped("p" * 10))

    assert (0.8, 10) == (share.share, share.count)
    assert pytest.approx((0.4901625, 0.9433178), abs=1e-6) == (share.low, share.high)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_unanimous_choices_leave_room(score: float) -> None:
    """An interval of 0 % or 100 % ends there and has a width."""
    share = share_of([score] * 5, zipped("aabbc"))

    assert pytest.approx(score) == (share.low if score == 0 else share.high)
    assert 0.4 < share.high - share.low < share.picture_high - share.picture_low <= 1


def test_no_choices() -> None:
    """Without choices there is no number."""
    share = share_of([], [])

    assert 0 == share.count
    assert all(math.isnan(one) for one in (share.share, share.low, share.high, share.picture_low))


def test_interval_by_picture_by_hand() -> None:
    """Pairs that lean as a whole tell as much as one answer would: Wilson's interval of that."""
    share = share_of([1.0, 1.0, 0.0, 0.0], zipped("aabb"))
    # Residuals of the pairs +1 and -1: variance 2 · (1 + 1) / 4² = 0.25 = 0.5 · 0.5 / 1.
    square = 12.7062047**2  # Student's t for 1 degree of freedom, one answer
    half = math.sqrt(0.25 * square + square**2 / 4) / (1 + square)

    assert pytest.approx((0.5 - half, 0.5 + half)) == (share.picture_low, share.picture_high)


@pytest.mark.parametrize("place", [0, 1])
def test_shared_pictures_count(place: int) -> None:
    """Answers that follow the content, or the style, are no more than so many contents say."""
    crossed = [(f"c{one}", f"s{two}") for one in range(3) for two in range(3)]
    scores = [float(pair[place][1] == "0") for pair in crossed]
    # Residuals of the three pictures 2, -1, -1: variance 3/2 · 6 / 9² = 1/9 = p (1 - p) / 2.
    square = 4.3026527**2 / 2
    centre, half = (1 / 3 + square / 2) / (1 + square), math.sqrt(2 / 9 * square + square**2 / 4)

    share = share_of(scores, crossed)

    assert pytest.approx(centre + half / (1 + square)) == share.picture_high


@pytest.mark.parametrize("pairs", [[("c", "s")] * 2, [("c", "s"), ("c", "t")]])
def test_one_picture_gives_no_interval_by_picture(pairs: list[tuple[str, str]]) -> None:
    """From one content, or one style, nothing can be said of others."""
    share = share_of([1.0, 0.0], pairs)

    assert math.isnan(share.picture_low)
    assert math.isnan(share.picture_high)


@pytest.mark.parametrize("crossed", [False, True])
def test_coverage_where_pictures_lean(crossed: bool) -> None:
    """By picture, 95 % intervals hold the truth that often; by choice they do not."""
    generator = np.random.default_rng(1)
    contents, styles = np.arange(64) // 8, np.arange(64) % 8 if crossed else np.arange(64) // 8
    pairs = [(f"c{one}", f"s{two}") for one, two in zip(contents, styles, strict=True)]
    by_choice = by_picture = 0
    for _ in range(300):
        leaning = generator.beta(2, 2, size=(2, 8)) - 0.5
        truth = 0.5 + (leaning[0][contents] + leaning[1][styles]) / 2
        share = share_of((generator.random(64) < truth).astype(float).tolist(), pairs)
        by_choice += share.low <= 0.5 <= share.high
        by_picture += share.picture_low <= 0.5 <= share.picture_high

    assert by_choice < 0.9 * 300
    assert 0.92 * 300 < by_picture


def test_wins_of_variants() -> None:
    """A variant wins where it was chosen; undecided questions and other variants' do not count."""
    votes = [
        vote("left", variants=("a", "b")),
        vote("left", variants=("b", "a"), pair="q"),
        vote("right", variants=("c", "a"), pair="q"),
        vote("neither", variants=("b", "c")),
    ]

    wins = {one.variant: (one.wins.share, one.wins.count) for one in variant_wins(votes)}

    assert {"a": (2 / 3, 3), "b": (0.5, 2), "c": (0.0, 1)} == wins
    assert ["a", "b", "c"] == list(wins)


def test_voters_agree_on_common_questions() -> None:
    """Two voters agree where they chose the same run, wherever it stood; else nothing counts."""
    votes = [
        vote("left", voter="Ann"),
        vote("right", voter="Bob", variants=("b", "a")),
        vote("left", voter="Ann", pair="q"),
        vote("right", voter="Bob", pair="q"),
        vote("left", voter="Ann", pair="r"),
        vote("neither", voter="Bob", pair="r"),
        vote("left", voter="Cid", pair="q"),
    ]

    found = {
        (one.first, one.second): (one.agreement.share, one.agreement.count)
        for one in voter_agreements(votes)
    }

    assert {("Ann", "Bob"): (0.5, 2), ("Ann", "Cid"): (1.0, 1), ("Bob", "Cid"): (0.0, 1)} == found
    assert (0.5, 4) == (voters_agreement(votes).share, voters_agreement(votes).count)
