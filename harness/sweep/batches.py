"""Which runs are optimised as one batch, and how many of them fit into a device's memory."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
import torch

from harness.images.geometry import result_shape
from harness.spec.lanes import may_share_lanes
from harness.sweep.memory import run_bytes
from harness.sweep.record import RunTask
from harness.transfer.lane_rules import lane_key

__all__ = ["batch_key", "batches", "even_parts"]

SPARE = 0.8  # of what is free: kernels take memory for themselves

Item = TypeVar("Item")


def batch_key(task: RunTask, width: int, height: int) -> object:
    """Return what runs of one batch share; of one that travels alone, its fingerprint.

    Args:
        task: Of the run.
        width: Of its content, in pixels.
        height: Likewise.
    """
    settings = task.settings
    if task.earlier is not None or not may_share_lanes(settings):
        return task.fingerprint
    return (*lane_key(settings), *result_shape(width, height, settings))


def even_parts(items: Sequence[Item], largest: int) -> Iterator[Sequence[Item]]:
    """Yield as few parts as possible, none above ``largest``, whose sizes differ by 1 at most."""
    parts = -(-len(items) // largest)
    for part in range(parts):
        yield items[len(items) * part // parts : len(items) * (part + 1) // parts]


def batches(
    tasks: Sequence[RunTask], pictures: Mapping[str, np.ndarray]
) -> Iterator[Sequence[RunTask]]:
    """Divide a bundle into batches that fit into the device's free memory.

    On a CPU batches are as large as they can be: the plan has looked after that memory.

    Args:
        tasks: Of the bundle.
        pictures: By SHA-256.
    """
    groups: dict[object, list[RunTask]] = {}
    for task in tasks:
        height, width = pictures[task.content_sha256].shape[:2]
        groups.setdefault(batch_key(task, width, height), []).append(task)
    for group in groups.values():
        yield from even_parts(group, _fitting(group, pictures))


def _fitting(tasks: Sequence[RunTask], pictures: Mapping[str, np.ndarray]) -> int:
    """Return how many of these, which need about the same, fit at a time."""
    device = tasks[0].device
    if len(tasks) == 1 or not device.startswith("cuda"):
        return len(tasks)
    need = max(_bytes(task, pictures) for task in tasks)
    return max(int(_free_bytes(device) * SPARE / need), 1)


def _bytes(task: RunTask, pictures: Mapping[str, np.ndarray]) -> float:
    height, width = pictures[task.content_sha256].shape[:2]
    height, width = result_shape(width, height, task.settings)
    return run_bytes(task.settings, float(height * width))


def _free_bytes(device: str) -> int:
    """Return what is free, with what earlier runs have left to the allocator."""
    free, _ = torch.cuda.mem_get_info(device)
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(free + kept)
