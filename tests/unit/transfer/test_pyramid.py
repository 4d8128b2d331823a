"""Coarse to fine: sizes, work, what is carried over, and what the result shows of it."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from harness.images.geometry import prepare_content
from harness.spec.schedule import scales_of, total_iterations, work_of
from harness.spec.settings import Settings
from harness.transfer import scales
from harness.transfer.engine import TransferResult, TransferTask, run_transfer
from harness.transfer.events import StepEvent
from harness.transfer.objective import Evaluation
from harness.transfer.optimizers.adam import Adam
from harness.transfer.pictures import image_of, picture_of
from harness.transfer.pretrained.parameters import Parameters
from harness.transfer.pyramid import enlarged_image

Pictures = tuple[np.ndarray, np.ndarray]


def _settings(**changes: Any) -> Settings:
    values = {
        "image_size": 32,
        "iterations": 4,
        "pyramid": "sqrt2",
        "pyramid_min": 16,
        "content_layers": ["relu2_1"],
        "style_layers": ["rgb", "relu1_1", "relu2_1"],
        **changes,
    }
    return Settings.model_validate(values)


def _run(
    pictures: Pictures,
    parameters: Parameters,
    settings: Settings,
    *,
    snapshots: tuple[int, ...] = (),
    **options: Any,
) -> TransferResult:
    task = TransferTask(
        settings=settings, content=pictures[0], style=pictures[1], seed=3, snapshots=snapshots
    )
    return run_transfer(task, parameters, device="cpu", precision="float32", **options)


def test_every_scale_is_optimised_at_its_size(
    pictures: Pictures, tiny_parameters: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sizes are those of the plan, coarse to fine; the pixels worked on are its work."""
    shapes: list[tuple[int, ...]] = []
    evaluate = scales.evaluate

    def listen(image: torch.Tensor, **options: Any) -> Evaluation:
        shapes.append(tuple(image.shape[2:]))
        return evaluate(image, **options)

    monkeypatch.setattr(scales, "evaluate", listen)
    settings = _settings(pyramid_first=6)
    events: list[StepEvent] = []
    result = _run(pictures, tiny_parameters, settings, on_step=events.append)

    assert shapes == [(16, 12)] * 6 + [(23, 17)] * 4 + [(32, 24)] * 4
    assert [scale.size_px for scale in scales_of(settings)] == [16, 23, 32]
    assert result.iterations == len(result.trace["total"]) == total_iterations(settings) == 14
    assert [(one.iteration, one.iterations) for one in events] == [(at, 14) for at in range(1, 15)]
    worked = sum(height * width for height, width in shapes) / (32 * 24)
    assert worked == pytest.approx(work_of(settings), rel=0.01)
    assert result.image.shape == (32, 24, 3)


