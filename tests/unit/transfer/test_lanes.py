"""Runs as lanes of one batch: the same as alone but for last digits, whatever the others do."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from harness.errors import TransferError
from harness.spec.lanes import may_share_lanes
from harness.spec.settings import Settings
from harness.transfer.engine import TransferResult, TransferTask, run_transfer
from harness.transfer.events import StepEvent
from harness.transfer.lane_rules import lane_key
from harness.transfer.lanes import run_lanes
from harness.transfer.pretrained.parameters import Parameters
from harness.transfer.scales import Scales

Pictures = tuple[np.ndarray, np.ndarray]

LOSS_TOLERANCE = 1e-4
"""Relative, float32, eight iterations: a batch is summed in another order than a picture."""

ITERATIONS = 8

DIFFERENT: list[dict[str, Any]] = [
    {},
    {"lr": 0.05, "lr_schedule": "cosine"},
    {"averaging": 0.9, "start": "noise"},
    {"weights": {"content": 5, "style": 1, "tv": 0.5}},
    {"style_layers": ["relu2_1", "relu5_1"], "layer_combination": "sum"},
    {"content_layers": {"relu2_2": 1, "relu4_2": 2}, "style_layers": ["rgb", "relu5_1"]},
    {"weights": {"content": 0, "style": 2, "tv": 0}, "start": "gray"},
    {"iterations": 5, "weights": {"content": 1, "style": 1, "balanced": True}},
]
"""Settings that lanes may differ in: all of them read up to relu5_1."""


def _task(pictures: Pictures, *, snapshots: tuple[int, ...] = (), **changes: Any) -> TransferTask:
    content, style = pictures
    return TransferTask(
        settings=Settings.model_validate({"image_size": 32, "iterations": ITERATIONS, **changes}),
        content=content,
        style=style,
        seed=0,
        snapshots=snapshots,
    )


def _alone(task: TransferTask, parameters: Parameters) -> TransferResult:
    return run_transfer(task, parameters, device="cpu", precision="float32")


def _together(
    tasks: list[TransferTask], parameters: Parameters, **options: Any
) -> list[TransferResult | TransferError]:
    return run_lanes(tasks, parameters, device="cpu", precision="float32", **options)


def _finished(results: list[TransferResult | TransferError]) -> list[TransferResult]:
    finished = [one for one in results if isinstance(one, TransferResult)]
    assert len(finished) == len(results)
    return finished


def _assert_alike(alone: TransferResult, lane: TransferResult) -> None:
    """Tell two results apart only where last digits cannot be the reason."""
    assert alone.stop_reason == lane.stop_reason
    assert alone.iterations == lane.iterations
    assert alone.function_evaluations == lane.function_evaluations
    assert list(alone.trace) == list(lane.trace)
    for term, values in alone.trace.items():
        assert values == pytest.approx(lane.trace[term], rel=LOSS_TOLERANCE, abs=1e-9)
    assert alone.canonical == pytest.approx(lane.canonical, rel=1e-3)
    assert alone.style_weight == lane.style_weight
    assert alone.snapshots.keys() == lane.snapshots.keys()
    for at, picture in {-1: alone.image, **alone.snapshots}.items():
        other = lane.image if at == -1 else lane.snapshots[at]
        assert np.abs(picture.astype(int) - other.astype(int)).max() <= 1
        assert np.mean(picture != other) < 0.01


def test_lanes_come_to_what_runs_come_to_alone(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """Each lane has its own weights, layers, rate, schedule, average, start and iterations."""
    tasks = [_task(pictures, snapshots=(0, 3), **changes) for changes in DIFFERENT]

    lanes = _finished(_together(tasks, tiny_parameters))

    for task, lane in zip(tasks, lanes, strict=True):
        _assert_alike(_alone(task, tiny_parameters), lane)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        {"style_loss": kind}
        for kind in ("gram", "gatys", "covariance", "mean", "mean_std", "wasserstein", "gram_raw")
    ]
    + [{"content_loss": "scaled_mse"}, {"tv_loss": "l1_sum", "weights": {"tv": 1e-3}}]
    + [{"pixel_range": 255, "lr": 5.0}, {"clamp": "none"}, {"adam_form": "tensorflow"}],
    ids=str,
)
def test_lanes_of_every_kind_come_to_what_runs_come_to_alone(
    pictures: Pictures, tiny_parameters: Parameters, kind: dict[str, Any]
) -> None:
    """Targets of two styles and two contents are stacked, whatever is measured of them."""
    content, style = pictures
    others = np.ascontiguousarray(content[::-1]), np.ascontiguousarray(style.transpose(1, 0, 2))
    tasks = [_task(pair, iterations=4, **kind) for pair in (pictures, others)]

    lanes = _finished(_together(tasks, tiny_parameters))

    assert not np.array_equal(lanes[0].image, lanes[1].image)
    for task, lane in zip(tasks, lanes, strict=True):
        _assert_alike(_alone(task, tiny_parameters), lane)


def test_styles_of_which_one_is_tiny_share_a_batch(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """Where colours are compared at fewer scales in one lane, the others keep all of theirs."""
    content, style = pictures
    tasks = [
        _task((content, one), iterations=3, style_scale=scale)
        for one, scale in ((style, 1.0), (style[:16, :16], 0.5))
    ]

    lanes = _finished(_together(tasks, tiny_parameters))

    for task, lane in zip(tasks, lanes, strict=True):
        _assert_alike(_alone(task, tiny_parameters), lane)


def test_a_batch_of_one_is_the_run_itself(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """Byte by byte and digit by digit."""
    task = _task(pictures, snapshots=(0, 4), averaging=0.9, lr_schedule="linear")

    (lane,) = _finished(_together([task], tiny_parameters))
    alone = _alone(task, tiny_parameters)

    assert alone.image.tobytes() == lane.image.tobytes()
    assert alone.trace == lane.trace
    assert alone.canonical == lane.canonical
    assert alone.snapshots.keys() == lane.snapshots.keys()


def test_equal_batches_give_equal_bytes(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """The same tasks in the same order give the same pictures and traces."""
    tasks = [_task(pictures, **changes) for changes in DIFFERENT]

    first, second = (_finished(_together(tasks, tiny_parameters)) for _ in range(2))

    assert [one.image.tobytes() for one in first] == [one.image.tobytes() for one in second]
    assert [one.trace for one in first] == [one.trace for one in second]


def test_lanes_drop_out_when_they_are_done(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """Each by its own rule; those that stay come to what they come to alone."""
    changes: list[dict[str, Any]] = [
        {"iterations": 2},
        {"iterations": 30, "stop_plateau": 0.9, "stop_window": 3},
        {},
        {"iterations": 30, "stop_loss": 1e9},
        {"iterations": 30, "stop_seconds": 1e-9},
    ]
    tasks = [_task(pictures, snapshots=(1, 2), **one) for one in changes]

    lanes = _finished(_together(tasks, tiny_parameters))

    assert ["iterations", "plateau", "iterations", "target loss", "time"] == [
        lane.stop_reason for lane in lanes
    ]
    assert [2, 3, ITERATIONS, 0, 1] == [lane.iterations for lane in lanes]
    for task, lane in zip(tasks, lanes, strict=True):
        _assert_alike(_alone(task, tiny_parameters), lane)


def test_a_lane_that_fails_leaves_the_others_alone(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """A loss without end, a picture that never moves and a broken start are those lanes' own."""
    changes: list[dict[str, Any]] = [
        {},
        {"lr": 1e-30},
        {"weights": {"content": 1e38, "style": 1e38}, "start": "noise"},
        {"weights": {"content": 1, "style": 1, "balanced": True}, "content_layers": ["rgb"]},
    ]
    tasks = [_task(pictures, **one) for one in changes]

    fine, still, endless, last = _together(tasks, tiny_parameters)

    assert isinstance(fine, TransferResult)
    assert "stalled at iteration 5" in str(still)
    assert "at iteration 1" in str(endless)
    assert isinstance(last, TransferResult)
    _assert_alike(_alone(tasks[0], tiny_parameters), fine)
    for task, lane in ((tasks[1], still), (tasks[2], endless)):
        with pytest.raises(TransferError) as failed:
            _alone(task, tiny_parameters)
        assert str(failed.value) == str(lane)


