"""Memory of a run: what it will need, and the peak it reached in this process."""

import ctypes
import sys
from pathlib import Path

import psutil

from harness.spec.lanes import may_share_lanes
from harness.spec.settings import Settings

__all__ = ["PeakMemory", "give_back_freed", "needed_bytes", "run_bytes"]

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


def give_back_freed() -> None:
    """Return memory that was freed to the system, where the C library can (glibc).

    It keeps small freed blocks for later, scattered, so that a worker would grow from run to run.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # absent from musl
        if trim is not None:
            trim(0)


# Measured on VGG19 at 224 to 1024 pixels, all five blocks; a shallower trunk needs as much, for
# its Gram matrices. Checked by tests/end_to_end/test_worker_memory.py.
PROCESS_BYTES = 1_200_000_000  # a worker with its libraries, parameters and evaluator
# Winograd's kernels are four times as large as those they are made of; small maps do not need
# them (harness/transfer/correlation.py).
WINOGRAD_BYTES, WINOGRAD_PIXELS = 600_000_000, 16 * 1024
BYTES_PER_PIXEL = {"bfloat16": 1400, "float32": 2700}
LBFGS_BYTES_PER_PIXEL = 24  # of each step remembered: two float32 images


def needed_bytes(settings: Settings, pixels: float, *, lanes: int = 1) -> float:
    """Return the memory that a worker process needs for one run on a CPU, or for a batch.

    Args:
        settings: With ``auto`` precision taken for float32, which needs most.
        pixels: Of the result.
        lanes: Runs at a time, of those that may share a batch.
    """
    together = lanes if may_share_lanes(settings) else 1
    is_filtered = settings.precision != "bfloat16" and together * pixels >= WINOGRAD_PIXELS
    process = PROCESS_BYTES + (WINOGRAD_BYTES if is_filtered else 0)
    return process + together * run_bytes(settings, pixels)


def run_bytes(settings: Settings, pixels: float) -> float:
    """Return the memory of a run itself, what its process needs anyway aside.

    Args:
        settings: As for :func:`needed_bytes`.
        pixels: Of the result.
    """
    per_pixel = BYTES_PER_PIXEL.get(settings.precision, BYTES_PER_PIXEL["float32"])
    if settings.optimizer == "lbfgs":
        per_pixel += LBFGS_BYTES_PER_PIXEL * settings.lbfgs_history
    return per_pixel * pixels
