"""The coordinator: the one process that owns MLflow, hands out bundles and reads the answer."""

import contextlib
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.images.decode import Picture
from harness.spec.loss_key import loss_key
from harness.spec.shipped import sweep_argument
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.executor import Executor
from harness.sweep.interruptions import remembered_interruptions
from harness.sweep.notes import plan_notes
from harness.sweep.options import Options
from harness.sweep.plan import Plan, PlannedRun, bundles
from harness.sweep.preview import machine_rates, prepare
from harness.sweep.price import is_measured, learn, predict
from harness.sweep.progress import Progress, Watch
from harness.sweep.provenance import provenance_tags, timing_key
from harness.sweep.rates import workload
from harness.sweep.record import Bundle, RunRecord
from harness.sweep.selection import selected_runs
from harness.sweep.tracking.membership import Membership
from harness.sweep.tracking.names import File, Status, Tag
from harness.sweep.tracking.picture_files import keep_pictures
from harness.sweep.tracking.reader import finished_runs, resolved_choices
from harness.sweep.tracking.store import Location, close_orphans, writing
from harness.sweep.tracking.writer import SweepLog
from harness.sweep.work_queue import WorkQueue

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from harness.sweep.answer import Answer
    from harness.transfer.events import StepEvent

__all__ = ["Outcome", "coordinate"]

logger = logging.getLogger(__name__)

