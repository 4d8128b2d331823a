"""A worker gives the engine and the evaluator every picture of a style, with its weight."""

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from harness.images.builtin import open_builtin
from harness.images.decode import decode_picture
from harness.images.resize import encode_png, resize_long_side
from harness.scoring.evaluators import choose_evaluator
from harness.spec.settings import Settings
from harness.spec.style_files import StyleFiles
from harness.sweep.record import Bundle, RunRecord
from harness.sweep.worker import Worker
from harness.transfer.engine import TransferTask, run_transfer
from harness.transfer.pretrained.choice import parameters_identity
from harness.transfer.pretrained.parameters import load_parameters

from .conftest import RUN

SETTINGS = Settings.model_validate(
    {
        "pretrained": "kmeans",
        "precision": "float32",
        "content_layers": "relu1_1",
        "style_layers": ["rgb", "relu1_1"],
        "image_size": 32,
        "iterations": 2,
    }
)


def small(name: str) -> np.ndarray:
    """Return a built-in picture, small."""
    return resize_long_side(decode_picture(open_builtin(name).data, name=name), 48)


CONTENT, STROKES, GLASS = small("china"), small("strokes"), small("glass")
FILES = {sha256(data).hexdigest(): data for data in map(encode_png, (CONTENT, STROKES, GLASS))}
CONTENT_SHA256, STROKES_SHA256, GLASS_SHA256 = FILES


def performed(styles: StyleFiles) -> RunRecord:
    """Return what a worker makes of a style."""
    task = replace(
        RUN,
        settings=SETTINGS,
        content_sha256=CONTENT_SHA256,
        style_sha256=styles.sha256,
        style_weights=styles.weights_if_several,
        parameters=parameters_identity("kmeans", "vgg19"),
        evaluator=choose_evaluator("kmeans", size_px=48, optimised=()),
    )
    (record,) = Worker().perform(
        Bundle(tasks=(task,), pictures=FILES),
        on_start=lambda _fingerprint: None,
        on_step=lambda _fingerprint, _event: None,
    )
    return record


def test_every_picture_of_a_style_has_its_weight() -> None:
    """In the transfer, the heaviest first, and in the scores."""
    record = performed(StyleFiles.of([(GLASS_SHA256, 1), (STROKES_SHA256, 3)]))

    task = TransferTask(
        settings=SETTINGS,
        content=CONTENT,
        style=STROKES,
        style_weight=0.75,
        extra_styles=((GLASS, 0.25),),
        seed=0,
    )
    parameters = load_parameters("kmeans", "vgg19")
    expected = run_transfer(task, parameters, device="cpu", precision="float32").image
    assert encode_png(expected) == record.picture_png, record.reason
    alone = run_transfer(
        replace(task, extra_styles=()), parameters, device="cpu", precision="float32"
    )
    assert encode_png(alone.image) != record.picture_png

    anchors = [performed(StyleFiles.of([(one, 1)])).anchors for one in list(FILES)[1:]]
    mean = 0.75 * anchors[0]["style/gram"] + 0.25 * anchors[1]["style/gram"]
    assert pytest.approx(mean) == record.anchors["style/gram"]
