"""What a reader of a regression is shown: where both sides come from, and the worst pictures."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np

from harness.images.decode import decode_picture
from harness.images.resize import resize_long_side
from harness.regression.baseline_models import Baseline, Provenance
from harness.regression.baseline_pictures import load_picture
from harness.regression.panel import only_picture
from harness.regression.session import Session
from harness.sweep.plan import Plan
from harness.sweep.tracking.reader import picture_path
from reports.regression.model import Finding, Pictures, Side

__all__ = [
    "baseline_side",
    "candidate_side",
    "first_pictures",
    "refused_side",
    "worst_pictures",
]

MOST_SHOWN = 6  # variants on pairs, the worst first
INPUT_PX = 256  # long side of contents and styles
SHORT = 10  # digits of a commit


def baseline_side(baseline: Baseline, path: Path) -> Side:
    """Return where a baseline's numbers come from."""
    facts = {"accepted": str(baseline.made), "because": baseline.reason}
    return Side(title=str(path), facts=facts | _facts(baseline.provenance, baseline.evaluator))


def candidate_side(provenance: Provenance, evaluator: str, when: datetime) -> Side:
    """Return where the numbers come from that are judged."""
    return _this_run(when, _facts(provenance, evaluator))


def refused_side(when: datetime) -> Side:
    """Return where the numbers would have come from, had there been something to compare with."""
    return _this_run(when, {})


def _this_run(when: datetime, facts: Mapping[str, str]) -> Side:
    run = {"run": when.isoformat(sep=" ", timespec="seconds")}
    return Side(title="this run", facts={**run, **facts})


def _facts(provenance: Provenance, evaluator: str) -> dict[str, str]:
    commit = (provenance.commit or "unknown")[:SHORT]
    return {
        "commit": f"{commit}, with changes" if provenance.is_dirty else commit,
        "engine revision": str(provenance.engine_revision),
        "evaluator": evaluator,
        "processor": provenance.processor,
        "system": provenance.system,
        "host": provenance.host,
        **{name: provenance.numerics[name] for name in sorted(provenance.numerics)},
        **dict(sorted(provenance.versions.items())),
    }


def worst_pictures(
    findings: Iterable[Finding], session: Session, baseline: Baseline, path: Path
) -> dict[tuple[str, str], Pictures]:
    """Return the pictures of the worst pairs on both sides, the worst first.

    Args:
        findings: What is gated; how bad a pair is, is counted in margins.
        session: Where the candidate's pictures are.
        baseline: Its pictures lie beside its file.
        path: That file.
    """
    worst = sorted(
        (
            (pair.worse_by / finding.margin, finding.variant, pair.pair)
            for finding in findings
            for pair in finding.pairs
        ),
        reverse=True,
    )
    wanted = list(dict.fromkeys((variant, pair) for _, variant, pair in worst))[:MOST_SHOWN]
    candidates = first_pictures(session, wanted)
    plan = session.plan
    pairs = {pair.name: pair for pair in plan.spec.pairs}
    return {
        (variant, name): Pictures(
            content=_input(plan, pairs[name].content.text),
            style=_input(plan, only_picture(pairs[name].style).text),
            baseline=load_picture(baseline, path, variant, name),
            candidate=candidates.get((variant, name)),
        )
        for variant, name in wanted
        if name in pairs
    }


def first_pictures(
    session: Session, wanted: Iterable[tuple[str, str]] | None = None
) -> dict[tuple[str, str], np.ndarray]:
    """Return the result of the first seed of variants on pairs; of all if none are named."""
    asked = None if wanted is None else set(wanted)
    found: dict[tuple[str, str], np.ndarray] = {}
    for key, fingerprint in _first_runs(session.plan, session.stored).items():
        if asked is None or key in asked:
            data = picture_path(session.client, session.stored[fingerprint]).read_bytes()
            found[key] = decode_picture(data, name=" on ".join(key))
    return found


def _first_runs(plan: Plan, stored: Mapping[str, object]) -> dict[tuple[str, str], str]:
    runs: dict[tuple[str, str], str] = {}
    for (variant, case), fingerprint in plan.cells.items():
        if fingerprint in stored:
            key = plan.spec.variants[variant].name, plan.spec.cases[case].pair.name
            runs.setdefault(key, fingerprint)
    return runs


def _input(plan: Plan, text: str) -> np.ndarray:
    picture = plan.pictures[text]
    return resize_long_side(decode_picture(picture.data, name=picture.name), INPUT_PX)
