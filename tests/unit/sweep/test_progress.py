"""One line a run."""

import pytest

from harness.sweep.progress import Progress, duration
from harness.sweep.record import RunRecord


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (90, "1.5 min"), (4800, "1 h 20 min")]
)
def test_duration(seconds: float, text: str) -> None:
    """Durations read as a person says them."""
    assert text == duration(seconds)


def test_line_counts_and_estimates() -> None:
    """A line has the place in the sweep, the time left and the scores."""
    progress = Progress(total=4, done=1)
    record = RunRecord(
        fingerprint="f",
        status="FINISHED",
        reason="iterations",
        iterations=2,
        scores={2: {"style/gain": 1.234, "content/score": 0.5}},
    )

    assert "[2/4, 20 s left] a | b: style gain 1.23, content 0.50" == progress.line(
        "a | b", record, 10.0
    )


def test_failed_run_shows_its_reason() -> None:
    """A failed run is counted and says why."""
    progress = Progress(total=1, done=0)
    record = RunRecord(fingerprint="f", status="FAILED", reason="NaN at iteration 3")

    assert "[1/1] a: FAILED: NaN at iteration 3" == progress.line("a", record, 1.0)
    assert 1 == progress.failed
