"""A worker scores a result against the content as the result shows it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.images.decode import decode_picture
from harness.images.resize import encode_png
from harness.spec.settings import Settings
from harness.sweep.record import Bundle, RunRecord, RunTask
from harness.sweep.worker import Worker
from harness.transfer.pretrained.choice import parameters_identity

from .conftest import RUN

LAZY = {
    "pretrained": "kmeans",
    "precision": "float32",
    "content_layers": "relu1_1",
    "style_layers": ["relu1_1"],
    "weights": {"content": 1.0, "style": 0.0, "tv": 0.0},
    "iterations": 1,
}
"""Settings with which the start, the content, has nothing to be improved."""


def picture(height: int, width: int) -> np.ndarray:
    """Draw a picture with edges and gradients, different on every side."""
    rows, columns = np.mgrid[0:height, 0:width]
    mask = (rows // 5 + columns // 7) % 2
    return np.dstack([mask * 150 + columns, rows * 3, 200 - columns]).clip(0, 255).astype(np.uint8)


def task(settings: Settings, *, seed: int = 0) -> RunTask:
    """Return a run of the pictures ``content`` and ``style``."""
    return replace(
        RUN,
        fingerprint=f"{settings.size_of} {seed}",
        settings=settings,
        content_sha256="content",
        style_sha256="style",
        seed=seed,
        parameters=parameters_identity("kmeans", "vgg19"),
    )


def performed(content: np.ndarray, *tasks: RunTask) -> dict[str, RunRecord]:
    """Return what one worker makes of runs with a content, by the runs' ``size_of``."""
    pictures = {"content": encode_png(content), "style": encode_png(picture(50, 40)[::-1].copy())}
    records = Worker().perform(
        Bundle(tasks=tasks, pictures=pictures),
        on_start=lambda _fingerprint: None,
        on_step=lambda _fingerprint, _event: None,
    )
    return {record.fingerprint.split()[0]: record for record in records}


def of_size(size_of: str, size_px: int = 48, **values: Any) -> Settings:
    """Return lazy settings of a size."""
    return Settings.model_validate(LAZY | {"image_size": size_px, "size_of": size_of} | values)


def test_an_untouched_content_is_whole_in_every_frame() -> None:
    """Stretched, cut or whole: a content that nothing was done to has its full content score."""
    records = performed(
        picture(40, 80), *(task(of_size(one)) for one in ("square", "crop", "long_side"))
    )

    shapes = {}
    for size_of, record in records.items():
        assert record.picture_png is not None, record.reason
        shapes[size_of] = decode_picture(record.picture_png, name=size_of).shape[:2]
        scores = record.scores[record.iterations]
        # the picture was made 48 pixels small, the content is seen at 64: the rest is blur
        assert scores["content/score"] > 0.8
        assert abs(scores["style/gain"]) < 0.3
    assert {"square": (48, 48), "crop": (48, 48), "long_side": (24, 48)} == shapes
    assert len({record.anchors["style/gram"] for record in records.values()}) == 3


@pytest.mark.parametrize(
    ("shape", "size_of", "size_px", "expected"),
    [
        ((33, 104), "long_side", 52, (17, 52)),  # 16.5: 3 % off
        ((60, 100), "height", 32, (32, 53)),  # 53.3
        ((31, 99), "short_side", 32, (32, 102)),  # 102.2
    ],
)
def test_rounded_sides_are_scored(
    shape: tuple[int, int], size_of: str, size_px: int, expected: tuple[int, int]
) -> None:
    """A result whose side was rounded to a pixel is no picture of other proportions."""
    record = performed(picture(*shape), task(of_size(size_of, size_px)))[size_of]

    assert record.picture_png is not None, record.reason
    assert expected == decode_picture(record.picture_png, name="a").shape[:2]
    assert record.scores[record.iterations]["content/score"] > 0.8


def test_colours_put_back_are_scored() -> None:
    """With ``color: luminance`` the untouched content is scored in its own colours."""
    record = performed(picture(40, 80), task(of_size("long_side", color="luminance")))["long_side"]

    assert record.picture_png is not None, record.reason
    shown = decode_picture(record.picture_png, name="a")
    assert np.ptp(shown.astype(int), axis=2).mean() > 50
    assert record.scores[record.iterations]["content/score"] > 0.8