def test_the_noise_is_drawn_at_the_coarsest_scale(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """The start is a coarse picture, shown at the size of the result."""
    settings = _settings(start="noise")

    result = _run(pictures, tiny_parameters, settings, snapshots=(0,))

    coarse = torch.rand(1, 3, 16, 12, generator=torch.Generator().manual_seed(3))
    expected = picture_of(enlarged_image(coarse, (32, 24), largest=1.0))
    assert np.array_equal(expected, result.snapshots[0])


def test_a_scale_starts_from_the_result_of_the_one_before(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """The loss at a scale's first iteration is that of the enlarged average, clamped."""
    settings = _settings(pyramid="octave", averaging=0.8)
    coarse = settings.model_copy(update={"image_size": 16, "pyramid_min": 16})
    half = tuple(
        prepare_content(one, settings, size_px=16) for one in pictures
    )  # the same pixels that the coarse scale sees
    images: list[torch.Tensor] = []
    original = scales.enlarged_image

    def listen(image: torch.Tensor, *rest: Any, **options: Any) -> torch.Tensor:
        images.append(image.clone())
        return original(image, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scales, "enlarged_image", listen)
        result = _run(pictures, tiny_parameters, settings)
    before = _run((half[0], half[1]), tiny_parameters, coarse)

    assert result.trace["total"][:4] == before.trace["total"]
    assert np.array_equal(before.image, picture_of(images[0]))
    start = functional.interpolate(images[0], (32, 24), mode="bicubic").clamp(0, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scales, "make_start", lambda *_rest, **_options: start)
        after = _run(pictures, tiny_parameters, settings.model_copy(update={"pyramid": "none"}))
    assert result.trace["total"][4] == after.trace["total"][0]


def test_snapshots_of_coarse_scales_have_the_size_of_the_result(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """What a person looks at, or scores, has one size; the last is the result."""
    result = _run(pictures, tiny_parameters, _settings(), snapshots=(0, 2, 6, 12))

    assert {picture.shape for picture in result.snapshots.values()} == {(32, 24, 3)}
    assert np.array_equal(result.image, result.snapshots[12])


def test_time_that_ends_a_coarse_scale_leaves_a_whole_picture(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """A run that ends early ends at its own size."""
    limited = _run(pictures, tiny_parameters, _settings(), time_limit_s=0.0)

    assert (limited.stop_reason, limited.iterations) == ("time limit", 1)
    assert limited.image.shape == (32, 24, 3)


def test_adam_goes_on_with_its_moments() -> None:
    """Mean bicubic, square bilinear and not negative, steps counted on: by torch's own state."""
    generator = torch.Generator().manual_seed(0)
    start, later = (torch.rand(1, 3, size, size, generator=generator) for size in (6, 9))
    gradients = [torch.randn(1, 3, size, size, generator=generator) for size in (6, 6, 9)]
    optimizer = Adam(start, lr=0.02, betas=(0.9, 0.99), largest=None)
    for gradient in gradients[:2]:
        optimizer.update(Evaluation(losses={}, gradient=gradient, gradient_max=1.0))
    optimizer.continue_at(later)
    optimizer.update(Evaluation(losses={}, gradient=gradients[2], gradient_max=1.0))

    mean = square = torch.zeros_like(start)
    for gradient in gradients[:2]:
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
    reference = torch.optim.Adam([later.clone()], lr=0.02, betas=(0.9, 0.99))
    (image,) = reference.param_groups[0]["params"]
    reference.state[image] = {
        "step": torch.tensor(2.0),
        "exp_avg": functional.interpolate(mean, (9, 9), mode="bicubic"),
        "exp_avg_sq": functional.interpolate(square, (9, 9), mode="bilinear").relu(),
    }
    image.grad = gradients[2]
    reference.step()
    torch.testing.assert_close(optimizer.image, image, atol=1e-6, rtol=0)


def test_an_enlarged_image_stays_in_the_range() -> None:
    """Bicubic interpolation overshoots beside an edge; an image is clamped."""
    edge = torch.tensor([0.0, 0.0, 255.0, 255.0]).expand(1, 3, 4, 4)
    free = functional.interpolate(edge, (9, 9), mode="bicubic")

    actual = enlarged_image(edge, (9, 9), largest=255.0)

    assert free.min() < 0
    assert free.max() > 255
    assert torch.equal(free.clamp(0, 255), actual)


def test_carrying_can_be_left_out(pictures: Pictures, tiny_parameters: Parameters) -> None:
    """It makes a difference from the second scale's second iteration on."""
    kept = _run(pictures, tiny_parameters, _settings())
    fresh = _run(pictures, tiny_parameters, _settings(pyramid_carry=False))

    assert kept.trace["total"][:5] == fresh.trace["total"][:5]
    assert kept.trace["total"][5] != fresh.trace["total"][5]


@pytest.mark.parametrize("variant", ["relative_step", "torch", "scipy"])
def test_lbfgs_begins_anew_at_every_scale(
    pictures: Pictures, tiny_parameters: Parameters, variant: str
) -> None:
    """Every kind of L-BFGS goes through the scales, and lowers the loss at each."""
    settings = _settings(
        optimizer="lbfgs",
        lbfgs_variant=variant,
        lbfgs_evaluations=5,
        lr=1.0,
        iterations=6,
        averaging=0.0,
    )

    totals = _run(pictures, tiny_parameters, settings).trace["total"]

    assert len(totals) == 18
    assert all(min(totals[at : at + 6]) < totals[at] for at in (0, 6, 12))


def test_the_images_of_a_scale_are_prepared_from_the_originals(
    pictures: Pictures, tiny_parameters: Parameters
) -> None:
    """A single scale of a pyramid is the run without one; it does its first iterations."""
    alike = {"averaging": 0.0}  # a pyramid's average counts the start too
    single = _run(pictures, tiny_parameters, _settings(pyramid_min=32, pyramid_first=6, **alike))
    plain = _run(pictures, tiny_parameters, _settings(pyramid="none", iterations=6, **alike))

    assert single.trace == plain.trace
    assert np.array_equal(single.image, plain.image)
    assert image_of(single.image).shape == (1, 3, 32, 24)
