"""Ctrl-C that cannot get lost."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

__all__ = ["remembered_interruptions"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def remembered_interruptions() -> Iterator[Callable[[], None]]:
    """Yield a function that raises the interruption that has arrived, if there was one.

    Python drops an exception that a signal's handler raises inside ``__del__`` or a callback of
    C code, and with it a person's Ctrl-C. While the context lasts, what the handlers raise is
    kept as well; who calls the function now and then loses nothing. Outside the main thread,
    where no signal arrives, it never raises.
    """
    raised: list[KeyboardInterrupt] = []

    def remembering(handler: Callable[[int, FrameType | None], Any]) -> Callable[..., Any]:
        def remember(number: int, frame: FrameType | None) -> None:
            try:
                handler(number, frame)
            except KeyboardInterrupt as interruption:
                raised.append(interruption)
                raise

        return remember

    def check() -> None:
        if raised:
            raise raised[0]

    with contextlib.ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                handler = signal.getsignal(number)
                if callable(handler):
                    signal.signal(number, remembering(handler))
                    stack.callback(signal.signal, number, handler)
        yield check
