"""Peak memory of one run in this process."""

import sys
from pathlib import Path

import psutil

__all__ = ["PeakMemory"]

CLEAR_REFS = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")
RESET_PEAK = "5"  # Linux, Documentation/filesystems/proc.rst: resets VmHWM


class PeakMemory:
    """Measures the process's peak resident memory between ``start`` and ``stop``.

    Linux keeps a high-water mark that can be reset. Elsewhere the resident size at ``stop`` is
    reported, which is a lower bound. On a CUDA device the device allocator's peak is added by
    the caller, who knows the device.
    """

    def start(self) -> None:
        """Reset the high-water mark."""
        if sys.platform == "linux":
            CLEAR_REFS.write_text(RESET_PEAK)

    def stop(self) -> int:
        """Return the peak in bytes since ``start``."""
        if sys.platform == "linux":
            for line in STATUS.read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return int(psutil.Process().memory_info().rss)
