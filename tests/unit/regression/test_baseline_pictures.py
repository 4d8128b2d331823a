"""The small pictures beside a baseline file: found again, or none, never a wrong one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.regression.baseline_file import read_baseline, write_baseline
from harness.regression.baseline_models import Baseline
from harness.regression.baseline_pictures import load_picture, picture_folder

MakeAccepted = Callable[..., Baseline]
Shown = dict[tuple[str, str], np.ndarray]

NOISE_START = "start=noise"


def _picture(level: int, height: int = 80, width: int = 320) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def test_pictures_are_small(make_accepted: MakeAccepted, path: Path, pictures: Shown) -> None:
    """Each lies beside the file as a JPEG of 160 pixels, and comes back as what it shows."""
    baseline = write_baseline(make_accepted(), path, pictures)
    names = sorted(str(one.relative_to(path.parent)) for one in path.parent.rglob("*.jpg"))
    picture = load_picture(baseline, path, NOISE_START, "a × s")

    assert [f"night/start-{start}/{c}-s.jpg" for start in ("content", "noise") for c in "ab"] == (
        names
    )
    assert picture is not None
    assert (40, 160, 3) == picture.shape
    assert abs(130 - picture.mean()) < 3


def test_a_small_picture_is_not_enlarged(make_accepted: MakeAccepted, path: Path) -> None:
    """One that is smaller than the limit keeps its size."""
    key = (NOISE_START, "a × s")
    baseline = write_baseline(make_accepted(), path, {key: _picture(9, 32, 24)})
    picture = load_picture(baseline, path, *key)

    assert picture is not None
    assert (32, 24, 3) == picture.shape


@pytest.mark.parametrize("data", [None, b"", b"another picture"])
def test_a_wrong_picture_is_never_shown(
    make_accepted: MakeAccepted, path: Path, pictures: Shown, data: bytes | None
) -> None:
    """A picture that is gone, or is not the one that was written, is none."""
    baseline = write_baseline(make_accepted(), path, pictures)
    file = picture_folder(path) / "start-noise" / "a-s.jpg"
    file.unlink()
    if data is not None:
        file.write_bytes(data)

    assert load_picture(baseline, path, NOISE_START, "a × s") is None
    assert load_picture(baseline, path, NOISE_START, "no such pair") is None


def test_pictures_of_an_earlier_baseline_go(
    make_accepted: MakeAccepted, path: Path, pictures: Shown
) -> None:
    """Those it named and no more does are removed; what somebody else put there stays."""
    write_baseline(make_accepted(), path, pictures)
    (picture_folder(path) / "notes.txt").write_text("mine")
    (picture_folder(path) / "start-content" / "a-s.jpg").write_bytes(b"somebody's own")

    write_baseline(make_accepted(), path, {(NOISE_START, "b × s"): _picture(7)})
    left = {str(one.relative_to(path.parent)) for one in path.parent.rglob("*") if one.is_file()}

    assert {
        "night.json",
        "night/notes.txt",
        "night/start-content/a-s.jpg",
        "night/start-noise/b-s.jpg",
    } == left


def test_names_become_files_of_their_own(make_accepted: MakeAccepted, path: Path) -> None:
    """Names that differ in signs alone, climb folders or have no letters get their own files."""
    baseline = make_accepted()
    names = ["../../etc", "..\\..\\etc", "日本", "×", "E T C", "x" * 200]
    pairs = [
        pair.model_copy(update={"name": name})
        for pair, name in zip([baseline.pairs[0]] * 6, names, strict=True)
    ]
    runs = [
        run.model_copy(update={"pair": name})
        for run in baseline.runs
        if run.pair == "a × s"
        for name in names
    ]
    odd = baseline.model_copy(update={"pairs": tuple(pairs), "runs": tuple(runs)})

    written = write_baseline(odd, path, {(NOISE_START, name): _picture(3) for name in names})
    files = [picture.file for picture in written.pictures]

    assert written == read_baseline(path)
    assert [
        f"start-noise/{name}.jpg"
        for name in ("etc", "etc-2", "unnamed", "unnamed-2", "e-t-c", "x" * 60)
    ] == files
