"""The small pictures beside a baseline file: what the accepted results looked like."""

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from harness.errors import PictureError
from harness.images.decode import decode_picture
from harness.images.resize import shrink_long_side
from harness.regression.baseline_models import Baseline, SmallPicture
from reports.atomic import write_atomically

__all__ = [
    "LONG_SIDE_PX",
    "encode_small",
    "load_picture",
    "picture_folder",
    "remove_pictures",
    "small_pictures",
    "write_pictures",
]

LONG_SIDE_PX = 160
QUALITY = 88  # about 8 kB a picture
LONGEST_NAME = 60


def picture_folder(path: Path) -> Path:
    """Return the folder of a baseline file's pictures: beside it, with the name of its stem."""
    return path.with_suffix("")


def encode_small(picture: np.ndarray) -> bytes:
    """Return a picture as a JPEG with a long side of at most ``LONG_SIDE_PX`` pixels.

    Args:
        picture: (H, W, 3) uint8, sRGB; one that is smaller keeps its size.
    """
    small = shrink_long_side(picture, LONG_SIDE_PX)
    encoded = io.BytesIO()
    Image.fromarray(small).save(encoded, format="JPEG", quality=QUALITY, subsampling=0)
    return encoded.getvalue()


def small_pictures(
    baseline: Baseline, pictures: Mapping[tuple[str, str], np.ndarray]
) -> dict[SmallPicture, bytes]:
    """Encode the pictures of a baseline, and name their files.

    Args:
        baseline: Whose variants and pairs they are of.
        pictures: By variant and pair, (H, W, 3) uint8, sRGB; what is absent stays so.

    Returns:
        What the baseline file says of each picture → its file.
    """
    folders = _file_names(variant.name for variant in baseline.variants)
    files = _file_names(pair.name for pair in baseline.pairs)
    small = {}
    for variant, folder in folders.items():
        for pair, file in files.items():
            if (variant, pair) not in pictures:
                continue
            data = encode_small(pictures[variant, pair])
            entry = SmallPicture(
                variant=variant,
                pair=pair,
                file=f"{folder}/{file}.jpg",
                sha256=hashlib.sha256(data).hexdigest(),
            )
            small[entry] = data
    return small


def write_pictures(small: Mapping[SmallPicture, bytes], folder: Path) -> None:
    """Write pictures into the folder of a baseline file.

    Raises:
        OSError: The disk refused.
    """
    for entry, data in small.items():
        target = folder / entry.file
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, data)


def remove_pictures(entries: Iterable[SmallPicture], folder: Path) -> None:
    """Remove pictures that a baseline file names, and folders that are empty then.

    A file that is no longer what the baseline says of it is somebody else's, and stays.

    Raises:
        OSError: The disk refused.
    """
    for entry in entries:
        target = folder / entry.file
        if _data(target, entry) is not None:
            target.unlink()
            if not any(target.parent.iterdir()):
                target.parent.rmdir()


def load_picture(baseline: Baseline, path: Path, variant: str, pair: str) -> np.ndarray | None:
    """Return the small picture of a variant on a pair; never another one.

    Args:
        baseline: What ``read_baseline`` returned.
        path: Of the baseline file.
        variant: Name of the variant.
        pair: Name of the pair.

    Returns:
        (H, W, 3) uint8, sRGB; None if there is none, the file is not the one that was written, or
        it is too narrow to be seen.
    """
    entries = (one for one in baseline.pictures if (one.variant, one.pair) == (variant, pair))
    entry = next(entries, None)
    data = _data(picture_folder(path) / entry.file, entry) if entry is not None else None
    if entry is None or data is None:
        return None
    try:
        return decode_picture(data, name=entry.file)
    except PictureError:
        return None


def _data(path: Path, entry: SmallPicture) -> bytes | None:
    """Return the content of a picture's file, if it is the one that the baseline names."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == entry.sha256 else None


def _file_names(names: Iterable[str]) -> dict[str, str]:
    """Return name → a name for a file or folder, each once, of letters, digits and hyphens."""
    chosen: dict[str, str] = {}
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        stem = re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_NAME].strip("-") or "unnamed"
        text, number = stem, 1
        while text in chosen.values():
            number += 1
            text = f"{stem}-{number}"
        chosen[name] = text
    return chosen