def test_a_listener_may_end_one_lane(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """Its TransferError is that lane's; every step of every lane is told until then."""
    steps: list[tuple[int, int]] = []

    def listen(lane: int, event: StepEvent) -> None:
        steps.append((lane, event.iteration))
        if lane == 1 and event.iteration == 2:
            raise TransferError("took too long")

    first, second = _together([_task(pictures, iterations=3)] * 2, tiny_parameters, on_step=listen)

    assert isinstance(first, TransferResult)
    assert str(second) == "took too long"
    assert [(0, 1), (1, 1), (0, 2), (1, 2), (0, 3)] == steps


def test_any_other_error_of_a_listener_ends_all(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """An interruption is not one lane's."""

    def listen(_lane: int, _event: StepEvent) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _together([_task(pictures)] * 2, tiny_parameters, on_step=listen)


def test_seconds_of_lanes_add_up(
    pictures: Pictures, tiny_parameters: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every second that passes belongs to one lane or, in parts, to those under way."""
    ticks = iter(range(10_000))
    monkeypatch.setattr("harness.transfer.lanes.time.perf_counter", lambda: float(next(ticks)))
    tasks = [_task(pictures, iterations=iterations) for iterations in (1, 4, 4)]

    lanes = _finished(_together(tasks, tiny_parameters))

    # the clock's first look is at 0, its last when the last lane is charged for its result
    assert sum(lane.seconds for lane in lanes) == pytest.approx(next(ticks) - 1)
    assert lanes[0].seconds < lanes[1].seconds


def test_a_time_limit_is_meant_for_the_share_of_a_lane(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """Each lane ends after the iteration in which its own seconds passed the limit."""
    for lane in _finished(_together([_task(pictures)] * 2, tiny_parameters, time_limit_s=0.0)):
        assert (lane.stop_reason, lane.iterations) == ("time limit", 1)


def test_targets_of_one_picture_are_worked_out_once(
    pictures: Pictures, tiny_parameters: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lanes of one content hold one copy of its features, of the taps that they compare."""
    made: list[Scales] = []
    begin = Scales.begin

    def spied(self: Scales, *arguments: Any) -> Any:
        made.append(self)
        return begin(self, *arguments)

    monkeypatch.setattr(Scales, "begin", spied)
    _together([_task(pictures, iterations=1)] * 3, tiny_parameters)

    targets = {id(scales.objective.terms.groups[0].layers[0].loss.target[0]) for scales in made}
    assert len(made) == 3
    assert len(targets) == 1
    assert all(not scales._features._known for scales in made)  # targets of all taps are large


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "lbfgs"},
        {"pyramid": "octave"},
        {"result": "best_loss", "averaging": 0},
        {"style_loss": "sliced_wasserstein"},
        {"weights": {"style": 0}},
    ],
    ids=str,
)
def test_what_does_not_fit_travels_alone(
    pictures: Pictures, tiny_parameters: Parameters, changes: dict[str, Any]
) -> None:
    """Such settings may not share lanes, and a batch with them is refused."""
    task = _task(pictures, **changes)

    assert not may_share_lanes(task.settings)
    with pytest.raises(ValueError, match="cannot share lanes"):
        _together([task], tiny_parameters)


