"""Addresses of what is compared, and folders of pictures made elsewhere."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.errors import InputError, NotComparableError, StoreError
from harness.spec.settings import Settings
from harness.sweep.addresses import Address, Place, parse_address
from harness.sweep.folder_side import folder_side
from harness.sweep.picture_file import SEED, SETTINGS, write_picture
from harness.sweep.side import Side
from harness.sweep.side_scores import Scoring, common_evaluator
from harness.sweep.versus import results_folder
from reports.versus.sides import UNKNOWN_SEED

GREY = np.full((32, 40, 3), 128, np.uint8)


@pytest.mark.parametrize(
    ("text", "place", "name", "variant"),
    [
        ("layers", Place.SWEEP, "layers", None),
        ("layers/lr=0.1", Place.SWEEP, "layers", "lr=0.1"),
        ("layers/start=file:a/b.png", Place.SWEEP, "layers", "start=file:a/b.png"),
        ("run:C9A97", Place.RUN, "c9a97", None),
        ("dir:some/where", Place.FOLDER, "some/where", None),
    ],
)
def test_addresses(text: str, place: Place, name: str, variant: str | None) -> None:
    """The four forms are told apart; what follows the first slash of a sweep is its variant."""
    found = parse_address(text)

    assert Address(place=place, name=name, variant=variant) == found
    assert text.lower() == str(found).lower()


@pytest.mark.parametrize("text", ["", "layers/", "rum:abc", "/some/where", "run:", "dir: ", ".."])
def test_no_addresses(text: str) -> None:
    """What is none of the four is refused with what is allowed."""
    with pytest.raises(InputError, match=r"allowed: SWEEP, SWEEP/VARIANT|after (run|dir): stands"):
        parse_address(text)


def test_a_bare_folder_is_told_its_prefix(tmp_path: Path) -> None:
    """A path without ``dir:`` is answered with the address that was meant."""
    with pytest.raises(InputError, match=f"did you mean dir:{tmp_path}"):
        parse_address(str(tmp_path))


def test_folders_of_results_are_told_apart(tmp_path: Path) -> None:
    """Names that a file system takes stay as they are; others get a hash, and stay different."""
    plain = parse_address("layers"), parse_address("layers/lr=1, tv=0")
    hostile = [parse_address(f"layers/a{letter}b") for letter in "|?"]
    long = [parse_address(f"layers/{'x' * 300}{end}") for end in "ab"]
    names = {results_folder(tmp_path, (plain[0], one)).name for one in (*hostile, *long)}

    assert "compare layers against layers lr=1, tv=0" == results_folder(tmp_path, plain).name
    assert 4 == len(names)
    assert all(len(name) < 200 and not set(name) & set("|?/") for name in names)


def picture(path: Path, level: int) -> str:
    """Write a flat picture; return the SHA-256 of its file."""
    Image.fromarray(GREY + level).save(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_list_says_what_pictures_were_made_of(tmp_path: Path) -> None:
    """The only CSV file of a folder is its list; contents and styles are known by their bytes."""
    hashes = {name: picture(tmp_path / f"{name}.png", at) for at, name in enumerate("xcs")}
    (tmp_path / "made.csv").write_text("picture,content,style\nx.png,c.png,s.png\n")
    side = folder_side(tmp_path)

    assert [(hashes["c"], hashes["s"])] == [one.pair for one in side.runs]
    assert ("c × s", UNKNOWN_SEED) == (side.runs[0].case.pair, side.runs[0].case.seed)
    assert hashes["s"] == side.inputs(hashes["s"]).sha256
    assert ("", {}) == (side.evaluator, side.settings)
    with pytest.raises(StoreError, match="in no folder"):
        side.inputs(hashes["x"])


def test_pictures_that_say_what_they_were_made_of(tmp_path: Path) -> None:
    """What ``harness transfer`` wrote inside is enough: pair, seed and settings."""
    settings = Settings(lr=0.5)
    texts = {
        "harness.content": json.dumps({"name": "cat.jpg", "sha256": "c" * 64}),
        "harness.style": json.dumps({"name": "art.png", "sha256": "5" * 64}),
        SETTINGS: settings.model_dump_json(),
        SEED: "7",
    }
    write_picture(tmp_path / "a.png", GREY, texts)
    write_picture(tmp_path / "b.png", GREY, {"harness.content": "[1]"})
    (tmp_path / "note.txt").write_text("no picture")
    side = folder_side(tmp_path)

    assert [("c" * 64, "5" * 64)] == [one.pair for one in side.runs]
    assert ("cat × art", 7) == (side.runs[0].case.pair, side.runs[0].case.seed)
    assert "0.5" == side.settings["lr"]
    assert (f"Left out: `{tmp_path}/b.png: does not say what it was made of`.",) == side.notes


def test_broken_pictures_are_left_out_by_name(tmp_path: Path) -> None:
    """A missing or damaged picture of a list does not stop the others."""
    for at, name in enumerate("xcs"):
        picture(tmp_path / f"{name}.png", at)
    (tmp_path / "bad.png").write_bytes(b"\x89PNG")
    (tmp_path / "list.csv").write_text(
        "picture,content,style\nx.png,c.png,s.png\nbad.png,c.png,s.png\ngone.png,c.png,s.png\n"
    )
    (tmp_path / "other.csv").write_text("a,b\n")
    side = folder_side(tmp_path)

    assert ["x.png"] == [one.picture.name for one in side.runs if one.picture is not None]
    assert ["bad.png" in side.notes[0], "gone.png" in side.notes[1]] == [True, True]


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    """Missing (with the nearest name), a file, empty, without what was used, with two lists."""
    folder = tmp_path / "mine"
    folder.mkdir()
    with pytest.raises(InputError, match=f"no such folder; did you mean dir:{folder}"):
        folder_side(tmp_path / "mien")
    with pytest.raises(InputError, match="holds no pictures"):
        folder_side(folder)
    picture(folder / "x.png", 0)
    with pytest.raises(InputError, match="is a file"):
        folder_side(folder / "x.png")
    with pytest.raises(InputError, match=r"list\.csv .* picture,content,style.*\n.*x\.png"):
        folder_side(folder)
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text("picture,content,style\n")
    with pytest.raises(InputError, match=r"found a\.csv, b\.csv; which of them"):
        folder_side(folder)


def side_by(evaluator: str) -> Side:
    """Return an empty side that an evaluator scored."""
    return Side(
        label=f"by {evaluator}", runs=(), evaluator=evaluator, settings={}, inputs=lambda _: None
    )  # type: ignore[arg-type, return-value]


def test_different_evaluators_never_share_a_table() -> None:
    """The refusal names both and the options that score anew; a folder takes the other's."""
    ours, theirs, folder = side_by("kmeans@64px+x-1"), side_by("kmeans@32px+x-2"), side_by("")
    with pytest.raises(
        NotComparableError, match=r"kmeans@64px.*\n.*kmeans@32px.*\n--evaluator or"
    ):
        common_evaluator((ours, theirs), Scoring())

    assert "kmeans@64px+x-1" == common_evaluator((folder, ours), Scoring()).id
    asked = common_evaluator((ours, theirs), Scoring(size_px=48))
    assert asked.id.startswith("kmeans@48px")
