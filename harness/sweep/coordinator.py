"""The coordinator: the one process that owns MLflow, hands out bundles and reads the answer."""

import contextlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import InputError
from harness.images.decode import Picture
from harness.spec.shipped import sweep_argument
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.agenda import Agenda, GridAgenda
from harness.sweep.executor import Executor
from harness.sweep.lanes import lanes_of
from harness.sweep.notes import dump_notes, plan_notes
from harness.sweep.options import Options
from harness.sweep.performance import Performance
from harness.sweep.plan import Plan
from harness.sweep.preview import machine_rates, prepare
from harness.sweep.progress import Watch, watch_nothing
from harness.sweep.provenance import provenance_tags
from harness.sweep.selection import selected_runs
from harness.sweep.tracking.membership import Membership
from harness.sweep.tracking.names import File, Status, Tag
from harness.sweep.tracking.picture_files import keep_pictures
from harness.sweep.tracking.reader import finished_runs, picture_path, resolved_choices
from harness.sweep.tracking.store import Location, close_orphans, writing
from harness.sweep.tracking.writer import Occasion, SweepLog

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from harness.sweep.answer import Answer
    from harness.sweep.study.study import Study

__all__ = ["Outcome", "coordinate"]

logger = logging.getLogger(__name__)


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
        fresh_plan = _checked_plan(spec, pictures, options, {}, crew)
        selected_runs(fresh_plan, options.only)
    with writing(location) as client:
        orphans = close_orphans(client)
        if orphans:
            logger.info("%d unfinished runs of a dead process were closed as KILLED", orphans)
        earlier = resolved_choices(client, spec.name)
        plan = fresh_plan or _checked_plan(spec, pictures, options, earlier, crew)
        study = _open_study(client, location, plan, options)
        with study or contextlib.nullcontext():
            outcome = _Job(client, location, plan, options, crew, study).run(
                watch or watch_nothing
            )
            confirmation = study.confirmation() if study is not None else None
    if confirmation is None or outcome.interruption is not None or outcome.missing:
        return outcome
    logger.info("%s: judged on cases that no variant was chosen by", confirmation.name)
    confirmed = coordinate(
        confirmation, pictures, options, location=location, crew=crew, watch=watch
    )
    return replace(outcome, confirmed=confirmed, interruption=confirmed.interruption)


def _checked_plan(
    spec: SweepSpec,
    pictures: Mapping[str, Picture],
    options: Options,
    earlier: Mapping[str, str],
    crew: Executor,
) -> Plan:
    """Plan; refuse what a study cannot use, as far as that is known before there is a store."""
    plan = prepare(spec, pictures, options, earlier, resolve=crew.resolve)
    if spec.space is not None:
        from harness.sweep.study.study import Study  # noqa: PLC0415 - Optuna

        Study.check(plan, storage=options.study_storage)
    return plan


def _open_study(
    client: "MlflowClient", location: Location, plan: Plan, options: Options
) -> "Study | None":
    """Open what a study has found so far, before anything is written; None for a grid."""
    if plan.spec.space is None:
        return None
    from harness.sweep.study.study import Study  # noqa: PLC0415 - Optuna

    return Study.open(client, location, plan, storage=options.study_storage, fresh=options.fresh)


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
        self._rates = machine_rates(plan, options, workers=executor.workers)
        lanes = lanes_of(plan, options.lanes)
        if options.lanes is not None and lanes < options.lanes:
            logger.warning(
                "--lanes %d is not used: the runs follow from one another", options.lanes
            )
        self._log = SweepLog(
            client, location, Occasion.sweep(plan.spec.name), parent_tags=self._parent_tags(plan)
        )
        if options.fresh:
            aside = self._log.set_aside()
            logger.info("%d finished runs set aside (in MLflow's trash); all done anew", aside)
        wanted = {run.task.fingerprint for run in plan.runs} if study is None else None
        self._stored = finished_runs(
            client, prefer=plan.spec.name, only_own=self._log.only_own, wanted=wanted
        )
        self._agenda: Agenda = (
            GridAgenda(
                plan=plan,
                asked=selected_runs(plan, options.only),
                stored=self._stored,
                result=lambda stored: picture_path(client, stored).read_bytes(),
                lanes=lanes,
                workers=executor.workers,
            )
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
        for note in self._notes:
            logger.warning("note: %s", note)
        work = Performance(
            self._log,
            self._agenda,
            self._executor,
            rates=self._rates,
            stored=self._stored,
            notes=self._notes,
            grows=self._study is not None,
        )
        with self._log:
            work.run(watch)
            outcome = self._answer(work)
            self._log.close(_parent_status(outcome))
        return outcome

    def _answer(self, work: Performance) -> Outcome:
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
            failures=work.failures,
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
        show_on_page(subject, answer.summary, answer.material.study)
        if self._study is not None and work.stopped:
            # A budget of time is a budget: what was under way waits for a larger one.
            logger.info("the study's time is used up; a larger limits.time goes on")
            return Outcome(
                answer=answer,
                failed=sum(one in work.failures for one in self._agenda.asked),
                missing=0,
                interruption=work.interruption,
                is_study=True,
            )
        unfinished = [one for one in self._agenda.asked if one not in self._stored]
        failed = sum(fingerprint in work.failures for fingerprint in unfinished)
        return Outcome(
            answer=answer,
            failed=failed,
            missing=len(unfinished) - failed,
            stopped=work.stopped,
            interruption=work.interruption,
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


def _parent_status(outcome: Outcome) -> Status:
    if outcome.interruption is not None:
        return Status.KILLED
    return Status.FAILED if outcome.failed or outcome.missing else Status.FINISHED
