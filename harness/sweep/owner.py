"""Who owns a RUNNING run: host, process id and that process's start time."""

import socket
from dataclasses import dataclass

import psutil

__all__ = ["Owner"]

SAME_START_S = 1.0  # the kernel's start time is read with coarse clock ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process, named so that a reused process id is not mistaken for it."""

    host: str
    pid: int
    started: float

    @classmethod
    def this_process(cls) -> "Owner":
        """Return this process as an owner."""
        process = psutil.Process()
        return cls(host=socket.gethostname(), pid=process.pid, started=process.create_time())

    @classmethod
    def parse(cls, text: str) -> "Owner":
        """Read what ``str(owner)`` wrote.

        Raises:
            ValueError: The text has another form.
        """
        host, pid, started = text.rsplit(":", 2)
        return cls(host=host, pid=int(pid), started=float(started))

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}:{self.started:.2f}"

    def is_gone(self) -> bool:
        """Whether the process was on this host and no longer runs (False for other hosts)."""
        if self.host != socket.gethostname():
            return False
        try:
            created = psutil.Process(self.pid).create_time()
        except psutil.NoSuchProcess:
            return True
        return abs(created - self.started) > SAME_START_S
