"""Made-up regressions, for the tests of what is written of them."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from reports.regression.model import (
    Determinism,
    Failure,
    Finding,
    PairFinding,
    Pictures,
    Result,
    Side,
    State,
    Step,
)

__all__ = [
    "HOSTILE",
    "UNDECODABLE",
    "history",
    "hostile_result",
    "make_finding",
    "make_result",
    "make_step",
]

HOSTILE = "<script>alert('x')</script>`|[a](javascript:b)\x1b[31m\x00@all ]]>&amp; ![](//e.co)"
UNDECODABLE = f"\ud800{HOSTILE}"  # as Python names a file whose name is not UTF-8
MARGINS = {"style/gain": 0.05, "content/score": 0.015, "seconds": math.log(1.2)}


def make_finding(
    metric: str = "style/gain",
    state: State = State.EQUIVALENT,
    worse_by: Sequence[float] = (0.01, -0.01, 0.0, 0.005, -0.005, 0.0),
    **changes: Any,
) -> Finding:
    """A finding on pairs ``c<i> × s<i>`` whose baseline is 1.0; the interval is ± 0.01."""
    mean = float(np.mean(worse_by))
    pairs = [
        PairFinding(
            pair=f"c{place} × s{place}",
            baseline=1.0,
            candidate=math.exp(worse) if metric == "seconds" else 1.0 - worse,
            worse_by=worse,
        )
        for place, worse in enumerate(worse_by)
    ]
    fields: dict[str, Any] = {
        "variant": "start=noise",
        "metric": metric,
        "state": state,
        "margin": MARGINS[metric],
        "baseline": 1.0,
        "candidate": math.exp(mean) if metric == "seconds" else 1.0 - mean,
        "worse_by": mean,
        "low": mean - 0.01,
        "high": mean + 0.01,
        "p": 0.5,
        "n_seeds": 3,
        "pairs": tuple(sorted(pairs, key=lambda pair: -pair.worse_by)),
    }
    return Finding(**(fields | changes))


def make_result(*findings: Finding, **changes: Any) -> Result:
    """A regression with those findings."""
    fields: dict[str, Any] = {
        "name": "nightly",
        "occasion": "nightly 2026-07-10",
        "question": "Are the pictures as good as before?",
        "command": "harness regress sweeps/nightly.yaml",
        "baseline": Side(title="nightly.json", facts={"commit": "aaaaaaa1", "torch": "2.9"}),
        "candidate": Side(title="here", facts={"commit": "bbbbbbb2", "torch": "2.9"}),
        "findings": findings,
    }
    return Result(**(fields | changes))


def make_step(**changes: Any) -> Step:
    """A step down of a history, on the third night, that lasts."""
    fields: dict[str, Any] = {
        "variant": "start=noise",
        "metric": "style/gain",
        "at": 2,
        "when": "2026-07-03T03:00:00",
        "commit": "ccccccc3",
        "before": 1.0,
        "after": 0.96,
        "worse_by": 0.04,
        "lasts": True,
    }
    return Step(**(fields | changes))


def history(findings: Sequence[Finding], nights: int = 4) -> pd.DataFrame:
    """So many nights of those gates, the first without a value; a new baseline on the third."""
    return pd.DataFrame(
        {
            "when": f"2026-07-{night + 1:02d}T03:00:00",
            "occasion": f"night {night}",
            "commit": f"{night:07x}",
            "variant": finding.variant,
            "metric": finding.metric,
            "value": finding.baseline - 0.01 * night if night else math.nan,
            "state": str(State.EQUIVALENT if night else State.NOT_COMPARABLE),
            "baseline": "2026-06-01" if night < 2 else "2026-07-02",
        }
        for night in range(nights)
        for finding in findings
    )


def hostile_result(**changes: Any) -> Result:
    """A regression in which every text that comes from outside is hostile."""
    pair = PairFinding(pair=HOSTILE, baseline=1.0, candidate=0.5, worse_by=0.5)
    finding = make_finding(
        state=State.REGRESSED,
        variant=HOSTILE,
        pairs=(pair,),
        broken=(HOSTILE,),
        reason=UNDECODABLE,
    )
    grey = np.full((8, 8, 3), 128, np.uint8)
    side = Side(title=UNDECODABLE, facts={HOSTILE: UNDECODABLE, "commit": HOSTILE})
    other = Side(title=HOSTILE, facts={HOSTILE: "x", "commit": "bbbbbbb2"})
    step = make_step(variant=HOSTILE, at=1, when=HOSTILE, commit=HOSTILE, after=0.9, worse_by=0.1)
    fields: dict[str, Any] = {
        "name": HOSTILE,
        "occasion": HOSTILE,
        "question": HOSTILE,
        "command": UNDECODABLE,
        "baseline": side,
        "candidate": other,
        "information": (make_finding(variant=HOSTILE, margin=math.nan, reason=HOSTILE),),
        "determinism": Determinism(is_same=False, is_red=True, text=HOSTILE),
        "failures": (Failure(title=HOSTILE, reason=UNDECODABLE),) * 2,
        "notes": (UNDECODABLE,),
        "history": history([finding]).assign(
            occasion=HOSTILE, commit=HOSTILE, baseline=HOSTILE, when=HOSTILE
        ),
        "steps": (step,),
        "pictures": {
            (HOSTILE, HOSTILE): Pictures(content=grey, style=grey, baseline=grey, candidate=None)
        },
        "links": {HOSTILE: "javascript:alert(1)", "MLflow": "http://localhost:5000/#/1"},
    }
    return make_result(finding, **(fields | changes))
