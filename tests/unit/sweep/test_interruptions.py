"""An interruption that Python dropped still arrives."""

import contextlib
import signal
import threading
from collections.abc import Iterator

import pytest

from harness.sweep.interruptions import remembered_interruptions


@pytest.fixture(autouse=True)
def hear_ctrl_c() -> Iterator[None]:
    """Undo what a shell does to jobs in the background, CI among them: ignoring SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_and_lose_it() -> None:
    """Do as ``__del__`` and callbacks do: hear of Ctrl-C and say nothing."""
    with contextlib.suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_dropped_interruption_is_raised_again() -> None:
    """The check raises what was raised and lost."""
    with remembered_interruptions() as check:
        interrupt_and_lose_it()
        with pytest.raises(KeyboardInterrupt):
            check()


def test_nothing_without_interruption() -> None:
    """The check is silent, and the handlers are afterwards what they were."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    with remembered_interruptions() as check:
        check()

    assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


def test_other_threads_have_no_handlers() -> None:
    """In a thread of somebody's server nothing is installed, and nothing fails."""
    failures: list[BaseException] = []

    def sweep() -> None:
        try:
            with remembered_interruptions() as check:
                check()
        except BaseException as error:  # noqa: BLE001 - handed to the main thread
            failures.append(error)

    thread = threading.Thread(target=sweep)
    thread.start()
    thread.join()

    assert not failures
