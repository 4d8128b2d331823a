"""One style transfer outside a sweep: what is checked before it, what its file carries."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.errors import InputError, PictureError
from harness.images.decode import Picture, make_picture
from harness.images.resize import encode_png
from harness.spec.backbones import smallest_side_px
from harness.spec.settings import Settings
from harness.sweep.single import perform, prepare_single
from harness.sweep.single_pictures import SinglePictures, open_pictures
from harness.transfer.objective import taps_in_use
from harness.transfer.pretrained.parameters import load_parameters
from harness.transfer.trunk import Trunk

QUICK = {
    "pretrained": "kmeans",
    "precision": "float32",
    "image_size": 32,
    "iterations": 3,
    "content_layers": ["relu1_1"],
    "style_layers": ["rgb", "relu1_1"],
}


@pytest.fixture(autouse=True)
def no_imagenet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no ImageNet parameters be on this machine."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))


def settings(**changes: object) -> Settings:
    """Return quick settings with some changed."""
    return Settings.model_validate_json(json.dumps(QUICK | changes))


def picture(width: int, height: int, name: str = "folder/made.png") -> Picture:
    """Return a picture of noise."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return make_picture(encode_png(pixels), name=name)


def pair(width: int = 40, height: int = 30) -> SinglePictures:
    """Return two pictures of a size."""
    return SinglePictures(content=picture(width, height), style=picture(30, 40), start=None)


@pytest.mark.parametrize("padding", ["zeros", "replicate", "reflect"])
@pytest.mark.parametrize("tap", ["rgb", "relu1_2", "conv2_1", "relu3_1", "conv5_1", "relu5_4"])
def test_smallest_side_is_the_trunks(tap: str, padding: str) -> None:
    """The check before the work agrees with what the trunk refuses."""
    wanted = settings(content_layers=[tap], style_layers=[tap], padding=padding)
    trunk = Trunk(
        load_parameters("kmeans", "vgg19"),
        taps=taps_in_use(wanted),
        pooling="avg",
        padding=wanted.padding,
        device=torch.device("cpu"),
        dtype=torch.float32,
    )

    needed = smallest_side_px(wanted.backbone, taps_in_use(wanted), padding)
    assert trunk.minimum_side_px == needed


@pytest.mark.parametrize(("width", "height"), [(200, 30), (30, 200), (1000, 17), (457, 51)])
def test_too_small_says_the_size_that_will_do(width: int, height: int) -> None:
    """The image_size that the message asks for is enough, and one less is not."""
    deep = {"content_layers": ["relu4_1"], "style_layers": ["relu4_1"]}
    with pytest.raises(InputError, match="too small for the deepest tap") as caught:
        prepare_single(settings(**deep), pair(width, height))
    found = re.search(r"raise image_size to (\d+)", str(caught.value))
    assert found is not None
    size = int(found.group(1))

    prepare_single(settings(**deep, image_size=size), pair(width, height))
    with pytest.raises(InputError):
        prepare_single(settings(**deep, image_size=size - 1), pair(width, height))


def test_too_small_for_any_size() -> None:
    """A strip that no allowed size makes wide enough is told to be cropped."""
    strip = pair(16 * 1100, 16)

    with pytest.raises(InputError, match="crop the picture"):
        prepare_single(settings(content_layers=["relu4_1"]), strip)


def test_both_pictures_are_checked() -> None:
    """A content and a style that are too small are told at once."""
    pictures = SinglePictures(content=picture(200, 20), style=picture(20, 200), start=None)

    with pytest.raises(InputError) as caught:
        prepare_single(settings(content_layers=["relu4_1"]), pictures)

    assert 2 == str(caught.value).count("too small")


def test_every_missing_picture_at_once() -> None:
    """Content, style and start that cannot be opened are told in one go."""
    with pytest.raises(PictureError) as caught:
        open_pictures("lost.png", "builtin:strokse", settings(start="file:gone.png"))

    assert ["content", "style", "start"] == [
        line.partition(":")[0] for line in str(caught.value).splitlines()
    ]


