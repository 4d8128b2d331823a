"""``harness transfer`` as a user meets it."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result
from filelock import FileLock
from PIL import Image

from harness.cli import transfer as transfer_module
from harness.cli.transfer import command
from harness.errors import HarnessError, InputError, StoreError
from harness.spec.settings import Settings
from harness.sweep import single
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.names import File, Kind, Tag
from harness.sweep.tracking.store import connect, locate, search_everywhere

MakeSweep = Callable[..., Path]

CELL = {"variant": 0, "case": 0, "fingerprint": "f"}
HEAVY = "weights.style=10"
QUICK = {
    "pretrained": "kmeans",
    "precision": "float32",
    "image_size": 32,
    "iterations": 5,
    "content_layers": "relu1_1",
    "style_layers": "[rgb, relu1_1]",
}


def transfer(*arguments: str, **settings: object) -> Result:
    """Run the command on two made-up pictures with quick settings, some of them changed."""
    chosen = [f"--set={key}={value}" for key, value in (QUICK | settings).items()]
    return invoke("c0.png", "s0.png", "-o", "out.png", *chosen, *arguments)


def invoke(*arguments: str) -> Result:
    """Run the command; its errors come through."""
    runner = CliRunner()
    return runner.invoke(command, arguments, standalone_mode=False, catch_exceptions=False)


def pixels(path: Path | str) -> np.ndarray:
    """Return the pixels of a picture file."""
    with Image.open(path) as image:
        return np.array(image)


@pytest.fixture
def folder(make_sweep: MakeSweep, tmp_path: Path) -> Path:
    """Return the working folder, with made-up pictures in it."""
    del make_sweep
    return tmp_path


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an optimisation be a failure of the test."""

    def refuse(*_: object) -> None:
        pytest.fail("the optimisation was begun")

    monkeypatch.setattr(single, "perform", refuse)


def stored_run(variant: str) -> Path:
    """Return the folder of a variant's run on the pair of the first pictures."""
    client = connect(locate(None))
    text = f"tags.`{Tag.VARIANT}` = '{variant}' AND tags.`{Tag.CONTENT}` = 'c0'"
    (run,) = search_everywhere(client, text)
    return Path(run.info.artifact_uri.removeprefix("file://"))


def stored_runs() -> set[str]:
    """Return the ids of all runs of the store."""
    client = connect(locate(None))
    return {run.info.run_id for run in search_everywhere(client, "")}


def log_sweep(name: str, files: Mapping[str, object]) -> str:
    """Log a parent run by hand, with files of JSON; return its id."""
    client = connect(locate(None))
    place = (Path("mlruns").absolute() / name).as_uri()
    experiment = client.create_experiment(name, artifact_location=place)
    tags = {str(Tag.KIND): str(Kind.SWEEP), str(Tag.OCCASION): name}
    run_id = str(client.create_run(experiment, tags=tags).info.run_id)
    for file, content in files.items():
        client.log_text(run_id, json.dumps(content), str(file))
    return run_id


def listed(*variants: str, runs: Sequence[Mapping[str, object]] = ()) -> dict[str, object]:
    """Return a parent's list of runs."""
    named = [{"name": name, "assignment": {}, "loss_key": ""} for name in variants]
    rest = {"layout": {}, "cases": [], "runs": list(runs)}
    return {"schema_version": 2, "baseline": 0, "variants": named, **rest}


def test_picture_is_written(folder: Path) -> None:
    """One picture at the size asked for, its place and losses on standard output."""
    before = set(folder.iterdir())

    done = transfer("--set", "image_size=33")

    assert {folder / "out.png"} == set(folder.iterdir()) - before
    assert (25, 33, 3) == pixels("out.png").shape
    assert f"{folder / 'out.png'} (33 × 25 pixels)" in done.stdout
    assert "5 iterations" in done.stdout
    assert "loss:" in done.stdout


