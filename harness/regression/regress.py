"""A scheduled regression: determinism first, then the panel against its baseline, then time."""

import contextlib
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pandas as pd

from harness.errors import HarnessError, NotComparableError, StoreError
from harness.regression.baseline_checks import check_comparable, numerics_notes
from harness.regression.baseline_file import baseline_path, read_baseline
from harness.regression.baseline_models import Baseline, Provenance
from harness.regression.baseline_values import baseline_frame
from harness.regression.checkout import Source, checkout
from harness.regression.determinism import check_determinism
from harness.regression.lock import alone
from harness.regression.occasions import (
    REGRESSION,
    dump_levels,
    earlier_levels,
    history_frame,
    levels_of,
    log_levels,
    prune_files,
)
from harness.regression.panel import Panel, fingerprints
from harness.regression.session import Session, occasion_name, occasion_of, open_session
from harness.regression.shown import baseline_side, candidate_side, refused_side, worst_pictures
from harness.regression.timing import TimingProgress, measure
from harness.sweep.options import Options
from harness.sweep.output import explained
from harness.sweep.plan import Plan
from harness.sweep.progress import Watch
from harness.sweep.provenance import provenance_tags
from harness.sweep.tracking.links import run_link
from harness.sweep.tracking.names import TAG_LIMIT, Status, Tag
from harness.sweep.tracking.store import Location, locate, writing
from harness.sweep.tracking.writer import SweepLog
from reports.numbers import counted
from reports.regression.files import Files, files_in, write_result
from reports.regression.history import creep, find_steps
from reports.regression.judging import describe, judge, needs_more
from reports.regression.model import (
    SECONDS,
    Determinism,
    Failure,
    Finding,
    Gate,
    Result,
    Side,
    State,
)

__all__ = ["Regressed", "regress"]

logger = logging.getLogger(__name__)

INFORMATION = ("second/style/gain", "second/content/score", "content/lpips")
"""Not gated: a reader sees what became of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regressed:
    """What a regression found, and the files it is told in."""

    result: Result
    files: Files


def regress(
    panel: Panel,
    options: Options,
    *,
    baseline_file: Path | None,
    against: str | None,
    strict: bool,
    prune: int | None,
    command: str,
    watch: Watch | None = None,
) -> Regressed:
    """Run a panel afresh and compare it with its baseline.

    Args:
        panel: What is run.
        options: Store, output folder, device, workers.
        baseline_file: What ``--baseline`` says.
        against: Git revision or folder beside which the time is gated; None for no gate on time.
        strict: Whether INCONCLUSIVE must not pass.
        prune: How many occasions keep their pictures; None for all.
        command: That does it again.
        watch: Is told of every change of the progress.

    Raises:
        InputError: The baseline is missing or damaged, or something cannot be used.
        StoreError: Another regression of the panel is at work, or store or disk failed.
        ClusterError: The workers cannot be reached or used.
    """
    with alone(options.out, panel.spec.name) as folder:
        with explained(folder):
            for earlier in files_in(folder).paths:  # or an error leaves them, as if its own
                earlier.unlink(missing_ok=True)
        path = baseline_path(panel.spec.path, panel.spec.name, baseline_file)
        try:
            work = _Regression(panel, options, path, read_baseline(path), against, command)
            return work.run(watch, folder, strict=strict, prune=prune)
        except NotComparableError as error:
            result = _refused(panel, path, str(error), command)
            with explained(folder):
                files = write_result(result, folder, strict=strict)
            _log_refusal(locate(options.tracking_uri), result, files)
            return Regressed(result=result, files=files)


def _refused(panel: Panel, path: Path, reason: str, command: str) -> Result:
    now = datetime.now(UTC)
    return Result(
        name=panel.spec.name,
        occasion=occasion_name(panel.spec.name, now),
        question=panel.spec.question,
        command=command,
        baseline=Side(title=str(path), facts={}),
        candidate=refused_side(now),
        refusal=reason,
    )


def _log_refusal(location: Location, result: Result, files: Files) -> None:
    """Keep also what could not be compared; a store that cannot be written is no other verdict."""
    tags = provenance_tags() | {
        str(Tag.PURPOSE): REGRESSION,
        str(Tag.VERDICT): str(result.state),
        str(Tag.NOTE): files.markdown.read_text(encoding="utf-8"),
    }
    occasion = occasion_of(result.name, result.occasion, REGRESSION)
    try:
        with (
            writing(location) as client,
            SweepLog(client, location, occasion, parent_tags=tags) as log,
        ):
            for path in files.paths:
                log.log_parent_file(path)
            log.close(Status.FAILED)
    except StoreError as error:
        logger.warning("note: not kept in MLflow: %s", error)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What the pictures say; ``levels`` are the findings as the history keeps them."""

    findings: tuple[Finding, ...]
    levels: tuple[Finding, ...]
    information: tuple[Finding, ...]
    notes: tuple[str, ...]


