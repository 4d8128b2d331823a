"""A made-up sweep: a runs frame with known scores, for the tests of this room."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import pytest

Scores = Mapping[str, tuple[Sequence[float], Sequence[float]]]
MakeRuns = Callable[..., pd.DataFrame]


def _make_runs(scores: Scores, *, seeds: int = 1, **columns: str | list[str]) -> pd.DataFrame:
    """One row per (variant, pair, seed); pair ``i`` has content ``c<i>`` and style ``s<i>``.

    Args:
        scores: variant → (style gain per pair, content score per pair).
        seeds: how many seeds share those scores.
        columns: further columns, or other values for the usual ones.
    """
    rows = [
        {
            "variant": variant,
            "variant_index": index,
            "case": f"c{pair} × s{pair} #{seed}",
            "content": f"c{pair}",
            "style": f"s{pair}",
            "pair": f"c{pair} × s{pair}",
            "seed": seed,
            "status": "FINISHED",
            "fingerprint": f"{variant}/{pair}/{seed}",
            "style/gain": style[pair],
            "content/score": content[pair],
            "content/lpips": 0.25,
            "seconds": 30.0 + index,
            "seconds_per_iteration": 0.2,
            "loss/total": 10.0 + index,
            "loss_key": "same",
            "timing_key": "here",
            "numerics_key": "cpu float32",
            "evaluator_id": "alexnet@256",
            "picture": None,
            "error": "",
        }
        for index, (variant, (style, content)) in enumerate(scores.items())
        for pair in range(len(style))
        for seed in range(seeds)
    ]
    runs = pd.DataFrame(rows)
    for name, values in columns.items():
        runs[name] = values
    return runs


@pytest.fixture
def make_runs() -> MakeRuns:
    """The factory of made-up runs frames."""
    return _make_runs
