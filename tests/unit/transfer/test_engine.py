"""One style transfer from end to end, on a tiny network."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from harness.errors import InputError, TransferError
from harness.spec.settings import Settings
from harness.transfer.engine import TransferResult, TransferTask, run_transfer
from harness.transfer.events import StepEvent
from harness.transfer.pretrained.parameters import Parameters

Pictures = tuple[np.ndarray, np.ndarray]
MakeParameters = Callable[..., Parameters]


def _task(
    pictures: Pictures, *, snapshots: tuple[int, ...] = (), seed: int = 0, **changes: Any
) -> TransferTask:
    settings = {"image_size": 32, "iterations": 8, **changes}
    content, style = pictures
    return TransferTask(
        settings=Settings.model_validate(settings),
        content=content,
        style=style,
        seed=seed,
        snapshots=snapshots,
    )


def _run(task: TransferTask, parameters: Parameters, **changes: Any) -> TransferResult:
    arguments = {"device": "cpu", "precision": "float32", **changes}
    return run_transfer(task, parameters, **arguments)


@pytest.mark.parametrize("optimizer", [{"optimizer": "adam"}, {"optimizer": "lbfgs", "lr": 1.0}])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_loss_falls(
    pictures: Pictures, tiny_parameters: Parameters, optimizer: dict[str, Any], precision: str
) -> None:
    """Both optimisers lower the total in both precisions and give a picture of the right size."""
    # L-BFGS has no line search: its way down is not straight
    task = _task(pictures, iterations=25, **optimizer)

    result = _run(task, tiny_parameters, precision=precision)

    assert result.image.shape == (32, 24, 3)
    assert result.image.dtype == np.uint8
    assert min(result.trace["total"]) < 0.7 * result.trace["total"][0]
    assert result.stop_reason == "iterations"
    assert result.iterations == result.function_evaluations == len(result.trace["total"]) == 25
    assert not np.array_equal(pictures[0], result.image)


@pytest.mark.parametrize("start", ["content", "noise"])
def test_equal_runs_give_equal_bytes(
    pictures: Pictures, tiny_parameters: Parameters, start: str
) -> None:
    """The same task gives the same picture and trace, whatever the global generator does."""
    results = []
    for global_seed in (1, 2):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(global_seed)
            results.append(_run(_task(pictures, start=start, seed=5), tiny_parameters))

    assert results[0].image.tobytes() == results[1].image.tobytes()
    assert results[0].trace == results[1].trace


def test_a_run_draws_no_global_random_numbers(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """The global generator is left as it was found."""
    before = torch.get_rng_state()

    _run(_task(pictures, start="noise"), tiny_parameters)

    assert torch.equal(before, torch.get_rng_state())


def test_the_seed_counts_for_noise_only(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """Another seed gives another picture from noise, and the same one from the content."""
    images = {
        (start, seed): _run(_task(pictures, start=start, seed=seed), tiny_parameters).image
        for start in ("content", "noise")
        for seed in (0, 1)
    }

    assert np.array_equal(images["content", 0], images["content", 1])
    assert not np.array_equal(images["noise", 0], images["noise", 1])


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_snapshot_is_the_result_of_a_shorter_run(
    pictures: Pictures, tiny_parameters: Parameters, optimizer: str
) -> None:
    """The picture kept at iteration k is, byte by byte, that of a run of k iterations."""
    long = _run(
        _task(pictures, optimizer=optimizer, iterations=8, snapshots=(1, 3, 8)), tiny_parameters
    )

    for iterations in (1, 3, 8):
        short = _run(_task(pictures, optimizer=optimizer, iterations=iterations), tiny_parameters)
        assert np.array_equal(short.image, long.snapshots[iterations])
        assert short.trace["total"] == long.trace["total"][:iterations]
    assert np.array_equal(long.image, long.snapshots[8])


def test_iteration_zero_is_the_start(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """The snapshot at 0 is the start picture."""
    result = _run(_task(pictures, snapshots=(0,)), tiny_parameters)

    assert np.array_equal(pictures[0], result.snapshots[0])


def test_averaging_changes_the_picture_and_not_the_way(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """The average of the iterates is taken beside the optimisation."""
    last = _run(_task(pictures, averaging=0.0), tiny_parameters)
    mean = _run(_task(pictures, averaging=0.9), tiny_parameters)

    assert last.trace == mean.trace
    assert not np.array_equal(last.image, mean.image)


def test_the_trace_names_every_term(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """The trace holds content, style, each style layer, tv and, last, total."""
    result = _run(_task(pictures), tiny_parameters)
    layers = ["rgb", *(f"relu{block}_1" for block in range(1, 6))]

    assert list(result.trace) == [
        "content",
        "style",
        *(f"style/{layer}" for layer in layers),
        "tv",
        "total",
    ]


def test_pictures_are_brought_to_size(tiny_parameters: Parameters) -> None:
    """Large pictures are scaled to the long side asked for, content's shape kept."""
    generator = np.random.default_rng(0)
    content = generator.integers(0, 256, (90, 130, 3), dtype=np.uint8)
    style = generator.integers(0, 256, (50, 20, 3), dtype=np.uint8)

    result = _run(_task((content, style), image_size=64, iterations=1), tiny_parameters)

    assert result.image.shape == (44, 64, 3)


