"""How far a sweep is, and when it will end."""

import random

import pytest

from harness.spec.settings import Settings
from harness.sweep.progress import Progress, UnderWay, duration
from harness.sweep.record import RunRecord
from harness.transfer.events import StepEvent

RUN = Settings(iterations=1000)


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def finished(fingerprint: str) -> RunRecord:
    """Return the record of a run that went well."""
    return RunRecord(
        fingerprint=fingerprint,
        status="FINISHED",
        reason="iterations",
        iterations=2,
        scores={2: {"style/gain": 1.234, "content/score": 0.5}},
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (90, "1.5 min"), (4800, "1 h 20 min")]
)
def test_duration(seconds: float, text: str) -> None:
    """Durations read as a person says them."""
    assert text == duration(seconds)


def test_line_counts_and_estimates() -> None:
    """A line has the place in the sweep, the time left and the scores."""
    clock = Clock()
    progress = Progress(total=4, done=1, left={"a": 1.0, "b": 1.0, "c": 1.0}, clock=clock)
    progress.start("a", "a | b", RUN)
    clock.now += 10
    progress.end(finished("a"))

    assert "[2/4, 20 s left] a | b: style gain 1.23, content 0.50" == progress.line(
        "a | b", finished("a")
    )


def test_failed_run_shows_its_reason() -> None:
    """A failed run is counted and says why."""
    progress = Progress(total=1, done=0, left={"f": 1.0})
    record = RunRecord(fingerprint="f", status="FAILED", reason="NaN at iteration 3")
    progress.end(record)

    assert "[1/1] a: FAILED: NaN at iteration 3" == progress.line("a", record)
    assert 1 == progress.failed


def test_price_before_the_first_run() -> None:
    """Before there is a pace the predicted seconds count, divided between the workers."""
    progress = Progress(total=2, done=0, left={"a": 30.0, "b": 90.0}, workers=2)

    assert 60.0 == progress.seconds_left()
    assert "2 runs; about 1.0 min" == progress.opening()


def test_run_under_way_counts_by_its_steps() -> None:
    """Half a run is half its work."""
    clock = Clock()
    progress = Progress(total=2, done=0, left={"a": 1.0, "b": 1.0}, clock=clock)
    progress.start("a", "a", RUN)
    clock.now += 5
    progress.step("a", StepEvent(iteration=500, iterations=1000, losses={}, seconds=5.0))

    assert 15.0 == pytest.approx(progress.seconds_left())


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("scale", [0.3, 1.0, 5.0])
def test_time_left_is_right_after_the_first_tenth(workers: int, scale: float) -> None:
    """From a tenth on the time left is within 20 %, however wrong the price was in scale.

    A simulated sweep of runs of three sizes, whose real times scatter by 10 %.
    """
    generator = random.Random(workers)
    predicted = {str(number): generator.choice([5.0, 20.0, 60.0]) for number in range(200)}
    real = {name: scale * value * generator.gauss(1, 0.1) for name, value in predicted.items()}
    clock = Clock()
    progress = Progress(
        total=len(real), done=0, left=dict(predicted), workers=workers, clock=clock
    )
    waiting = list(real)
    busy: dict[str, float] = {}
    forecasts: list[tuple[float, float]] = []
    while waiting or busy:
        while waiting and len(busy) < workers:
            name = waiting.pop(0)
            progress.start(name, name, RUN)
            busy[name] = clock.now + real[name]
        name = min(busy, key=lambda one: busy[one])
        clock.now = busy.pop(name)
        progress.end(finished(name))
        for other, end in busy.items():
            share = max(1 - (end - clock.now) / real[other], 0.0)
            step = StepEvent(iteration=int(1000 * share), iterations=1000, losses={}, seconds=0.0)
            progress.step(other, step)
        forecasts.append((clock.now, progress.seconds_left()))

    end, begun = clock.now, 100.0
    tenth = begun + (end - begun) / 10
    checked = [(at, left) for at, left in forecasts if tenth <= at <= end - (end - begun) / 10]
    assert len(checked) > 100
    for at, left in checked:
        assert abs(left - (end - at)) < 0.2 * (end - at)


def test_guess_is_not_printed() -> None:
    """Before this machine's speed is known the opening line promises nothing."""
    known = Progress(total=2, done=0, left={"a": 30.0, "b": 30.0})
    unknown = Progress(total=2, done=0, left={"a": 30.0, "b": 30.0}, is_measured=False)

    assert "2 runs; about 1.0 min" == known.opening()
    assert "2 runs; how long they take here is known after the first ones" == unknown.opening()


def test_the_share_of_a_pyramid_is_that_of_its_work() -> None:
    """Half of its iterations, at half the side, are a fifth of it."""
    run = UnderWay(title="t", settings=Settings(iterations=50, pyramid="octave", pyramid_min=128))
    assert 0 == run.share
    run.step = StepEvent(iteration=50, iterations=100, losses={}, seconds=1.0)
    assert 0.2 == pytest.approx(run.share)
