"""Result pictures as files: PNG or JPEG that carry the settings they were made with."""

import io
import json
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from harness.errors import InputError, StoreError
from reports.atomic import write_atomically

__all__ = [
    "SEED",
    "SETTINGS",
    "check_target",
    "embedded_texts",
    "encode_picture",
    "seed_of",
    "write_picture",
]

SETTINGS = "harness.settings"
"""Name of the text that holds the settings, as JSON."""

SEED = "harness.seed"
"""Name of the text that holds the seed."""

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
JPEG_QUALITY = 95  # the loss is not seen; subsampled colours would be


def check_target(path: Path) -> None:
    """Find out before the work whether a picture can be written to a path; leaves nothing there.

    Raises:
        InputError: The suffix is of no format we write, the path is a folder, or its folder is
            missing or takes no file.
    """
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder; name a file, such as {path / 'out.png'}")
        if path.suffix.lower() not in FORMATS:
            found = path.suffix or "no suffix"
            raise InputError(f"{path}: found {found}; allowed: {', '.join(FORMATS)}")
        if not path.parent.is_dir():
            raise InputError(f"{path}: there is no folder {path.parent}; make it first")
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}."):
            pass
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def encode_picture(image: np.ndarray, suffix: str, texts: Mapping[str, str]) -> bytes:
    """Encode a picture together with texts.

    Args:
        image: (H, W, 3) uint8, sRGB.
        suffix: ``.png`` (the pixels as they are), ``.jpg`` or ``.jpeg``.
        texts: By name (at most 79 letters of Latin-1).

    Raises:
        InputError: The suffix is of no format we write.
    """
    kind = FORMATS.get(suffix.lower())
    if kind is None:
        raise InputError(f"found {suffix or 'no suffix'}; allowed: {', '.join(FORMATS)}")
    picture, buffer = Image.fromarray(image), io.BytesIO()
    if kind == "PNG":
        information = PngImagePlugin.PngInfo()
        for name, text in texts.items():
            information.add_itxt(name, text)
        picture.save(buffer, format=kind, pnginfo=information)
    else:
        comment = json.dumps(dict(texts))
        picture.save(buffer, format=kind, quality=JPEG_QUALITY, subsampling=0, comment=comment)
    return buffer.getvalue()


def write_picture(path: Path, image: np.ndarray, texts: Mapping[str, str]) -> None:
    """Write a picture with its texts, whole or not at all.

    Args:
        path: ``.png``, ``.jpg`` or ``.jpeg``; an earlier file is replaced.
        image: (H, W, 3) uint8, sRGB.
        texts: By name.

    Raises:
        InputError: The suffix is of no format we write.
        StoreError: The disk refused.
    """
    content = encode_picture(image, path.suffix, texts)
    try:
        write_atomically(path, content)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error


def embedded_texts(data: bytes) -> dict[str, str] | None:
    """Return the texts in a picture file; None if this is no PNG and no JPEG."""
    formats = sorted(set(FORMATS.values()))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes: no pixel is decoded here
            with Image.open(io.BytesIO(data), formats=formats) as image:
                information = {str(name): value for name, value in image.info.items()}
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    comment = information.pop("comment", b"")
    if isinstance(comment, bytes):
        information |= _object(comment)
    return {name: str(text) for name, text in information.items() if isinstance(text, str)}


def seed_of(texts: Mapping[str, str]) -> int | None:
    """Return the seed among a picture's texts, if there is one."""
    text = texts.get(SEED, "")
    return int(text) if text.isascii() and text.isdigit() else None


def _object(comment: bytes) -> dict[str, object]:
    """Return the JSON object that a JPEG's comment is; empty if it is another's comment."""
    try:
        content = json.loads(comment)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
