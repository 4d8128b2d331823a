"""One ``harness sweep`` as a real process, with its workers, that faults can be done to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

__all__ = ["SweepProcess", "wait_until"]

PAUSE_S = 0.1


class SweepProcess:
    """A coordinator and its workers; they are a session of their own, so none can hide.

    Args:
        folder: Where the command is given.
        words: What follows ``harness sweep``.
    """

    def __init__(self, folder: Path, words: list[str]) -> None:
        self._log = folder / "messages.txt"
        with self._log.open("w") as messages, (folder / "table.txt").open("w") as table:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "harness", "sweep", *words],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=table,
                stderr=messages,
                start_new_session=True,
            )
        self.pid = self._process.pid

    @property
    def messages(self) -> str:
        """What the command has said so far."""
        return self._log.read_text()

    @property
    def is_alive(self) -> bool:
        """Whether the coordinator has not ended."""
        return self._process.poll() is None

    @property
    def has_begun(self) -> bool:
        """Whether the store is open, and what an earlier process left behind has been closed."""
        return "runs are done already" in self.messages or "; about " in self.messages

    @property
    def runs_ended(self) -> int:
        """How many runs this command has ended."""
        return sum(line.startswith("[") for line in self.messages.splitlines())

    def wait(self, timeout_s: float) -> int | None:
        """Return the exit code, negative for a signal's number; None if it does not end."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def family(self) -> list[psutil.Process]:
        """Return every process of the session that has not ended, the coordinator included."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def workers(self) -> list[psutil.Process]:
        """Return the worker processes."""
        found = []
        for process in self.family():
            try:
                if "spawn_main" in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:  # ended meanwhile
                continue
        return found

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return os.getsid(process.pid) == self.pid and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, psutil.Error):  # ended meanwhile
            return False

    def send(self, number: signal.Signals) -> None:
        """Send the coordinator a signal."""
        self._process.send_signal(number)

    def send_to_all(self, number: signal.Signals) -> None:
        """Send a signal to coordinator and workers at once, as a terminal does."""
        os.killpg(self.pid, number)

    def destroy(self) -> None:
        """End whatever is left; for cleaning up, not for testing."""
        for process in self.family():
            try:
                process.kill()
            except psutil.Error:
                continue
        self._process.wait()


def wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Return whether a condition came true within a time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_S)
    return True
