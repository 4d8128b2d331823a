"""The rule on resampled seeds: the same as judging frames, many times over."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from reports.clusters import sharing_of
from reports.regression.judging import judge, needs_more
from reports.regression.model import Gate, State
from reports.regression.resampling import Drawn, Pool, Verdicts, resample, verdicts
from reports.regression.rule import SEVERITY

PAIRS, SEEDS = 6, 16
GATES = (Gate(metric="style/gain", margin=0.05), Gate(metric="content/score", margin=0.015))
BREAKS = 4.0
SHARING = sharing_of(tuple((f"c{pair}", f"s{pair}") for pair in range(PAIRS)))


def _pool(seed: int = 0, *, shift: float = 0.0, noise: float = 0.03, seeds: int = SEEDS) -> Pool:
    """Scores of one variant; its style gain is worse by ``shift``."""
    rng = np.random.default_rng(seed)
    levels = np.random.default_rng(99).normal(1, 0.2, (PAIRS, 1))
    return {
        "style/gain": levels - shift + rng.normal(0, noise, (PAIRS, seeds)),
        "content/score": levels / 2 + rng.normal(0, noise / 6, (PAIRS, seeds)),
    }


def _resampled(
    baseline: Pool, candidate: Pool, *, same_seeds: bool = False, seeds: int = 2, fresh: int = 2
) -> Verdicts:
    return resample(
        baseline,
        candidate,
        GATES,
        breaks=BREAKS,
        sharing=SHARING,
        seeds=seeds,
        confirm_seeds=fresh,
        resamples=1000,
        same_seeds=same_seeds,
        rng=np.random.default_rng(0),
    )


def _frame(values: np.ndarray, seeds: range) -> pd.DataFrame:
    """Runs of variants × pairs × seeds; ``values`` is (variants, gates, pairs, seeds)."""
    return pd.DataFrame(
        {
            "variant": f"v{variant}",
            "pair": f"p{pair}",
            "content": f"c{pair}",
            "style": f"s{pair}",
            "seed": seed,
            "seeded": True,
        }
        | {gate.metric: values[variant, place, pair, seed] for place, gate in enumerate(GATES)}
        for variant in range(len(values))
        for pair in range(PAIRS)
        for seed in seeds
    )


@pytest.mark.parametrize("seed", range(20))
def test_both_stages_agree_with_judging_frames(seed: int) -> None:
    """Two variants, of which those that ask get fresh seeds, end as the frames' findings do."""
    rng = np.random.default_rng(seed)
    before = rng.normal(1, 0.05, (2, 2, PAIRS, 4))
    after = before + rng.normal(-0.03, 0.05, before.shape)
    first = judge(_frame(before, range(2)), _frame(after, range(2)), GATES, breaks=BREAKS)
    asked = needs_more(first)
    more = _frame(after, range(4))
    kept = more[(more["seed"] < 2) | more["variant"].isin(asked)]
    final = judge(_frame(before, range(4)), kept, GATES, breaks=BREAKS)
    worse = before - after

    found = verdicts(
        Drawn(first=worse[None, ..., :2].mean(axis=-1), pooled=worse[None].mean(axis=-1)),
        GATES,
        breaks=BREAKS,
        sharing=SHARING,
    )

    assert [finding.state for finding in final] == [
        SEVERITY[code] for code in found.states[0].ravel()
    ]
    assert list(asked) == [f"v{place}" for place in np.flatnonzero(found.confirmed[0])]


def test_the_same_seeds_of_the_same_pool_are_equivalent() -> None:
    """Nothing changed and no dice either."""
    found = _resampled(_pool(), _pool(), same_seeds=True)

    assert Counter({State.EQUIVALENT: 1000}) == found.counts()
    assert not found.confirmed.any()


def test_a_large_change_is_found_and_named() -> None:
    """A drop of three margins is red in its own metric, and in that alone."""
    found = _resampled(_pool(), _pool(1, shift=0.15))

    assert found.counts()[State.REGRESSED] >= 990
    assert found.counts("style/gain")[State.REGRESSED] >= 990
    assert found.counts("content/score")[State.REGRESSED] == 0


def test_no_change_with_fresh_dice_is_rarely_red() -> None:
    """With noise as large as the margin one panel in a hundred is red at most."""
    pool = _pool(noise=0.05, seeds=40)

    assert _resampled(pool, pool).counts()[State.REGRESSED] <= 10


def test_fresh_seeds_take_back_most_false_alarms() -> None:
    """The second stage is what makes a nervous panel calm."""
    pool = _pool(noise=0.12, seeds=40)
    without, with_fresh = (_resampled(pool, pool, fresh=fresh) for fresh in (0, 4))

    assert without.counts()[State.REGRESSED] > 1.5 * with_fresh.counts()[State.REGRESSED]


def test_sides_take_different_seeds() -> None:
    """Disjoint sets of seeds: a pool of as many as both need has none to spare."""
    each_its_own = np.tile(np.arange(8.0), (PAIRS, 1))
    pool = {gate.metric: each_its_own for gate in GATES}

    found = _resampled(pool, pool, seeds=4, fresh=0)

    # Two halves of 0..7 have equal sums in 8 of 70 splits.
    equal = found.counts("style/gain")[State.EQUIVALENT]
    assert equal == pytest.approx(1000 * 8 / 70, abs=40)


def test_the_worst_state_is_the_whole_verdict() -> None:
    """One red gate makes the panel red, one undecided one leaves it undecided."""
    rows = [
        [[State.IMPROVED, State.EQUIVALENT]],
        [[State.INCONCLUSIVE, State.IMPROVED]],
        [[State.EQUIVALENT, State.REGRESSED]],
    ]
    codes = np.array([[[SEVERITY.index(state) for state in row] for row in run] for run in rows])
    found = Verdicts(metrics=("a", "b"), states=codes.astype(np.int8), confirmed=codes[..., 0] > 0)

    assert [State.IMPROVED, State.INCONCLUSIVE, State.REGRESSED] == [
        SEVERITY[code] for code in found.overall
    ]
    assert 1 == found.counts("b")[State.REGRESSED]


def test_a_pool_that_is_too_small_is_refused() -> None:
    """Seeds are never drawn twice."""
    small = _pool(seeds=7)

    with pytest.raises(ValueError, match="the pool has 7 seeds; a resample takes 8"):
        _resampled(small, small)


def test_pools_must_fit() -> None:
    """Both sides need the same pairs and number of seeds."""
    with pytest.raises(ValueError, match="different shapes"):
        _resampled(_pool(), _pool(seeds=20))
