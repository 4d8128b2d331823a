"""A new baseline: the panel run whole, with every seed, and written for review."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError, InputError, NotComparableError
from harness.regression.baseline_file import accepted_path, read_baseline, write_baseline
from harness.regression.baseline_models import Baseline
from harness.regression.baseline_values import baseline_frame
from harness.regression.lock import alone
from harness.regression.panel import Panel, fingerprints
from harness.regression.session import open_session
from harness.regression.shown import first_pictures
from harness.sweep.options import Options
from harness.sweep.progress import Watch
from reports.regression.judging import judge

__all__ = ["Accepted", "accept_baseline"]

BASELINE = "baseline"
MOST_FAILURES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A baseline that was written: where, and what it changes, in lines."""

    path: Path
    lines: tuple[str, ...]


def accept_baseline(
    panel: Panel,
    options: Options,
    *,
    baseline_file: Path | None,
    reason: str,
    watch: Watch | None = None,
) -> Accepted:
    """Run a panel afresh with all its seeds and write its numbers as the baseline.

    Args:
        panel: What is run.
        options: Store, output folder, device, workers.
        baseline_file: What ``--baseline`` says.
        reason: Why the numbers are right.
        watch: Is told of every change of the progress.

    Raises:
        InputError: There is no reason, or something cannot be used.
        HarnessError: Runs failed: nothing is written.
        StoreError: Another regression of the panel is at work, or store or disk failed.
    """
    if not reason.strip():
        raise InputError("--reason is empty; say why these numbers are right")
    path = accepted_path(panel.spec.name, baseline_file)
    with (
        alone(options.out, panel.spec.name),
        open_session(panel, options, watch=watch) as session,
    ):
        with session.begin(BASELINE):
            session.perform(fingerprints(session.plan, panel.spec.seeds))
        if session.failures:
            raise HarnessError(_failed(session.failures))
        made = session.numbers(reason)
        lines = tuple(_changes(path, made, panel))
        write_baseline(made, path, first_pictures(session))
    return Accepted(path=path, lines=lines)


def _failed(failures: dict[str, str]) -> str:
    reasons = list(dict.fromkeys(failures.values()))[:MOST_FAILURES]
    return f"{len(failures)} runs failed, so no baseline is written: {'; '.join(reasons)}"


def _changes(path: Path, made: Baseline, panel: Panel) -> Iterator[str]:
    """Say what a new baseline changes against the one in its place."""
    if made.provenance.is_dirty:
        yield "note: made from a checkout with uncommitted changes; the file says so"
    try:
        earlier = read_baseline(path)
    except (InputError, NotComparableError):
        known = "the earlier baseline could not be read, and is replaced"
        yield known if path.exists() else "there was no earlier baseline to compare with"
        return
    yield f"against the baseline of {earlier.made} ({earlier.reason}):"
    if earlier.evaluator != made.evaluator:
        yield f"  the evaluator is another one ({earlier.evaluator} → {made.evaluator})"
        return
    if (earlier.pairs, earlier.metric_versions) != (made.pairs, made.metric_versions):
        yield "  other pairs, pictures or metric versions: its numbers say nothing about these"
        return
    found = judge(baseline_frame(earlier), baseline_frame(made), panel.gates, breaks=math.inf)
    for one in found:
        yield (
            f"  {one.variant}, {one.metric}: {one.baseline:.3f} → {one.candidate:.3f} "
            f"({one.state}: {one.reason})"
        )
