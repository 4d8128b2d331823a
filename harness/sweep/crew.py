"""How many worker processes a sweep gets, how many threads each, and how much memory."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.errors import InputError
from harness.images.decode import Picture
from harness.images.geometry import result_shape
from harness.spec.settings import Settings
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.memory import PROCESS_BYTES, needed_bytes
from reports.numbers import counted

__all__ = ["Crew", "choose_crew", "result_pixels", "usable_cores"]

GIBI = 1024**3
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
CGROUP_USED = Path("/sys/fs/cgroup/memory.current")
NVIDIA = Path("/proc/driver/nvidia/gpus")
SPARE = 0.9  # of what is free: other programs live here too


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Worker processes for a sweep; none where runs are performed in this process."""

    workers: int
    threads: int
    memory_bytes: int
    """What one worker may use."""

    def __str__(self) -> str:
        memory = f"{self.memory_bytes / GIBI:.1f} GiB"
        each = f"{counted(self.threads, 'thread')} and at most {memory}"
        if self.workers == 1:
            return f"1 worker process with {each}"
        return f"{self.workers} worker processes with {each} each"


def choose_crew(
    asked: int | None,
    spec: SweepSpec,
    pictures: Mapping[str, Picture],
    *,
    device: str,
    lanes: int = 1,
) -> Crew:
    """Divide cores and memory of this machine between workers.

    Args:
        asked: Number of workers asked for; None to choose: one for each GPU, or else for each
            core, as far as the memory and the runs go.
        spec: The sweep.
        pictures: Its pictures, by their text in the sweep file.
        device: As on the command line.
        lanes: Runs that a worker optimises at a time on a CPU.

    Raises:
        InputError: The sweep's dearest run, or so many workers, need more memory than is free.
    """
    cores, free = usable_cores(), _free_bytes()
    gpus = _gpus(device)
    need = PROCESS_BYTES if gpus else _dearest(spec, pictures, lanes)
    fit = int(free // need)
    if fit < max(asked or 0, 1):
        raise InputError(_too_much(asked, need, free, fit))
    if asked == 0:
        return Crew(workers=0, threads=cores, memory_bytes=int(free))
    runs = len(spec.variants) * len(spec.cases)
    workers = asked or max(min(gpus or cores, fit, runs), 1)
    threads = max(cores // workers, 1)
    return Crew(workers=workers, threads=threads, memory_bytes=int(free // workers))


def result_pixels(settings: Settings, content: Picture) -> float:
    """Return the pixels of a run's result."""
    height, width = result_shape(content.width, content.height, settings)
    return float(height * width)


def _gpus(device: str) -> int:
    """Return how many GPUs runs may use, without importing PyTorch for it; 0 for a CPU."""
    if device == "cpu":
        return 0
    if sys.platform == "darwin" or ":" in device:
        return 1
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([one for one in visible.split(",") if one.strip() not in ("", "-1")])
    return len(list(NVIDIA.iterdir())) if NVIDIA.is_dir() else 0


def _dearest(spec: SweepSpec, pictures: Mapping[str, Picture], lanes: int) -> float:
    contents = {pair.content.text for pair in spec.pairs}
    return max(
        needed_bytes(
            variant.settings, result_pixels(variant.settings, pictures[content]), lanes=lanes
        )
        for variant in spec.variants
        for content in contents
    )


def _too_much(asked: int | None, need: float, free: float, fit: int) -> str:
    one = f"a run of this sweep needs about {need / GIBI:.1f} GiB of memory"
    have = f"{free / GIBI:.1f} GiB are to be had here"
    if not fit:
        return f"{one}, {have}. Take a smaller image_size, or --precision bfloat16."
    return f"--workers {asked}: {one}, {have}: allowed are at most {fit} workers"


def usable_cores() -> int:
    """Return the cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # absent on macOS and Windows
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _free_bytes() -> float:
    """Return the memory that workers may use: free here, and within a container's limit."""
    free = float(psutil.virtual_memory().available)
    try:
        limit, used = (int(path.read_text()) for path in (CGROUP_LIMIT, CGROUP_USED))
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return free * SPARE
    return min(free, limit - used) * SPARE
