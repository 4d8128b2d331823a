"""Steps and creep in made-up histories."""

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.regression.history import creep, find_steps
from reports.regression.model import SECONDS, Gate, State

MARGIN = 0.05
STYLE = Gate(metric="style/gain", margin=MARGIN)
TIME = Gate(metric=SECONDS, margin=math.log(1.2))


def _history(
    values: Sequence[float],
    *,
    metric: str = "style/gain",
    variant: str = "oil",
    red: Sequence[int] = (),
    refused: Sequence[int] = (),
) -> pd.DataFrame:
    """One regression a day from the first of March."""
    start = dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC)
    states = dict.fromkeys(red, State.REGRESSED) | dict.fromkeys(refused, State.NOT_COMPARABLE)
    return pd.DataFrame(
        {
            "when": (start + dt.timedelta(days=day)).isoformat(),
            "occasion": f"panel {day}",
            "commit": f"c{day}",
            "variant": variant,
            "metric": metric,
            "value": value,
            "state": states.get(day, State.EQUIVALENT),
            "baseline": "2026-02-28",
        }
        for day, value in enumerate(values)
    )


def test_a_step_that_lasts_is_found() -> None:
    """Where, when, from what to what, and that it is still so."""
    (step,) = find_steps(_history([0.8] * 6 + [0.7] * 2), [STYLE])

    assert ("oil", "style/gain", 6, "c6", True) == (
        step.variant,
        step.metric,
        step.at,
        step.commit,
        step.lasts,
    )
    assert step.when.startswith("2026-03-07")
    assert (0.8, 0.7, 0.1) == pytest.approx((step.before, step.after, step.worse_by))


def test_a_step_that_was_mended_does_not_last() -> None:
    """Two steps, of which the last is for the better."""
    steps = find_steps(_history([0.8] * 6 + [0.7] * 4 + [0.8] * 5), [STYLE])

    assert [(6, False), (10, True)] == [(step.at, step.lasts) for step in steps]
    assert steps[0].worse_by == pytest.approx(-steps[1].worse_by)


@pytest.mark.parametrize("place", range(10))
def test_an_outlier_alone_is_no_step(place: int) -> None:
    """One bad night, wherever it is, also the first and the last."""
    values = [0.8] * 10
    values[place] = 0.3

    assert () == find_steps(_history(values), [STYLE])


@pytest.mark.parametrize(("margins", "expected"), [(0.4, 0), (0.6, 1)])
def test_a_step_counts_from_half_a_margin(margins: float, expected: int) -> None:
    """Less is not worth a reader's time."""
    values = [0.8] * 10 + [0.8 - margins * MARGIN] * 10

    assert expected == len(find_steps(_history(values), [STYLE]))


@pytest.mark.parametrize("rows", range(4))
def test_short_histories_have_no_steps(rows: int) -> None:
    """Two levels of two rows are the least."""
    history = _history([0.8, 0.8, 0.1, 0.1][:rows])

    assert () == find_steps(history, [STYLE])
    assert () == creep(history, [STYLE])
    assert 1 == len(find_steps(_history([0.8, 0.8, 0.1, 0.1]), [STYLE]))


def test_an_empty_history_has_no_steps() -> None:
    """A frame without columns is a history without rows."""
    assert () == find_steps(pd.DataFrame(), [STYLE])


@pytest.mark.parametrize("rows", [4, 12, 60])
@pytest.mark.parametrize("noise", [0.3, 3.0])
def test_noise_alone_has_no_steps(rows: int, noise: float) -> None:
    """At most one series in a hundred of white noise of so many margins has a step."""
    rng = np.random.default_rng(5)
    series = rng.normal(0.8, noise * MARGIN, (200, rows))
    history = pd.concat(
        _history(values, variant=f"v{number}") for number, values in enumerate(series)
    )

    assert len({step.variant for step in find_steps(history, [STYLE])}) <= 2


def test_a_step_in_noise_is_found() -> None:
    """A margin lower, in noise of a tenth of a margin."""
    rng = np.random.default_rng(6)
    levels = np.repeat([0.8, 0.75], [12, 6])
    found = [
        find_steps(_history(levels + rng.normal(0, MARGIN / 10, levels.size)), [STYLE])
        for _ in range(100)
    ]

    assert sum(len(steps) == 1 and abs(steps[0].at - 12) <= 1 for steps in found) >= 95


def test_creep_is_found_where_no_night_was_red() -> None:
    """A tenth of a margin a night adds up to a sentence."""
    history = _history((0.8 - MARGIN / 10 * np.arange(20)).tolist())

    (sentence,) = creep(history, [STYLE])

    assert (
        "oil: style/gain has crept from 0.78 (2026-03-01) to 0.72 (2026-03-14), worse by 0.06 "
        "with a margin of 0.05, although no regression in between was red."
    ) == sentence
    assert all(step.worse_by > 0 for step in find_steps(history, [STYLE]))
    assert find_steps(history, [STYLE])


def test_what_was_red_did_not_creep() -> None:
    """A drop that a gate reported is told elsewhere."""
    values = [0.8] * 8 + [0.7] * 8

    assert 1 == len(creep(_history(values), [STYLE]))
    assert () == creep(_history(values, red=[8]), [STYLE])
    assert 1 == len(creep(_history(values, red=[3]), [STYLE]))


def test_what_got_better_did_not_creep() -> None:
    """Only the direction that is worse is told."""
    rising = (0.5 + MARGIN / 10 * np.arange(30)).tolist()

    assert () == creep(_history(rising), [STYLE])
    assert 1 == len(creep(_history(rising, metric="content/lpips"), [_lpips()]))


def _lpips() -> Gate:
    """A gate on a metric of which less is better."""
    return Gate(metric="content/lpips", margin=MARGIN)


def test_seconds_creep_by_their_ratio() -> None:
    """Two percent slower a night, told in seconds and percent."""
    history = _history((10 * 1.02 ** np.arange(20)).tolist(), metric=SECONDS)

    (sentence,) = creep(history, [TIME])

    assert "oil: seconds has crept from 10.6" in sentence
    assert "slower by " in sentence
    assert "margin of 20 %" in sentence


def test_rows_without_a_comparison_are_passed_over() -> None:
    """What was not comparable, or has no value, neither makes a step nor moves its place."""
    values = [0.8] * 6 + [math.nan] + [0.2] * 2 + [0.7] * 3

    (step,) = find_steps(_history(values, refused=[7, 8]), [STYLE])

    assert 9 == step.at
    assert (0.8, 0.7) == pytest.approx((step.before, step.after))


def test_series_are_told_apart() -> None:
    """Every variant and metric has a history of its own."""
    flat, falling = [0.8] * 8, [0.8] * 5 + [0.6] * 3
    history = pd.concat(
        [
            _history(flat, variant="a"),
            _history(falling, variant="b"),
            _history(falling, variant="a", metric="content/score"),
        ]
    )
    gates = [STYLE, Gate(metric="content/score", margin=0.015)]

    assert [("a", "content/score"), ("b", "style/gain")] == [
        (step.variant, step.metric) for step in find_steps(history, gates)
    ]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=30), st.floats(-3, 3))
def test_steps_do_not_hang_on_the_level(values: list[float], level: float) -> None:
    """Adding the same to every value moves levels, never places."""
    rounded = np.round(np.array(values), 3)
    here = find_steps(_history(rounded.tolist()), [STYLE])
    there = find_steps(_history((rounded + round(level, 3)).tolist()), [STYLE])

    assert [step.at for step in here] == [step.at for step in there]
