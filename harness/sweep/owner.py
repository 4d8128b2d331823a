"""Who owns a RUNNING run: host, process id, and the mark of that process's start."""

import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = ["Owner"]

PROC = Path("/proc")
BOOT_ID = PROC / "sys/kernel/random/boot_id"
START_FIELD = 22 - 3  # of /proc/PID/stat: proc(5) counts from 1, and field 3 follows the name
TICKS_AND_BOOT = "@"  # tells the kernel's mark from seconds
SAME_START_S = 1.0  # psutil's start time is read with coarse clock ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process, named so that a reused process id is not mistaken for it.

    ``start`` marks the moment at which the process began. On Linux it is ``TICKS@BOOT``, clock
    ticks since boot and the identity of that boot, which setting the clock does not change.
    Elsewhere, and in stores that an earlier version wrote, it is seconds since 1970.
    """

    host: str
    pid: int
    start: str

    @classmethod
    def this_process(cls) -> "Owner":
        """Return this process as an owner."""
        process = psutil.Process()
        start = _kernel_start(process.pid) or f"{process.create_time():.2f}"
        return cls(host=socket.gethostname(), pid=process.pid, start=start)

    @classmethod
    def parse(cls, text: str) -> "Owner":
        """Read what ``str(owner)`` wrote, also in an earlier version.

        Raises:
            ValueError: The text has another form.
        """
        host, pid, start = text.rsplit(":", 2)
        if TICKS_AND_BOOT not in start:
            float(start)
        return cls(host=host, pid=int(pid), start=start)

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}:{self.start}"

    @property
    def is_on_this_host(self) -> bool:
        """Whether anything can be known of the process here."""
        return self.host == socket.gethostname()

    def is_gone(self) -> bool:
        """Whether the process was on this host and no longer runs (False for other hosts)."""
        if not self.is_on_this_host:
            return False
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            if TICKS_AND_BOOT in self.start:
                return self.start != (_kernel_start(self.pid) or self.start)
            return abs(process.create_time() - float(self.start)) > SAME_START_S
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:  # it is there, and nothing more can be known
            return False


def _kernel_start(pid: int) -> str | None:
    """Return what Linux says of a process's start; None elsewhere, or if there is no such process.

    psutil's own start time is the same ticks added to the time of boot, which is derived from the
    clock: when the clock is set, all processes seem to have begun at another time.
    """
    try:
        boot = BOOT_ID.read_text().strip()
        stat = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    after_name = stat.rpartition(")")[2].split()  # a name may hold spaces and parentheses
    return f"{after_name[START_FIELD]}{TICKS_AND_BOOT}{boot}"
