"""The next point of a study: never one that was tried, nor one that cannot be run."""

from collections.abc import Iterable, Mapping, Sequence

import optuna
from optuna.trial import FrozenTrial, TrialState

from harness.sweep.search.identity import Identity
from harness.sweep.search.ledger import Ledger
from harness.sweep.search.points import Point, Space, Untried, key_of
from harness.sweep.search.records import Exhausted, State, Trial
from harness.sweep.search.samplers import sampler_for
from harness.sweep.search.trials import Note, chosen_point, is_asked, is_begun

__all__ = ["Asker"]

METHOD_TRIES = 5  # points that the method may choose in vain, before chance chooses
TRIES = 20


class Asker:
    """Asks Optuna for points until one is worth trying."""

    def __init__(
        self, ledger: Ledger, space: Space, identity: Identity, first: Sequence[Point]
    ) -> None:
        self._ledger = ledger
        self._space = space
        self._identity = identity
        self._first = tuple(first)
        self._untried = Untried(space)

    def ask(self) -> Trial | Exhausted:
        """Return a point to try; refused and repeated ones are told to Optuna on the way."""
        reason = ""
        for attempt in range(TRIES):
            trials = self._ledger.trials()
            tried = {key_of(one.user_attrs[Note.POINT]): one for one in trials if is_asked(one)}
            if self._untried.is_over(tried):
                return Exhausted(reason="every combination has been tried")
            self._choose_sampler(trials, attempt)
            trial = self._begun(trials, tried, is_last=attempt == TRIES - 1)
            chosen, reason = self._judged(trial, tried)
            if chosen is not None:
                return chosen
        return Exhausted(
            reason=f"{TRIES} points in a row could not be tried, the last because {reason}"
        )

    def _choose_sampler(self, trials: Sequence[FrozenTrial], attempt: int) -> None:
        """Give the study the sampler of the next trial."""
        interrupted = _interrupted(trials)
        self._ledger.study.sampler = sampler_for(
            self._identity.method if attempt < METHOD_TRIES else "random",
            self._space.dimensions,
            seed=self._identity.seed,
            number=len(trials) if interrupted is None else interrupted,
            metrics=len(self._identity.metrics),
        )

    def _begun(
        self, trials: Sequence[FrozenTrial], tried: Mapping[str, FrozenTrial], *, is_last: bool
    ) -> optuna.Trial:
        """Begin a trial, or take up one that was being begun when a process died."""
        interrupted = _interrupted(trials)
        if interrupted is not None:
            return self._ledger.live(interrupted)
        fixed = self._next_first(trials)
        if fixed is None and is_last:
            fixed = self._untried.first(tried)
        if fixed is not None and not any(one.state is TrialState.WAITING for one in trials):
            self._ledger.study.enqueue_trial(dict(fixed))
        return self._ledger.study.ask()

    def _next_first(self, trials: Iterable[FrozenTrial]) -> Point | None:
        """Return the first of the points to begin with that was never looked at."""
        looked_at = {
            key_of(one.user_attrs[Note.POINT]) for one in trials if Note.POINT in one.user_attrs
        }
        return next((point for point in self._first if key_of(point) not in looked_at), None)

    def _judged(
        self, trial: optuna.Trial, tried: Mapping[str, FrozenTrial]
    ) -> tuple[Trial | None, str]:
        """Let a point be chosen; hand it out, or tell Optuna why it is not tried."""
        try:
            point = chosen_point(trial, self._space)
        except ValueError as error:  # somebody put what the space does not have into the queue
            return None, self._refuse(trial.number, str(error))
        trial.set_user_attr(Note.POINT, dict(point))
        earlier = tried.get(key_of(point))
        if earlier is not None:
            return None, self._repeat(trial.number, earlier)
        refusal = self._space.refusal(point)
        if refusal is not None:
            return None, self._refuse(trial.number, refusal)
        trial.set_user_attr(Note.STATE, State.OPEN)
        return Trial(number=trial.number, point=point), ""

    def _refuse(self, number: int, reason: str) -> str:
        self._ledger.finish(number, State.REFUSED, reason=reason)
        return reason

    def _repeat(self, number: int, earlier: FrozenTrial) -> str:
        """Tell a trial what the earlier one with its point was told, its cases too.

        A test that prunes compares with the best trial's cases, and a repeat may be the best.
        """
        for case, value in earlier.intermediate_values.items():
            self._ledger.report(number, case, value)
        reason = f"it is the same as trial {earlier.number}"
        self._ledger.finish(
            number,
            State.REPEATED,
            values=earlier.values if earlier.state is TrialState.COMPLETE else None,
            constraints=earlier.constraints,
            reason=reason,
            repeats=earlier.number,
        )
        return reason


def _interrupted(trials: Iterable[FrozenTrial]) -> int | None:
    """Return the number of a trial whose point was being chosen when a process died."""
    return next((one.number for one in trials if is_begun(one)), None)
