"""Lets Dask's messages flow on when the clock of a machine is set back.

``distributed.batched`` waits some milliseconds between two messages, and measures them by the
time of day: a clock that is set back by an hour in that moment stops a connection for an hour.
Importing this module has them measured by a clock that nobody sets. The coordinator imports it
before it connects, and every worker of its own as a Dask preload, before it opens a connection.
"""

from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from distributed import batched
from tornado.locks import Event

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from distributed.comm import Comm

__all__: list[str] = []

_start = batched.BatchedSend.start


class _Waker(Event):
    """An event whose waiting ends at a moment of the monotonic clock, not at a time of day."""

    def wait(self, timeout: float | timedelta | None = None) -> "Awaitable[None]":
        """Wait for the event, or until the moment ``timeout`` in seconds."""
        if isinstance(timeout, float):
            timeout = timedelta(seconds=max(timeout - monotonic(), 0.0))
        return super().wait(timeout)


def _start_steadily(stream: batched.BatchedSend, comm: "Comm") -> None:
    waker = _Waker()
    if stream.waker.is_set():  # something was sent before the connection was there
        waker.set()
    stream.waker = waker
    _start(stream, comm)


batched.time = monotonic
batched.BatchedSend.start = _start_steadily
