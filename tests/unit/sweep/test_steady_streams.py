"""Dask's connections, while the clock of the machine is set back."""

import asyncio
import time
from typing import Any

import pytest
from distributed import batched

import harness.sweep.steady_streams  # noqa: F401 - what is tested is that it was imported

HOUR_S = 3600
TIMEOUT_S = 10


class _Connection:
    """Takes messages; the clock is set back by an hour while the first is on its way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.received: list[Any] = []
        self.both = asyncio.Event()
        self._monkeypatch = monkeypatch

    def closed(self) -> bool:
        """Say that the connection is open."""
        return False

    async def close(self) -> None:
        """Close nothing."""

    async def write(self, messages: list[Any], **_: object) -> int:
        """Take messages."""
        wall = time.time
        self._monkeypatch.setattr(time, "time", lambda: wall() - HOUR_S)
        self.received += messages
        if len(self.received) > 1:
            self.both.set()
        return 1


def test_messages_flow_on_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that follows the step of the clock is sent in this hour."""

    async def converse() -> list[Any]:
        connection = _Connection(monkeypatch)
        stream = batched.BatchedSend(interval="2ms")
        stream.send("one")  # before there is a connection
        stream.start(connection)
        await asyncio.sleep(0)
        stream.send("two")
        await asyncio.wait_for(connection.both.wait(), TIMEOUT_S)
        await stream.close()
        return connection.received

    assert ["one", "two"] == asyncio.run(converse())
