"""The shipped artworks are what their script draws, small enough, and unlike each other."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.images import artworks, builtin_names, decode_picture, open_builtin
from harness.images.artworks import ARTWORKS, __main__, draw_artwork

_MAX_FILE_BYTES = 400_000

# Another processor may round sines differently and so move single strokes; on the machine that
# drew the files the difference is 0. Two different drawings differ by 40 levels or more.
_MAX_MEAN_DIFFERENCE = 2.0

_QUICK = {"dots", "wave"}


def _shipped(name: str) -> np.ndarray:
    return decode_picture(open_builtin(name).data, name=name)


def test_every_artwork_is_a_builtin_style() -> None:
    """What the script draws and what can be named as a style are the same pictures."""
    assert tuple(ARTWORKS) == builtin_names("style")


@pytest.mark.parametrize(
    "name",
    [name if name in _QUICK else pytest.param(name, marks=pytest.mark.slow) for name in ARTWORKS],
)
def test_the_script_draws_the_shipped_file(name: str) -> None:
    """Drawing again gives the committed picture, up to rounding on another processor."""
    drawn = draw_artwork(name).astype(int)

    assert np.abs(drawn - _shipped(name)).mean() <= _MAX_MEAN_DIFFERENCE


def test_the_command_writes_png_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script makes the folder and writes one PNG an artwork, pixel for pixel."""
    monkeypatch.setattr(__main__, "ARTWORKS", {"dots": ARTWORKS["dots"]})

    __main__.main([str(tmp_path / "new")])

    written = np.asarray(Image.open(tmp_path / "new" / "dots.png"))
    np.testing.assert_array_equal(draw_artwork("dots"), written)


@pytest.mark.parametrize("name", ARTWORKS)
def test_artworks_are_small_files_of_one_size(name: str) -> None:
    """Each is 512 x 512 pixels in less than 400 kB."""
    picture = open_builtin(name)

    expected = (artworks.canvas.SIZE_PX, artworks.canvas.SIZE_PX)
    assert expected == (picture.width, picture.height)
    assert len(picture.data) < _MAX_FILE_BYTES


def _histogram(image: np.ndarray) -> np.ndarray:
    counts, _ = np.histogramdd(image.reshape(-1, 3), bins=(6, 6, 6), range=[(0, 256)] * 3)
    return np.asarray(counts / counts.sum())


def test_artworks_differ_in_colour() -> None:
    """Any two share less than half of their colours (histogram intersection)."""
    histograms = {name: _histogram(_shipped(name)) for name in ARTWORKS}

    shared = {
        pair: np.minimum(histograms[pair[0]], histograms[pair[1]]).sum()
        for pair in itertools.combinations(ARTWORKS, 2)
    }
    assert max(shared.values()) < 0.5, max(shared, key=lambda pair: shared[pair])


def _roughness(image: np.ndarray) -> float:
    """Share of the grey picture's variance that 8 x 8 averaging removes: fine against coarse."""
    grey = image.mean(axis=2)
    blocks = grey.reshape(64, 8, 64, 8).mean(axis=(1, 3))
    return float(1.0 - blocks.var() / grey.var())


def test_artworks_differ_in_scale() -> None:
    """From broad washes to fine hatching: the finest is at least five times the broadest."""
    roughness = [_roughness(_shipped(name)) for name in ARTWORKS]

    assert max(roughness) > 5 * min(roughness)
