"""One style transfer outside a sweep: checked first, performed, written with its settings."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from harness import __version__
from harness.errors import InputError
from harness.images.decode import Picture, decode_picture
from harness.images.resize import resize_long_side
from harness.spec.backbones import backbone_named, deepest_conv
from harness.spec.fingerprint import draws_random_numbers, fingerprint
from harness.spec.settings import Settings
from harness.sweep.choices import resolve_choices
from harness.sweep.picture_file import SEED, SETTINGS, write_picture
from harness.sweep.settings_notes import fallback_notes, unlearned_notes
from harness.sweep.single_pictures import SinglePictures
from harness.transfer.engine import TransferResult, TransferTask, run_transfer
from harness.transfer.events import StepEvent
from harness.transfer.objective import taps_in_use
from harness.transfer.pretrained.choice import parameters_identity
from harness.transfer.pretrained.parameters import load_parameters

__all__ = ["SingleRun", "Stylized", "perform", "prepare_single", "smallest_side_px"]

LARGEST_SIZE_PX = 8192  # of Settings.image_size


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleRun:
    """One style transfer, checked and ready.

    In ``settings`` nothing is ``auto``. ``parameters`` identifies the backbone's parameters,
    ``notes`` say what a reader of the result should know.
    """

    settings: Settings
    pictures: SinglePictures
    seed: int
    snapshots: tuple[int, ...]
    device: str
    parameters: str
    notes: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """What determines the picture; a sweep's run of this fingerprint made the same one."""
        return self._fingerprint(self.settings)

    def pixels(self) -> tuple[np.ndarray, np.ndarray]:
        """Return content and style at their own sizes, (H, W, 3) uint8, sRGB."""
        return _pixels(self.pictures.content), _pixels(self.pictures.style)

    def texts(self, iterations: int) -> dict[str, str]:
        """Return what is written into the picture after so many iterations.

        Args:
            iterations: Those of the settings, or a snapshot's, which is what a run of so many
                iterations gives; 0 is the start, which no settings lead to.
        """
        texts = {
            "Software": f"style-harness {__version__}",
            "harness.content": _named(self.pictures.content),
            "harness.style": _named(self.pictures.style),
        }
        if iterations == 0:
            return texts
        settings = self.settings.model_copy(update={"iterations": iterations})
        own = {
            SETTINGS: settings.model_dump_json(),
            SEED: str(self.seed),
            "harness.fingerprint": self._fingerprint(settings),
        }
        return texts | own

    def _fingerprint(self, settings: Settings) -> str:
        start = self.pictures.start
        return fingerprint(
            settings,
            content_sha256=self.pictures.content.sha256,
            style_sha256=self.pictures.style.sha256,
            start_sha256=start.sha256 if start is not None else None,
            parameters_identity=self.parameters,
            seed=self.seed,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Stylized:
    """What came of one style transfer.

    Attributes:
        run: What was done: settings, pictures, seed, device.
        result: What the engine returned.
    """

    run: SingleRun
    result: TransferResult

    @property
    def image(self) -> np.ndarray:
        """The picture as (H, W, 3) uint8, sRGB."""
        return self.result.image

    @property
    def picture(self) -> Image.Image:
        """The picture as Pillow has it; a notebook shows it."""
        return Image.fromarray(self.result.image)

    @property
    def snapshots(self) -> dict[int, np.ndarray]:
        """Iteration → (H, W, 3) uint8, for every iteration that was asked for."""
        return self.result.snapshots

    @property
    def trace(self) -> dict[str, list[float]]:
        """Loss term → one value an iteration: of the picture before that iteration's update."""
        return self.result.trace

    @property
    def losses(self) -> dict[str, float]:
        """Loss term → its last value, unweighted; ``total`` is the weighted sum."""
        return {name: values[-1] for name, values in self.result.trace.items() if values}

    @property
    def settings(self) -> Settings:
        """Every knob, nothing ``auto``."""
        return self.run.settings

    @property
    def seconds(self) -> float:
        """Wall time of the transfer."""
        return self.result.seconds

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that determines the picture."""
        return self.run.fingerprint

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the result should know."""
        return (*self.run.notes, *self.result.warnings)

    def __repr__(self) -> str:
        height, width = self.image.shape[:2]
        done = f"{self.result.iterations} iterations in {self.seconds:.1f} s"
        return f"<{type(self).__name__}: {width} × {height} pixels, {done}>"

    def save(self, path: str | Path, *, snapshot: int | None = None) -> None:
        """Write the picture, or a snapshot, with the settings that repeat it inside.

        Args:
            path: ``.png``, ``.jpg`` or ``.jpeg``; an earlier file is replaced, whole or not
                at all.
            snapshot: One of ``snapshots``.

        Raises:
            InputError: The suffix is another.
            StoreError: The disk refused.
            KeyError: There is no such snapshot.
        """
        iterations = self.settings.iterations if snapshot is None else snapshot
        image = self.image if snapshot is None else self.snapshots[snapshot]
        write_picture(Path(path), image, self.run.texts(iterations))


def prepare_single(
    settings: Settings,
    pictures: SinglePictures,
    *,
    seed: int = 0,
    snapshots: Iterable[int] = (),
    device: str = "auto",
    notes: Iterable[str] = (),
) -> SingleRun:
    """Resolve ``auto`` and check all that can be checked before the work.

    Args:
        settings: Every knob; may hold ``auto``.
        pictures: What ``open_pictures`` returned for them.
        seed: Of the random numbers.
        snapshots: Iterations, 0 (the start) to the last, at which the picture is kept.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        notes: What is known already.

    Raises:
        InputError: The device is not here, a snapshot lies outside the run, a picture would be
            too small for the deepest tap, or the parameters' file is missing.
    """
    choices = resolve_choices(
        device=device, evaluator="auto", backbones={settings.backbone}, earlier={}
    )
    resolved = choices.apply(settings)
    kept = tuple(sorted(set(snapshots)))
    _check_snapshots(kept, settings.iterations)
    _check_sizes(pictures, settings)
    found = [
        *notes,
        *fallback_notes([settings.pretrained], choices.pretrained),
        *unlearned_notes([resolved]),
        *_seed_note(seed, settings),
    ]
    return SingleRun(
        settings=resolved,
        pictures=pictures,
        seed=seed,
        snapshots=kept,
        device=choices.device,
        parameters=parameters_identity(resolved.pretrained, resolved.backbone),
        notes=tuple(found),
    )


def perform(run: SingleRun, on_step: Callable[[StepEvent], None] | None = None) -> Stylized:
    """Perform a style transfer; writes nothing.

    Args:
        run: What ``prepare_single`` returned.
        on_step: Called after every iteration.

    Raises:
        ParametersError: The parameters are damaged or another network's.
        TransferError: It came to no usable picture; the message is the reason.
    """
    settings, pictures = run.settings, run.pictures
    content, style = run.pixels()
    task = TransferTask(
        settings=settings,
        content=content,
        style=style,
        seed=run.seed,
        start_picture=_pixels(pictures.start) if pictures.start is not None else None,
        snapshots=run.snapshots,
    )
    result = run_transfer(
        task,
        load_parameters(settings.pretrained, settings.backbone),
        device=run.device,
        precision=settings.precision,
        on_step=on_step,
    )
    return Stylized(run=run, result=result)


def smallest_side_px(settings: Settings) -> int:
    """Return the smallest height and width that leave something at the deepest tap in use."""
    deepest = deepest_conv(settings.backbone, taps_in_use(settings))
    if deepest is None:
        return 1
    backbone = backbone_named(settings.backbone)
    block = next(one.block for one in backbone.convolutions if one.name == deepest)
    smallest_map = 2 if settings.padding == "reflect" else 1  # a mirror image needs a neighbour
    return int(smallest_map * 2 ** (block - 1))


def _check_snapshots(snapshots: tuple[int, ...], iterations: int) -> None:
    outside = [at for at in snapshots if not 0 <= at <= iterations]
    if outside:
        found = ", ".join(str(at) for at in outside)
        raise InputError(
            f"snapshots: found {found}; allowed: 0 (the start) to {iterations}, the iterations "
            "of the run"
        )


def _check_sizes(pictures: SinglePictures, settings: Settings) -> None:
    needed = smallest_side_px(settings)
    faults = [
        _too_small(role, picture, settings, needed)
        for role, picture in (("content", pictures.content), ("style", pictures.style))
        if min(_scaled(picture, settings.image_size)) < needed
    ]
    if faults:
        raise InputError("\n".join(faults))


def _scaled(picture: Picture, size_px: int) -> tuple[int, int]:
    """Return the height and width that the engine will bring a picture to."""
    height, width = resize_long_side(_pixels(picture), size_px).shape[:2]
    return height, width


def _too_small(role: str, picture: Picture, settings: Settings, needed: int) -> str:
    height, width = _scaled(picture, settings.image_size)
    deepest = deepest_conv(settings.backbone, taps_in_use(settings))
    sides = sorted((picture.width, picture.height))
    # Half a pixel less than needed is rounded up to it.
    enough = -(-(2 * needed - 1) * sides[1] // (2 * sides[0]))
    remedy = (
        f"raise image_size to {enough} or more"
        if enough <= LARGEST_SIZE_PX
        else "crop the picture"
    )
    return (
        f"{role}: {picture.name} has {width} × {height} pixels at image_size "
        f"{settings.image_size}, too small for the deepest tap in use (at {deepest}), which "
        f"needs {needed} pixels on each side; {remedy}, or use no taps that deep in "
        "content_layers and style_layers"
    )


def _seed_note(seed: int, settings: Settings) -> list[str]:
    if seed == 0 or draws_random_numbers(settings):
        return []
    return [f"seed {seed} makes no difference: start {settings.start} draws no random numbers"]


def _pixels(picture: Picture) -> np.ndarray:
    return decode_picture(picture.data, name=picture.name)


def _named(picture: Picture) -> str:
    """Name a picture by its file's name and hash, never by its folder."""
    return json.dumps({"name": Path(picture.name).name, "sha256": picture.sha256})
