"""Built-in pictures are there without a download and are what their names promise."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import sklearn.datasets

from harness.errors import PictureError
from harness.images import builtin as builtin_module
from harness.images import decode_picture, make_picture, open_source
from harness.images.builtin import builtin, builtin_names, open_builtin

_ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", builtin_names())
def test_every_builtin_picture_opens(name: str) -> None:
    """Each is a colour picture of a useful size that carries its full name."""
    picture = open_builtin(name)

    image = decode_picture(picture.data, name=name)
    assert f"builtin:{name}" == picture.name
    assert min(picture.width, picture.height) >= 300
    assert image.std(axis=2).mean() > 5  # not grey


def test_there_are_enough_of_both_kinds() -> None:
    """At least six contents and six styles, all different, contents first."""
    contents, styles = builtin_names("content"), builtin_names("style")

    assert contents + styles == builtin_names()
    assert len(contents) >= 6
    assert len(styles) >= 6
    hashes = {open_builtin(name).sha256 for name in builtin_names()}
    assert len(builtin_names()) == len(hashes)


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee"])
def test_photographs_of_scikit_image(name: str) -> None:
    """They are the pictures scikit-image itself gives under that name."""
    expected = getattr(skimage.data, name)()

    np.testing.assert_array_equal(expected, decode_picture(open_builtin(name).data, name=name))


def test_the_rocket_is_converted_from_adobe_rgb() -> None:
    """The one photograph in Adobe RGB has its colours converted, which scikit-image leaves out."""
    # Adobe RGB (1998) has gamma 563/256, sRGB's white, red and blue, and another green
    to_srgb = np.array([[1.39836, -0.39836, 0.0], [0.0, 1.0, 0.0], [0.0, -0.04293, 1.04293]])
    stored = skimage.data.rocket()  # type: ignore[no-untyped-call]
    linear = np.clip((stored / 255.0) ** (563 / 256) @ to_srgb.T, 0.0, 1.0)
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)

    decoded = decode_picture(open_builtin("rocket").data, name="rocket")

    np.testing.assert_allclose(255.0 * curve, decoded, atol=1.0)


@pytest.mark.parametrize("name", ["china", "flower"])
def test_photographs_of_scikit_learn(name: str) -> None:
    """They are the pictures scikit-learn itself gives under that name."""
    expected = sklearn.datasets.load_sample_image(f"{name}.jpg")

    # both files carry an sRGB profile, whose conversion rounds
    np.testing.assert_allclose(
        expected.astype(int), decode_picture(open_builtin(name).data, name=name), atol=2
    )


def test_an_unknown_name_lists_the_known_ones() -> None:
    """A misspelt name is answered with the nearest and with all names."""
    with pytest.raises(PictureError, match=r"builtin:chelsae: .*did you mean builtin:chelsea\?"):
        open_builtin("builtin:chelsae")
    with pytest.raises(PictureError, match=r"contents: astronaut, .*; styles: strokes, "):
        builtin("nothing-like-it")


def test_sources_are_names_or_paths(tmp_path: Path) -> None:
    """``builtin:`` names a built-in picture, everything else a file."""
    data = open_builtin("wave").data
    path = tmp_path / "mine.png"
    path.write_bytes(data)

    assert open_builtin("wave") == open_source("builtin:wave")
    assert make_picture(data, name=str(path)) == open_source(str(path))


def test_a_forgotten_prefix_is_pointed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare built-in name that is no file is answered with the right spelling."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PictureError, match=r"chelsea: no such file; .*builtin:chelsea"):
        open_source("chelsea")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without scikit-learn its pictures say what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(PictureError, match=r"builtin:china: .*install scikit-learn"):
        open_builtin("china")


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package without its picture files says what to reinstall."""
    monkeypatch.setattr(builtin_module, "_package_folder", lambda _: tmp_path)

    with pytest.raises(PictureError, match=r"builtin:coffee: .*reinstall scikit-image"):
        open_builtin("coffee")


def test_opening_imports_no_heavy_package() -> None:
    """The pictures' packages are located, not imported."""
    program = (
        "import sys, harness.images as images\n"
        "for name in images.builtin_names(): images.open_builtin(name)\n"
        "heavy = {'skimage', 'sklearn', 'scipy', 'torch', 'mlflow', 'pandas'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        check=False,
    )

    expected = (0, "")
    assert expected == (done.returncode, done.stderr)


def test_every_builtin_picture_is_attributed() -> None:
    """ATTRIBUTIONS.md names each built-in picture in a table row of its own."""
    rows = (_ROOT / "ATTRIBUTIONS.md").read_text(encoding="utf-8").splitlines()

    named = {row.split("`")[1].removeprefix("builtin:") for row in rows if row.startswith("| `")}
    assert set(builtin_names()) == named
