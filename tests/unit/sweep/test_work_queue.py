"""What is handed out, taken back, tried again and given up."""

import pytest

from harness.sweep.record import Bundle, RunRecord
from harness.sweep.work_queue import WorkQueue


def bundle(*names: str) -> Bundle:
    """Return a bundle that is told apart by its pictures alone."""
    return Bundle(tasks=(), pictures=dict.fromkeys(names, b""))


def failure(name: str, *, transient: bool = True, alone: bool = True) -> RunRecord:
    """Return the record of a failed run."""
    return RunRecord(
        fingerprint=name,
        status="FAILED",
        reason="its worker died",
        transient=transient,
        alone=alone,
    )


def make_queue(*names: str, retries: int = 1, time_s: float | None = None) -> WorkQueue:
    """Return a queue of one-run bundles."""
    return WorkQueue(
        (bundle(name) for name in names), single=bundle, retries=retries, time_s=time_s
    )


def taken(queue: WorkQueue) -> list[str]:
    """Take everything; return the names."""
    found = []
    while (one := queue.take()) is not None:
        found += list(one.pictures)
    return found


def test_order_of_the_plan() -> None:
    """Fresh bundles come in order, and then nothing."""
    assert ["a", "b", "c"] == taken(make_queue("a", "b", "c"))


def test_failed_run_comes_again_after_the_fresh_ones() -> None:
    """What failed waits until the rest has had its turn."""
    queue = make_queue("a", "b")
    queue.take()

    assert queue.tries_again(failure("a"))
    assert ["b", "a"] == taken(queue)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_retries_are_counted(retries: int) -> None:
    """A run that fails alone is tried again as the limit says, and every reason is kept."""
    queue = make_queue("a", retries=retries)

    again = [queue.tries_again(failure("a")) for _ in range(retries + 2)]

    assert [True] * retries + [False, False] == again
    assert ["its worker died"] * (retries + 2) == queue.failures["a"]


def test_what_fails_every_time_is_not_tried_again() -> None:
    """A run whose error would be the same again has failed."""
    assert not make_queue("a").tries_again(failure("a", transient=False))


def test_runs_that_went_down_together_are_not_to_blame() -> None:
    """A failure in company costs no retry: who is to blame shows when each is alone."""
    queue = make_queue("a", retries=0)

    assert queue.tries_again(failure("a", alone=False))
    assert not queue.tries_again(failure("a"))


def test_what_was_never_begun_comes_again() -> None:
    """A bundle whose worker died before it began is handed out again and costs nothing."""
    queue = make_queue("a", retries=0)
    one = queue.take()
    assert one is not None

    queue.give_back(one)

    assert ["a"] == taken(queue)
    assert queue.tries_again(failure("a", alone=False))


def test_time_is_used_up() -> None:
    """After its time a queue hands out nothing, and says why."""
    queue = make_queue("a", time_s=1e-9)

    assert [] == taken(queue)
    assert queue.stopped.startswith("limits.time")


def test_time_that_nobody_needs_is_not_used_up() -> None:
    """A queue that is empty when its time is over has stopped nothing."""
    queue = make_queue(time_s=1e-9)

    assert [] == taken(queue)
    assert not queue.stopped
