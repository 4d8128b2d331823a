"""The calibration against noise of known size."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.clusters import sharing_of
from reports.regression.calibration import Calibration, Rate, calibrate
from reports.regression.calibration_text import calibration_text
from reports.regression.model import Gate, State
from reports.regression.resampling import resample

GATES = (Gate(metric="style/gain", margin=0.05), Gate(metric="content/score", margin=0.015))
PAIRS = 12


def _runs(
    noise: float, *, seeds: int = 40, variants: Mapping[str, bool] | None = None
) -> pd.DataFrame:
    """Runs of one state of the code, with independent normal noise."""
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "variant": variant,
            "pair": f"p{pair}",
            "content": f"c{pair}",
            "style": f"s{pair}",
            "seed": seed,
            "seeded": is_seeded,
            "style/gain": 1 + pair / 10 + rng.normal(0, noise),
            "content/score": 0.5 + rng.normal(0, noise / 10),
        }
        for variant, is_seeded in (variants or {"noise": True}).items()
        for pair in range(PAIRS)
        for seed in (range(seeds) if is_seeded else range(1))
    )


def _calibrated(runs: pd.DataFrame, *, seeds: int = 2, resamples: int = 500) -> Calibration:
    return calibrate(
        runs,
        GATES,
        breaks=4,
        seeds=seeds,
        confirm_seeds=2,
        resamples=resamples,
        rng=np.random.default_rng(0),
    )


def test_the_noise_is_measured() -> None:
    """Seed deviation and standard error are those that the noise was made with."""
    gate = _calibrated(_runs(0.05)).gates[0]

    assert 0.05 == pytest.approx(gate.seed_deviation, rel=0.1)
    assert 0.05 * math.sqrt(2 / (2 * PAIRS)) == pytest.approx(gate.error, rel=0.2)


def test_the_level_of_a_pair_is_no_noise() -> None:
    """Pairs of very different levels leave the noise alone."""
    runs = _runs(0.05)
    moved = runs.assign(**{"style/gain": runs["style/gain"] + 10 * (runs["pair"] == "p3")})

    assert _calibrated(runs).gates[0].seed_deviation == pytest.approx(
        _calibrated(moved).gates[0].seed_deviation
    )


def test_a_panel_without_noise_finds_the_margin() -> None:
    """Without noise there is no false alarm, and exactly the margin is found."""
    found = _calibrated(_runs(0.0))

    assert 0 == found.false_alarms.count
    assert [0.05, 0.015] == pytest.approx([gate.detectable for gate in found.gates], rel=0.01)
    assert [0.05, 0.015] == pytest.approx([gate.proposed for gate in found.gates])


def test_noise_makes_the_detectable_change_larger() -> None:
    """A worsening of the margin and about two standard errors is found in 95 % of panels."""
    gate = _calibrated(_runs(0.05)).gates[0]
    pooled_error = 0.05 * math.sqrt(2 / (4 * PAIRS))

    assert 0.05 + 1.645 * pooled_error == pytest.approx(gate.detectable, rel=0.1)


def test_what_is_found_is_red_in_95_percent() -> None:
    """The rate at the detectable change, estimated anew with other panels."""
    runs = _runs(0.05)
    found = _calibrated(runs).gates[0]
    pool = {gate.metric: runs[gate.metric].to_numpy().reshape(PAIRS, -1) for gate in GATES}
    verdicts = resample(
        pool,
        pool | {"style/gain": pool["style/gain"] - found.detectable},
        GATES,
        breaks=4,
        sharing=sharing_of(tuple((f"c{pair}", f"s{pair}") for pair in range(PAIRS))),
        seeds=2,
        confirm_seeds=2,
        resamples=1000,
        same_seeds=False,
        rng=np.random.default_rng(1),
    )

    assert 950 == pytest.approx(verdicts.counts("style/gain")[State.REGRESSED], abs=25)


def test_a_noisy_panel_gets_a_wider_margin() -> None:
    """The proposed margin is two standard errors where that is more than what matters."""
    gate = _calibrated(_runs(0.5)).gates[0]

    assert 2 * gate.error == gate.proposed
    assert gate.proposed > gate.margin


def test_content_starts_are_left_out() -> None:
    """A variant without noise must not flatter the rates."""
    mixed = _calibrated(_runs(0.05, variants={"noise": True, "content": False}))

    assert {"noise"} == {gate.variant for gate in mixed.gates}


def test_content_starts_alone_cannot_be_calibrated() -> None:
    """Without noise there is nothing to measure."""
    with pytest.raises(ValueError, match="no noise to measure"):
        _calibrated(_runs(0.05, variants={"content": False}))


def test_a_seed_that_lacks_a_value_is_left_out() -> None:
    """One run that failed costs its seed, not the calibration."""
    runs = _runs(0.05, seeds=9)
    runs.loc[(runs["seed"] == 4) & (runs["pair"] == "p2"), "content/score"] = math.nan

    assert 8 == _calibrated(runs).pool_seeds


def test_too_few_seeds_are_refused() -> None:
    """The message says how many are needed, and why."""
    with pytest.raises(
        ValueError, match="7 seeds with a value of every gate on every pair; at least 8 are needed"
    ):
        _calibrated(_runs(0.05, seeds=7))


@pytest.mark.parametrize(("count", "of"), [(0, 300), (7, 1000), (300, 300)])
def test_rates_have_exact_intervals(count: int, of: int) -> None:
    """The interval of Clopper and Pearson by quantiles of the beta distribution."""
    low = stats.beta.ppf(0.025, count, of - count + 1) if count else 0.0
    high = stats.beta.ppf(0.975, count + 1, of - count) if count < of else 1.0

    assert (low, high) == pytest.approx(Rate(count=count, of=of).interval)


def test_the_text_tells_the_rates_and_the_margins() -> None:
    """A table of the gates, and under it what was drawn and how often it was red."""
    text = calibration_text(_calibrated(_runs(0.0), resamples=300))

    assert "noise    style/gain" in text
    assert "A panel of 12 pairs × 2 seeds, and 2 fresh seeds" in text
    assert "False alarms: 0.0 % of panels are red (95 % interval 0.0 % to 1.2 %)" in text
    assert max(map(len, text.splitlines())) <= 100