class _Regression:
    """One regression, from the plan to the verdict."""

    def __init__(
        self,
        panel: Panel,
        options: Options,
        path: Path,
        baseline: Baseline,
        against: str | None,
        command: str,
    ) -> None:
        self._panel = panel
        self._options = options
        self._path = path
        self._baseline = baseline
        self._against = against
        self._command = command
        self._source: Source | None = None
        self._notes: list[str] = []

    def run(
        self, watch: Watch | None, folder: Path, *, strict: bool, prune: int | None
    ) -> Regressed:
        """Run, judge, log.

        Raises:
            NotComparableError: Panel and baseline do not go together.
        """
        with contextlib.ExitStack() as stack:
            if self._against is not None:  # a revision that is not there is said before the work
                self._source = stack.enter_context(checkout(self._against))
            session = stack.enter_context(
                open_session(self._panel, self._options, check=self._check, watch=watch)
            )
            session.notes += self._notes
            determinism = check_determinism()
            logger.info("determinism: %s", determinism.text)
            with session.begin(REGRESSION) as log:
                judged = self._judge_pictures(session)
                result = self._tell(session, determinism, judged)
                with explained(folder):
                    files = write_result(result, folder, strict=strict)
                log_levels(session.client, log.parent, judged.levels)
                _log(log, result, judged, files, self._baseline)
            if prune is not None:
                pruned = prune_files(
                    session.client, session.location, self._panel.spec.name, keep=prune
                )
                logger.info("pictures of %d earlier occasions deleted", pruned)
        return Regressed(result=result, files=files)

    def _check(self, plan: Plan, here: Provenance) -> None:
        self._notes = check_comparable(self._baseline, plan, self._panel.spec, here)

    def _judge_pictures(self, session: Session) -> _Judged:
        """Run the panel's seeds and judge; in doubt add the fresh ones and judge again."""
        plan, panel = session.plan, self._panel
        theirs = baseline_frame(self._baseline)
        session.perform(fingerprints(plan, panel.seeds))
        findings = self._judge(theirs, session)
        levels = findings
        doubtful = needs_more(findings)
        notes = []
        if doubtful and panel.confirm_seeds:
            logger.info("fresh seeds for %s", "; ".join(doubtful))
            session.perform(fingerprints(plan, panel.confirm_seeds, doubtful))
            findings = self._judge(theirs, session)
            notes.append(f"fresh seeds were added for {', '.join(doubtful)}")
        failed = {run.name for run in plan.runs if run.task.fingerprint in session.failures}
        information = describe(theirs, baseline_frame(session.numbers()), INFORMATION)
        return _Judged(
            findings=findings,
            # Means over the panel's own seeds: fresh ones would look like a step of the history.
            levels=tuple(
                replace(last, candidate=first.candidate)
                for last, first in zip(findings, levels, strict=True)
                if first.variant not in failed  # a mean over fewer pairs is another one
            ),
            information=tuple(one for one in information if not math.isnan(one.candidate)),
            notes=tuple(notes),
        )

    def _tell(self, session: Session, determinism: Determinism, judged: _Judged) -> Result:
        panel, plan = self._panel, session.plan
        timed, timing_notes = self._time(panel)
        provenance = session.provenance
        rows = earlier_levels(session.client, panel.spec.name, session.panel_id)
        rows += levels_of(
            judged.levels,
            when=session.when,
            occasion=session.name,
            commit=provenance.commit or "",
            baseline=str(self._baseline.made),
        )
        history = history_frame(rows)
        titles = {run.task.fingerprint: run.title for run in plan.runs}
        return Result(
            name=panel.spec.name,
            occasion=session.name,
            question=panel.spec.question,
            command=self._command,
            baseline=baseline_side(self._baseline, self._path),
            candidate=candidate_side(provenance, plan.evaluator.id, session.when),
            findings=(*judged.findings, *timed),
            information=judged.information,
            determinism=determinism,
            failures=tuple(
                Failure(title=titles[fingerprint], reason=reason)
                for fingerprint, reason in session.failures.items()
            ),
            notes=(
                *session.notes,
                *judged.notes,
                *numerics_notes(self._baseline.provenance, provenance),
                *_speed(session),
                *timing_notes,
                *creep(history, panel.gates),
            ),
            history=history,
            steps=find_steps(history, panel.gates),
            pictures=worst_pictures(judged.findings, session, self._baseline, self._path),
            links={"Every run": run_link(session.location, *session.home)},
        )

    def _judge(self, theirs: pd.DataFrame, session: Session) -> tuple[Finding, ...]:
        ours = baseline_frame(session.numbers())
        return judge(theirs, ours, self._panel.gates, breaks=self._panel.gate.breaks)

    def _time(self, panel: Panel) -> tuple[Sequence[Finding], list[str]]:
        """Judge the time beside the other copy; nothing without one."""
        if self._source is None:
            return (), []
        gate = Gate(metric=SECONDS, margin=math.log1p(panel.gate.seconds))
        try:
            timing = measure(
                panel.spec, self._source, device=self._options.device, on_progress=_tell_timing
            )
        except HarnessError as error:  # the pictures are judged already: that verdict must stand
            return [_untimed(panel, gate, " ".join(str(error).split()))], []
        found = judge(timing.baseline, timing.candidate, [gate], breaks=panel.gate.breaks)
        return found, [timing.note]


