"""The coordinator: the one process that owns MLflow, hands out bundles and reads the answer."""

import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.images.decode import Picture
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.answer import Answer, write_answer
from harness.sweep.executor import Executor, InProcessExecutor, OnStep
from harness.sweep.notes import plan_notes
from harness.sweep.plan import Plan, PlannedRun, bundles
from harness.sweep.preview import Options, machine_rates, prepare
from harness.sweep.price import learn
from harness.sweep.progress import Progress
from harness.sweep.provenance import provenance_tags, timing_key
from harness.sweep.record import Bundle, RunRecord
from harness.sweep.rescoring import rescored_metrics
from harness.sweep.results import Cell, loss_key
from harness.sweep.tracking.names import File, Status, Tag
from harness.sweep.tracking.reader import finished_runs, picture_path, resolved_choices
from harness.sweep.tracking.store import Location, close_orphans, locate, writing
from harness.sweep.tracking.stored import StoredRun
from harness.sweep.tracking.writer import SweepLog

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from harness.transfer.engine import StepEvent

__all__ = ["Outcome", "run_sweep"]

logger = logging.getLogger(__name__)

BUNDLE_SIZE = 1  # lanes come later; until then nothing is gained by travelling together


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a sweep: the answer so far, what is lacking, and why it stopped early."""

    answer: Answer
    failed: int
    missing: int
    stopped: str = ""
    interruption: KeyboardInterrupt | None = None


def run_sweep(
    spec: SweepSpec,
    pictures: Mapping[str, Picture],
    options: Options,
    *,
    executor: Executor | None = None,
    on_step: OnStep | None = None,
) -> Outcome:
    """Do what is not done of a sweep, log it, and write the answer.

    An interruption (Ctrl-C, SIGTERM) ends the run in flight as KILLED and returns what there is,
    with ``interruption`` set; the same call goes on where it ended.

    Args:
        spec: The sweep.
        pictures: What ``load_with_pictures`` returned for it.
        options: Store, output folder, device.
        executor: Where runs are performed; this process if not given.
        on_step: Called at every iteration with the run's fingerprint and the step.

    Raises:
        InputError: Something the sweep needs cannot be used; nothing has been written then.
        StoreError: The store cannot be opened, or another harness writes to it.
    """
    location = locate(options.tracking_uri)
    # Input errors first: they must leave no store behind.
    fresh_plan = None if location.exists else prepare(spec, pictures, options, {})
    with writing(location) as client:
        orphans = close_orphans(client)
        if orphans:
            logger.info("%d unfinished runs of a dead process were closed as KILLED", orphans)
        plan = fresh_plan or prepare(spec, pictures, options, resolved_choices(client, spec.name))
        job = _Job(client, location, plan, options, executor or InProcessExecutor())
        return job.run(on_step or _no_step)


def _no_step(_fingerprint: str, _event: "StepEvent") -> None:
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
        self._stored = finished_runs(client, prefer=plan.spec.name)
        self._failures: dict[str, str] = {}
        self._stopped = ""
        self._interruption: KeyboardInterrupt | None = None
        self._rates = machine_rates(plan)
        self._log = SweepLog(client, location, plan.spec.name, parent_tags=self._parent_tags())
        self._log.log_parent_text(File.SWEEP, plan.spec.text)

    def run(self, on_step: OnStep) -> Outcome:
        """Perform what is left, then write the answer; an interruption still gets its table."""
        todo = [run for run in self._plan.runs if run.task.fingerprint not in self._stored]
        for note in self._notes:
            logger.warning("note: %s", note)
        progress = Progress(total=len(self._plan.runs), done=len(self._plan.runs) - len(todo))
        logger.info("%s", progress.opening())
        with self._log:
            try:
                self._perform(todo, progress, on_step)
            except KeyboardInterrupt as interruption:
                self._interruption = interruption
                self._log.kill_open(f"interrupted: {type(interruption).__name__}")
            outcome = self._answer()
            self._log.close(_parent_status(outcome))
        self._rates.save()
        return outcome

    def _perform(self, todo: list[PlannedRun], progress: Progress, on_step: OnStep) -> None:
        queue = self._within_time(bundles(self._plan, todo, size=BUNDLE_SIZE))
        begun = time.perf_counter()
        for record in self._executor.run(queue, on_start=self._begin, on_step=on_step):
            planned = self._planned[record.fingerprint]
            self._finish(planned, record)
            now = time.perf_counter()
            if record.status == Status.FINISHED:
                learn(self._plan, planned, record, now - begun, self._rates)
            logger.info("%s", progress.line(planned.title, record, now - begun))
            begun = now

    def _within_time(self, queue: Iterator[Bundle]) -> Iterator[Bundle]:
        """Stop handing out bundles once ``limits.time`` has passed."""
        limit = self._plan.spec.limits.time
        begun = time.monotonic()
        for bundle in queue:
            if limit is not None and time.monotonic() - begun > limit:
                self._stopped = f"limits.time of {limit:g} s is used up"
                return
            yield bundle

    def _begin(self, fingerprint: str) -> None:
        planned = self._planned[fingerprint]
        self._log.begin(planned, provenance_tags() | self._run_tags(planned))

    def _finish(self, planned: PlannedRun, record: RunRecord) -> None:
        tags = {
            Tag.NUMERICS: json.dumps(dict(record.numerics), sort_keys=True),
            Tag.TIMING_KEY: timing_key(record.numerics, workers=self._executor.workers),
            Tag.NOTES: json.dumps([*self._notes, *record.warnings]),
        }
        stored = self._log.finish(planned, record, {str(name): tags[name] for name in tags})
        if stored is not None:
            self._stored[record.fingerprint] = stored
        else:
            self._failures[record.fingerprint] = record.reason

    def _answer(self) -> Outcome:
        cells = {fingerprint: self._cell(fingerprint) for fingerprint in self._planned}
        answer = write_answer(self._plan, cells, self._notes, self._options.out, self._log)
        statuses = [cell.status for cell in cells.values()]
        return Outcome(
            answer=answer,
            failed=statuses.count(Status.FAILED),
            missing=statuses.count("MISSING"),
            stopped=self._stopped,
            interruption=self._interruption,
        )

    def _cell(self, fingerprint: str) -> Cell:
        stored = self._stored.get(fingerprint)
        if stored is None:
            failure = self._failures.get(fingerprint)
            status = "MISSING" if failure is None else str(Status.FAILED)
            return Cell(stored=None, metrics={}, status=status, error=failure or "")
        picture = picture_path(self._client, stored)
        return Cell(
            stored=stored,
            metrics=self._metrics(fingerprint, stored),
            status=str(Status.FINISHED),
            picture=picture if picture.exists() else None,
        )

    def _metrics(self, fingerprint: str, stored: StoredRun) -> dict[str, float]:
        if stored.evaluator == self._plan.evaluator.id:
            return dict(stored.metrics)
        planned = self._planned[fingerprint]
        return dict(stored.metrics) | rescored_metrics(self._client, self._plan, planned, stored)

    def _parent_tags(self) -> dict[str, str]:
        plan = self._plan
        return provenance_tags() | {
            str(Tag.QUESTION): plan.spec.question,
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
            str(Tag.VARIANT): self._plan.spec.variants[planned.variant].name,
            str(Tag.CASE): case.name,
            str(Tag.CONTENT): case.content.name,
            str(Tag.STYLE): case.style.name,
            str(Tag.SEED): str(case.seed),
            str(Tag.PRESET): self._plan.spec.preset,
            str(Tag.BACKBONE): settings.backbone,
            str(Tag.PARAMETERS): planned.parameters,
            str(Tag.EVALUATOR): self._plan.evaluator.id,
            str(Tag.SECOND_EVALUATOR): self._plan.evaluator.second_id,
            str(Tag.LOSS_KEY): loss_key(settings),
        }


def _parent_status(outcome: Outcome) -> Status:
    if outcome.interruption is not None:
        return Status.KILLED
    return Status.FAILED if outcome.failed or outcome.missing else Status.FINISHED
