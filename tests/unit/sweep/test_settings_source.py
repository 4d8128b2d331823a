"""Settings of one style transfer: where they start from, and what changes them."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from harness.errors import InputError, SpecError
from harness.spec.neutral import without_neutral
from harness.spec.settings import Settings
from harness.spec.stored_settings import settings_from_json
from harness.sweep.picture_file import encode_picture
from harness.sweep.settings_source import (
    file_source,
    known_source,
    preset_source,
    resolve_settings,
)


def write(folder: Path, content: object, name: str = "settings.json") -> Path:
    """Write a settings file."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return path


def problems(error: pytest.ExceptionInfo[SpecError]) -> list[tuple[str, int | None, str]]:
    """Return file, line and key of every problem."""
    return [(one.file, one.line, one.key) for one in error.value.problems]


def test_preset_is_the_start() -> None:
    """A preset gives its settings, and --set changes them."""
    found = resolve_settings(preset_source("house"), ["iterations=7", "weights.style=2"])

    assert Settings() == resolve_settings(preset_source("house"))
    assert (7, 2, 1) == (found.iterations, found.weights.style, found.weights.content)


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("style_layers.relu3_1=0.5", "style_layers", Settings().style_layers | {"relu3_1": 0.5}),
        ("style_layers=[relu1_1, relu2_1]", "style_layers", {"relu1_1": 1, "relu2_1": 1}),
        ("content_layers={relu2_2: 3}", "content_layers", {"relu2_2": 3}),
        ("lr=1e-1", "lr", 0.1),
        ("start=noise", "start", "noise"),
        ("adam_betas=[0.5, 0.6]", "adam_betas", (0.5, 0.6)),
    ],
)
def test_values_are_those_of_a_sweep_file(override: str, key: str, value: object) -> None:
    """--set takes the keys and YAML values of a sweep file, on every kind of start."""
    for source in (preset_source("house"), known_source(Settings(), "tiny/light")):
        assert value == getattr(resolve_settings(source, [override]), key)


def test_whole_weights_and_then_one() -> None:
    """Later overrides win; a whole changes the weights that it names."""
    source = known_source(Settings(), "tiny/light")
    found = resolve_settings(source, ["weights={style: 5}", "weights.style=6", "weights.tv=0"])

    assert (1, 6, 0) == (found.weights.content, found.weights.style, found.weights.tv)


def test_file_starts_are_relative_to_where_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path in a file is relative to the file, one of --set to the working folder."""
    (tmp_path / "here").mkdir()
    for place in ("x.png", "here/x.png"):
        (tmp_path / place).touch()
    monkeypatch.chdir(tmp_path / "here")
    source = file_source(write(tmp_path, {"start": "file:x.png"}))

    assert f"file:{tmp_path / 'x.png'}" == resolve_settings(source).start
    assert (
        f"file:{tmp_path / 'here' / 'x.png'}"
        == resolve_settings(source, ["start=file:x.png"]).start
    )


def test_every_problem_of_preset_and_overrides_at_once() -> None:
    """An unknown preset and every wrong override are told in one go."""
    overrides = ["iteration=5", "lr=0", "poling=max", "seed=3", "limits.time=2h", "optimizer"]

    with pytest.raises(SpecError) as caught:
        resolve_settings(preset_source("hose"), overrides)

    text = str(caught.value)
    for words in (
        "preset: found 'hose'; allowed: house",
        "did you mean iterations?",
        "--set: lr: found 0; allowed: a number above 0",
        "did you mean pooling?",
        "an option of its own: --seed",
        "limits.time: unknown key",
        "found no '='",
    ):
        assert words in text
    assert "base." not in text


def test_every_problem_of_a_file_at_once(tmp_path: Path) -> None:
    """A settings file's problems come with line and key, those of --set with them."""
    path = write(
        tmp_path,
        '{\n\t"iterations": "many",\n\t"lr": -1,\n\t"style_layers": {"relu9_1": 1},\n'
        '\t"poling": "max",\n\t"lr": 2\n}',
    )

    with pytest.raises(SpecError) as caught:
        resolve_settings(file_source(path), ["optimizer=adm"])

    file = str(path)
    assert [
        (file, 2, "iterations"),
        (file, 3, "lr"),
        (file, 4, "style_layers.relu9_1"),
        (file, 5, "poling"),
        (file, 6, "lr"),
        ("--set", None, "optimizer"),
    ] == problems(caught)