BUNDLE_SIZE = 1  # lanes come later; until then nothing is gained by travelling together


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a sweep: the answer so far, what is lacking, and why it stopped early.

    ``failed`` and ``missing`` count the runs that were asked for; ``stopped`` is not empty where
    a limit ended the work.
    """

    answer: "Answer"
    failed: int
    missing: int
    stopped: str = ""
    interruption: KeyboardInterrupt | None = None


def coordinate(
    spec: SweepSpec,
    pictures: Mapping[str, Picture],
    options: Options,
    *,
    location: Location,
    crew: Executor,
    watch: Watch | None,
) -> Outcome:
    """Plan, do what is not done, log it, write the answer; see ``run.run_sweep``.

    Args:
        spec: The sweep.
        pictures: What ``load_with_pictures`` returned for it.
        options: Output folder, device, what to run.
        location: The store.
        crew: Where runs are performed.
        watch: Is told of every change of the progress.

    Raises:
        InputError: Something the sweep needs cannot be used; nothing has been written then.
        StoreError: The store cannot be opened or written, or another harness writes to it.
        ClusterError: The workers cannot be reached or used.
    """
    # Input errors first: they must leave no store behind.
    fresh_plan = None
    if not location.exists:
        fresh_plan = prepare(spec, pictures, options, {}, resolve=crew.resolve)
        selected_runs(fresh_plan, options.only)
    with writing(location) as client:
        orphans = close_orphans(client)
        if orphans:
            logger.info("%d unfinished runs of a dead process were closed as KILLED", orphans)
        earlier = resolved_choices(client, spec.name)
        plan = fresh_plan or prepare(spec, pictures, options, earlier, resolve=crew.resolve)
        return _Job(client, location, plan, options, crew).run(watch or _watch_nothing)


def _watch_nothing(_progress: Progress) -> None:
    """Take no note of progress."""


class _Job:
    """One go at a sweep, with the store open for writing."""

    def __init__(
        self,
        client: "MlflowClient",
        location: Location,
        plan: Plan,
        options: Options,
        executor: Executor,
    ) -> None:
        self._client = client
        self._plan = plan
        self._options = options
        self._executor = executor
        self._notes = plan_notes(plan)
        self._planned = {run.task.fingerprint: run for run in plan.runs}
        self._selected = selected_runs(plan, options.only)
        self._failures: dict[str, str] = {}
        self._interruption: KeyboardInterrupt | None = None
        self._rates = machine_rates(plan, options, workers=executor.workers)
        self._log = SweepLog(client, location, plan.spec.name, parent_tags=self._parent_tags())
        if options.fresh:
            aside = self._log.set_aside()
            logger.info("%d finished runs set aside (in MLflow's trash); all done anew", aside)
        self._stored = finished_runs(
            client, prefer=plan.spec.name, only_own=self._log.only_own, wanted=self._planned
        )
        self._log.log_parent_text(File.SWEEP, plan.spec.text)
        # At the start too: other commands see what this sweep will use, also if it is killed.
        membership = Membership.of(plan, self._stored)
        self._log.log_parent_text(File.MEMBERSHIP, membership.dumps())
        keep_pictures(client, self._log.parent, plan.pictures.values())

    def run(self, watch: Watch) -> Outcome:
        """Perform what is left, then write the answer; an interruption still gets its table."""
        todo = [
            run
            for fingerprint, run in self._planned.items()
            if fingerprint in self._selected and fingerprint not in self._stored
        ]
        for note in self._notes:
            logger.warning("note: %s", note)
        progress = Progress(
            total=len(self._selected),
            done=len(self._selected) - len(todo),
            left=predict(self._plan, todo, self._rates),
            workers=self._executor.workers,
            is_measured=is_measured(todo, self._rates),
        )
        logger.info("%s", progress.opening())
        queue = WorkQueue(
            bundles(self._plan, todo, size=BUNDLE_SIZE),
            single=self._single,
            retries=self._plan.spec.limits.retries,
            time_s=self._plan.spec.limits.time,
        )
        with self._log:
            try:
                if todo:
                    self._perform(queue, progress, watch)
            except KeyboardInterrupt as interruption:
                self._interruption = interruption
                self._log.kill_open(f"interrupted: {type(interruption).__name__}")
            outcome = self._answer(queue.stopped)
            self._log.close(_parent_status(outcome))
        self._rates.save()
        return outcome

    def _single(self, fingerprint: str) -> Bundle:
        return next(bundles(self._plan, [self._planned[fingerprint]], size=1))

    def _perform(self, queue: WorkQueue, progress: Progress, watch: Watch) -> None:
        def on_start(fingerprint: str) -> None:
            self._begin(fingerprint)
            progress.start(fingerprint, self._planned[fingerprint].title)
            watch(progress)

        def on_step(fingerprint: str, event: "StepEvent") -> None:
            if event.iteration == 1:
                logger.debug("first iteration of %s", self._planned[fingerprint].title)
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
        planned = self._planned[record.fingerprint]
        if record.status != Status.FINISHED and queue.tries_again(record):
            self._begin(record.fingerprint)
            progress.stop(record.fingerprint)
            logger.warning("%s: %s; it will be tried again", planned.title, record.reason)
            return
        begun = time.perf_counter()
        self._end(record, queue)
        logging_s = time.perf_counter() - begun
        progress.end(record)
        if record.status == Status.FINISHED:
            self._learn(planned, record, progress, 0.0 if self._executor.workers else logging_s)
        logger.info("%s", progress.line(planned.title, record))

    def _learn(
        self, planned: PlannedRun, record: RunRecord, progress: Progress, logging_s: float
    ) -> None:
        new = workload(planned.task.settings) not in self._rates.seen
        learn(self._plan, planned, record, self._rates, logging_s=logging_s)
        if new:
            left = [self._planned[fingerprint] for fingerprint in progress.left]
            progress.predict(predict(self._plan, left, self._rates))

    def _begin(self, fingerprint: str) -> None:
        if fingerprint not in self._log.open:
            planned = self._planned[fingerprint]
            self._log.begin(planned, provenance_tags() | self._run_tags(planned))

    def _end(self, record: RunRecord, queue: WorkQueue) -> None:
        self._begin(record.fingerprint)  # a crash may have swallowed the message that it began
        planned = self._planned[record.fingerprint]
        failures = queue.failures[record.fingerprint]
        finished = record.status == Status.FINISHED
        warnings = [f"an earlier attempt failed: {reason}" for reason in failures if finished]
        if not finished and len(failures) > 1:
            record = replace(record, reason=f"{record.reason} ({len(failures)} attempts)")
        tags = {
            Tag.NUMERICS: json.dumps(dict(record.numerics), sort_keys=True),
            Tag.TIMING_KEY: timing_key(record.numerics, workers=self._executor.workers),
            Tag.NOTES: json.dumps([*self._notes, *record.warnings, *warnings]),
            Tag.ATTEMPTS: str(len(failures) + finished),
            Tag.FLAGS: ";".join(record.flags),
        }
        stored = self._log.finish(planned, record, {str(name): tags[name] for name in tags})
        if stored is not None:
            self._stored[record.fingerprint] = stored
        else:
            self._failures[record.fingerprint] = record.reason

    def _answer(self, stopped: str) -> Outcome:
        # Not before the first run: they load pandas and Matplotlib.
        from harness.sweep.answer import write_answer  # noqa: PLC0415
        from harness.sweep.mlflow_page import show_on_page  # noqa: PLC0415
        from harness.sweep.subject import Subject  # noqa: PLC0415

        plan = self._plan
        membership = Membership.of(plan, self._stored)
        self._log.log_parent_text(File.MEMBERSHIP, membership.dumps())
        subject = Subject(
            client=self._client,
            location=self._log.location,
            parent=self._client.get_run(self._log.parent),
            membership=membership,
            stored=self._stored,
            failures=self._failures,
            evaluator_id=plan.evaluator.id,
            evaluator=lambda: plan.evaluator,
            lpips_reason=plan.evaluator.lpips_reason,
            picture=plan.picture,
        )
        answer = write_answer(subject, self._options.out / plan.spec.name, with_figures=False)
        for path in answer.written:
            self._log.log_parent_file(path)
        note = answer.markdown.read_text(encoding="utf-8")
        self._log.tag_parent({Tag.ANSWER: answer.sentence, Tag.NOTE: note})
        show_on_page(subject, answer.summary)
        unfinished = [one for one in self._selected if one not in self._stored]
        failed = sum(fingerprint in self._failures for fingerprint in unfinished)
        return Outcome(
            answer=answer,
            failed=failed,
            missing=len(unfinished) - failed,
            stopped=stopped,
            interruption=self._interruption,
        )

    def _parent_tags(self) -> dict[str, str]:
        plan = self._plan
        return provenance_tags() | {
            str(Tag.FILE): sweep_argument(plan.spec.path),
            str(Tag.QUESTION): plan.spec.question,
            str(Tag.BALANCE): str(plan.spec.evaluation.balance),
            str(Tag.LPIPS): plan.evaluator.lpips_reason,
            str(Tag.OVERRIDES): json.dumps(plan.spec.overrides),
            str(Tag.RESOLVED): plan.choices.dumps(),
            str(Tag.EVALUATOR): plan.evaluator.id,
            str(Tag.SECOND_EVALUATOR): plan.evaluator.second_id,
            str(Tag.NOTES): json.dumps(self._notes),
        }

    def _run_tags(self, planned: PlannedRun) -> dict[str, str]:
        case = self._plan.spec.cases[planned.case]
        settings = planned.task.settings
        return {
            str(Tag.VARIANT): planned.name,
            str(Tag.CASE): case.name,
            str(Tag.CONTENT): case.content.name,
            str(Tag.STYLE): case.style.name,
            str(Tag.SEED): str(case.seed),
            str(Tag.PRESET): self._plan.spec.preset,
            str(Tag.BACKBONE): settings.backbone,
            str(Tag.PARAMETERS): planned.task.parameters,
            str(Tag.EVALUATOR): self._plan.evaluator.id,
            str(Tag.SECOND_EVALUATOR): self._plan.evaluator.second_id,
            str(Tag.LOSS_KEY): loss_key(settings),
        }


def _parent_status(outcome: Outcome) -> Status:
    if outcome.interruption is not None:
        return Status.KILLED
    return Status.FAILED if outcome.failed or outcome.missing else Status.FINISHED
