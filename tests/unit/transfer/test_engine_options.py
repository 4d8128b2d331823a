"""The engine with settings beyond the house's: outcome, ends, weights, styles and colours."""

from typing import Any

import numpy as np
import pytest

from harness.images.color import restored
from harness.images.geometry import prepare_content, result_shape
from harness.spec.settings import Settings
from harness.transfer.engine import TransferResult, TransferTask, run_transfer
from harness.transfer.pretrained.parameters import Parameters

Pictures = tuple[np.ndarray, np.ndarray]


def _run(
    pictures: Pictures,
    parameters: Parameters,
    *,
    snapshots: tuple[int, ...] = (),
    extra_styles: tuple[tuple[np.ndarray, float], ...] = (),
    style_weight: float = 1.0,
    **changes: Any,
) -> TransferResult:
    settings = Settings.model_validate(
        {"image_size": 32, "iterations": 6, "averaging": 0.0, **changes}
    )
    task = TransferTask(
        settings=settings,
        content=pictures[0],
        style=pictures[1],
        seed=0,
        snapshots=snapshots,
        extra_styles=extra_styles,
        style_weight=style_weight,
    )
    return run_transfer(task, parameters, device="cpu", precision="float32")


@pytest.mark.parametrize(
    "choice",
    [
        {"lbfgs_variant": "torch"},
        {"lbfgs_variant": "torch", "clamp": "in_closure"},
        {"lbfgs_variant": "torch", "lbfgs_line_search": "strong_wolfe"},
        {"lbfgs_variant": "scipy", "lbfgs_evaluations": 5},
        {"lbfgs_variant": "relative_step", "clamp": "in_closure"},
    ],
)
@pytest.mark.parametrize("pixel_range", [1.0, 255.0])
def test_every_lbfgs_lowers_the_loss(
    pictures: Pictures, tiny_parameters: Parameters, choice: dict[str, str], pixel_range: float
) -> None:
    """In both units; line searches evaluate more pictures than there are iterations."""
    result = _run(
        pictures,
        tiny_parameters,
        optimizer="lbfgs",
        lr=1.0,
        pixel_range=pixel_range,
        weights={"tv": 0.0},
        iterations=12,
        **choice,
    )

    assert min(result.trace["total"]) < 0.8 * result.trace["total"][0]
    assert result.stop_reason == "iterations"
    assert len(result.trace["total"]) == 12
    searches = "lbfgs_line_search" in choice or choice["lbfgs_variant"] == "scipy"
    assert (result.function_evaluations > 12) == searches


