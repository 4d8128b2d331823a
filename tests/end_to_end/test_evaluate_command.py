"""``harness evaluate`` and ``harness report``: pictures scored outside a sweep, and anew."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from harness.cli.evaluate import command as evaluate
from harness.cli.report import command as report
from harness.errors import InputError
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate, search_everywhere

MakeSweep = Callable[..., Path]
PAIR = ("--content", "c0.png", "--style", "s0.png")
SMALL = ("--evaluator", "kmeans", "--size", "64")


def run(command: object, *words: str) -> Result:
    """Run a command in this process; its errors reach the test."""
    return CliRunner().invoke(command, words, catch_exceptions=False, standalone_mode=False)  # type: ignore[arg-type]


@pytest.fixture
def pictures(make_sweep: MakeSweep) -> Path:
    """Return a folder with a blend of c0 and s0, and the content itself."""
    make_sweep()
    folder = Path("theirs")
    folder.mkdir()
    content, style = (np.asarray(Image.open(f"{name}.png"), float) for name in ("c0", "s0"))
    Image.fromarray(np.rint((content + style) / 2).astype(np.uint8)).save(folder / "blend.png")
    shutil.copy("c0.png", folder / "same.png")
    return folder


@pytest.fixture
def swept(make_sweep: MakeSweep, store: None) -> Path:
    """Return a folder with a finished sweep ``tiny``."""
    del store
    spec, opened = load_with_pictures(make_sweep(), ())
    outcome = run_sweep(spec, opened, Options(workers=0))
    assert 0 == outcome.failed
    return Path.cwd()


def table(name: str = "tiny") -> dict[str, dict[str, object]]:
    """Return the rows of a sweep's table by variant."""
    content = json.loads(Path("results", name, "table.json").read_text())
    return {row["variant"]: row for row in content["variants"]}


def test_folder(pictures: Path) -> None:
    """Every picture of a folder is a row; the untouched content is flagged as that."""
    found = run(evaluate, str(pictures), *PAIR, *SMALL)

    lines = found.output.splitlines()
    assert 0 == found.return_value
    assert lines[1].startswith(str(pictures / "blend.png"))
    assert "untouched" in lines[2]
    assert "0.00" in lines[2]
    assert "1.00" in lines[2]
    assert "Scored by kmeans@64px" in found.output


def test_list_of_pictures_as_json(pictures: Path) -> None:
    """A CSV file names pictures relative to itself; JSON has every measurement and its absence."""
    (pictures / "list.csv").write_text("picture,content,style\nblend.png,../c0.png,../s0.png\n")
    found = run(evaluate, str(pictures / "list.csv"), *SMALL, "--json")

    (one,) = json.loads(found.output)["pictures"]
    assert one["scores"]["content/score"] > 0
    assert pytest.approx(one["scores"]["balance"]) == (
        0.6 * (1 - one["distances"]["style/gram"] / one["anchors"]["style/gram"])
        + 0.4 * one["scores"]["content/score"]
    )
    assert {"picture/chroma", "style/feature_swd", "style/gram/relu1_1"} <= one["distances"].keys()
    assert [] == one["flags"]


def test_one_of_several_cannot_be_scored(pictures: Path) -> None:
    """What cannot be compared is a row with the reason, and exit code 1; others have scores."""
    Image.new("RGB", (200, 40)).save(pictures / "wide.png")

    found = run(evaluate, str(pictures), *PAIR, *SMALL)

    assert 1 == found.return_value
    assert "not scored: no scores at 64 pixels: a picture of 200×40" in found.output
    assert "Scored by" in found.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("wide.png", *PAIR), "proportions differ"),
        (("c0.png",), "give both"),
        (("nowhere.png", *PAIR), "nowhere.png"),
        (("empty", *PAIR), "holds no pictures"),
        (("wrong.csv",), "no column"),
        (("gaps.csv",), "gaps.csv:2: style is empty"),
        (("c0.png", *PAIR, "--sweep", "tiny", "--size", "64"), "leave out"),
        (("c0.png", *PAIR, "--sweep", "tiny"), "no store"),
    ],
)
def test_wrong_input(pictures: Path, words: tuple[str, ...], message: str) -> None:
    """Wrong input is told as what it is, before anything is written."""
    del pictures
    Image.new("RGB", (200, 40)).save("wide.png")
    Path("empty").mkdir()
    Path("wrong.csv").write_text("picture,contents,style\na,b,c\n")
    Path("gaps.csv").write_text("picture,content,style\nc0.png,c0.png,\n")

    with pytest.raises(InputError, match=message):
        run(evaluate, *words)

    assert not Path("mlflow.db").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("swept")