@pytest.mark.parametrize(
    "changes",
    [
        {"pooling": "max"},
        {"style_layers": ["relu1_1"]},
        {"style_loss": "gram"},
        {"padding": "zeros"},
    ],
    ids=str,
)
def test_lanes_of_other_trunks_or_losses_are_refused(
    pictures: Pictures, tiny_parameters: Parameters, changes: dict[str, Any]
) -> None:
    """What a batch has in common is the same for all of its lanes."""
    tasks = [_task(pictures), _task(pictures, **changes)]

    assert lane_key(tasks[0].settings) != lane_key(tasks[1].settings)
    with pytest.raises(ValueError, match="not alike"):
        _together(tasks, tiny_parameters)


def test_lanes_of_other_sizes_are_refused(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """Contents of other proportions give images of other sizes."""
    content, style = pictures
    tasks = [_task(pictures), _task((content[:, :16], style))]

    with pytest.raises(ValueError, match=r"one size, got \[\(16, 32\), \(24, 32\)\]"):
        _together(tasks, tiny_parameters)


def test_no_lanes_are_refused(tiny_parameters: Parameters) -> None:
    """There is nothing to say about no task."""
    with pytest.raises(ValueError, match="need a task"):
        _together([], tiny_parameters)


def test_lanes_in_bfloat16_stay_close(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """The total loss of every iteration is within a few parts in a thousand of that alone."""
    tasks = [_task(pictures), _task(pictures, start="noise")]

    lanes = run_lanes(tasks, tiny_parameters, device="cpu", precision="bfloat16")

    for task, lane in zip(tasks, _finished(lanes), strict=True):
        alone = run_transfer(task, tiny_parameters, device="cpu", precision="bfloat16")
        assert alone.trace["total"] == pytest.approx(lane.trace["total"], rel=0.01)


def test_every_lane_draws_with_its_own_seed(
    pictures: Pictures, make_parameters: Callable[..., Parameters]
) -> None:
    """Lanes that start from noise begin where they begin alone."""
    content, style = pictures
    settings = Settings.model_validate({"image_size": 32, "iterations": 1, "start": "noise"})
    tasks = [
        TransferTask(settings=settings, content=content, style=style, seed=seed, snapshots=(0,))
        for seed in (0, 1)
    ]
    parameters = make_parameters(up_to="conv5_1")

    for task, lane in zip(tasks, _finished(_together(tasks, parameters)), strict=True):
        assert np.array_equal(_alone(task, parameters).snapshots[0], lane.snapshots[0])
    assert torch.get_default_dtype() == torch.float32
