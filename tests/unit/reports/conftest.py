"""A made-up sweep: a runs frame with known scores, for the tests of this room."""

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import pytest

from reports.material import CURVE_COLUMNS, Material
from reports.study import METRIC, PARAMETER, TRIED, Parameter, StudyRecord

Scores = Mapping[str, tuple[Sequence[float], Sequence[float]]]
MakeRuns = Callable[..., pd.DataFrame]
MakeStudy = Callable[..., StudyRecord]
MakeMaterial = Callable[..., Material]


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


def material_of_runs(runs: pd.DataFrame, **changes: object) -> Material:
    """What a report is made of, with nothing but runs; the first variant is the baseline.

    Args:
        runs: as ``make_runs`` makes them.
        changes: other fields.
    """
    fields = {
        "sweep": "made up",
        "question": "",
        "baseline": runs["variant"].iloc[0],
        "runs": runs,
        "curves": pd.DataFrame([], columns=list(CURVE_COLUMNS)),
        "axes": {},
        "layout": {},
        "contents": {},
        "styles": {},
    }
    return Material(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def make_material() -> MakeMaterial:
    """The factory of what reports are made of."""
    return material_of_runs


PARAMETERS = (
    Parameter(name="weight", low=1, high=100, is_log=True),
    Parameter(name="start", labels=("content", "noise")),
    Parameter(name="tv", low=0, high=10),  # applies where the start is noise
)


def _make_study(
    *values: float | tuple[float, ...] | None,
    states: Mapping[int, str] | None = None,
    infeasible: Sequence[int] = (),
    metrics: Mapping[str, str] | None = None,
    **changes: object,
) -> StudyRecord:
    """A study whose trial ``i`` reached ``values[i]``, is called "v<i>", and began at noon.

    Args:
        values: one or a tuple per trial; None for one that failed.
        states: of trials that are not finished, or failed without a value.
        infeasible: trials that break a constraint.
        metrics: metric to direction; the balance by default.
        changes: other fields.
    """
    metrics = metrics or {"balance": "max"}
    rows = []
    for number, value in enumerate(values):
        state = (states or {}).get(number, "failed" if value is None else "finished")
        reached = (math.nan,) * len(metrics) if value is None else value
        is_noise = number % 2 == 1
        rows.append(
            {
                "number": number,
                "state": state,
                "variant": f"v{number}" if state in TRIED else "",
                "reason": "it broke" if state == "failed" else "",
                "repeats": None,
                "feasible": number not in infeasible,
                "begun": pd.Timestamp("2026-01-01 12:00"),
                "ended": None if state == "open" else pd.Timestamp("2026-01-01 12:01"),
                **dict(
                    zip(
                        (METRIC + name for name in metrics),
                        reached if isinstance(reached, tuple) else (reached,),
                        strict=True,
                    )
                ),
                f"{PARAMETER}weight": 10.0 ** (number % 3),
                f"{PARAMETER}start": "noise" if is_noise else "content",
                f"{PARAMETER}tv": 5 if is_noise else None,
            }
        )
    trials = pd.DataFrame(rows, dtype=object)  # else a column of numbers makes NaN of None
    kinds: dict[str, str] = {METRIC + name: "float64" for name in metrics}
    kinds |= {"number": "int64", "repeats": "Int64", "feasible": "bool"}
    trials = trials.astype(kinds | {"begun": "datetime64[us]", "ended": "datetime64[us]"})
    fields = {
        "method": "tpe",
        "budget": len(values),
        "metrics": metrics,
        "parameters": PARAMETERS,
        "trials": trials,
        "no_shares_because": "too few results",
    }
    return StudyRecord(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def make_study() -> MakeStudy:
    """The factory of made-up studies."""
    return _make_study
