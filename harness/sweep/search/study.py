"""One study of Optuna, asked for one point at a time and told what became of it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType, TracebackType
from typing import Self

import optuna
from optuna.exceptions import DuplicatedStudyError
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.pruners import NopPruner, WilcoxonPruner
from optuna.samplers import RandomSampler
from optuna.storages import RDBStorage
from optuna.study import StudyDirection

from harness.errors import StoreError
from harness.sweep.search.asking import Asker
from harness.sweep.search.identity import ATTRIBUTE, Identity
from harness.sweep.search.ledger import Ledger
from harness.sweep.search.methods import method_of, notes, refuse_unsuited
from harness.sweep.search.points import Point, Space
from harness.sweep.search.records import Exhausted, Importances, State, Trial, TrialRecord
from harness.sweep.search.samplers import case_order
from harness.sweep.search.storage import close_storage, open_storage, work_on
from harness.sweep.search.trials import frozen_of, record_of
from metrics.catalog import Direction

__all__ = ["Search"]

PRUNE_P = 0.1
PRUNE_AFTER_CASES = 4  # with fewer, the test cannot reach PRUNE_P: 1/2**3 > 0.1
FEWEST_FOR_IMPORTANCES = 10
# Optuna compares the best tenth with all: of 10 to 40 trials these are 1 to 4. In a simulation the
# parameter that mattered most then came first in 50 to 92 % of studies; with these numbers always.
NEAR_BEST = 8
WORDS = {Direction.MIN: StudyDirection.MINIMIZE, Direction.MAX: StudyDirection.MAXIMIZE}


class Search:
    """A study that one process owns: every trial is asked here and told here."""

    def __init__(
        self, ledger: Ledger, space: Space, identity: Identity, first: Sequence[Point]
    ) -> None:
        self._ledger = ledger
        self._space = space
        self._identity = identity
        self._asker = Asker(ledger, space, identity, first)
        self.notes = notes(method_of(identity.method), space.dimensions)

    @classmethod
    def open(
        cls,
        space: Space,
        *,
        name: str,
        method: str,
        metrics: Mapping[str, Direction],
        seed: int,
        storage: str,
        constraints: Sequence[str] = (),
        first: Sequence[Point] = (),
        context: Mapping[str, str] = MappingProxyType({}),
    ) -> "Search":
        """Open the study of a name, or begin it.

        Args:
            space: What is varied.
            name: Of the study.
            method: A name of ``methods.METHODS``.
            metrics: Metric to direction (MIN or MAX); their order is that of the values told.
            seed: At least 0.
            storage: ``sqlite:////absolute/file.db`` or ``postgresql://user@host/database``.
            constraints: The names under which ``tell`` hands over constraints.
            first: Points tried before any that the method chooses.
            context: What else the values told depend on, by its key in the sweep file: a study
                that was begun with another is refused.

        Raises:
            InputError: The method does not suit, the study was begun with another file, or the
                address is wrong.
            StoreError: The database fails or belongs to another program.
        """
        refuse_unsuited(method_of(method), space.dimensions, len(metrics))
        identity = Identity.of(
            space,
            method=method,
            metrics=metrics,
            constraints=constraints,
            seed=seed,
            context=context,
        )
        database, place = open_storage(storage)
        try:
            with work_on(place):
                study = _opened(database, name, [WORDS[one] for one in metrics.values()])
                key = database.get_study_id_from_name(name)
                ledger = Ledger(study=study, study_key=key, storage=database, place=place)
                _settle(ledger, identity)
        except BaseException:
            close_storage(database)
            raise
        return cls(ledger, space, identity, first)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; trials that were asked and not told stay open in it."""
        self._ledger.close()

    def ask(self) -> Trial | Exhausted:
        """Return the next point to try, or why there is none.

        Points that were tried before, and points that the space refuses, are told to Optuna here
        and never handed out. A trial whose point was being chosen when a process died comes
        first, with what was chosen of it.

        Raises:
            StoreError: The database failed.
        """
        with self._ledger.work():
            return self._asker.ask()

    def tell(
        self,
        number: int,
        values: Sequence[float | None] | None,
        *,
        constraints: Mapping[str, float] | None = None,
        reason: str = "",
    ) -> TrialRecord:
        """Say what came of a trial; of a trial that was told before, nothing changes.

        Args:
            number: Of the trial.
            values: One for each metric; without them, or with one that is not finite, the trial
                has failed.
            constraints: Each name to its excess: at most 0 where it is kept.
            reason: Why it failed; found in the values where it is not given.

        Raises:
            ValueError: There is no such trial, or the values or constraints are not as many as
                the study has.
            StoreError: The database failed.
        """
        excess = dict(constraints or {})
        if values is None:
            return self._fail(number, reason or "it has no values")
        self._check(values, excess)
        if any(not _is_finite(value) for value in [*values, *excess.values()]):
            told = ", ".join(str(value) for value in [*values, *excess.values()])
            return self._fail(number, reason or f"not every value is a finite number: {told}")
        told_values = [float(value) for value in values if value is not None]
        return self._finish(
            number, State.FINISHED, values=told_values, constraints=excess, reason=reason
        )

    def prune(
        self, number: int, *, constraints: Mapping[str, float] | None = None, reason: str = ""
    ) -> TrialRecord:
        """Say that a trial was given up; its value is the mean of the cases reported.

        Args:
            number: Of the trial.
            constraints: As in ``tell``, of the cases it had.
            reason: Why.

        Raises:
            ValueError: Nothing finite was reported, or the constraints are not the study's.
            StoreError: The database failed.
        """
        excess = dict(constraints or {})
        with self._ledger.work():
            reported = list(self._ledger.trial(number).intermediate_values.values())
        if not reported or not all(map(math.isfinite, [*reported, *excess.values()])):
            raise ValueError(f"trial {number} has no finite values to be pruned by")
        mean = math.fsum(reported) / len(reported)
        self._check([mean], excess)
        return self._finish(number, State.PRUNED, values=[mean], constraints=excess, reason=reason)

    def report(self, number: int, case: int, value: float) -> None:
        """Note what a trial reached on one case, for ``should_prune``.

        Args:
            number: Of the trial.
            case: The same number for the same case in every trial, at least 0.
            value: Of the one metric; the mean over all cases is what ``tell`` is told.

        Raises:
            StoreError: The database failed.
        """
        with self._ledger.work():
            self._ledger.report(number, case, value)

    def should_prune(self, number: int) -> bool:
        """Whether a Wilcoxon test over the cases says that a trial is worse than the best one.

        Never with several metrics, before four cases, or before a trial has finished.

        Raises:
            StoreError: The database failed.
        """
        if len(self._identity.metrics) > 1:
            return False
        with self._ledger.work():
            pruner = WilcoxonPruner(p_threshold=PRUNE_P, n_startup_steps=PRUNE_AFTER_CASES)
            return pruner.prune(self._ledger.study, self._ledger.trial(number))

    def case_order(self, number: int, n_cases: int) -> tuple[int, ...]:
        """Return the order in which a trial should take its cases (numbers from 0)."""
        return case_order(self._identity.seed, number, n_cases)

    def records(self) -> list[TrialRecord]:
        """Return all trials, in order, also those that were never handed out.

        Raises:
            StoreError: The database failed.
        """
        with self._ledger.work():
            return self._ledger.records(self._ledger.trials())

    def rebuild(self, records: Iterable[TrialRecord]) -> None:
        """Put trials back into a study whose file was lost.

        Trials keep their numbers; numbers that are missing are filled with refused trials. Trials
        that the study has stay as they are, so it may be called again where a process died. The
        next points are those that the lost study would have chosen, except with ``cmaes`` and
        ``nsga2``, whose populations were in the file and begin anew.

        Args:
            records: At least every trial with a result.

        Raises:
            ValueError: Two records have one number.
            StoreError: The database failed.
        """
        kept = list(records)
        by_number = {record.number: record for record in kept}
        if len(by_number) < len(kept):
            raise ValueError("two records have the same number")
        with self._ledger.work():
            for number in range(len(self._ledger.trials()), max(by_number, default=-1) + 1):
                record = by_number.get(number) or TrialRecord(
                    number=number, state=State.REFUSED, point={}, reason="it was not kept"
                )
                self._ledger.study.add_trial(frozen_of(record, self._space.dimensions))

    def best(self) -> list[TrialRecord]:
        """Return the finished trials that keep all constraints and that no other one beats.

        Of several metrics that is the front, in the order of asking; of one, the best (all of
        them where several are equal).

        Raises:
            StoreError: The database failed.
        """
        # Optuna's own best may be a pruned trial, whose value is of some cases only.
        found = [one for one in self.records() if one.state is State.FINISHED and one.is_feasible]
        signs = [-1 if way == Direction.MIN else 1 for _, way in self._identity.metrics]
        points = [
            [sign * value for sign, value in zip(signs, one.values, strict=True)] for one in found
        ]
        return [
            one
            for one, mine in zip(found, points, strict=True)
            if not any(_beats(other, mine) for other in points)
        ]

    def importances(self) -> Importances:
        """Return how much each dimension mattered to being among the best, by PED-ANOVA.

        The best are a third to a half of the trials; of several metrics, those near the front.

        Raises:
            StoreError: The database failed.
        """
        results = [record.values for record in self.records() if record.values]
        if len(results) < FEWEST_FOR_IMPORTANCES:
            return Importances(
                reason=f"{len(results)} results; {FEWEST_FOR_IMPORTANCES} are needed to say it"
            )
        if len(set(results)) == 1:
            return Importances(reason="all results are equal")
        best_share = min(max(NEAR_BEST / len(results), 1 / 3), 1 / 2)
        with self._ledger.work():
            judge = PedAnovaImportanceEvaluator(target_quantile=best_share)
            shares = get_param_importances(self._ledger.study, evaluator=judge)
        return Importances(shares=shares)

    @property
    def place(self) -> str:
        """Where the study is, for people: a file's path, or an address without a password."""
        return self._ledger.place

    def _fail(self, number: int, reason: str) -> TrialRecord:
        return self._finish(number, State.FAILED, reason=reason)

    def _finish(
        self,
        number: int,
        state: State,
        *,
        values: Sequence[float] | None = None,
        constraints: Mapping[str, float] | None = None,
        reason: str = "",
    ) -> TrialRecord:
        """Tell a trial, unless it was told before."""
        with self._ledger.work():
            if not self._ledger.trial(number).state.is_finished():
                self._ledger.finish(
                    number, state, values=values, constraints=constraints, reason=reason
                )
            return record_of(self._ledger.trial(number))

    def _check(self, values: Sequence[float | None], constraints: Mapping[str, float]) -> None:
        """Stop a caller that tells another number of things than the study has."""
        if len(values) != len(self._identity.metrics):
            raise ValueError(f"{len(values)} values for {len(self._identity.metrics)} metrics")
        if sorted(constraints) != list(self._identity.constraints):
            raise ValueError(f"constraints {sorted(constraints)}: {self._identity.constraints}")


