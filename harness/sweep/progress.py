"""How far a sweep is: what is done, what is under way, how long the rest will take."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.spec.schedule import share_done
from harness.spec.settings import Settings
from harness.sweep.record import RunRecord

if TYPE_CHECKING:
    from harness.transfer.events import StepEvent

__all__ = ["Progress", "UnderWay", "Watch", "duration", "watch_nothing"]

MINUTE_S = 60
HOUR_S = 3600
ENOUGH = 0.01  # share of the work from which its own pace says more than the price did


def duration(seconds: float) -> str:
    """Return a duration as a person says it: ``42 s``, ``3.5 min``, ``1 h 20 min``."""
    if seconds < MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < HOUR_S:
        return f"{seconds / MINUTE_S:.1f} min"
    hours, rest = divmod(round(seconds / MINUTE_S), MINUTE_S)
    return f"{hours} h {rest} min"


@dataclass(slots=True, kw_only=True)
class UnderWay:
    """A run that is being performed: its title, its settings and its latest step."""

    title: str
    settings: Settings
    step: "StepEvent | None" = None

    @property
    def share(self) -> float:
        """How much of the run's work is done, 0 to 1."""
        return share_done(self.settings, self.step.iteration) if self.step is not None else 0.0


@dataclass(slots=True, kw_only=True)
class Progress:
    """Counts the runs of a sweep and foretells its end.

    The time left is the predicted work that is left, at the pace that the work so far has had.

    Args:
        total: Runs of the sweep.
        done: Of these, done already.
        left: Predicted seconds of each run to do, by fingerprint; only their proportions count
            once there is a pace.
        workers: How many runs are performed at a time.
        is_measured: Whether ``left`` rests on measurements of this machine, not on a guess.
        clock: Seconds, from any origin.
    """

    total: int
    done: int
    left: dict[str, float]
    workers: int = 1
    is_measured: bool = True
    failed: int = 0
    under_way: dict[str, UnderWay] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    _begun: float | None = None
    _behind: float = 0.0

    def start(self, fingerprint: str, title: str, settings: Settings) -> None:
        """Note that a run begins, or begins again."""
        if self._begun is None:
            self._begun = self.clock()
        self.under_way[fingerprint] = UnderWay(title=title, settings=settings)

    def step(self, fingerprint: str, event: "StepEvent") -> None:
        """Note how far a run is."""
        if fingerprint in self.under_way:
            self.under_way[fingerprint].step = event

    def stop(self, fingerprint: str) -> None:
        """Note that an attempt of a run failed and will be repeated."""
        self.under_way.pop(fingerprint, None)

    def end(self, record: RunRecord) -> None:
        """Count a run that is done, or failed for good."""
        self.stop(record.fingerprint)
        self._behind += self.left.pop(record.fingerprint, 0.0)
        if record.status == "FINISHED":
            self.done += 1
        else:
            self.failed += 1

    def seconds_left(self) -> float:
        """Return the time that the rest will take."""
        ahead = sum(self.left.values())
        partly = sum(
            run.share * self.left.get(fingerprint, 0.0)
            for fingerprint, run in self.under_way.items()
        )
        ahead, behind = ahead - partly, self._behind + partly
        if self._begun is None or behind < ENOUGH * (ahead + behind):
            return ahead / max(self.workers, 1)
        return ahead * (self.clock() - self._begun) / behind

    def opening(self) -> str:
        """Return the line before the first run."""
        if not self.left:
            return f"all {self.total} runs are done already"
        already = f", {self.done} done already" if self.done else ""
        ahead = (
            f"about {duration(self.seconds_left())}"
            if self.is_measured
            else "how long they take here is known after the first ones"
        )
        return f"{self.total} runs{already}; {ahead}"

    def line(self, title: str, record: RunRecord) -> str:
        """Return the line of a run that ended; it must have been counted."""
        if record.status == "FINISHED":
            result = _scores(record.scores.get(record.iterations, {}))
        else:
            result = f"FAILED: {record.reason}"
        ahead = f", {duration(self.seconds_left())} left" if self.left else ""
        return f"[{self.done + self.failed}/{self.total}{ahead}] {title}: {result}"


def _scores(scores: Mapping[str, float]) -> str:
    gain, content = scores.get("style/gain"), scores.get("content/score")
    if gain is None or content is None:
        return "no scores"
    return f"style gain {gain:.2f}, content {content:.2f}"


Watch = Callable[[Progress], None]
"""Called whenever the progress of a sweep has changed."""


def watch_nothing(_progress: Progress) -> None:
    """Take no note of progress."""
