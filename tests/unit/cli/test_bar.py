"""Progress of one style transfer."""

import io

import pytest
from rich.console import Console

from harness.cli.bar import Lines, _bar
from harness.spec.settings import Settings
from harness.transfer.events import StepEvent


def step(iteration: int, iterations: int, seconds: float) -> StepEvent:
    """Return the event of an iteration."""
    return StepEvent(
        iteration=iteration, iterations=iterations, losses={"total": 0.5}, seconds=seconds
    )


@pytest.mark.parametrize("iterations", [1, 7, 10, 19, 150, 10_000])
def test_at_most_ten_lines(iterations: int, capsys: pytest.CaptureFixture[str]) -> None:
    """However long a run is, it prints ten lines or fewer, and none for its end."""
    lines = Lines(Settings(iterations=iterations))
    for iteration in range(1, iterations + 1):
        lines.listen(step(iteration, iterations, seconds=10.0 * iteration))

    printed = capsys.readouterr()
    assert "" == printed.out
    assert len(printed.err.splitlines()) <= 10
    assert f"iteration {iterations} of" not in printed.err


def test_line_says_how_far_and_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    """A line names the iteration, the loss and the time left at the pace so far."""
    Lines(Settings(iterations=100)).listen(step(20, 100, seconds=30.0))

    assert "iteration 20 of 100: loss 0.5, 120 s left\n" == capsys.readouterr().err


def test_short_run_prints_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Who waits for seconds only needs no progress."""
    Lines(Settings(iterations=100)).listen(step(20, 100, seconds=0.3))

    assert "" == capsys.readouterr().err


def test_bar_shows_iteration_and_loss() -> None:
    """On a terminal there is a bar with the iteration and the loss."""
    screen = io.StringIO()
    with _bar(
        Console(file=screen, force_terminal=True, width=100), Settings(iterations=40)
    ) as listen:
        listen(step(40, 40, seconds=3.0))

    assert "40/40" in screen.getvalue()
    assert "loss 0.5" in screen.getvalue()


def test_time_left_knows_that_late_scales_take_longer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of a pyramid of 128 and 256 pixels, half of the iterations are a fifth of the work."""
    pyramid = Settings(iterations=50, pyramid="octave", pyramid_min=128, image_size=256)
    Lines(pyramid).listen(step(50, 100, seconds=10.0))

    assert "iteration 50 of 100: loss 0.5, 40 s left\n" == capsys.readouterr().err
