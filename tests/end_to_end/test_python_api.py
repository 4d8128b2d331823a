"""The Python API, as a notebook uses it."""

import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import harness
from harness import api
from harness.cli.transfer import command
from harness.errors import InputError, SpecError
from harness.spec.models import Evaluation
from harness.spec.settings import Settings
from harness.sweep import run as run_module
from harness.sweep.coordinator import Outcome
from harness.sweep.tracking.store import connect, locate, search_everywhere

MakeSweep = Callable[..., Path]

README = Path(harness.__file__).parent.parent / "README.md"
QUICK: dict[str, Any] = {
    "pretrained": "kmeans",
    "precision": "float32",
    "image_size": 32,
    "iterations": 3,
    "content_layers": "relu1_1",
    "style_layers": ["rgb", "relu1_1"],
}


@pytest.fixture
def folder(make_sweep: MakeSweep, tmp_path: Path) -> Path:
    """Return the working folder, with made-up pictures in it."""
    del make_sweep
    return tmp_path


def opened(path: Path | str) -> Image.Image:
    """Return a picture file as Pillow reads it, closed again."""
    with Image.open(path) as image:
        image.load()
        return image


def reopened(image: Image.Image, kind: str, **options: Any) -> Image.Image:
    """Return an image as it comes back from a file of a format."""
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return Image.open(buffer)