def _speed(session: Session) -> list[str]:
    """Say how quick the runs were, for information."""
    found = [run.metrics["seconds_per_iteration"] for run in session.stored.values()]
    if not found:
        return []
    runs = counted(len(found), "run")
    return [f"an iteration took {median(found):.3g} s (median of {runs}): for information"]


def _tell_timing(progress: TimingProgress) -> None:
    pair = "warming up" if progress.turn.is_warm_up else progress.turn.pair.name
    logger.info("timing %d of %d: %s", progress.done, progress.total, pair)


def _untimed(panel: Panel, gate: Gate, reason: str) -> Finding:
    return Finding(
        variant=panel.spec.variants[0].name,
        metric=gate.metric,
        state=State.NOT_COMPARABLE,
        margin=gate.margin,
        baseline=math.nan,
        candidate=math.nan,
        worse_by=math.nan,
        reason=reason,
    )


def _log(log: SweepLog, result: Result, judged: _Judged, files: Files, baseline: Baseline) -> None:
    levels = dump_levels(judged.levels)
    if len(levels) > TAG_LIMIT:
        logger.warning("note: too many variants and gates for the history: this one is left out")
    log.tag_parent(
        {
            Tag.VERDICT: str(result.state),
            Tag.LEVELS: levels,
            Tag.BASELINE: str(baseline.made),
            Tag.NOTE: files.markdown.read_text(encoding="utf-8"),
        }
    )
    for path in files.paths:
        log.log_parent_file(path)
