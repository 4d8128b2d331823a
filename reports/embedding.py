"""What a page that opens from disk carries in itself: pictures, data, and a policy for both."""

import base64
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

__all__ = [
    "PictureFormat",
    "as_data_uri",
    "data_uri",
    "embed_within",
    "policy_hash",
    "script_json",
]

# Inside a script element, no text of a file may look like its end, or like a comment.
ESCAPES = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFormat:
    """How pictures are encoded.

    Attributes:
        name: Pillow's name of a format: ``PNG``, ``JPEG`` or ``WEBP``.
        quality: 1 to 95; None where the format loses nothing.
    """

    name: str
    quality: int | None = None

    @property
    def options(self) -> Mapping[str, Any]:
        """What Pillow is to be told; colours are never subsampled."""
        if self.quality is None:
            return {}
        return {"quality": self.quality} | ({"subsampling": 0} if self.name == "JPEG" else {})


def as_data_uri(picture: np.ndarray, kind: PictureFormat) -> str:
    """Return a picture as a data URI; nothing but its pixels is in it.

    Args:
        picture: (H, W, 3) uint8, sRGB.
        kind: How it is encoded.
    """
    encoded = io.BytesIO()
    Image.fromarray(picture).save(encoded, format=kind.name, **kind.options)
    return data_uri(encoded.getvalue(), kind.name)


def data_uri(content: bytes, name: str) -> str:
    """Return a picture's file as a data URI.

    Args:
        content: Of the file.
        name: Pillow's name of its format.
    """
    return f"data:image/{name.lower()};base64,{base64.b64encode(content).decode('ascii')}"


def embed_within(
    pictures: Mapping[str, np.ndarray], budget_bytes: int, formats: Sequence[PictureFormat]
) -> dict[str, str]:
    """Return pictures as data URIs, all in the first format in which they fit.

    Args:
        pictures: By any key, (H, W, 3) uint8, sRGB.
        budget_bytes: Of all encoded pictures; as data URIs they take a third more.
        formats: From the best to the smallest; the last is taken whether they fit or not.
    """
    *better, last = formats
    for kind in better:
        embedded: dict[str, str] = {}
        size = 0
        for key, picture in pictures.items():
            embedded[key] = as_data_uri(picture, kind)
            size += len(embedded[key]) * 3 // 4
            if size > budget_bytes:
                break
        else:
            return embedded
    return {key: as_data_uri(picture, last) for key, picture in pictures.items()}


def script_json(content: object) -> str:
    """Return JSON that may stand inside a script element of HTML."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False).translate(ESCAPES)


def policy_hash(text: str) -> str:
    """Return how a content security policy names an inline script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
