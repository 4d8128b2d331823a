"""The scales of one run: pictures, targets, start and optimiser of each."""

from functools import partial

import numpy as np
import torch
from torch import Tensor

from harness.images.color import restored
from harness.images.geometry import cropped, prepare_content, result_shape
from harness.images.prepare import Prepared, prepare_pictures
from harness.images.resize import resize_to
from harness.spec.schedule import scales_of
from harness.transfer.balance import balanced_style_weight
from harness.transfer.loop import Stage
from harness.transfer.objective import Objective, evaluate
from harness.transfer.optimizers.choice import make_function, make_optimizer, make_outcome
from harness.transfer.pictures import image_of, picture_of
from harness.transfer.pyramid import enlarged_image
from harness.transfer.starts import make_start
from harness.transfer.stopping import StopRules
from harness.transfer.task import TransferTask
from harness.transfer.trunk import Trunk

__all__ = ["PictureFeatures", "Scales"]


class PictureFeatures:
    """Tap features of pictures.

    Args:
        trunk: Gives the taps.
        device: Where the trunk works.
        remembers: Whether those of one picture are worked out once and shared, for runs that are
            prepared together.
    """

    def __init__(self, trunk: Trunk, device: torch.device, *, remembers: bool = False) -> None:
        self._trunk, self._device, self._remembers = trunk, device, remembers
        self._known: dict[tuple[tuple[int, ...], bytes], dict[str, Tensor]] = {}

    def __call__(self, picture: np.ndarray) -> dict[str, Tensor]:
        """Compute the taps of a picture, without what a gradient would need.

        Args:
            picture: (H, W, 3) uint8, sRGB.

        Returns:
            Tap → (1, C, H', W').
        """
        if not self._remembers:
            return self._computed(picture)
        key = (picture.shape, picture.tobytes())
        if key not in self._known:
            self._known[key] = self._computed(picture)
        return self._known[key]

    def forget(self) -> None:
        """Let go of what was remembered."""
        self._known.clear()

    def _computed(self, picture: np.ndarray) -> dict[str, Tensor]:
        with torch.no_grad():
            return self._trunk.features(image_of(picture).to(self._device))


class Scales:
    """Prepares one scale after the other, and makes pictures of their images.

    Args:
        task: Pictures, settings and seed.
        trunk: Gives the taps that the objective reads, at every size.
        device: Where the images are.
        features: Gives the taps of pictures; runs that take the same pictures may share it.

    Attributes:
        settings: Those of the task.
        style_weight: With ``weights.balanced``, the weight of the style that the first scale's
            start asks for, which all scales share; None before, and without.
    """

    def __init__(
        self,
        task: TransferTask,
        trunk: Trunk,
        device: torch.device,
        *,
        features: "PictureFeatures | None" = None,
    ) -> None:
        self.style_weight: float | None = None
        self._task, self.settings = task, task.settings
        self._trunk, self._device = trunk, device
        self._features = features or PictureFeatures(trunk, device)
        self._scales = scales_of(task.settings)
        height, width = cropped(task.content, task.settings).shape[:2]
        self._shape = result_shape(width, height, task.settings)
        self._objective: Objective | None = None

    def __len__(self) -> int:
        return len(self._scales)

    def begin(self, place: int, before: Stage | None) -> Stage:
        """Prepare one scale: the first from the start, others from the result of the one before.

        Args:
            place: 0 is the coarsest.
            before: The scale before this, as it was left.
        """
        scale, settings = self._scales[place], self.settings
        pictures = prepare_pictures(
            settings,
            content=self._task.content,
            styles=[style for style, _ in self._task.styles],
            size_px=scale.size_px,
        )
        if before is None:
            image = self._start(pictures) * settings.pixel_range
        else:
            size = (pictures.content.shape[0], pictures.content.shape[1])
            image = enlarged_image(before.outcome.value(), size, largest=settings.pixel_range)
        self._objective = self._objective_of(pictures, image / settings.pixel_range)
        function = make_function(
            settings, partial(evaluate, trunk=self._trunk, objective=self._objective)
        )
        return Stage(
            function=function,
            optimizer=make_optimizer(
                settings, image, function, before.optimizer if before is not None else None
            ),
            outcome=make_outcome(settings, image, function),
            rules=StopRules(
                plateau=settings.stop_plateau,
                window=settings.stop_window,
                target=settings.stop_loss,
            ),
            iterations=scale.iterations,
        )

    def picture(self, image: Tensor) -> np.ndarray:
        """Make the picture that a person gets, at the size of the result.

        Args:
            image: (1, 3, H, W) float32 in [0, pixel_range], of any scale.

        Returns:
            (H', W', 3) uint8, sRGB.
        """
        settings = self.settings
        values = image / settings.pixel_range
        if (values.shape[2], values.shape[3]) != self._shape:
            values = enlarged_image(values, self._shape, largest=1.0)
        picture = picture_of(values)
        if settings.color == "none":
            return picture
        return restored(picture, prepare_content(self._task.content, settings), settings)

    def canonical(self, image: Tensor) -> dict[str, float]:
        """Measure an image of the last scale begun, see :meth:`Objective.canonical`.

        Args:
            image: (1, 3, H, W) float32 in [0, pixel_range]; measured as clamped to it.
        """
        with torch.no_grad():
            values = (image / self.settings.pixel_range).clamp(0, 1)
            return self.objective.canonical(self._trunk.features(values))

    @property
    def objective(self) -> Objective:
        """That of the last scale begun.

        Raises:
            RuntimeError: before the first.
        """
        if self._objective is None:
            raise RuntimeError("there is no objective before begin()")
        return self._objective

    def _start(self, pictures: Prepared) -> Tensor:
        task, settings = self._task, self.settings
        weights = [weight for _, weight in task.styles]
        recolored = tuple(zip(pictures.styles, weights, strict=True))
        return make_start(
            settings,
            content=pictures.content,
            style=pictures.styles[0],
            start_picture=task.start_picture,
            generator=torch.Generator().manual_seed(task.seed),
            # statistics of whole pictures, as published, if their colours are the same
            styles=task.styles if settings.color == "none" else recolored,
        ).to(self._device)

    def _objective_of(self, pictures: Prepared, start: Tensor) -> Objective:
        with torch.no_grad():
            objective = Objective(
                self.settings,
                content=self._features(pictures.content),
                style=[self._features(style) for style in pictures.styles],
                style_weights=[weight for _, weight in self._task.styles],
            )
        if not self.settings.weights.balanced:
            return objective
        if self.style_weight is None:
            style = resize_to(pictures.styles[0], *pictures.content.shape[:2])
            self.style_weight = balanced_style_weight(
                self.settings,
                trunk=self._trunk,
                objective=objective,
                start=start,
                midway=(self._image(pictures.content) + self._image(style)) / 2,
            )
        return objective.with_style_weight(self.style_weight)

    def _image(self, picture: np.ndarray) -> Tensor:
        return image_of(picture).to(self._device)
