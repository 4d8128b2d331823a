"""The coordinator: the one process that owns MLflow, hands out bundles and reads the answer."""

import contextlib
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import InputError
from harness.images.decode import Picture
from harness.spec.loss_key import loss_key
from harness.spec.shipped import sweep_argument
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.agenda import Agenda, GridAgenda
from harness.sweep.executor import Executor
from harness.sweep.interruptions import remembered_interruptions
from harness.sweep.notes import dump_notes, plan_notes
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
    from harness.sweep.study.study import Study
    from harness.transfer.events import StepEvent

__all__ = ["Outcome", "coordinate"]

logger = logging.getLogger(__name__)

LATER = "later"  # stands for runs that a study has not asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a sweep: the answer so far, what is lacking, and why it stopped early.

    ``failed`` and ``missing`` count the runs that were asked for; ``stopped`` is not empty where
    a limit ended the work. ``confirmed`` is what came of a study's best on cases that it never
    saw; None where there is nothing to confirm.
    """

    answer: "Answer"
    failed: int
    missing: int
    stopped: str = ""
    interruption: KeyboardInterrupt | None = None
    confirmed: "Outcome | None" = None
    is_study: bool = False


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
    if spec.space is not None and options.only:
        raise InputError("--only goes with a grid: a study chooses its variants itself")
    fresh_plan = None
    if not location.exists:
        fresh_plan = prepare(spec, pictures, options, {}, resolve=crew.resolve)
        _check_study(fresh_plan, options)
        selected_runs(fresh_plan, options.only)
    with writing(location) as client:
        orphans = close_orphans(client)
        if orphans:
            logger.info("%d unfinished runs of a dead process were closed as KILLED", orphans)
        earlier = resolved_choices(client, spec.name)
        plan = fresh_plan or prepare(spec, pictures, options, earlier, resolve=crew.resolve)
        _check_study(plan, options)
        study = _open_study(client, location, plan, options)
        with study or contextlib.nullcontext():
            outcome = _Job(client, location, plan, options, crew, study).run(
                watch or _watch_nothing
            )
            confirmation = study.confirmation() if study is not None else None
    if confirmation is None or outcome.interruption is not None or outcome.missing:
        return outcome
    logger.info("%s: judged on cases that no variant was chosen by", confirmation.name)
    confirmed = coordinate(
        confirmation, pictures, options, location=location, crew=crew, watch=watch
    )
    return replace(outcome, confirmed=confirmed, interruption=confirmed.interruption)


def _check_study(plan: Plan, options: Options) -> None:
    """Refuse what a study cannot use, as far as that is known before there is a store."""
    if plan.spec.space is not None:
        from harness.sweep.study.study import Study  # noqa: PLC0415 - Optuna

        Study.check(plan, storage=options.study_storage)


def _open_study(
    client: "MlflowClient", location: Location, plan: Plan, options: Options
) -> "Study | None":
    """Open what a study has found so far, before anything is written; None for a grid."""
    if plan.spec.space is None:
        return None
    from harness.sweep.study.study import Study  # noqa: PLC0415 - Optuna

    return Study.open(client, location, plan, storage=options.study_storage, fresh=options.fresh)


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
        study: "Study | None",
    ) -> None:
        self._client = client
        self._options = options
        self._executor = executor
        self._study = study
        self._notes = [*plan_notes(plan), *(study.notes if study is not None else ())]
        self._failures: dict[str, str] = {}
        self._interruption: KeyboardInterrupt | None = None
        self._rates = machine_rates(plan, options, workers=executor.workers)
        self._log = SweepLog(client, location, plan.spec.name, parent_tags=self._parent_tags(plan))
        if options.fresh:
            aside = self._log.set_aside()
            logger.info("%d finished runs set aside (in MLflow's trash); all done anew", aside)
        wanted = {run.task.fingerprint for run in plan.runs} if study is None else None
        self._stored = finished_runs(
            client, prefer=plan.spec.name, only_own=self._log.only_own, wanted=wanted
        )
        self._agenda: Agenda = (
            GridAgenda(plan=plan, asked=selected_runs(plan, options.only), stored=self._stored)
            if study is None
            else study.begin(self._log, self._stored)
        )
        self._log.log_parent_text(File.SWEEP, plan.spec.text)
        # At the start too: other commands see what this sweep will use, also if it is killed.
        membership = Membership.of(self._agenda.plan, self._stored)
        self._log.log_parent_text(File.MEMBERSHIP, membership.dumps())
        keep_pictures(client, self._log.parent, plan.pictures.values())

    def run(self, watch: Watch) -> Outcome:
        """Perform what is left, then write the answer; an interruption still gets its table."""
        agenda = self._agenda
        for note in self._notes:
            logger.warning("note: %s", note)
        progress = Progress(
            total=agenda.total,
            done=len(agenda.asked) - len(agenda.todo),
            left=self._left(),
            workers=self._executor.workers,
            is_measured=is_measured([*agenda.todo, *agenda.typical], self._rates),
        )
        logger.info("%s", progress.opening())
        queue = WorkQueue(
            agenda.bundles(),
            single=self._single,
            retries=self._agenda.plan.spec.limits.retries,
            time_s=agenda.plan.spec.limits.time,
            again_first=self._study is not None,  # its fresh ones end with the budget only
        )
        with self._log:
            try:
                if agenda.total > progress.done:
                    self._perform(queue, progress, watch)
            except KeyboardInterrupt as interruption:
                self._interruption = interruption
                self._log.kill_open(f"interrupted: {type(interruption).__name__}")
            outcome = self._answer(queue.stopped)
            self._log.close(_parent_status(outcome))
        self._rates.save()
        return outcome

    def _left(self) -> dict[str, float]:
        """Return the predicted seconds of what is left; what is not known yet, taken together."""
        agenda = self._agenda
        left = predict(agenda.plan, agenda.todo, self._rates)
        later = agenda.total - len(agenda.asked)
        if later and agenda.typical:
            typical = predict(agenda.plan, agenda.typical, self._rates).values()
            left[LATER] = later * sum(typical) / len(typical)
        return left

    def _single(self, fingerprint: str) -> Bundle:
        return next(bundles(self._agenda.plan, [self._agenda.planned[fingerprint]], size=1))

    def _perform(self, queue: WorkQueue, progress: Progress, watch: Watch) -> None:
        def on_start(fingerprint: str) -> None:
            self._begin(fingerprint)
            progress.start(fingerprint, self._agenda.planned[fingerprint].title)
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
        self._agenda.ended(record.fingerprint, self._stored.get(record.fingerprint), record.reason)
        logging_s = time.perf_counter() - begun
        progress.end(record)
        if record.status == Status.FINISHED:
            self._learn(planned, record, progress, 0.0 if self._executor.workers else logging_s)
        logger.info("%s", progress.line(planned.title, record))

    def _learn(
        self, planned: PlannedRun, record: RunRecord, progress: Progress, logging_s: float
    ) -> None:
        new = workload(planned.task.settings) not in self._rates.seen
        learn(self._agenda.plan, planned, record, self._rates, logging_s=logging_s)
        if new or self._study is not None:
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
            self._failures[record.fingerprint] = record.reason

    def _answer(self, stopped: str) -> Outcome:
        # Not before the first run: they load pandas and Matplotlib.
        from harness.sweep.answer import write_answer  # noqa: PLC0415
        from harness.sweep.mlflow_page import show_on_page  # noqa: PLC0415
        from harness.sweep.subject import Subject  # noqa: PLC0415

        plan = self._agenda.plan
        if self._study is not None:
            notes = [*self._notes, *self._study.finish(self._log)]
            self._log.tag_parent({Tag.NOTES: dump_notes(notes)})
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
        if self._study is not None and stopped:
            # A budget of time is a budget: what was under way waits for a larger one.
            logger.info("the study's time is used up; a larger limits.time goes on")
            return Outcome(
                answer=answer,
                failed=sum(one in self._failures for one in self._agenda.asked),
                missing=0,
                interruption=self._interruption,
                is_study=True,
            )
        unfinished = [one for one in self._agenda.asked if one not in self._stored]
        failed = sum(fingerprint in self._failures for fingerprint in unfinished)
        return Outcome(
            answer=answer,
            failed=failed,
            missing=len(unfinished) - failed,
            stopped=stopped,
            interruption=self._interruption,
            is_study=self._study is not None,
        )

    def _parent_tags(self, plan: Plan) -> dict[str, str]:
        return provenance_tags() | {
            str(Tag.FILE): sweep_argument(plan.spec.path),
            str(Tag.QUESTION): plan.spec.question,
            str(Tag.BALANCE): str(plan.spec.evaluation.balance),
            str(Tag.LPIPS): plan.evaluator.lpips_reason,
            str(Tag.OVERRIDES): json.dumps(plan.spec.overrides),
            str(Tag.RESOLVED): plan.choices.dumps(),
            str(Tag.EVALUATOR): plan.evaluator.id,
            str(Tag.SECOND_EVALUATOR): plan.evaluator.second_id,
            str(Tag.NOTES): dump_notes(self._notes),
        }

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
            str(Tag.LOSS_KEY): loss_key(settings),
            **planned.tags,
        }


def _parent_status(outcome: Outcome) -> Status:
    if outcome.interruption is not None:
        return Status.KILLED
    return Status.FAILED if outcome.failed or outcome.missing else Status.FINISHED
