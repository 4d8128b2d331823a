"""A study as the coordinator has it: opened before anything is written, done, and told of."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from harness.errors import InputError
from harness.spec.flatten import flatten_settings
from harness.spec.models import Search as SearchRules
from harness.spec.space import Dimension, Space
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.pictures import style_files
from harness.sweep.plan import Plan
from harness.sweep.progress import duration
from harness.sweep.rescoring import Rescorer
from harness.sweep.search.forgetting import forget_study
from harness.sweep.search.records import Importances, State, TrialRecord
from harness.sweep.search.storage import check_address
from harness.sweep.search.study import Search
from harness.sweep.study.agenda import StudyAgenda
from harness.sweep.study.halving import Halving, Saved
from harness.sweep.study.objective import Objective
from harness.sweep.study.place import default_storage
from harness.sweep.study.trial_file import TrialFile, parameters_of
from harness.sweep.tracking.artifacts import artifact_text
from harness.sweep.tracking.names import File
from harness.sweep.tracking.store import Location
from harness.sweep.tracking.stored import StoredRun, find_parent
from harness.sweep.tracking.writer import SweepLog
from metrics.catalog import CATALOG, Direction, Need
from reports.numbers import counted

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["Study"]

CONFIRM = "-confirm"
MOST_CONFIRMED = 4  # of a front
UNDER_WAY = Importances(reason="the study is under way")


class Study:
    """A study: its search in the storage, its work, and what is said at its end.

    A context: the storage is let go of at its end.

    Args:
        plan: Of the variants that the sweep file names.
        space: What is varied.
        rules: How it is searched.
        search: The study in its storage.
        rescorer: Gives runs that another evaluator has scored the scores of this study's.
    """

    def __init__(
        self,
        plan: Plan,
        space: Space,
        rules: SearchRules,
        search: Search,
        rescorer: Rescorer,
    ) -> None:
        self._plan = plan
        self._space = space
        self._rules = rules
        self._search = search
        self._rescorer = rescorer
        self._agenda: StudyAgenda | None = None

    @classmethod
    def open(
        cls,
        client: "MlflowClient",
        location: Location,
        plan: Plan,
        *,
        storage: str | None,
        fresh: bool,
    ) -> "Study | None":
        """Open a study, or begin it; what its lost file had is taken from MLflow.

        Args:
            client: The store; only read.
            location: Where it is.
            plan: Of the variants that the sweep file names.
            storage: Address of the study's database; None for ``study.db`` beside the store.
            fresh: Forget every trial.

        Returns:
            None for a grid.

        Raises:
            InputError: The study was begun with another file, or the storage cannot be used.
            StoreError: The storage fails.
        """
        spec = plan.spec
        if spec.space is None or spec.search is None:
            return None
        address = storage or default_storage(location)
        if fresh:
            forget_study(spec.name, storage=address)
        search = Search.open(
            spec.space,
            name=spec.name,
            method=spec.method,
            metrics={metric: CATALOG[metric].direction for metric in spec.metrics},
            seed=spec.search.seed,
            storage=address,
            constraints=tuple(_objective(spec, spec.search).excesses({})),
            first=spec.points,
            context=_context(plan),
        )
        parent = None if fresh else find_parent(client, spec.name)
        if parent is None and search.records():
            search.close()
            raise InputError(
                f"a study {spec.name!r} has been begun in {search.place}, but none of its runs "
                "are in this store. --fresh begins it anew; another `name:` leaves it alone."
            )
        if parent is not None:
            text = artifact_text(client, client.get_run(parent), File.TRIALS)
            trials = TrialFile.parse(text).trials if text is not None else ()
            misfit = _misfit(spec.space, trials)
            if misfit:
                search.close()
                forget_study(spec.name, storage=address)  # it is empty: its file was lost
                raise InputError(
                    f"the study {spec.name!r} was begun with another file: its trials had "
                    f"{misfit}. Undo the change, or begin anew with --fresh; nothing was changed."
                )
            search.rebuild(trials)
        rescorer = Rescorer(client, plan.evaluator.id, lambda: plan.evaluator, plan.picture)
        return cls(plan, spec.space, spec.search, search, rescorer)

    @staticmethod
    def check(plan: Plan, *, storage: str | None) -> None:
        """Refuse what is known to fail before there is a store.

        Args:
            plan: Of the variants that the sweep file names.
            storage: Address of the study's database, if one was given.

        Raises:
            InputError: A metric or constraint has no values here, or the address is none.
        """
        _check_metrics(plan.spec, lpips_reason=plan.evaluator.lpips_reason)
        if storage is not None:
            check_address(storage)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the storage."""
        self._search.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the method."""
        return self._search.notes

    def begin(self, log: SweepLog, stored: Mapping[str, StoredRun]) -> StudyAgenda:
        """Return the work of the study.

        Args:
            log: Keeps every trial in MLflow.
            stored: The finished runs by fingerprint; the coordinator adds to it.
        """
        spec = self._plan.spec
        halving = self._rules.halving
        sign = 1 if CATALOG[spec.metrics[0]].direction is Direction.MAX else -1
        agenda = StudyAgenda(
            self._plan,
            self._space,
            self._search,
            _objective(spec, self._rules),
            Halving(keep=halving.keep, sign=sign) if halving is not None else None,
            prunes=bool(self._rules.prune),
            stored=stored,
            on_told=lambda _record: self._keep(log, agenda, UNDER_WAY),
            numbers=lambda run, task: self._rescorer.metrics(
                run, content_sha256=task.content_sha256, styles=task.styles
            ),
        )
        self._agenda = agenda
        self._keep(log, agenda, UNDER_WAY)  # in place of what an earlier, forgotten study left
        return agenda

    def finish(self, log: SweepLog) -> list[str]:
        """Keep the trials with what mattered; say how far the study got and what halving saved."""
        if self._agenda is not None:
            self._keep(log, self._agenda, self._search.importances())
        counts = _counts(self._search.records())
        tried = counts[State.FINISHED] + counts[State.PRUNED] + counts[State.FAILED]
        told = (State.PRUNED, State.FAILED)
        parts = [f"{counts[state]} {state}" for state in told if counts[state]]
        listed = f", of these {' and '.join(parts)}" if parts else ""
        lines = [f"study by {self._plan.spec.method}: {counted(tried, 'variant')} tried{listed}"]
        if self._agenda is not None and self._agenda.ended_because:
            lines.append(f"the search ended before its budget: {self._agenda.ended_because}")
        if self._agenda is not None and self._agenda.saved is not None:
            lines.append(_halving_note(self._agenda.saved))
        return lines

    def confirmation(self) -> SweepSpec | None:
        """Return the sweep that judges the best variants on cases that no trial saw.

        None where the file names no such cases, or nothing beats the baseline.
        """
        if self._agenda is None or self._plan.spec.confirm is None:
            return None
        spec = self._agenda.plan.spec
        names = {number: name for name, number in self._agenda.trials.items()}
        best = [names[one.number] for one in self._search.best() if one.number in names]
        winners = [name for name in best if name != spec.variants[0].name][:MOST_CONFIRMED]
        if not winners or spec.confirm is None:
            return None
        by_name = {variant.name: variant for variant in spec.variants}
        return replace(
            spec,
            name=f"{spec.name}{CONFIRM}",
            question=f"Does the best of the study {spec.name} hold on cases that it never saw?",
            method="grid",
            space=None,
            search=None,
            points=(),
            variants=(spec.variants[0], *(by_name[name] for name in winners)),
            case_table=spec.confirm,
            confirm=None,
        )

    def _keep(self, log: SweepLog, agenda: StudyAgenda, importances: Importances) -> None:
        spec = self._plan.spec
        file = TrialFile(
            method=spec.method,
            budget=spec.limits.max_variants,
            metrics={metric: CATALOG[metric].direction for metric in spec.metrics},
            parameters=parameters_of(self._space),
            is_halved=self._rules.halving is not None,
            importances=importances,
            variants={number: name for name, number in agenda.trials.items()},
            trials=tuple(self._search.records()),
        )
        log.log_parent_text(File.TRIALS, file.dumps())


def _context(plan: Plan) -> dict[str, str]:
    """Return what the values of a study depend on beside its space, by its place in the file."""
    spec = plan.spec
    base = plan.choices.apply(spec.base)
    found = {f"base.{key}": str(value) for key, value in flatten_settings(base).items()}
    found["cases"] = ", ".join(case.name for case in spec.cases)
    pictures = (
        sha256
        for case in spec.cases
        for sha256 in (
            plan.pictures[case.content.text].sha256,
            style_files(case.style, plan.pictures).sha256,
        )
    )
    found["pictures of the cases"] = hashlib.sha256("".join(pictures).encode()).hexdigest()[:12]
    found["evaluation"] = plan.evaluator.id
    if "balance" in (*spec.metrics, *(spec.search.constraints if spec.search else ())):
        found["evaluation.balance"] = f"{spec.evaluation.balance:g}"
    return found


def _misfit(space: Space, trials: Sequence[TrialRecord]) -> str:
    """Return what of some trials is no part of a space any more; empty if all of it is."""
    dimensions = {one.name: one for one in space.dimensions}
    for trial in trials:
        for name, value in trial.point.items():
            known = dimensions.get(name)
            if known is None or not _may_have_had(known, value):
                return f"{name}={value}"
    return ""


def _may_have_had(dimension: Dimension, value: str | float) -> bool:
    """Tell whether a dimension may once have had a value: the ends of intervals may change."""
    interval = dimension.interval
    if interval is None:
        return value in dimension.labels
    if isinstance(value, str) or (interval.is_log and value <= 0):
        return False
    return not interval.is_whole or float(value).is_integer()


def _check_metrics(spec: SweepSpec, *, lpips_reason: str) -> None:
    """Refuse a study whose metric or constraint has no values on this machine."""
    constraints = spec.search.constraints if spec.search is not None else {}
    for metric in (*spec.metrics, *constraints):
        if lpips_reason and Need.LPIPS_PARAMETERS in CATALOG[metric].needs:
            raise InputError(f"{spec.path}: {metric} has no values here: {lpips_reason}")


def _objective(spec: SweepSpec, rules: SearchRules) -> Objective:
    return Objective(
        metrics=spec.metrics,
        constraints=rules.constraints,
        balance=spec.evaluation.balance,
        cases=spec.cases,
    )


def _counts(records: list[TrialRecord]) -> dict[State, int]:
    return {state: sum(one.state is state for one in records) for state in State}


def _halving_note(saved: Saved) -> str:
    known = (
        ""
        if math.isnan(saved.agreement)
        else f" (rank correlation of both levels {saved.agreement:.2f})"
    )
    verb = "saved" if saved.seconds >= 0 else "cost"
    return (
        f"halving: {saved.small} variants tried small, {saved.full} of them in full{known}; that "
        f"{verb} about {duration(abs(saved.seconds))} of runs"
    )