def test_picture_of_another_tool_stands_in_the_table() -> None:
    """It is scored as the sweep was, is a row of its own, and is replaced when logged again."""
    for picture in ("s0.png", "c0.png"):
        run(evaluate, picture, *PAIR, "--sweep", "tiny", "--name", "theirs")
    run(report, "tiny")

    row = table()["theirs"]
    assert 1 == row["finished"]
    assert pytest.approx(0, abs=1e-6) == row["style/gain"]  # of c0, the content itself
    assert pytest.approx(1, abs=1e-6) == row["content/score"]
    again, opened = load_with_pictures(Path("tiny.yaml"), ())
    run_sweep(again, opened, Options(workers=0))
    assert "theirs" in table()


@pytest.mark.slow
@pytest.mark.usefixtures("swept")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("c0.png", "--content", "c0.png", "--style", "s1.png"), "no pair of the sweep"),
        (("c0.png", *PAIR, "--name", "weights.style=1"), "has a variant"),
    ],
)
def test_picture_that_has_no_place_in_the_table(words: tuple[str, ...], message: str) -> None:
    """A foreign pair, or a name that is taken, is refused."""
    with pytest.raises(InputError, match=message):
        run(evaluate, *words, "--sweep", "tiny")


@pytest.mark.slow
def test_report_from_the_store_alone(swept: Path) -> None:
    """Without the sweep file, the pictures and the results the same table comes again."""
    before = table()
    shutil.rmtree("results")
    for file in (*swept.glob("*.png"), *swept.glob("*.yaml")):
        file.unlink()

    found = run(report, "tiny")

    assert before == table()
    assert Path("results/tiny/contact-sheet.png").exists()
    assert "every run" in found.output


@pytest.mark.slow
@pytest.mark.usefixtures("swept")
def test_report_by_another_evaluator() -> None:
    """Other scores go to a folder of their own, no run is made, and they are kept."""
    client = connect(locate(None))
    before = {one.info.run_id for one in search_everywhere(client, "")}
    own = table()["weights.style=10"]

    run(report, "tiny", "--size", "48")

    (folder,) = Path("results/tiny").glob("by kmeans@48px*")
    content = json.loads((folder / "table.json").read_text())
    other = next(row for row in content["variants"] if row["variant"] == "weights.style=10")
    assert own["style/gain"] != other["style/gain"]
    assert own["seconds"] == other["seconds"]
    assert own == table()["weights.style=10"]
    assert before == {one.info.run_id for one in search_everywhere(client, "")}
    assert 4 == len(list(Path("mlruns").rglob("kmeans@48px*.json")))


@pytest.mark.usefixtures("store")
def test_report_of_an_unknown_sweep() -> None:
    """The message says that there is none."""
    with pytest.raises(InputError, match="no sweep yet"):
        run(report, "tiny")


@pytest.mark.slow
@pytest.mark.usefixtures("swept")
def test_report_loads_no_torch() -> None:
    """Tables come from the store alone, also where torch is not installed."""
    code = (
        "import sys; from harness.cli.report import command; "
        "command(['tiny'], standalone_mode=False); sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )

    assert 0 == done.returncode, done.stderr


@pytest.mark.slow
def test_distance_between_seeds(make_sweep: MakeSweep, store: None) -> None:
    """Variants that start from noise differ between seeds; one that does not has no distance."""
    del store
    more = ("cases.seeds=[0, 1]", "parameters={start: {values: [content, noise]}}")
    spec, opened = load_with_pictures(make_sweep(), more)

    run_sweep(spec, opened, Options(workers=0))

    rows = table()
    assert rows["start=content"]["seeds/distance"] is None
    assert 0 < float(str(rows["start=noise"]["seeds/distance"])) <= 1
    (kept,) = Path("mlruns").rglob("seed-distances.json")
    before = kept.stat().st_mtime_ns
    run(report, "tiny")
    assert before == kept.stat().st_mtime_ns  # not computed again


@pytest.mark.slow
@pytest.mark.usefixtures("swept")
def test_start_that_is_left_is_measured() -> None:
    """Runs that do not start from the content say how much of their start is left."""
    spec, opened = load_with_pictures(Path("tiny.yaml"), ("base.start=noise",))

    run_sweep(spec, opened, Options(workers=0))

    assert all(-1 <= float(str(row["start/left"])) <= 1 for row in table().values())