@pytest.mark.parametrize("image_size", [32, 47, 101])
@pytest.mark.usefixtures("folder")
def test_every_size_works(image_size: int) -> None:
    """Odd sizes, of the picture and of its feature maps, are as good as even ones."""
    transfer(image_size=image_size, style_layers="[rgb, relu3_1]", iterations=1)

    assert image_size == max(pixels("out.png").shape)


@pytest.mark.usefixtures("folder")
def test_json_says_everything() -> None:
    """``--json`` prints one object with places, losses, settings and fingerprint."""
    done = transfer("--json", "--every", "2")

    facts = json.loads(done.stdout)
    assert str(Path("out.png").resolve()) == facts["picture"]
    assert {"2", "4"} == set(facts["snapshots"])
    assert (32, 24, 5, 0) == tuple(facts[key] for key in ("width", "height", "iterations", "seed"))
    assert {"content", "style", "style/rgb", "tv", "total"} <= set(facts["losses"])
    assert Settings.model_validate_json(json.dumps(facts["settings"])).iterations == 5
    assert facts["scores"] is None
    with Image.open("out.png") as image:
        assert facts["fingerprint"] == image.info["harness.fingerprint"]


@pytest.mark.usefixtures("folder")
def test_scores_on_request() -> None:
    """``--score`` adds what both evaluators say."""
    facts = json.loads(transfer("--json", "--score").stdout)
    text = transfer_module._text(facts)

    assert {"style/gain", "content/score"} <= set(facts["scores"])
    assert facts["evaluator"] in text
    assert facts["second_evaluator"] in text
    assert f"style gain {facts['scores']['style/gain']:.2f}" in text


@pytest.mark.usefixtures("folder")
def test_picture_that_cannot_be_scored_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with its scores does not cost the picture."""

    def refuse(*_: object, **__: object) -> None:
        raise InputError("no scores at 256 pixels: too odd")

    monkeypatch.setattr("harness.sweep.evaluation.evaluate_picture", refuse)
    chosen = [f"--set={key}={value}" for key, value in QUICK.items()]

    with pytest.raises(HarnessError, match=r"out\.png is written, but has no scores"):
        invoke("c0.png", "s0.png", "-o", "out.png", *chosen, "--score")

    assert (folder / "out.png").is_file()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("size_of", ["square", "crop"])
def test_a_square_of_a_picture_is_scored_against_the_same_square(size_of: str) -> None:
    """Of a picture that has other proportions than what is made of it."""
    chosen = [f"--set={key}={value}" for key, value in (QUICK | {"size_of": size_of}).items()]

    invoke("c0.png", "s0.png", "-o", "out.png", *chosen, "--score")
    with Image.open("out.png") as image:
        assert image.width == image.height


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_variant_of_a_sweep_gives_its_picture(make_sweep: MakeSweep) -> None:
    """``--from SWEEP/VARIANT`` on the pictures of a case makes that run's pixels again.

    Nothing is added to the store, and another harness may be writing to it.
    """
    run_sweep(*load_with_pictures(make_sweep()), Options())
    before = stored_runs()
    chosen = ("c0.png", "s0.png", "-o")

    with FileLock("mlflow.db.lock"):
        invoke(*chosen, "heavy.png", "--from", f"tiny/{HEAVY}")
        invoke(*chosen, "base.png", "--from", "tiny")
    invoke(*chosen, "file.png", "--settings", str(stored_run(HEAVY) / "settings.json"))

    heavy = pixels(stored_run(HEAVY) / "result.png")
    assert np.array_equal(heavy, pixels("heavy.png"))
    assert np.array_equal(heavy, pixels("file.png"))
    assert np.array_equal(pixels(stored_run("weights.style=1") / "result.png"), pixels("base.png"))
    assert not np.array_equal(heavy, pixels("base.png"))
    assert before == stored_runs()


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("tyny", "did you mean tiny?"),
        ("tiny/weights.style=11", f"\n  tiny/{HEAVY}\ndid you mean tiny/weights.style="),
        ("tiny/", "no variant ''; there are:\n  tiny/weights.style=1\n"),
        ("unfinished", "has no result yet"),
        ("failed", "no finished run of base"),
        ("future", "version 1, this one reads 2"),
    ],
)
@pytest.mark.usefixtures("store", "no_work")
def test_variant_that_is_not_there(origin: str, words: str) -> None:
    """An unknown sweep or variant, or one without a result, is told with what there is."""
    membership = listed("weights.style=1", HEAVY)
    failed = listed("base", runs=[CELL | {"run_id": None}])
    log_sweep("tiny", {File.MEMBERSHIP: membership})
    log_sweep("unfinished", {})
    log_sweep("failed", {File.MEMBERSHIP: failed})
    log_sweep("future", {File.MEMBERSHIP: membership | {"schema_version": 1}})

    with pytest.raises((InputError, StoreError)) as caught:
        transfer("--from", origin)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"iterations": 0}, "not of this version (iterations"), (None, "removed from the store")],
)
@pytest.mark.usefixtures("store", "no_work")
def test_damaged_settings_in_the_store(settings: object, words: str) -> None:
    """Settings that this version cannot read, or that are gone, are the store's fault."""
    run_id = log_sweep("run", {File.SETTINGS: settings} if settings else {})
    runs = [CELL | {"run_id": run_id}]
    log_sweep("tiny", {File.MEMBERSHIP: listed("one", runs=runs)})

    with pytest.raises(StoreError) as caught:
        transfer("--from", "tiny/one")

    assert words in str(caught.value)