def test_importing_the_package_is_light() -> None:
    """``import harness`` and looking at its names loads nothing that takes seconds."""
    code = (
        "import harness, sys; dir(harness); harness.stylize; harness.load_sweep\n"
        "print({'torch', 'mlflow', 'pandas', 'torchvision'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "set()\n" == done.stdout


@pytest.mark.parametrize("name", ["evaluate", "load_sweep", "run_sweep", "stylize"])
def test_every_function_is_there(name: str) -> None:
    """The package gives the functions of the API and lists them; the room keeps its name."""
    assert getattr(api, name) is getattr(harness, name)
    assert name in harness.__all__
    assert name in dir(harness)
    assert getattr(harness, name).__doc__


def test_unknown_name() -> None:
    """A misspelt name is an AttributeError as usual."""
    with pytest.raises(AttributeError, match="'harness' has no attribute 'stylise'"):
        _ = harness.stylise


@pytest.mark.usefixtures("folder")
def test_every_kind_of_picture_is_the_same_picture() -> None:
    """A path, a path as text, a Pillow image and an array give equal results."""
    style = opened("s0.png")
    kinds = [Path("c0.png"), "c0.png", opened("c0.png"), np.array(opened("c0.png"))]

    images = [harness.stylize(content, style, **QUICK).image for content in kinds]

    assert ((24, 32, 3), np.uint8) == (images[0].shape, images[0].dtype)
    for image in images[1:]:
        assert np.array_equal(images[0], image)


@pytest.mark.usefixtures("folder")
def test_result_is_that_of_the_command() -> None:
    """``stylize`` and ``harness transfer`` write the same file."""
    chosen = [f"--set={key}={value}" for key, value in (QUICK | {"start": "noise"}).items()]
    arguments = ["c0.png", "s0.png", "-o", "command.png", "--seed", "3", *chosen]
    CliRunner().invoke(command, arguments, standalone_mode=False, catch_exceptions=False)

    result = harness.stylize("c0.png", "s0.png", seed=3, start="noise", **QUICK)
    result.save("python.png")

    assert Path("command.png").read_bytes() == Path("python.png").read_bytes()


@pytest.mark.usefixtures("folder")
def test_settings_in_every_way() -> None:
    """Keywords, dotted keys, objects, files and pictures say the same settings."""
    dotted = {"weights.style": 5, "style_layers.rgb": np.float64(0.5)}
    first = harness.stylize("c0.png", "s0.png", start="noise", seed=2, **QUICK | dotted)
    first.save("first.png")
    Path("settings.json").write_text(first.settings.model_dump_json())

    assert 5 == first.settings.weights.style
    assert {"rgb": 0.5, "relu1_1": 1} == first.settings.style_layers
    for settings, seed in ((first.settings, 2), ("settings.json", 2), (Path("first.png"), None)):
        again = harness.stylize("c0.png", "s0.png", settings=settings, seed=seed)
        assert first.settings == again.settings
        assert np.array_equal(first.image, again.image)


@pytest.mark.usefixtures("folder")
def test_start_may_be_a_path() -> None:
    """A ``Path`` as start means the picture in that file."""
    result = harness.stylize("c0.png", "s0.png", **QUICK, start=Path("s1.png"))

    assert f"file:{Path('s1.png').absolute()}" == result.settings.start


@pytest.mark.usefixtures("folder")
def test_steps_trace_and_snapshots() -> None:
    """Every iteration is told and kept in the trace; snapshots come by iteration."""
    seen: list[int] = []

    result = harness.stylize(
        "c0.png",
        "s0.png",
        snapshots=[0, 2],
        on_step=lambda event: seen.append(event.iteration),
        **QUICK,
    )

    assert [1, 2, 3] == seen
    assert 3 == len(result.trace["total"])
    assert {0, 2} == set(result.snapshots)
    assert result.seconds > 0


@pytest.mark.usefixtures("folder")
def test_every_wrong_setting_at_once() -> None:
    """Wrong settings are told in one go, in words of Python, not of the command line."""
    with pytest.raises(SpecError) as caught:
        harness.stylize("c0.png", "s0.png", iterations="many", lr=-1, poling="max", seeds=3)

    text = str(caught.value)
    for words in ("iterations: found 'many'", "lr: found -1", "did you mean pooling?", "seed=…"):
        assert words in text
    assert "--" not in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"preset": "hose"}, "did you mean house?"),
        ({"preset": "house", "settings": Settings()}, "found preset and settings"),
        ({"seed": -1}, "seed: found -1; allowed: 0 to"),
        ({"lr": object()}, "lr: found object"),
        ({"settings": "c0.png"}, "carries no settings"),
        ({"snapshots": [151]}, "found 151"),
        ({"device": "abacus"}, "abacus"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_wrong_arguments(arguments: dict[str, Any], words: str) -> None:
    """A wrong argument is told with what is allowed."""
    with pytest.raises(InputError) as caught:
        harness.stylize("c0.png", "s0.png", **arguments)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.zeros((40, 40, 3)), "content: image must be uint8, got float64"),
        (np.zeros((40, 40), np.uint8), "content: image must have shape"),
        (np.zeros((4, 40, 3), np.uint8), "content: 40 x 4 pixels"),
        (Image.new("F", (40, 40)), "content: 32-bit values"),
        ("lost.png", "lost.png: no such file"),
        ("builtin:chelsae", "did you mean builtin:chelsea?"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_wrong_picture(picture: api.PictureLike, words: str) -> None:
    """What is no picture is refused by its role and with the reason."""
    with pytest.raises(InputError) as caught:
        harness.stylize(picture, "s0.png", **QUICK)

    assert words in str(caught.value)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_images_of_every_mode(mode: str, folder: Path) -> None:
    """A Pillow image of any mode counts as the picture that its file would be."""
    image = opened("c0.png").convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    kind = "TIFF" if mode in ("CMYK", "YCbCr") else "PNG"
    image.save(folder / f"same.{kind}", format=kind)

    by_path = harness.stylize(folder / f"same.{kind}", "s0.png", **QUICK)
    by_image = harness.stylize(image, "s0.png", **QUICK)

    assert np.array_equal(by_path.image, by_image.image)


def test_image_is_upright_as_its_file(folder: Path) -> None:
    """A photograph that was taken sideways is turned, as a path or as an image."""
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees
    opened("c0.png").save(folder / "sideways.png", exif=exif)

    by_path = harness.stylize("sideways.png", "s0.png", **QUICK)
    by_image = harness.stylize(opened("sideways.png"), "s0.png", **QUICK)

    assert (32, 24, 3) == by_path.image.shape
    assert np.array_equal(by_path.image, by_image.image)


@pytest.mark.usefixtures("store")
def test_sweep_in_a_notebook(make_sweep: MakeSweep) -> None:
    """A sweep gives its sentence, its table as a frame and its files, and so it does again."""
    sweep = harness.load_sweep(make_sweep(), {"iterations": 3, "limits.time": "1h"})

    outcome = harness.run_sweep(sweep, out="answers")
    again = harness.run_sweep(sweep, out="answers")

    assert "<LoadedSweep tiny: 2 variants × 2 cases>" == repr(sweep)
    assert 3 == sweep.spec.variants[0].settings.iterations
    assert ["weights.style=1", "weights.style=10"] == list(outcome.summary["variant"])
    assert "baseline" == outcome.summary["verdict"][0]
    assert outcome.summary["style/gain"].dtype == np.float64
    assert (Path("answers/tiny").resolve(), 0, 0, "") == (
        outcome.folder,
        outcome.failed,
        outcome.missing,
        outcome.stopped,
    )
    assert outcome.contact_sheet.is_file()
    assert outcome.sentence in outcome._repr_markdown_()
    assert "tiny" == again.name
    assert outcome.summary.equals(again.summary)  # times too: nothing was computed again


@pytest.mark.usefixtures("store")
def test_evaluate_agrees_with_the_sweep(make_sweep: MakeSweep) -> None:
    """A run's picture scores what the sweep logged of it."""
    harness.run_sweep(make_sweep())
    client = connect(locate(None))
    run = next(search_everywhere(client, "tags.`harness.content` = 'c0'"))
    picture = Path(run.info.artifact_uri.removeprefix("file://")) / "result.png"

    found = harness.evaluate(picture, "c0.png", opened("s0.png"), size=64)

    assert run.data.tags["harness.evaluator"] == found.evaluator
    scores = {**found.scores, **found.distances}
    del scores["balance"]  # which a sweep derives for its table
    for name, value in scores.items():
        assert run.data.metrics[name] == pytest.approx(value, rel=1e-12)
    for name, value in found.anchors.items():
        assert run.data.metrics[f"anchor/{name}"] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"evaluator": "kmean"}, "did you mean kmeans?"),
        ({"evaluator": "imagenet-vgg19"}, "not on this machine"),
        ({"size": 8}, "size: found 8; allowed: 32 or more"),
        ({"picture": "builtin:strokes"}, "proportions differ"),
        ({"picture": np.zeros((40, 40))}, "picture: image must be uint8"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_evaluate_refuses(arguments: dict[str, Any], words: str) -> None:
    """What cannot be scored is told with the reason."""
    wanted: dict[str, Any] = {"picture": "c0.png", "content": "c0.png", "style": "s0.png"}

    with pytest.raises(InputError) as caught:
        harness.evaluate(**wanted | arguments)

    assert words in str(caught.value)


def test_default_size_is_that_of_sweeps() -> None:
    """``evaluate`` scores at the size at which sweeps do."""
    defaults = api.evaluate.__kwdefaults__
    assert defaults is not None

    assert Evaluation().size == defaults["size"]


def test_interruption_reaches_the_caller(
    make_sweep: MakeSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in a sweep ends the script that called it, after the store was left in order."""
    outcome = Outcome(answer=None, failed=0, missing=4, interruption=KeyboardInterrupt())  # type: ignore[arg-type]
    monkeypatch.setattr(run_module, "run_sweep", lambda *_, **__: outcome)

    with pytest.raises(KeyboardInterrupt):
        harness.run_sweep(make_sweep())


@pytest.mark.parametrize(
    ("overrides", "texts"),
    [
        ({"iterations": 5, "style_layers": ["rgb"]}, ["iterations=5", 'style_layers=["rgb"]']),
        ({"weights.style": 2, "weights": {}}, ["weights={}", "weights.style=2"]),
        ("iterations=5", ["iterations=5"]),
        (("iterations=5", "lr=1"), ["iterations=5", "lr=1"]),
        ({"lr": np.float32(0.5), "limits.time": "2h"}, ["lr=0.5", 'limits.time="2h"']),
    ],
)
def test_overrides_of_every_kind(overrides: Any, texts: list[str]) -> None:
    """Overrides may be a mapping or texts; wholes come before their parts."""
    assert texts == api._texts(overrides)


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_example_of_the_readme() -> None:
    """The Python example of README runs as it stands there."""
    text = README.read_text(encoding="utf-8")
    found = re.search(r"<!-- python example -->\s*```python\n(.*?)```", text, re.DOTALL)
    assert found is not None

    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(found.group(1), str(README), "exec"), names)  # noqa: S102 - our own page

    assert Path("cat.png").is_file()
    assert names["outcome"].contact_sheet.is_file()