def test_snapshots_lie_inside_the_run() -> None:
    """Snapshots beyond the last iteration are refused; the start and the end are allowed."""
    run = prepare_single(settings(), pair(), snapshots=[3, 0, 3])

    assert (0, 3) == run.snapshots
    with pytest.raises(InputError, match=r"found 4, 9; allowed: 0 \(the start\) to 3"):
        prepare_single(settings(), pair(), snapshots=[1, 4, 9])


def test_notes_say_what_applies() -> None:
    """Stand-ins, random filters and a seed without effect are named; else there is no note."""
    deep = settings(pretrained="auto", style_layers=["relu5_1"], image_size=64)

    first, second, third = prepare_single(deep, pair(), seed=3).notes

    assert "ImageNet parameters are not on this machine" in first
    assert "relu5_1: random filters" in second
    assert "seed 3 makes no difference" in third
    assert () == prepare_single(settings(), pair()).notes
    assert () == prepare_single(settings(start="noise"), pair(), seed=3).notes


def test_file_repeats_its_picture() -> None:
    """The settings inside a file, of the result or a snapshot, make the same picture again."""
    made = perform(prepare_single(settings(start="noise"), pair(), seed=5, snapshots=[0, 2]))
    texts = made.run.texts(2)
    inside = Settings.model_validate_json(texts["harness.settings"])
    again = perform(prepare_single(inside, pair(), seed=int(texts["harness.seed"])))

    assert np.array_equal(made.snapshots[2], again.image)
    assert not np.array_equal(made.image, again.image)
    assert again.fingerprint == texts["harness.fingerprint"]
    assert made.fingerprint == made.run.texts(3)["harness.fingerprint"]
    assert "harness.settings" not in made.run.texts(0)


def test_file_names_pictures_without_their_folders() -> None:
    """A picture that is passed on does not tell where its sources lay."""
    texts = prepare_single(settings(), pair()).texts(3)

    assert "made.png" == json.loads(texts["harness.content"])["name"]
    assert "folder" not in "".join(texts.values())


def test_result_for_a_notebook() -> None:
    """The object shows size and time, and the losses of its last iteration."""
    made = perform(prepare_single(settings(), pair()))

    assert (32, 24) == made.picture.size
    assert re.fullmatch(r"<Stylized: 32 × 24 pixels, 3 iterations in [\d.]+ s>", repr(made))
    assert made.trace["total"][-1] == made.losses["total"]
    assert 3 == len(made.trace["total"])


def test_a_run_that_ends_early_has_the_pictures_it_came_to() -> None:
    """A note says where it ended, why, and which pictures were asked for in vain."""
    stopping = settings(stop_loss=1e9, iterations=9)
    made = perform(prepare_single(stopping, pair(), snapshots=[0, 7, 9]))
    ended = made.result.iterations

    assert ended < 7
    assert [0] == list(made.snapshots)
    (note,) = made.notes
    expected = (
        f"ended at iteration {ended} of 9: target loss; there is no picture of iteration 7, 9"
    )
    assert expected == note


def test_a_snapshot_of_a_pyramid_says_no_settings() -> None:
    """No run of fewer iterations has the picture that a pyramid has on its way."""
    pyramid = settings(pyramid="octave", pyramid_min=32, image_size=64, iterations=2)
    run = prepare_single(pyramid, pair(), snapshots=[1, 4])

    assert "harness.settings" not in run.texts(1)
    assert run.fingerprint == run.texts(4)["harness.fingerprint"]
    assert "iterations" in run.texts(4)["harness.settings"]


def test_losses_are_told_in_canonical_units_and_what_balance_was_found() -> None:
    """Of every layer in use; without balancing there is no weight to tell."""
    made = perform(prepare_single(settings(), pair()))
    balanced = perform(prepare_single(settings(weights={"balanced": True}, start="noise"), pair()))

    names = {"canonical/content/relu1_1", "canonical/style/rgb", "canonical/style/relu1_1"}
    assert names == set(made.canonical)
    assert made.style_weight is None
    assert balanced.style_weight is not None
    assert balanced.style_weight > 0
