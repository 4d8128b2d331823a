"""One worker: settings and picture bytes → transfer → PNG, trace, timing → distances, scores."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import torch

from harness.errors import HarnessError, ParametersError, TransferError
from harness.images.decode import decode_picture
from harness.images.geometry import frame_of, framed
from harness.images.resize import encode_png
from harness.scoring.score import PairScorer
from harness.sweep.batches import batches
from harness.sweep.early_end import early_end_notes, reached
from harness.sweep.executor import OnStart, OnStep
from harness.sweep.memory import PeakMemory, give_back_freed
from harness.sweep.record import Bundle, RunRecord, RunTask
from harness.transfer.engine import TransferResult, TransferTask, run_transfer
from harness.transfer.events import StepEvent
from harness.transfer.lanes import run_lanes
from harness.transfer.precision import numerics
from harness.transfer.pretrained.choice import parameters_identity
from harness.transfer.pretrained.parameters import Parameters, load_parameters

__all__ = ["Worker"]

PARAMETERS_KEPT = 4  # networks held in memory: one sweep rarely compares more
START = 0  # the iteration before the first
SCORERS_KEPT = 4  # the runs of one pair come one after the other


class Worker:
    """Performs bundles; keeps parameters and the targets of recent pairs between them."""

    def __init__(self) -> None:
        self._parameters: Callable[[str, str, str], Parameters]
        self._parameters = lru_cache(maxsize=PARAMETERS_KEPT)(_load_checked)
        self._scorers: dict[tuple[str, str, str, str], PairScorer] = {}

    def perform(
        self, bundle: Bundle, *, on_start: OnStart, on_step: OnStep
    ) -> Iterator[RunRecord]:
        """Perform a bundle's runs; a run that fails is a record, never an exception.

        Those that are alike are lanes of one batch, or of several where memory is short.
        """
        pictures = {
            sha256: decode_picture(data, name=sha256[:12])
            for sha256, data in bundle.pictures.items()
        }
        for tasks in batches(bundle.tasks, pictures):
            for task in tasks:
                on_start(task.fingerprint)
            if len(tasks) == 1:
                yield self._attempt(tasks[0], partial(self._run, tasks[0], pictures, on_step))
            else:
                yield from self._attempt_lanes(tasks, pictures, on_step)
            give_back_freed()

    def _attempt(
        self, task: RunTask, make: Callable[[], RunRecord], *, spent: float = 0.0
    ) -> RunRecord:
        """Make the record of a run on which some seconds have been spent already."""
        begun = time.perf_counter()
        try:
            record = make()
            return replace(record, busy_seconds=spent + time.perf_counter() - begun)
        except (HarnessError, ValueError) as error:  # will say the same of every attempt
            return _failure(task, str(error), transient=False)
        except Exception as error:  # noqa: BLE001 - one broken run must not end the sweep
            return _failure(task, _reason(error), transient=True)

    def _attempt_lanes(
        self, tasks: Sequence[RunTask], pictures: dict[str, np.ndarray], on_step: OnStep
    ) -> Iterator[RunRecord]:
        """Perform runs as lanes; what ends all of them may be one's fault, so each has a retry."""
        begun = time.perf_counter()
        memory = PeakMemory()
        memory.start()
        reason, results = "", list[TransferResult | TransferError]()
        try:
            results = self._run_lanes(tasks, pictures, on_step)
        except Exception as error:  # noqa: BLE001 - one broken batch must not end the sweep
            reason = _reason(error)
        if not results:
            for task in tasks:
                yield replace(_failure(task, reason, transient=True), alone=False)
            return
        peak = memory.stop() + _device_peak(tasks[0].device)
        known = sum(one.seconds for one in results if isinstance(one, TransferResult))
        shared = (time.perf_counter() - begun - known) / len(tasks)
        for task, result in zip(tasks, results, strict=True):
            if isinstance(result, TransferError):
                yield _failure(task, str(result), transient=False)
                continue
            make = partial(self._finished, task, pictures, result, peak, lanes=len(tasks))
            yield self._attempt(task, make, spent=shared + result.seconds)

    def _run_lanes(
        self, tasks: Sequence[RunTask], pictures: dict[str, np.ndarray], on_step: OnStep
    ) -> list[TransferResult | TransferError]:
        first, listeners = tasks[0], [_limited(task, on_step) for task in tasks]
        return run_lanes(
            [_transfer_task(task, pictures) for task in tasks],
            self._parameters(first.settings.pretrained, first.settings.backbone, first.parameters),
            device=first.device,
            precision=first.settings.precision,
            on_step=lambda lane, event: listeners[lane](event),
        )

    def _run(self, task: RunTask, pictures: dict[str, np.ndarray], on_step: OnStep) -> RunRecord:
        settings = task.settings
        memory = PeakMemory()
        memory.start()
        result = run_transfer(
            _transfer_task(task, pictures),
            self._parameters(settings.pretrained, settings.backbone, task.parameters),
            device=task.device,
            precision=settings.precision,
            on_step=_limited(task, on_step),
        )
        peak = memory.stop() + _device_peak(task.device)
        return self._finished(task, pictures, result, peak)

    def _finished(
        self,
        task: RunTask,
        pictures: dict[str, np.ndarray],
        result: TransferResult,
        peak_memory_bytes: int,
        *,
        lanes: int = 1,
    ) -> RunRecord:
        """Return the record of a run, with its scores."""
        record = _record(task, result, peak_memory_bytes, lanes=lanes)
        begun = time.perf_counter()
        scorer = self._scorer(task, pictures)
        last = scorer.measure(result.image, start=result.snapshots.get(START))
        measured = {
            at: scorer.measure(result.snapshots[at], detailed=False) for at in record.snapshots_png
        } | {result.iterations: last}
        absences = (f"{name} was not measured: {why}" for name, why in last.absent.items())
        return replace(
            record,
            flags=last.flags,
            warnings=(*record.warnings, *absences),
            distances={at: found.distances for at, found in measured.items()},
            scores={at: found.scores for at, found in measured.items()},
            anchors=scorer.anchors,
            scoring_seconds=time.perf_counter() - begun,
        )

    def _scorer(self, task: RunTask, pictures: dict[str, np.ndarray]) -> PairScorer:
        frame = frame_of(task.settings)
        key = (task.content_sha256, task.style_sha256, frame, task.evaluator.id)
        if key not in self._scorers:
            while len(self._scorers) >= SCORERS_KEPT:
                self._scorers.pop(next(iter(self._scorers)))
            content = framed(pictures[task.content_sha256], frame)
            self._scorers[key] = PairScorer(content, _styles(task, pictures), task.evaluator)
        return self._scorers[key]