def _beats(other: Sequence[float], mine: Sequence[float]) -> bool:
    """Whether one is at least as good everywhere, and better somewhere; larger is better."""
    return all(a >= b for a, b in zip(other, mine, strict=True)) and list(other) != list(mine)


def _opened(storage: RDBStorage, name: str, directions: list[StudyDirection]) -> optuna.Study:
    """Make the study of a name, or load it."""
    sampler, pruner = RandomSampler(), NopPruner()  # replaced for every trial; never asked
    try:
        return optuna.create_study(
            storage=storage,
            study_name=name,
            directions=directions,
            sampler=sampler,
            pruner=pruner,
        )
    except DuplicatedStudyError:
        return optuna.load_study(storage=storage, study_name=name, sampler=sampler, pruner=pruner)


def _settle(ledger: Ledger, wanted: Identity) -> None:
    """Compare a study with what is asked for; note it where the study is new."""
    study = ledger.study
    text = study.user_attrs.get(ATTRIBUTE)
    directions = [WORDS[Direction(direction)] for _, direction in wanted.metrics]
    if text is not None:
        Identity.stored(text, study=study.study_name).refuse(wanted, study=study.study_name)
    elif ledger.trials() or study.directions != directions:
        raise StoreError(
            f"{ledger.place} has a study {study.study_name!r} that the harness did not make; it "
            "was left alone. Give the sweep another `name:`, or name another database."
        )
    if text != wanted.text():
        study.set_metric_names(
            [metric for metric, _ in wanted.metrics]
        )  # optuna-dashboard's labels
        study.set_user_attr(ATTRIBUTE, wanted.text())


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
