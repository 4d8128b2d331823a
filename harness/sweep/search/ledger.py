"""The trials of one study, found by number, and the notes kept beside them."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import optuna
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from harness.sweep.search.records import State, TrialRecord
from harness.sweep.search.storage import close_storage, work_on
from harness.sweep.search.trials import Note, is_begun, record_of, state_without_values

__all__ = ["Ledger"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A study with its database.

    All but ``work`` wants to be called inside ``with ledger.work()``.

    Attributes:
        study: Of Optuna.
        study_key: Its key in the database.
        storage: The database.
        place: The database for people: no password.
    """

    study: optuna.Study
    study_key: int
    storage: RDBStorage
    place: str

    def work(self) -> AbstractContextManager[None]:
        """Silence Optuna, and turn failures of the database into StoreErrors."""
        return work_on(self.place)

    def trials(self) -> list[FrozenTrial]:
        """Return all trials, in order."""
        return self.study.get_trials(deepcopy=False)

    def trial(self, number: int) -> FrozenTrial:
        """Return one trial as it is now.

        Raises:
            ValueError: There is none of that number.
        """
        return self.storage.get_trial(self._key(number))

    def live(self, number: int) -> optuna.Trial:
        """Return a trial that is not told, as Optuna's samplers see it."""
        return optuna.Trial(self.study, self._key(number))

    def report(self, number: int, case: int, value: float) -> None:
        """Note a value on the way."""
        self.storage.set_trial_intermediate_value(self._key(number), case, float(value))

    def finish(
        self,
        number: int,
        state: State,
        *,
        values: Sequence[float] | None = None,
        constraints: Mapping[str, float] | None = None,
        reason: str = "",
        repeats: int | None = None,
    ) -> None:
        """Tell a trial; without values, that it failed, or was refused."""
        key = self._key(number)
        excess = {name: float(value) for name, value in (constraints or {}).items()}
        notes = {Note.REASON: reason, Note.REPEATS: repeats, Note.CONSTRAINTS: excess}
        for note, fact in notes.items():
            if fact not in ("", None, {}):
                self.storage.set_trial_user_attr(key, note, fact)
        self.storage.set_trial_user_attr(key, Note.STATE, state)
        if excess:
            trial = self.live(number)
            for name, value in excess.items():
                trial.set_constraint(name, value)
        if values is None:
            is_whole = Note.POINT in self.trial(number).user_attrs
            self.study.tell(number, state=state_without_values(state, is_whole=is_whole))
        else:
            self.study.tell(number, list(values))

    @staticmethod
    def records(trials: Iterable[FrozenTrial]) -> list[TrialRecord]:
        """Return trials as plain data, without those that wait or are still being chosen."""
        return [
            record_of(trial)
            for trial in trials
            if trial.state is not TrialState.WAITING and not is_begun(trial)
        ]

    def close(self) -> None:
        """Let go of the database."""
        close_storage(self.storage)

    def _key(self, number: int) -> int:
        """Return the database's key of a trial."""
        try:
            return self.storage.get_trial_id_from_study_id_trial_number(self.study_key, number)
        except KeyError:
            raise ValueError(f"there is no trial {number}") from None