def _transfer_task(task: RunTask, pictures: dict[str, np.ndarray]) -> TransferTask:
    """Return what the engine is to do; the result of an earlier run takes its place."""
    content, styles = pictures[task.content_sha256], _styles(task, pictures)
    start = pictures[task.start_sha256] if task.start_sha256 else None
    if task.earlier is not None:
        result = pictures[task.earlier.fingerprint]
        match task.earlier.result_as:
            case "content":
                content = result
            case "style":
                styles = [(result, 1.0)]
            case "start":
                start = result
    (style, style_weight), *extra_styles = styles
    return TransferTask(
        settings=task.settings,
        content=content,
        style=style,
        style_weight=style_weight,
        extra_styles=tuple(extra_styles),
        seed=task.seed,
        start_picture=start,
        snapshots=_kept(task),
    )


def _styles(task: RunTask, pictures: dict[str, np.ndarray]) -> list[tuple[np.ndarray, float]]:
    """Return the pictures of a run's style, each with its share."""
    return [(pictures[sha256], share) for sha256, share in task.styles.shares]


def _kept(task: RunTask) -> tuple[int, ...]:
    """Return the iterations whose pictures are needed; the start, to see what is left of it."""
    is_other = task.earlier is not None and task.earlier.result_as == "content"
    if task.settings.start == "content" and not is_other:  # its own measurements say that
        return task.snapshots
    return tuple(sorted({START, *task.snapshots}))


def _load_checked(pretrained: str, backbone: str, identity: str) -> Parameters:
    """Load parameters from this machine's disk, if they are those that the plan named.

    Raises:
        ParametersError: They cannot be loaded, or are not the same.
    """
    found = parameters_identity(pretrained, backbone)
    if found != identity:
        raise ParametersError(
            f"the parameters {pretrained} of {backbone} on this machine are {found}, "
            f"the sweep was planned with {identity}"
        )
    return load_parameters(pretrained, backbone)


def _limited(task: RunTask, on_step: OnStep) -> Callable[[StepEvent], None]:
    """Return a listener that passes steps on, and ends a run that takes too long."""

    def listen(event: StepEvent) -> None:
        on_step(task.fingerprint, event)
        limit = task.time_limit_s
        if limit is not None and event.seconds > limit and event.iteration < event.iterations:
            raise TransferError(
                f"limits.time_per_run of {limit:g} s was used up at iteration {event.iteration} "
                f"of {event.iterations}"
            )

    return listen


def _failure(task: RunTask, reason: str, *, transient: bool) -> RunRecord:
    return RunRecord(
        fingerprint=task.fingerprint, status="FAILED", reason=reason, transient=transient
    )


def _reason(error: Exception) -> str:
    """Say what ended an attempt: our own errors in their own words."""
    if isinstance(error, HarnessError):
        return str(error)
    if _is_out_of_memory(error):
        return f"out of memory: {_first_line(error)}"
    return f"{type(error).__name__}: {error}"


def _is_out_of_memory(error: Exception) -> bool:
    """Tell whether memory was refused; PyTorch says so for a CPU in words only."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "allocate memory" in str(error)
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _record(
    task: RunTask, result: TransferResult, peak_memory_bytes: int, *, lanes: int
) -> RunRecord:
    kept = [at for at in reached(result, task.snapshots) if at < result.iterations]
    notes = early_end_notes(task.settings, result, task.snapshots)
    return RunRecord(
        fingerprint=task.fingerprint,
        status="FINISHED",
        reason=result.stop_reason,
        picture_png=encode_png(result.image),
        snapshots_png={at: encode_png(result.snapshots[at]) for at in kept},
        trace={name: tuple(values) for name, values in result.trace.items()},
        iterations=result.iterations,
        function_evaluations=result.function_evaluations,
        seconds=result.seconds,
        seconds_per_iteration=result.seconds_per_iteration,
        peak_memory_bytes=peak_memory_bytes,
        numerics=numerics(task.device, task.settings.precision, lanes=lanes),
        warnings=(*result.warnings, *notes),
        canonical=dict(result.canonical),
        style_weight=result.style_weight,
    )


def _device_peak(device: str) -> int:
    if not device.startswith("cuda"):
        return 0
    peak = torch.cuda.max_memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    return int(peak)
