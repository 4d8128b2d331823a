"""Dark photographs are the built-in ones in an eighth of their light, the same everywhere."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from harness.errors import PictureError
from harness.images.builtin import DARK, builtin_names, open_builtin, open_source
from harness.images.dark import darkened
from harness.images.decode import Picture, decode_picture, make_picture


def _gray_ramp() -> Picture:
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3 * 16).reshape(256, 16, 3)
    return make_picture(b"P6\n16 256\n255\n" + ramp.tobytes(), name="ramp")


def _linear(levels: np.ndarray) -> np.ndarray:
    value = levels / 255
    curved = ((value + 0.055) / 1.055) ** 2.4
    light: np.ndarray = np.where(value <= 0.04045, value / 12.92, curved)
    return light


def test_light_is_an_eighth() -> None:
    """Every level has an eighth of its light, but for the rounding of levels."""
    dark = decode_picture(darkened(_gray_ramp()), name="dark")[:, 0, 0]

    half_a_level = np.gradient(_linear(np.arange(256))) / 2
    error = np.abs(_linear(np.arange(256)) / 8 - _linear(dark))
    assert np.all(error <= half_a_level[dark] + 1e-9)


def test_all_the_light_changes_nothing() -> None:
    """With its whole light a picture stays as it is."""
    ramp = _gray_ramp()

    assert ramp.data == darkened(ramp, light=1.0)


@pytest.mark.parametrize("name", builtin_names("content"))
def test_every_photograph_has_a_dark_twin(name: str) -> None:
    """Of the same size and much darker, under a name of its own, with and without the prefix."""
    bright, dark = open_builtin(name), open_source(f"builtin:{name}{DARK}")

    assert f"builtin:{name}-dark" == dark.name
    assert (bright.width, bright.height) == (dark.width, dark.height)
    assert dark == open_builtin(f"{name}-dark")
    levels = decode_picture(dark.data, name=name).mean()
    assert 0 < levels < 0.45 * decode_picture(bright.data, name=name).mean()


def test_bytes_are_the_same_everywhere() -> None:
    """The file's hash, which is part of a run's fingerprint, hangs on no library's version."""
    data = darkened(_gray_ramp())

    expected = "23737fa4132bcb21fe318c5415fbf4fa71516d4fe108b3e8dabee7999a97d49e"
    assert expected == hashlib.sha256(data).hexdigest()


def test_only_photographs_have_one() -> None:
    """A dark artwork and a dark stranger are refused, and the message says what is dark."""
    with pytest.raises(PictureError, match=r"builtin:wave-dark: .*each also with -dark"):
        open_builtin("wave-dark")
    with pytest.raises(PictureError, match=r"builtin:chelsea-dark-dark: no built-in"):
        open_builtin("builtin:chelsea-dark-dark")


def test_a_forgotten_prefix_is_pointed_out_in_the_dark_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare name of a dark photograph that is no file is answered with the right spelling."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PictureError, match=r"no such file; .*builtin:coffee-dark"):
        open_source("coffee-dark")