def test_no_store_is_made(folder: Path) -> None:
    """Without a store ``--from`` says so, and makes none."""
    before = sorted(folder.iterdir())

    with pytest.raises(StoreError, match="there is no store at"):
        transfer("--from", "tiny")

    assert before == sorted(folder.iterdir())


@pytest.mark.parametrize("suffix", ["png", "jpg"])
@pytest.mark.usefixtures("folder")
def test_picture_repeats_itself(suffix: str) -> None:
    """``--settings OUT`` takes settings and seed from a picture and makes it again."""
    transfer("-o", f"first.{suffix}", "--seed", "7", start="noise")
    invoke("c0.png", "s0.png", "-o", f"again.{suffix}", "--settings", f"first.{suffix}")
    arguments = ("--settings", f"first.{suffix}", "--seed", "8")
    invoke("c0.png", "s0.png", "-o", f"other.{suffix}", *arguments)

    first = Path(f"first.{suffix}").read_bytes()
    assert first == Path(f"again.{suffix}").read_bytes()
    assert first != Path(f"other.{suffix}").read_bytes()


@pytest.mark.usefixtures("folder")
def test_snapshots_are_pictures_of_shorter_runs() -> None:
    """A snapshot lies beside the picture and is what so many iterations give."""
    done = transfer("--snapshots", "2,0,5")
    transfer("-o", "short.png", iterations=2)
    invoke("c0.png", "s0.png", "-o", "again.png", "--settings", "out-0002.png")

    assert ["out-0000.png", "out-0002.png", "out-0005.png"] == sorted(
        path.name for path in Path().glob("out-*")
    )
    assert "out-0000.png, out-0002.png, out-0005.png" in done.stdout
    assert np.array_equal(pixels("short.png"), pixels("out-0002.png"))
    assert np.array_equal(pixels("again.png"), pixels("out-0002.png"))
    assert np.array_equal(pixels("out.png"), pixels("out-0005.png"))


