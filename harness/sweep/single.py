"""One style transfer outside a sweep: checked first, performed, written with its settings."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from harness import __version__
from harness.errors import InputError
from harness.images.decode import Picture, decode_picture
from harness.spec.fingerprint import draws_random_numbers, fingerprint
from harness.spec.schedule import total_iterations
from harness.spec.settings import Settings
from harness.sweep.choices import backbones_of_auto, resolve_choices
from harness.sweep.early_end import early_end_notes, reached
from harness.sweep.picture_file import SEED, SETTINGS, write_picture
from harness.sweep.settings_notes import (
    fallback_notes,
    foreign_notes,
    pyramid_notes,
    unlearned_notes,
)
from harness.sweep.single_pictures import SinglePictures
from harness.sweep.sizes import too_small
from harness.transfer.engine import TransferResult, TransferTask, run_transfer
from harness.transfer.events import StepEvent
from harness.transfer.pretrained.choice import parameters_identity
from harness.transfer.pretrained.parameters import load_parameters

__all__ = ["SingleRun", "Stylized", "perform", "prepare_single"]


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

    def task(self) -> TransferTask:
        """Return what the engine is to do, with the pictures at their own sizes."""
        pictures = self.pictures
        styles = [(_pixels(style), share) for style, share in pictures.shares]
        return TransferTask(
            settings=self.settings,
            content=_pixels(pictures.content),
            style=styles[0][0],
            style_weight=styles[0][1],
            extra_styles=tuple(styles[1:]),
            seed=self.seed,
            start_picture=_pixels(pictures.start) if pictures.start is not None else None,
            snapshots=self.snapshots,
        )

    def texts(self, iterations: int) -> dict[str, str]:
        """Return what is written into the picture after so many iterations.

        Args:
            iterations: All of the run's, or a snapshot's. A snapshot is what a run of so many
                iterations gives, unless the settings divide the iterations among scales or
                lower the learning rate towards the last; no settings lead to such a one, nor to
                the start (0).
        """
        texts = {
            "Software": f"style-harness {__version__}",
            "harness.content": _named(self.pictures.content),
            "harness.style": _named_styles(self.pictures),
        }
        settings = self.settings
        if iterations != total_iterations(settings):
            divides = settings.pyramid != "none" or settings.lr_schedule != "constant"
            if iterations == 0 or divides:
                return texts
            settings = settings.model_copy(update={"iterations": iterations})
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
            style_sha256=self.pictures.styles.sha256,
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
        """Iteration → (H, W, 3) uint8, for every one that was asked for and come to."""
        kept = reached(self.result, self.run.snapshots)
        return {at: self.result.snapshots[at] for at in kept}

    @property
    def trace(self) -> dict[str, list[float]]:
        """Loss term → one value an iteration: of the picture before that iteration's update."""
        return self.result.trace

    @property
    def losses(self) -> dict[str, float]:
        """Loss term → its last value, unweighted; ``total`` is the weighted sum."""
        return {name: values[-1] for name, values in self.result.trace.items() if values}

    @property
    def canonical(self) -> dict[str, float]:
        """``canonical/content/<tap>`` and ``canonical/style/<tap>``: losses of the picture.

        Mean squared differences of features, and of Gram matrices over positions: in these units
        pictures that were made with different losses compare.
        """
        return self.result.canonical

    @property
    def style_weight(self) -> float | None:
        """With ``weights.balanced`` the weight that the style had; else None."""
        return self.result.style_weight

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
        return (*self.run.notes, *self.afterthoughts)

    @property
    def afterthoughts(self) -> tuple[str, ...]:
        """Of the notes, those that were not known before the work."""
        early = early_end_notes(self.settings, self.result, self.run.snapshots)
        return (*self.result.warnings, *early)

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
        iterations = total_iterations(self.settings) if snapshot is None else snapshot
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
        device=device, evaluator="auto", backbones=backbones_of_auto([settings]), earlier={}
    )
    resolved = choices.apply(settings)
    kept = tuple(sorted(set(snapshots)))
    _check_snapshots(kept, total_iterations(settings))
    faults = [
        fault
        for style, _ in pictures.weights
        for fault in too_small(settings, pictures.content, style)
    ]
    if faults:
        raise InputError("\n".join(dict.fromkeys(faults)))
    found = [
        *notes,
        *fallback_notes([settings.pretrained], choices.pretrained),
        *unlearned_notes([resolved]),
        *foreign_notes([resolved]),
        *pyramid_notes([resolved]),
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
    settings = run.settings
    result = run_transfer(
        run.task(),
        load_parameters(settings.pretrained, settings.backbone),
        device=run.device,
        precision=settings.precision,
        on_step=on_step,
    )
    return Stylized(run=run, result=result)


def _check_snapshots(snapshots: tuple[int, ...], iterations: int) -> None:
    outside = [at for at in snapshots if not 0 <= at <= iterations]
    if outside:
        found = ", ".join(str(at) for at in outside)
        raise InputError(
            f"snapshots: found {found}; allowed: 0 (the start) to {iterations}, the iterations "
            "of the run"
        )


def _seed_note(seed: int, settings: Settings) -> list[str]:
    if seed == 0 or draws_random_numbers(settings):
        return []
    return [f"seed {seed} makes no difference: start {settings.start} draws no random numbers"]


def _pixels(picture: Picture) -> np.ndarray:
    return decode_picture(picture.data, name=picture.name)


def _named(picture: Picture) -> str:
    """Name a picture by its file's name and hash, never by its folder."""
    return json.dumps(_facts(picture))


def _named_styles(pictures: SinglePictures) -> str:
    """Name a style likewise; several with their weights."""
    if not pictures.extra_styles:
        return _named(pictures.style)
    return json.dumps([_facts(style) | {"weight": weight} for style, weight in pictures.weights])


def _facts(picture: Picture) -> dict[str, Any]:
    return {"name": Path(picture.name).name, "sha256": picture.sha256}