def test_a_start_picture_is_where_it_starts(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """A file start begins at the given picture."""
    content, style = pictures
    task = TransferTask(
        settings=Settings(image_size=32, iterations=1, start="file:a.png"),
        content=content,
        style=style,
        seed=0,
        start_picture=np.zeros((4, 4, 3), dtype=np.uint8),
        snapshots=(0,),
    )

    assert not _run(task, tiny_parameters).snapshots[0].any()


def test_content_alone_converges_at_once(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """A run that starts at the optimum of its only loss ends there, with the reason."""
    weights = {"content": 1.0, "style": 0.0, "tv": 0.0}

    result = _run(_task(pictures, weights=weights, snapshots=(2, 8)), tiny_parameters)

    assert result.stop_reason == "converged: zero gradient"
    assert result.iterations == 0
    assert result.seconds_per_iteration == 0
    assert all(np.array_equal(pictures[0], one) for one in (result.image, result.snapshots[2]))


def test_steps_are_told_and_timed(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """The callback hears of every step; times are positive and the limit is kept."""
    events: list[StepEvent] = []
    result = _run(_task(pictures), tiny_parameters, on_step=events.append)
    limited = _run(_task(pictures), tiny_parameters, time_limit_s=0.0)

    assert [one.iteration for one in events] == list(range(1, 9))
    assert [one.losses["total"] for one in events] == result.trace["total"]
    assert 0 < result.seconds_per_iteration < result.seconds
    assert (limited.stop_reason, limited.iterations) == ("time limit", 1)


def test_parameters_that_overflow_fail(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """Features beyond all numbers end the run as failed, with the iteration."""
    huge = {
        name: (weight * 1e30, bias)
        for name, (weight, bias) in tiny_parameters.convolutions.items()
    }
    parameters = Parameters(
        backbone="vgg19", name="huge", identity="huge", convolutions=huge, learned=frozenset()
    )
    with pytest.raises(TransferError, match=r"is (nan|inf) at iteration 1"):
        _run(_task(pictures), parameters)


def test_a_step_too_small_to_see_fails(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """A learning rate below the resolution of float32 is a stall, not a result."""
    with pytest.raises(TransferError, match="stalled at iteration 5"):
        _run(_task(pictures, lr=1e-12), tiny_parameters)


def test_parameters_of_another_backbone_are_refused(
    pictures: Pictures, make_parameters: MakeParameters
) -> None:
    """Settings and parameters must name the same backbone."""
    with pytest.raises(ValueError, match=r"backbone vgg19.*those of vgg16"):
        _run(_task(pictures), make_parameters("vgg16"))


def test_snapshots_outside_the_run_are_refused(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """A snapshot that can never be taken is refused before anything runs."""
    with pytest.raises(ValueError, match=r"\[9, -1\] lie outside 0 to 8"):
        _run(_task(pictures, snapshots=(2, 9, -1)), tiny_parameters)


def test_a_picture_too_small_is_refused(tiny_parameters: Parameters) -> None:
    """A narrow picture that the deepest tap cannot see is refused with the minimum."""
    narrow = np.zeros((100, 20, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match="at least 16 pixels"):
        _run(_task((narrow, narrow)), tiny_parameters)


def test_a_device_that_is_not_there_is_an_input_error(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """Device and precision are checked before anything runs."""
    with pytest.raises(InputError, match="device 'tpu'"):
        _run(_task(pictures), tiny_parameters, device="tpu")


@pytest.mark.parametrize("backbone", ["vgg16", "vgg19"])
@pytest.mark.parametrize("pooling", ["max", "avg", "l2"])
@pytest.mark.parametrize("padding", ["zeros", "replicate", "reflect"])
def test_all_kinds_of_trunk_work(
    pictures: Pictures, make_parameters: MakeParameters, backbone: str, pooling: str, padding: str
) -> None:
    """Every backbone, pooling and padding lowers the total."""
    task = _task(
        pictures,
        backbone=backbone,
        pooling=pooling,
        padding=padding,
        style_layers=["rgb", "relu1_1", "conv2_2", "relu3_3"],
        content_layers=["relu3_2"],
        iterations=5,
    )

    result = _run(task, make_parameters(backbone))

    assert result.trace["total"][-1] < result.trace["total"][0]
