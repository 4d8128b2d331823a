"""``harness compare A B``: two sides of the store, one run, a folder of pictures."""

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from harness.cli.compare import command
from harness.cli.report import command as report
from harness.errors import InputError, NotComparableError
from harness.images.decode import decode_picture, open_picture
from harness.sweep.options import Options
from harness.sweep.picture_file import write_picture
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate, search_everywhere

from .conftest import BASE

LIGHT, HEAVY = "tiny/weights.style=1", "tiny/weights.style=10"
SWEEP = """\
cases: {{content: [{contents}], style: [{styles}], pairing: zip}}
{base}parameters:
  weights.style: {{values: {weights}}}
evaluation: {{size: {size}}}
"""


def run(*words: str, of: object = command) -> Result:
    """Run a command in this process; its errors reach the test."""
    return CliRunner().invoke(of, words, catch_exceptions=False, standalone_mode=False)  # type: ignore[arg-type]


def compared(*words: str) -> dict[str, Any]:
    """Return what the command prints as JSON."""
    found: dict[str, Any] = json.loads(run(*words, "--json").stdout)
    return found


def rows(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the quantities of a comparison by name."""
    return {row["quantity"]: row for row in found["quantities"]}


def sweep(name: str, contents: str, styles: str, weights: str, size: int) -> None:
    """Run a sweep in this process, in the working directory."""
    text = SWEEP.format(base=BASE, contents=contents, styles=styles, weights=weights, size=size)
    path = Path(f"{name}.yaml")
    path.write_text(text)
    spec, opened = load_with_pictures(path, ())
    assert 0 == run_sweep(spec, opened, Options(workers=0)).failed


@pytest.fixture(scope="module")
def swept(
    tmp_path_factory: pytest.TempPathFactory,
    empty_store: Path,
    draw_inputs: Callable[[Path], None],
) -> Path:
    """Return a folder with three sweeps: ``tiny``, ``other`` of another evaluator, ``apart``."""
    folder = tmp_path_factory.mktemp("compare")
    shutil.copy(empty_store, folder / "mlflow.db")
    draw_inputs(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE", str(folder / "cache"))
        patch.setenv("TORCH_HOME", str(folder / "torch"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(folder)
        sweep("tiny", "c0.png, c1.png", "s0.png, s1.png", "[1, 10]", 64)
        sweep("other", "c0.png", "s0.png", "[2]", 48)
        sweep("apart", "s1.png", "c0.png", "[1]", 64)
    return folder


@pytest.fixture
def made(swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder on that store; return where the pictures are."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{swept / 'mlflow.db'}")
    monkeypatch.setenv("HARNESS_CACHE", str(swept / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(swept / "torch"))
    monkeypatch.chdir(tmp_path)
    return swept


def results(variant: str) -> dict[str, Path]:
    """Return the pictures of a variant of ``tiny`` by their content's name."""
    found = {}
    for one in search_everywhere(connect(locate(None)), "tags.`harness.kind` = 'run'"):
        if one.data.tags["harness.variant"] == variant:
            folder = Path(one.info.artifact_uri.removeprefix("file://"))
            found[one.data.tags["harness.content"]] = folder / "result.png"
    return found


@pytest.mark.usefixtures("made")
def test_two_variants() -> None:
    """The table has the numbers of the sweep's own, the settings that differ, and its files."""
    run("tiny", of=report)
    own = pd.read_csv("results/tiny/table.csv").set_index("variant")
    found = compared("tiny", HEAVY)
    table = rows(found)

    assert ("weights.style=1", "weights.style=10") == (found["a"], found["b"])
    for name in ("style/gain", "content/score", "seconds"):
        assert own[name].to_list() == pytest.approx([table[name]["a"], table[name]["b"]])
    assert table["style/gain"]["difference"] == pytest.approx(
        own.loc["weights.style=10", "style/gain/difference"]
    )
    assert [("weights.style", "1.0", "10.0", True)] == [
        tuple(one[key] for key in ("key", "before", "after", "in_loss"))
        for one in found["settings"]
    ]
    assert all(Path(path).is_file() for path in found["files"].values())
    assert Path("results/compare tiny against tiny weights.style=10/compare.html").is_file()
    assert "different losses: weights.style" == table["loss/total"]["not_comparable"]
    assert ["loss/total"] == [name for name in table if name.startswith("loss/")]
    assert 2 == len(found["pairs"])


@pytest.mark.usefixtures("made")
def test_text() -> None:
    """On the terminal: both sides, one sentence, the table, what differs, where the files are."""
    printed = run("tiny", HEAVY).stdout

    assert printed.startswith("A  weights.style=1  (baseline)\nB  weights.style=10\n\n")
    assert "`weights.style=10` against `weights.style=1`: cannot tell: 2 pairs" in printed
    assert "`tiny` alone names the baseline of that sweep, `weights.style=1`." in printed
    assert "weights.style  1.0  →  10.0" in printed
    assert "compare.html" in printed


@pytest.mark.usefixtures("made")
def test_one_run() -> None:
    """The beginning of a run's id names it; what it lacks of the other's pairs is named."""
    runs = list(search_everywhere(connect(locate(None)), "tags.`harness.kind` = 'run'"))
    one = next(run for run in runs if run.data.tags["harness.variant"] == "weights.style=10")
    found = compared("tiny", f"run:{one.info.run_id[:12]}")

    assert f"run:{one.info.run_id[:8]}" == found["b"]
    assert [one.data.tags["harness.case"].partition(",")[0]] == found["pairs"]
    assert pytest.approx(one.data.metrics["style/gain"]) == rows(found)["style/gain"]["b"]
    assert 1 == len(found["pairs_only_a"])
    assert ["weights.style"] == [change["key"] for change in found["settings"]]


@pytest.mark.usefixtures("made")
def test_runs_that_cannot_be_compared() -> None:
    """No run begins so, several do, or the one has not finished: told apart."""
    client = connect(locate(None))
    experiment = client.get_experiment_by_name("tiny")
    assert experiment is not None
    tags = {"harness.kind": "run", "harness.reason": "no memory"}
    # Of 17 ids two begin with the same one of 16 letters.
    failed = [
        client.create_run(experiment.experiment_id, tags=tags).info.run_id for _ in range(17)
    ]
    for run_id in failed:
        client.set_terminated(run_id, "FAILED")
    shared = next(one for one in failed if [run_id[0] for run_id in failed].count(one[0]) > 1)
    try:
        with pytest.raises(InputError, match="no such run of a sweep"):
            run("tiny", "run:zz")
        with pytest.raises(InputError, match=r"is the beginning of \d+ ids:\n  run:"):
            run("tiny", f"run:{shared[0]}")
        with pytest.raises(InputError, match=r"has not finished: FAILED \(no memory\)"):
            run("tiny", f"run:{failed[0]}")
    finally:
        for run_id in failed:
            client.delete_run(run_id)

    assert not Path("results").exists()


def test_folder_with_a_list(made: Path) -> None:
    """The pictures of a variant, copied to a folder, score what they scored in the sweep."""
    folder = Path("mine")
    folder.mkdir()
    with (folder / "list.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["picture", "content", "style"])
        for content, picture in results("weights.style=10").items():
            shutil.copy(picture, folder / f"{content}.png")
            inputs = (made / f"{name}.png" for name in (content, content.replace("c", "s")))
            writer.writerow([f"{content}.png", *inputs])
        writer.writerow(["gone.png", made / "c0.png", made / "s0.png"])
    found, expected = compared("tiny", "dir:mine"), rows(compared("tiny", HEAVY))
    table = rows(found)

    assert ("tiny/weights.style=1", "dir:mine") == (found["a"], found["b"])
    for name in ("style/gain", "content/score", "balance", "picture/chroma", "second/style/gain"):
        assert pytest.approx(expected[name]["difference"], rel=1e-6) == table[name]["difference"]
    assert "no running time is known of one side" == table["seconds"]["not_comparable"]
    assert pytest.approx(expected["seconds"]["a"]) == table["seconds"]["a"]
    assert any("gone.png" in note for note in found["notes"])
    assert any("settings of `dir:mine` are not known" in note for note in found["notes"])


def test_folder_of_pictures_that_say_what_they_were_made_of(made: Path) -> None:
    """The content and style that ``harness transfer`` wrote inside are those of the sweep."""
    Path("mine").mkdir()
    texts = {
        f"harness.{role}": json.dumps({"name": name, "sha256": open_picture(made / name).sha256})
        for role, name in (("content", "c0.png"), ("style", "s0.png"))
    }
    picture = results("weights.style=10")["c0"].read_bytes()
    write_picture(Path("mine/x.png"), decode_picture(picture, name="x"), texts)
    found = compared("dir:mine", "tiny")

    assert ["c0 × s0"] == found["pairs"]
    assert ["c1 × s1"] == found["pairs_only_b"]
    assert ("dir:mine", "tiny/weights.style=1") == (found["a"], found["b"])


@pytest.mark.usefixtures("made")
def test_sweeps_of_different_evaluators() -> None:
    """They are refused with exit code 3 until one evaluator scores both; then that is kept."""
    with pytest.raises(NotComparableError, match=r"@64px(.|\n)*@48px(.|\n)*--evaluator or --size"):
        run("tiny", "other")
    found = compared("tiny", "other", "--size", "48")
    run("other", of=report)
    own = pd.read_csv("results/other/table.csv").set_index("variant")

    assert 3 == NotComparableError.exit_code
    assert any("Scored by kmeans@48px" in note for note in found["notes"])
    assert pytest.approx(own["style/gain"].iloc[0]) == rows(found)["style/gain"]["b"]
    assert "tiny/weights.style=1" == found["a"]


def test_what_cannot_be_compared(made: Path) -> None:
    """Unknown names, both the same, no common pair: refused before anything is written."""
    Path("elsewhere").mkdir()
    Path("elsewhere/list.csv").write_text(
        f"picture,content,style\n{made}/c0.png,{made}/c1.png,{made}/s0.png\n"
    )
    with pytest.raises(InputError, match="did you mean tiny"):
        run("tony", HEAVY)
    with pytest.raises(InputError, match=r"no variant 'weights.style=11'(.|\n)*mean tiny/"):
        run("tiny", "tiny/weights.style=11")
    with pytest.raises(InputError, match=r"both sides are the same: tiny and tiny/weights"):
        run("tiny", LIGHT)
    with pytest.raises(NotComparableError, match=r"no pair(.|\n)*c0 × s0, c1 × s1(.|\n)*s1 × c0"):
        run("tiny", "apart")
    with pytest.raises(NotComparableError, match=r"no pair(.|\n)*dir:elsewhere: c1 × s0"):
        run("tiny", "dir:elsewhere")

    assert not Path("results").exists()


def test_no_store(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a store nothing is found, and none is made; two folders need none."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    for name, picture in (("ours", "c0"), ("theirs", "c1")):
        Path(name).mkdir()
        shutil.copy(made / f"{picture}.png", f"{name}/x.png")
        table = f"picture,content,style\nx.png,{made}/c0.png,{made}/s0.png\n"
        Path(name, "list.csv").write_text(table)
    with pytest.raises(InputError, match="there is no store"):
        run("tiny", "dir:ours")
    found = compared("dir:ours", "dir:theirs", "--evaluator", "kmeans", "--size", "64")

    assert pytest.approx(1) == rows(found)["content/ssim"]["a"]
    assert not Path("mlflow.db").exists()


def test_pictures_of_other_proportions(made: Path) -> None:
    """A picture that cannot be laid over its content is left out; if all are, that is an error."""
    Path("mine").mkdir()
    Image.new("RGB", (40, 80)).save("mine/tall.png")
    shutil.copy(results("weights.style=10")["c1"], "mine/good.png")
    bad, good = (
        f"{name}.png,{made}/c{at}.png,{made}/s{at}.png\n"
        for at, name in enumerate(("tall", "good"))
    )
    Path("mine/list.csv").write_text(f"picture,content,style\n{bad}")
    with pytest.raises(InputError, match=r"no picture could be scored:\nno scores at 64 pixels"):
        run("tiny", "dir:mine")
    Path("mine/list.csv").write_text(f"picture,content,style\n{bad}{good}")
    found = compared("tiny", "dir:mine")

    assert ["c1 × s1"] == found["pairs"]
    assert any("Left out: `no scores at 64 pixels" in note for note in found["notes"])
    assert "`dir:mine`: 1 run of 2 not finished, left out." in found["notes"]


@pytest.mark.slow
@pytest.mark.usefixtures("made")
def test_stored_scores_need_no_torch() -> None:
    """What is scored already is compared without loading torch."""
    program = (
        "import sys; from harness.cli.main import cli; "
        f"cli.main(['compare', 'tiny', {HEAVY!r}], standalone_mode=False); "
        "print('torch' in sys.modules)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert "False" == printed.splitlines()[-1]


@pytest.mark.slow
def test_page_in_a_browser(made: Path, browser: Any) -> None:
    """The page asks for nothing but itself, complains of nothing, and shows its pictures."""
    del made
    files = compared("tiny", HEAVY)["files"]
    page = browser.open(Path(files["html"]).resolve().as_uri())
    widths = page.eval_on_selector_all("img", "all => all.map(one => one.naturalWidth)")

    assert ([], 1) == (browser.errors, len(browser.requests))
    assert 8 == len(widths)
    assert all(width > 0 for width in widths)
    assert "cannot tell" in page.inner_text(".headline")
