"""The work of a study: asks the search for a variant whenever a worker is free, and tells it back.

A variant's cases are handed out one by one, and variants overlap: no worker waits for another's
variant to be complete.
"""

import functools
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.spec.space import Space
from harness.sweep.plan import Plan, PlannedRun, bundles, plan_run
from harness.sweep.record import Bundle, RunTask
from harness.sweep.search.records import Exhausted, State, Trial, TrialRecord
from harness.sweep.search.study import Search
from harness.sweep.study.halving import Halving, Saved
from harness.sweep.study.objective import Objective
from harness.sweep.study.trials import Level, UnderWay
from harness.sweep.tracking.names import Tag
from harness.sweep.tracking.stored import StoredRun
from harness.transfer.pretrained.choice import parameters_identity

if TYPE_CHECKING:
    from harness.spec.variants import Variant

__all__ = ["StudyAgenda"]

logger = logging.getLogger(__name__)

Numbers = Callable[[StoredRun, RunTask], Mapping[str, float]]

TRIED = (State.OPEN, State.FINISHED, State.PRUNED, State.FAILED)
NOT_PROMISING = "not among the best when it was tried small"
WORSE = "worse than the best so far on the cases that it had"


class StudyAgenda:
    """What a study has to do: trials that were begun, then new ones as far as the budget goes.

    Its plan holds the variants that were tried in full, the baseline first, and their runs as far
    as they were handed out.

    Args:
        plan: The plan of the variants that the sweep file names, all its cells included.
        space: What is varied.
        search: The study.
        objective: Turns runs into what the search is told.
        halving: Decides what is tried at full size; None where everything is.
        prunes: Whether a variant is given up when a test over cases says that it is worse.
        stored: The finished runs by fingerprint; the coordinator adds to it.
        on_told: Called when a trial has been decided.
        numbers: Returns a finished run's numbers by the study's evaluator, which may not be who
            scored it; as they are stored if not given.
    """

    def __init__(
        self,
        plan: Plan,
        space: Space,
        search: Search,
        objective: Objective,
        halving: Halving | None,
        *,
        prunes: bool,
        stored: Mapping[str, StoredRun],
        on_told: Callable[[TrialRecord], None],
        numbers: Numbers | None = None,
    ) -> None:
        self.planned: dict[str, PlannedRun] = {}
        self.asked: set[str] = set()
        self.ended_because = ""
        """Why there are no more trials, although the budget has some."""
        self.trials: dict[str, int] = {}
        """The trial that tries a variant in full, by the variant's name."""
        self._given = plan
        self._space = space
        self._search = search
        self._objective = objective
        self._halving = halving
        self._prunes = prunes
        self._stored = stored
        self._on_told = on_told
        self._numbers = numbers or (lambda stored, _task: stored.metrics)
        # The first is what the others are compared with, also where its runs failed.
        self._variants: list[Variant] = [plan.spec.variants[0]]
        self._cells = {cell: key for cell, key in plan.cells.items() if cell[0] == 0}
        self._plan: Plan | None = None  # made when asked for, until more is known
        self._names = {one.name for one in plan.spec.variants}
        self._begun = 0
        # Of a file it is a hash, which takes as long as a short run.
        self._identity = functools.cache(parameters_identity)
        self._under_way: list[UnderWay] = []
        for record in search.records():
            self._recall(record)

    @property
    def plan(self) -> Plan:
        """What was tried in full by now."""
        if self._plan is None:
            variants = tuple(self._variants)
            choices = self._given.choices
            self._plan = replace(
                self._given,
                spec=replace(self._given.spec, variants=variants),
                settings=tuple(choices.apply(one.settings) for one in variants),
                cells=dict(self._cells),
                runs=tuple(self.planned.values()),
            )
        return self._plan

    @property
    def saved(self) -> Saved | None:
        """What halving was worth; None without it."""
        return None if self._halving is None else self._halving.saved

    @property
    def todo(self) -> list[PlannedRun]:
        """Runs known by now that are not done."""
        return [
            run for fingerprint, run in self.planned.items() if fingerprint not in self._stored
        ]

    @property
    def typical(self) -> Sequence[PlannedRun]:
        """Runs of the variants that the sweep file names."""
        return self._given.runs

    @property
    def left(self) -> int | None:
        """How many variants may still be asked for; None where only time limits them."""
        if self.ended_because:
            return 0
        budget = self._given.spec.limits.max_variants
        return None if budget is None else max(budget - self._begun, 0)

    @property
    def total(self) -> int:
        """Runs known by now, and one for each case of what the budget still has."""
        open_cases = sum(len(trial.left) for trial in self._under_way)
        # Where only time limits the study, there is always one more.
        later = 1 if self.left is None else self.left
        return len(self.asked) + open_cases + later * len(self._given.spec.cases)

    def bundles(self) -> Iterator[Bundle | None]:
        """Yield one run after the other; None where results must come in first."""
        while True:
            run = self._next()
            if run is not None:
                yield self.bundle(run.task.fingerprint)
            elif any(trial.out for trial in self._under_way):
                yield None
            else:
                return

    def bundle(self, fingerprint: str) -> Bundle:
        """Return a bundle of one run that is known by now."""
        return next(bundles(self._given, [self.planned[fingerprint]], size=1))

    def ended(self, fingerprint: str, stored: StoredRun | None, reason: str) -> Mapping[str, str]:
        """Take note of a run that finished, or failed for good (``stored`` is None).

        Others are never lost for it: no run of a study goes on from another one.
        """
        task = self.planned[fingerprint].task
        for trial in [one for one in self._under_way if fingerprint in one.out]:
            for case in trial.out.pop(fingerprint):
                if stored is not None:
                    self._take(trial, case, self._numbers(stored, task))
                else:
                    case_name = self._given.spec.cases[case].name
                    trial.give_up(f"{case_name}: {reason}", failed=True)
            self._settle(trial)
        return {}

    def _recall(self, record: TrialRecord) -> None:
        """Take up what an earlier start of the study has done or begun."""
        if record.state not in TRIED:
            return
        refusal = self._space.refusal(record.point)
        if refusal is not None:  # the file has other ranges or exclusions than it had
            self._begun += 1
            if record.state is State.OPEN:
                self._search.tell(record.number, None, reason=refusal)
            return
        trial = self._under(Trial(number=record.number, point=record.point))
        if record.state is State.OPEN:
            self._under_way.append(trial)
        else:
            self._replay(trial, record)

    def _replay(self, trial: UnderWay, record: TrialRecord) -> None:
        """Go through the stored runs of a trial that was decided: its cells, and how it halved."""
        if trial.level is Level.SMALL:
            self._find(trial)
            is_whole = len(trial.done) == len(self._given.spec.cases)
            if is_whole and not self._objective.gap(trial.done):
                self._note_small(trial)
            if record.reason == NOT_PROMISING:
                self._halving_of(trial).note_rejected(trial.number)
                return
            trial.level = Level.FULL
        self._find(trial)
        if record.state is State.FINISHED:
            self._note_full(trial)

    def _find(self, trial: UnderWay) -> None:
        """Take up the runs of a trial's level that are stored."""
        trial.done.clear()
        for case in range(len(self._given.spec.cases)):
            run = self._run(trial, case, trial.level)
            stored = self._stored.get(run.task.fingerprint)
            if stored is not None:
                self._know(trial, case, run)
                trial.done[case] = self._numbers(stored, run.task)

    def _next(self) -> PlannedRun | None:
        """Return a run to hand out; what is stored already is taken note of on the way."""
        while True:
            trial = next((one for one in self._under_way if one.left), None) or self._ask()
            if trial is None:
                return None
            case = trial.left.popleft()
            run = self._run(trial, case, trial.level)
            fingerprint = run.task.fingerprint
            self._know(trial, case, run)
            stored = self._stored.get(fingerprint)
            if stored is not None:
                self._take(trial, case, self._numbers(stored, run.task))
                self._settle(trial)
                continue
            is_out = any(fingerprint in one.out for one in self._under_way)
            trial.out.setdefault(fingerprint, []).append(case)
            if not is_out:
                return run

    def _ask(self) -> UnderWay | None:
        """Ask for a variant, as far as the budget goes."""
        if self.left == 0:
            return None
        asked = self._search.ask()
        if isinstance(asked, Exhausted):
            self.ended_because = asked.reason
            logger.info("the search has no more variants: %s", asked.reason)
            return None
        trial = self._under(asked)
        self._under_way.append(trial)
        return trial

    def _under(self, trial: Trial) -> UnderWay:
        """Return a trial with all its cases ahead of it."""
        self._begun += 1
        variant = self._space.variant(trial.point, taken=self._names)
        same = [one for one in self._given.spec.variants if one.settings == variant.settings]
        variant = same[0] if same else variant
        self._names.add(variant.name)
        return UnderWay(
            number=trial.number,
            variant=variant,
            level=Level.FULL if same or self._halving is None else Level.SMALL,
            left=self._order(trial.number),
            is_given=bool(same),
        )

    def _order(self, number: int) -> deque[int]:
        return deque(self._search.case_order(number, len(self._given.spec.cases)))

    def _run(self, trial: UnderWay, case: int, level: Level) -> PlannedRun:
        settings = trial.variant.settings
        if level is Level.SMALL:
            settings = self._space.small(settings)
        tags = {str(Tag.TRIAL): str(trial.number), str(Tag.LEVEL): str(level)}
        size = " | small" if level is Level.SMALL else ""
        settings = self._given.choices.apply(settings)
        return plan_run(
            self._given,
            settings,
            case,
            parameters=self._identity(settings.pretrained, settings.backbone),
            name=f"{trial.variant.name}{size}",
            tags=tags,
        )

    def _know(self, trial: UnderWay, case: int, run: PlannedRun) -> None:
        """Put a run into the plan; into its table only if it is one of full size."""
        self.planned.setdefault(run.task.fingerprint, run)
        self.asked.add(run.task.fingerprint)
        if trial.level is Level.FULL:
            self._cells[self._index(trial), case] = run.task.fingerprint
        self._plan = None

    def _index(self, trial: UnderWay) -> int:
        """Return the place of a trial's variant in the table."""
        self.trials.setdefault(trial.variant.name, trial.number)
        if trial.variant not in self._variants:
            self._variants.append(trial.variant)
        return self._variants.index(trial.variant)

    def _take(self, trial: UnderWay, case: int, numbers: Mapping[str, float]) -> None:
        """Take a finished run's numbers; give the trial up if they speak against it."""
        trial.done[case] = numbers
        gap = self._objective.gap({case: numbers})
        if gap:
            trial.give_up(gap, failed=True)
        elif self._prunes and trial.level is Level.FULL:
            self._search.report(trial.number, case, self._objective.value(numbers))
            if trial.left and not trial.is_given and self._search.should_prune(trial.number):
                trial.give_up(WORSE)

    def _settle(self, trial: UnderWay) -> None:
        """Decide a trial whose runs are all back."""
        if not trial.is_over:
            return
        if trial.is_failed:
            self._tell(trial, self._search.tell(trial.number, None, reason=trial.given_up))
        elif trial.level is Level.SMALL:
            self._settle_small(trial)
        elif trial.given_up:
            self._prune(trial, trial.given_up)
        else:
            values = self._objective.values(trial.done)
            self._note_full(trial)
            excesses = self._objective.excesses(trial.done)
            self._tell(trial, self._search.tell(trial.number, values, constraints=excesses))

    def _settle_small(self, trial: UnderWay) -> None:
        """Begin a trial again at full size, or give it up."""
        halving = self._halving_of(trial)
        self._note_small(trial)
        if halving.is_promising(trial.number) or self._was_promoted(trial):
            trial.level, trial.left = Level.FULL, self._order(trial.number)
            trial.done.clear()
        else:
            halving.note_rejected(trial.number)
            self._prune(trial, NOT_PROMISING)

    def _was_promoted(self, trial: UnderWay) -> bool:
        """Tell whether an earlier start, which knew less, began a trial at full size."""
        cases = range(len(self._given.spec.cases))
        runs = [self._run(trial, case, Level.FULL) for case in cases]
        found = [self._stored.get(run.task.fingerprint) for run in runs]
        return any(
            stored is not None
            and stored.occasion == self._given.spec.name
            and stored.tags.get(Tag.TRIAL) == str(trial.number)
            and stored.tags.get(Tag.LEVEL) == Level.FULL
            for stored in found
        )

    def _halving_of(self, trial: UnderWay) -> Halving:
        assert self._halving is not None, trial.number  # noqa: S101 - nothing is small otherwise
        return self._halving

    def _note_small(self, trial: UnderWay) -> None:
        self._halving_of(trial).note_small(
            trial.number,
            self._objective.values(trial.done)[0],
            excess=sum(max(one, 0.0) for one in self._objective.excesses(trial.done).values()),
            seconds=trial.seconds,
        )

    def _note_full(self, trial: UnderWay) -> None:
        if self._halving is not None and trial.done:
            value = self._objective.values(trial.done)[0]
            self._halving.note_full(trial.number, value, seconds=trial.seconds)

    def _prune(self, trial: UnderWay, reason: str) -> None:
        """Tell the search that a trial was given up, with what it had reached."""
        for case, numbers in trial.done.items():
            value = self._objective.value(numbers)
            if trial.level is Level.SMALL:
                value = self._halving_of(trial).at_full_size(value)
            self._search.report(trial.number, case, value)
        excesses = self._objective.excesses(trial.done)
        self._tell(trial, self._search.prune(trial.number, constraints=excesses, reason=reason))

    def _tell(self, trial: UnderWay, record: TrialRecord) -> None:
        self._under_way.remove(trial)
        self._on_told(record)