WRONG = {
    "every wrong key": (
        ["--set", "iteration=5", "--set", "poling=max", "--set", "lr=0"],
        ["did you mean iterations?", "did you mean pooling?", "--set: lr: found 0"],
    ),
    "unknown preset": (["--preset", "hose"], ["did you mean house?"]),
    "two starts": (["--preset", "house", "--from", "tiny"], ["--preset and --from", "one of"]),
    "wrong settings file": (
        ["--settings", "wrong.json"],
        ["wrong.json:2: lr", "wrong.json:3: averaging"],
    ),
    "picture without settings": (["--settings", "c0.png"], ["carries no settings"]),
    "missing start": (["--set", "start=file:lost.png"], ["lost.png"]),
    "suffix": (["-o", "out.gif"], [".png, .jpg, .jpeg"]),
    "folder": (["-o", "folder.png"], ["is a folder"]),
    "missing folder": (["-o", "lost/out.png"], ["no folder lost"]),
    "content as target": (["-o", "c0.png"], ["would replace"]),
    "style as snapshot": (["-o", "s0-x.png", "--snapshots", "1"], ["would replace"]),
    "late snapshot": (["--snapshots", "1,6"], ["found 6", "to 5"]),
    "every beyond the end": (["--every", "5"], ["--every: found 5", "below 5"]),
    "snapshots and every": (["--every", "2", "--snapshots", "1"], ["one of them"]),
    "device": (["--device", "abacus"], ["abacus", "cpu"]),
    "too small": (["--set", "style_layers=relu5_1", "--set", "padding=reflect"], ["image_size"]),
    "parameters": (["--pretrained", "lost.pth"], ["lost.pth"]),
    "not downloaded": (["--set", "pretrained=imagenet"], ["harness fetch"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input(name: str, folder: Path) -> None:
    """A wrong input is told with what to do, before the work; nothing is written."""
    arguments, words = WRONG[name]
    (folder / "folder.png").mkdir()
    (folder / "wrong.json").write_text('{\n"lr": -1,\n"averaging": 1.5}')
    (folder / "s0.png").rename("s0-x-0001.png")
    Path("s0.png").symlink_to("s0-x-0001.png")
    before = sorted(folder.iterdir())

    with pytest.raises(InputError) as caught:
        transfer(*arguments)

    for word in words:
        assert word in str(caught.value)
    assert before == sorted(folder.iterdir())


@pytest.mark.usefixtures("folder")
def test_missing_pictures_are_told_together() -> None:
    """A misspelt content and a misspelt style are told at once, with the nearest names."""
    with pytest.raises(InputError) as caught:
        invoke("builtin:chelsae", "s9.png", "-o", "out.png")

    assert "did you mean builtin:chelsea?" in str(caught.value)
    assert "did you mean s" in str(caught.value)


@pytest.mark.usefixtures("folder")
def test_snapshots_that_are_no_numbers() -> None:
    """What is no list of iterations is a wrong use of the option."""
    with pytest.raises(click.BadParameter, match="10,50,100"):
        transfer("--snapshots", "1,x")


def test_interruption_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle of the work leaves no file, whole or half."""

    @contextlib.contextmanager
    def interrupting(_iterations: int) -> Iterator[Callable[[object], None]]:
        def listen(_event: object) -> None:
            raise KeyboardInterrupt

        yield listen

    monkeypatch.setattr(transfer_module, "show_progress", interrupting)
    before = sorted(folder.iterdir())

    with pytest.raises(click.Abort):
        transfer("--every", "1")

    assert before == sorted(folder.iterdir())


@pytest.mark.usefixtures("folder")
def test_notes_go_to_standard_error() -> None:
    """What a reader must know is said beside the result, never in it."""
    done = transfer("--json", "--pretrained", "auto", "--seed", "3")

    json.loads(done.stdout)
    assert "note: ImageNet parameters are not on this machine" in done.stderr
    assert "note: seed 3 makes no difference" in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["c0.png", "s0.png", "-o", "x.png", "--set=a"]])
def test_help_and_wrong_settings_are_quick(arguments: list[str]) -> None:
    """Neither help nor a wrong setting waits for torch or MLflow."""
    code = (
        "import sys; from harness.cli.transfer import command\n"
        f"try: command.main({arguments!r}, standalone_mode=False)\n"
        "except BaseException: pass\n"
        "print([m for m in ('torch', 'mlflow', 'torchvision') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.splitlines()[-1]
