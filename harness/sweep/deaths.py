"""Why a worker process ended: what its nanny and its operating system have to say."""

import logging
import re
import signal
import time

__all__ = ["DeathLog", "death_reason"]

NANNY_LOGGER = "distributed.nanny"
KILLED = re.compile(r"Worker process (?P<pid>\d+) was killed by signal (?P<number>\d+)")
EXITED = re.compile(r"Worker process (?P<pid>\d+) exited with status (?P<status>\d+)")
GIBI = 1024**3
PAUSE_S = 0.05

# What a person is to make of the signals that end a worker.
MEANINGS = {
    "SIGSEGV": "a crash in native code (segmentation fault)",
    "SIGBUS": "a crash in native code (bus error)",
    "SIGABRT": "a crash in native code (abort)",
    "SIGFPE": "a crash in native code (arithmetic)",
    "SIGILL": "a crash in native code (illegal instruction)",
    "SIGKILL": "killed by hand, or by the operating system for want of memory",
    "SIGTERM": "ended from outside",
}


class DeathLog(logging.Handler):
    """Listens to the nannies of this process, who know how their workers ended.

    Dask tells a client only that a worker is gone; the exit status is in the nanny's log.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._reasons: dict[int, str] = {}
        self._memory: dict[int, str] = {}
        self._logger = logging.getLogger(NANNY_LOGGER)
        self._before = (self._logger.level, self._logger.propagate)

    def listen(self) -> None:
        """Begin to listen."""
        self._logger.setLevel(logging.INFO)
        self._logger.propagate = False  # a person reads our words, not the nanny's
        self._logger.addHandler(self)

    def stop(self) -> None:
        """Leave the logger as it was."""
        self._logger.removeHandler(self)
        level, propagate = self._before
        self._logger.setLevel(level)
        self._logger.propagate = propagate

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what a message says of a worker's end."""
        message = record.getMessage()
        if found := KILLED.search(message):
            self._reasons[int(found["pid"])] = death_reason(int(found["number"]))
        elif found := EXITED.search(message):
            self._reasons[int(found["pid"])] = f"its worker exited with status {found['status']}"

    def note_memory(self, pid: int, used_bytes: float) -> None:
        """Note that a nanny ended a worker for using more memory than it may."""
        self._memory[pid] = (
            f"out of memory: its worker used {used_bytes / GIBI:.1f} GiB, more than its share"
        )

    def reason(self, pid: int, *, wait_s: float) -> str | None:
        """Return why a process ended, after waiting for its nanny to notice; None if unknown."""
        deadline = time.monotonic() + wait_s
        while not self._is_explained(pid) and time.monotonic() < deadline:
            time.sleep(PAUSE_S)
        return self._memory.get(pid) or self._reasons.get(pid)

    def _is_explained(self, pid: int) -> bool:
        """Tell whether there is no more to learn: a nanny says elsewhere why it ends a worker."""
        known = self._reasons.get(pid)
        return pid in self._memory or known not in (None, *ENDED_BY_SOMEBODY)


def death_reason(number: int) -> str:
    """Put the signal that ended a worker into words."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"its worker was ended by signal {number}"
    meaning = MEANINGS.get(name)
    return f"its worker was ended by {name}" + (f": {meaning}" if meaning else "")


ENDED_BY_SOMEBODY = tuple(death_reason(number) for number in (9, 15))  # SIGKILL, SIGTERM
