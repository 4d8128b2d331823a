"""One line a run: what is done, what came of it, how long the rest will take."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.sweep.record import RunRecord

__all__ = ["Progress", "duration"]

MINUTE_S = 60
HOUR_S = 3600


def duration(seconds: float) -> str:
    """Return a duration as a person says it: ``42 s``, ``3.5 min``, ``1 h 20 min``."""
    if seconds < MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < HOUR_S:
        return f"{seconds / MINUTE_S:.1f} min"
    hours, rest = divmod(round(seconds / MINUTE_S), MINUTE_S)
    return f"{hours} h {rest} min"


@dataclass(slots=True)
class Progress:
    """Counts the runs of a sweep."""

    total: int
    done: int
    failed: int = 0
    _walls: list[float] = field(default_factory=list)

    def opening(self) -> str:
        """Return the line before the first run."""
        if self.done == self.total:
            return f"all {self.total} runs are done already"
        already = f", {self.done} done already" if self.done else ""
        return f"{self.total} runs{already}"

    def line(self, title: str, record: RunRecord, wall_s: float) -> str:
        """Count a record and return its line."""
        self._walls.append(wall_s)
        if record.status == "FINISHED":
            self.done += 1
            result = _scores(record.scores.get(record.iterations, {}))
        else:
            self.failed += 1
            result = f"FAILED: {record.reason}"
        left = self.total - self.done - self.failed
        ahead = f", {duration(left * statistics.fmean(self._walls))} left" if left else ""
        return f"[{self.done + self.failed}/{self.total}{ahead}] {title}: {result}"


def _scores(scores: Mapping[str, float]) -> str:
    gain, content = scores.get("style/gain"), scores.get("content/score")
    if gain is None or content is None:
        return "no scores"
    return f"style gain {gain:.2f}, content {content:.2f}"
