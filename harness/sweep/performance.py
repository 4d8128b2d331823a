"""The performance of an agenda: runs handed out, tried again, logged, counted."""

import contextlib
import json
import logging
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.sweep.agenda import Agenda
from harness.sweep.executor import Executor
from harness.sweep.interruptions import remembered_interruptions
from harness.sweep.notes import dump_notes
from harness.sweep.plan import PlannedRun
from harness.sweep.price import is_measured, learn, predict
from harness.sweep.progress import Progress, Watch
from harness.sweep.provenance import provenance_tags, timing_key
from harness.sweep.rates import Rates, workload
from harness.sweep.record import Earlier, RunRecord
from harness.sweep.tracking.names import Status, Tag
from harness.sweep.tracking.stored import StoredRun
from harness.sweep.tracking.writer import SweepLog
from harness.sweep.work_queue import WorkQueue

if TYPE_CHECKING:
    from harness.transfer.events import StepEvent

__all__ = ["Performance"]

logger = logging.getLogger(__name__)

LATER = "later"  # stands for runs that a study has not asked for


class Performance:
    """Performs what an agenda has to do, and logs every run.

    Args:
        log: Where runs are written; open, and closed by the caller.
        agenda: What is to do; told of every run that ends.
        executor: Where runs are performed.
        rates: What is known of the machine's speed; taught, and saved at the end.
        stored: The finished runs by fingerprint; new ones are added.
        notes: What is true of every run.
        grows: Whether the agenda goes on until a budget is used up.

    Attributes:
        failures: Why runs failed for good, by fingerprint.
        stopped: The limit that ended the work early; empty otherwise.
        interruption: What ended the work early, if a person did.
    """

    def __init__(
        self,
        log: SweepLog,
        agenda: Agenda,
        executor: Executor,
        *,
        rates: Rates,
        stored: dict[str, StoredRun],
        notes: Iterable[str],
        grows: bool = False,
    ) -> None:
        self._log = log
        self._agenda = agenda
        self._executor = executor
        self._rates = rates
        self._stored = stored
        self._notes = tuple(notes)
        self._grows = grows
        self.failures: dict[str, str] = {}
        self.stopped = ""
        self.interruption: KeyboardInterrupt | None = None

    def run(self, watch: Watch) -> None:
        """Perform what is left; an interruption ends what is under way as KILLED."""
        agenda = self._agenda
        progress = Progress(
            total=agenda.total,
            done=len(agenda.asked) - len(agenda.todo),
            left=self._left(),
            workers=self._executor.workers,
            is_measured=is_measured([*agenda.todo, *agenda.typical], self._rates),
        )
        logger.info("%s", progress.opening())
        limits = agenda.plan.spec.limits
        queue = WorkQueue(
            agenda.bundles(),
            single=agenda.bundle,
            retries=limits.retries,
            time_s=limits.time,
            again_first=self._grows,  # its fresh ones end with the budget only
        )
        try:
            if agenda.total > progress.done:
                self._perform(queue, progress, watch)
        except KeyboardInterrupt as interruption:
            self.interruption = interruption
            self._log.kill_open(f"interrupted: {type(interruption).__name__}")
        self.stopped = queue.stopped
        self._rates.save()

    def _left(self) -> dict[str, float]:
        """Return the predicted seconds of what is left; what is not known yet, taken together."""
        agenda = self._agenda
        left = predict(agenda.plan, agenda.todo, self._rates)
        later = agenda.total - len(agenda.asked)
        if later and agenda.typical:
            typical = predict(agenda.plan, agenda.typical, self._rates).values()
            left[LATER] = later * sum(typical) / len(typical)
        return left

    def _perform(self, queue: WorkQueue, progress: Progress, watch: Watch) -> None:
        def on_start(fingerprint: str) -> None:
            self._begin(fingerprint)
            planned = self._agenda.planned[fingerprint]
            progress.start(fingerprint, planned.title, planned.task.settings)
            watch(progress)

        def on_step(fingerprint: str, event: "StepEvent") -> None:
            if event.iteration == 1:
                logger.debug("first iteration of %s", self._agenda.planned[fingerprint].title)
            progress.step(fingerprint, event)
            watch(progress)
            check_interruption()

        with remembered_interruptions() as check_interruption:
            records = self._executor.run(queue, on_start=on_start, on_step=on_step)
            with contextlib.closing(records):  # an interruption calls back what is in flight
                for record in records:
                    self._take(record, queue, progress)
                    watch(progress)
                    check_interruption()
        # What was to be tried again when the time was up has failed.
        for fingerprint in self._log.open:
            reason = queue.failures[fingerprint][-1]
            self._end(RunRecord(fingerprint=fingerprint, status="FAILED", reason=reason), queue)

    def _take(self, record: RunRecord, queue: WorkQueue, progress: Progress) -> None:
        planned = self._agenda.planned[record.fingerprint]
        if record.status != Status.FINISHED and queue.tries_again(record):
            self._begin(record.fingerprint)
            progress.stop(record.fingerprint)
            logger.warning("%s: %s; it will be tried again", planned.title, record.reason)
            return
        begun = time.perf_counter()
        self._end(record, queue)
        stored = self._stored.get(record.fingerprint)
        lost = self._agenda.ended(record.fingerprint, stored, record.reason)
        logging_s = time.perf_counter() - begun
        progress.end(record)
        if record.status == Status.FINISHED:
            self._learn(planned, record, progress, 0.0 if self._executor.workers else logging_s)
        logger.info("%s", progress.line(planned.title, record))
        for fingerprint, reason in lost.items():
            never = RunRecord(fingerprint=fingerprint, status=Status.FAILED, reason=reason)
            self._take(never, queue, progress)

    def _learn(
        self, planned: PlannedRun, record: RunRecord, progress: Progress, logging_s: float
    ) -> None:
        new = workload(planned.task.settings) not in self._rates.seen
        learn(self._agenda.plan, planned, record, self._rates, logging_s=logging_s)
        if new or self._grows:
            progress.total = self._agenda.total
            progress.left = self._left()

    def _begin(self, fingerprint: str) -> None:
        if fingerprint not in self._log.open:
            planned = self._agenda.planned[fingerprint]
            self._log.begin(planned, provenance_tags() | self._run_tags(planned))

    def _end(self, record: RunRecord, queue: WorkQueue) -> None:
        self._begin(record.fingerprint)  # a crash may have swallowed the message that it began
        planned = self._agenda.planned[record.fingerprint]
        failures = queue.failures[record.fingerprint]
        finished = record.status == Status.FINISHED
        warnings = [f"an earlier attempt failed: {reason}" for reason in failures if finished]
        if not finished and len(failures) > 1:
            record = replace(record, reason=f"{record.reason} ({len(failures)} attempts)")
        tags = {
            Tag.NUMERICS: json.dumps(dict(record.numerics), sort_keys=True),
            Tag.TIMING_KEY: timing_key(record.numerics, workers=self._executor.workers),
            Tag.NOTES: dump_notes([*self._notes, *record.warnings, *warnings]),
            Tag.ATTEMPTS: str(len(failures) + finished),
            Tag.FLAGS: ";".join(record.flags),
        }
        stored = self._log.finish(planned, record, {str(name): tags[name] for name in tags})
        if stored is not None:
            self._stored[record.fingerprint] = stored
        else:
            self.failures[record.fingerprint] = record.reason

    def _run_tags(self, planned: PlannedRun) -> dict[str, str]:
        plan = self._agenda.plan
        case = plan.spec.cases[planned.case]
        settings = planned.task.settings
        return {
            str(Tag.VARIANT): planned.name,
            str(Tag.CASE): case.name,
            str(Tag.CONTENT): case.content.name,
            str(Tag.STYLE): case.style.name,
            str(Tag.SEED): str(case.seed),
            str(Tag.PRESET): plan.spec.preset,
            str(Tag.BACKBONE): settings.backbone,
            str(Tag.PARAMETERS): planned.task.parameters,
            str(Tag.EVALUATOR): plan.evaluator.id,
            str(Tag.SECOND_EVALUATOR): plan.evaluator.second_id,
            str(Tag.LOSS_KEY): planned.loss_key,
            **_chain_tags(planned.task.earlier),
            **planned.tags,
        }


def _chain_tags(earlier: Earlier | None) -> dict[str, str]:
    """Say what a chained run goes on from."""
    if earlier is None:
        return {}
    return {str(Tag.AFTER): earlier.fingerprint, str(Tag.RESULT_AS): earlier.result_as}