def test_override_mends_a_file(tmp_path: Path) -> None:
    """A start that is gone is no problem where --set names another."""
    source = file_source(write(tmp_path, {"start": "file:gone.png"}))

    assert "content" == resolve_settings(source, ["start=content"]).start
    with pytest.raises(SpecError, match=r"gone\.png"):
        resolve_settings(source)


def test_whole_settings_file_has_no_notes(tmp_path: Path) -> None:
    """The settings.json of a run names every knob and comes back as it was."""
    settings = Settings(iterations=9, start="noise", precision="float32")
    path = tmp_path / "settings.json"
    path.write_text(settings.model_dump_json(indent=2))

    source = file_source(path)

    assert settings == resolve_settings(source)
    assert () == source.notes


def test_what_a_file_leaves_out_is_said(tmp_path: Path) -> None:
    """Knobs that a file does not name are the preset's, which is never silent."""
    source = file_source(write(tmp_path, {"iterations": 9}))

    (note,) = source.notes
    assert "does not name backbone, pretrained" in note
    assert "preset house" in note
    assert "iterations" not in note


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_picture_with_settings(tmp_path: Path, suffix: str) -> None:
    """A picture that carries settings gives them back, and the seed."""
    settings = Settings(iterations=9, start="noise")
    texts = {"harness.settings": settings.model_dump_json(), "harness.seed": "4"}
    path = tmp_path / f"picture{suffix}"
    path.write_bytes(encode_picture(np.zeros((20, 20, 3), np.uint8), suffix, texts))

    source = file_source(path)

    assert settings == resolve_settings(source)
    assert 4 == source.seed


def test_picture_without_settings(tmp_path: Path) -> None:
    """Any other picture is refused with what would do."""
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20)).save(buffer, format="PNG")
    path = tmp_path / "photo.png"
    path.write_bytes(buffer.getvalue())

    with pytest.raises(InputError, match="carries no settings"):
        file_source(path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("setings.json", "did you mean"),
        ("nothing-like-it", "no such file"),
        ("folder", "found a folder"),
        ("empty.json", "is empty"),
        ("list.json", "a mapping"),
        ("broken.json", "not valid YAML"),
        ("binary.json", "not UTF-8"),
    ],
)
def test_unusable_file(tmp_path: Path, name: str, words: str) -> None:
    """What holds no settings is refused with the reason."""
    (tmp_path / "folder").mkdir()
    write(tmp_path, {"iterations": 9})
    write(tmp_path, " \n", "empty.json")
    write(tmp_path, "[1, 2]", "list.json")
    write(tmp_path, '{"iterations": [1}', "broken.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(InputError) as caught:
        file_source(tmp_path / name)

    assert words in str(caught.value)


def test_settings_that_were_written_before_a_knob_have_no_note(tmp_path: Path) -> None:
    """They are whole as they are: later knobs have the value of what the engine did then."""
    settings = Settings(iterations=9, start="noise", precision="float32")
    path = write(tmp_path, without_neutral(settings.model_dump(mode="json")))
    assert "preprocessing" not in path.read_text()

    source = file_source(path)
    assert () == source.notes
    assert settings == resolve_settings(source)
    assert settings == settings_from_json(path.read_text())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"iterations": 0}'])
def test_what_is_no_settings_is_refused(text: str) -> None:
    """With the error that those who read stores expect."""
    with pytest.raises(ValidationError):
        settings_from_json(text)


def test_what_a_file_leaves_out_is_counted(tmp_path: Path) -> None:
    """A note is no list of every knob there is."""
    (note,) = file_source(write(tmp_path, {"iterations": 9})).notes

    assert f"and {len(Settings.model_fields) - 9} more settings" in note