def test_the_best_iterate_is_the_result(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """Of a run that gets worse, the result is the picture of the lowest loss."""
    changes = {"lr": 0.5, "start": "content"}
    every = tuple(range(8))
    path = _run(pictures, tiny_parameters, iterations=8, snapshots=every, **changes)
    totals = path.trace["total"]  # of the pictures after 0 to 7 iterations
    best = _run(
        pictures, tiny_parameters, iterations=7, result="best_loss", snapshots=every, **changes
    )

    for done in every:
        least = int(np.argmin(totals[: done + 1]))
        assert np.array_equal(path.snapshots[least], best.snapshots[done])
    assert np.argmin(totals) < 7
    assert best.function_evaluations == 8


def test_a_plateau_ends_the_run(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """A run that is told to stop when it hardly falls does; the picture is that of then."""
    long = _run(pictures, tiny_parameters, iterations=60, snapshots=(60,))
    result = _run(
        pictures,
        tiny_parameters,
        iterations=60,
        stop_plateau=0.05,
        stop_window=4,
        snapshots=(60,),
    )

    done, totals = result.iterations, long.trace["total"]
    assert result.stop_reason == "plateau"
    assert 4 <= done < 60
    assert result.trace["total"] == totals[:done]
    assert np.array_equal(result.image, result.snapshots[60])
    lowest = np.minimum.accumulate(totals)
    falls = [lowest[at - 4] - lowest[at] <= 0.05 * lowest[at - 4] for at in range(4, done + 1)]
    assert falls == [False] * (done - 4) + [True]


def test_a_target_loss_ends_the_run(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """The result is the first picture with such a loss."""
    path = _run(pictures, tiny_parameters, snapshots=(3,))
    result = _run(pictures, tiny_parameters, stop_loss=path.trace["total"][3])

    assert (result.stop_reason, result.iterations) == ("target loss", 3)
    assert np.array_equal(path.snapshots[3], result.image)


def test_seconds_end_the_run(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """The first iteration that ends too late is the last."""
    result = _run(pictures, tiny_parameters, stop_seconds=1e-6)

    assert (result.stop_reason, result.iterations) == ("time", 1)


def test_the_learning_rate_falls(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """With an end of 0 the last iteration moves nothing."""
    result = _run(
        pictures, tiny_parameters, lr_schedule="linear", lr_end=0.0, iterations=4, snapshots=(2, 3)
    )

    assert np.array_equal(result.snapshots[3], result.image)
    assert not np.array_equal(result.snapshots[2], result.image)


@pytest.mark.parametrize("start", ["content", "noise"])
def test_a_balanced_weight_is_in_the_total(
    pictures: Pictures, tiny_parameters: Parameters, start: str
) -> None:
    """The result tells the weight that the style had, at every scale of a pyramid."""
    result = _run(
        pictures,
        tiny_parameters,
        weights={"content": 1.0, "style": 2.0, "tv": 0.5, "balanced": True},
        start=start,
        style_layers=["relu1_1"],
        content_layers=["relu1_1"],
        pyramid="octave",
        pyramid_min=16,
    )

    trace, weight = result.trace, result.style_weight
    assert weight is not None
    for at in (0, 7):
        parts = trace["content"][at] + weight * trace["style"][at] + 0.5 * trace["tv"][at]
        assert parts == pytest.approx(trace["total"][at], rel=1e-5)
    assert _run(pictures, tiny_parameters, iterations=1).style_weight is None


def test_several_styles_count_by_their_weights(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """A style of weight zero changes nothing, one beside itself neither; another one does."""
    other = np.ascontiguousarray(pictures[1][::-1, :, ::-1] // 2)
    alone = _run(pictures, tiny_parameters)
    ignored = _run(pictures, tiny_parameters, extra_styles=((other, 0.0),))
    twice = _run(pictures, tiny_parameters, extra_styles=((pictures[1], 3.0),), style_weight=2.0)
    mixed = _run(pictures, tiny_parameters, extra_styles=((other, 1.0),))

    assert alone.trace["total"] == pytest.approx(ignored.trace["total"], rel=1e-6)
    assert alone.trace["total"] == pytest.approx(twice.trace["total"], rel=1e-4)
    assert abs(mixed.trace["total"][0] / alone.trace["total"][0] - 1) > 0.01


def test_the_contents_colours_come_back_into_every_picture(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """The optimisation is the same; result and snapshots get the chroma of the content."""
    plain = _run(pictures, tiny_parameters, snapshots=(2,), image_size=40)
    kept = _run(pictures, tiny_parameters, snapshots=(2,), image_size=40, color="original")
    settings = Settings(image_size=40, color="original")
    content = prepare_content(pictures[0], settings)

    assert plain.trace == kept.trace
    assert np.array_equal(restored(plain.image, content, settings), kept.image)
    assert np.array_equal(restored(plain.snapshots[2], content, settings), kept.snapshots[2])
    assert not np.array_equal(plain.image, kept.image)


def test_the_result_is_measured_in_units_of_its_own(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """Plain losses of a longer run at the same picture are the canonical ones of the result."""
    changes = {"style_loss": "gram", "content_loss": "mse"}
    layers = ["relu1_1", "relu2_1"]
    short = _run(pictures, tiny_parameters, style_layers=layers, iterations=3, **changes)
    longer = _run(pictures, tiny_parameters, style_layers=layers, iterations=4, **changes)
    house = _run(pictures, tiny_parameters, style_layers=layers, iterations=3)

    expected = {
        "canonical/content/relu4_2": longer.trace["content"][3],
        **{f"canonical/style/{tap}": longer.trace[f"style/{tap}"][3] for tap in layers},
    }
    assert short.canonical == pytest.approx(expected, rel=1e-4)
    assert house.canonical.keys() == expected.keys()


def test_settings_of_the_network_reach_it(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """Preprocessing and the factor of the pooling change the losses."""
    totals = {
        name: _run(pictures, tiny_parameters, iterations=1, start="noise", **choice).trace["total"]
        for name, choice in {
            "house": {},
            "none": {"preprocessing": "none"},
            "doubled": {"pooling_scale": 2.0},
        }.items()
    }

    assert len({total[0] for total in totals.values()}) == 3


def test_sizes_are_those_of_the_settings(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """A square and a short side give results of such shapes."""
    square = _run(pictures, tiny_parameters, iterations=1, size_of="square")
    short = _run(pictures, tiny_parameters, iterations=1, size_of="short_side", pixel_range=255.0)

    assert square.image.shape == (32, 32, 3)
    expected = result_shape(24, 32, Settings(image_size=32, size_of="short_side"))
    assert short.image.shape == (*expected, 3)
    assert min(expected) == 32
