"""What a run needs before it begins: its trunk and its loop, from its task."""

from collections.abc import Callable, Iterable
from functools import partial

import torch

from harness.spec.schedule import total_iterations
from harness.spec.settings import Settings
from harness.transfer.loop import Loop
from harness.transfer.optimizers.schedules import learning_rate
from harness.transfer.pretrained.parameters import Parameters
from harness.transfer.scales import Scales
from harness.transfer.task import TransferTask
from harness.transfer.trunk import Trunk

__all__ = ["check_task", "make_loop", "make_trunk"]


def check_task(task: TransferTask, parameters: Parameters) -> None:
    """Refuse what can be seen to go wrong.

    Raises:
        ValueError: if a snapshot lies outside the run, or the parameters are another backbone's.
    """
    task.check_snapshots()
    if parameters.backbone != task.settings.backbone:
        raise ValueError(
            f"the settings name the backbone {task.settings.backbone}, "
            f"the parameters are those of {parameters.backbone}"
        )


def make_trunk(
    settings: Settings,
    parameters: Parameters,
    *,
    taps: Iterable[str],
    device: torch.device,
    dtype: torch.dtype,
) -> Trunk:
    """Make the trunk that settings ask for, see :class:`Trunk`."""
    return Trunk(
        parameters,
        taps=taps,
        pooling=settings.pooling,
        pooling_scale=settings.pooling_scale,
        padding=settings.padding,
        preprocessing=settings.preprocessing,
        device=device,
        dtype=dtype,
    )


def make_loop(task: TransferTask, scales: Scales, elapsed: Callable[[], float]) -> Loop:
    """Make the loop of a run.

    Args:
        task: What to do.
        scales: Of the task.
        elapsed: Seconds that the run has taken so far.
    """
    settings = task.settings
    iterations = total_iterations(settings)
    return Loop(
        begin=scales.begin,
        scales=len(scales),
        learning_rate=partial(learning_rate, settings, iterations=iterations),
        make_picture=scales.picture,
        pixel_range=settings.pixel_range,
        iterations=iterations,
        keep_at=task.snapshots,
        stop_seconds=settings.stop_seconds,
        elapsed=elapsed,
    )
