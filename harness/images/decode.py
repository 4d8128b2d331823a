"""Open pictures of every common kind as sRGB arrays, or say in one error why that cannot be.

What "read rightly" means here: the EXIF orientation is applied, transparent parts are laid on
white, an embedded colour profile is converted to sRGB, CMYK and grey become RGB, 16-bit values
are scaled to 8 bits (not clipped), and of an animation the first frame is taken.
"""

import difflib
import hashlib
import io
import logging
import stat
import struct
import warnings
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from harness.errors import PictureError

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_PIXELS",
    "MIN_SIDE_PX",
    "Picture",
    "decode_picture",
    "make_picture",
    "open_picture",
    "picture_suffixes",
]

MAX_PIXELS = 100_000_000
MAX_FILE_BYTES = 1 << 30
MIN_SIDE_PX = 16

# Raster formats that Pillow reads by itself. PostScript is left out: Pillow would start
# Ghostscript on it, and a picture file must not be able to run a program.
_FORMATS = ("PNG", "JPEG", "MPO", "TIFF", "WEBP", "GIF", "BMP", "PPM", "JPEG2000", "AVIF")

# What Pillow's parsers raise on damaged files (found by cutting and flipping bytes of files of
# every format, see the tests); programming errors such as NameError are not hidden by this.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    EOFError,
    OverflowError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture file that was decoded once without an error.

    Attributes:
        name: How the user names it: a path, or ``builtin:chelsea``.
        data: The file's bytes, unchanged; ``decode_picture`` turns them into an array.
        sha256: Hexadecimal SHA-256 of ``data``.
        width: Pixels a row, after the EXIF orientation was applied.
        height: Rows, after the EXIF orientation was applied.
    """

    name: str
    data: bytes = field(repr=False)
    sha256: str
    width: int
    height: int


def picture_suffixes() -> tuple[str, ...]:
    """Return the endings of file names that promise a picture we can decode, with their dots."""
    formats = _readable_formats()
    return tuple(end for end, kind in Image.registered_extensions().items() if kind in formats)


def open_picture(source: Path | str) -> Picture:
    """Read a picture file and decode it fully once, so that nothing later can fail on it.

    Args:
        source: Path of the file; built-in pictures are opened by ``open_builtin``.

    Raises:
        PictureError: The file is missing, no regular file, unreadable, empty, damaged, not a
            picture, or its size is out of bounds.
    """
    return make_picture(_read_file(Path(source)), name=str(source))


def make_picture(data: bytes, *, name: str) -> Picture:
    """Decode the bytes of a picture file once and keep them with their hash and size.

    Raises:
        PictureError: As ``decode_picture``.
    """
    height, width, _ = decode_picture(data, name=name).shape
    digest = hashlib.sha256(data).hexdigest()
    return Picture(name=name, data=data, sha256=digest, width=width, height=height)


def decode_picture(data: bytes, *, name: str) -> np.ndarray:
    """Decode the bytes of a picture file.

    Args:
        data: The file's content: PNG, JPEG, TIFF, WebP, GIF, BMP, PPM, JPEG 2000 or AVIF.
        name: What error messages call the picture.

    Returns:
        (H, W, 3) uint8, sRGB, C-contiguous. Transparent parts show white behind them, mixed in
        sRGB values (not in linear light), as web browsers do.

    Raises:
        PictureError: The bytes are empty, damaged or no picture; more than ``MAX_PIXELS`` pixels;
            a side below ``MIN_SIDE_PX``; floating-point or 32-bit values, whose white is unknown.
    """
    if not data:
        raise PictureError(f"{name}: the file is empty (0 bytes); put a picture in its place")
    try:
        with warnings.catch_warnings():
            # Pillow warns about harmless oddities (unknown EXIF tags) and sizes we check ourselves
            warnings.simplefilter("ignore")
            return np.array(_to_srgb(_load(data, name), name))
    except UnidentifiedImageError as error:
        kinds = "PNG, JPEG, TIFF, WebP, GIF, BMP, PPM, JPEG 2000 or AVIF"
        raise PictureError(f"{name}: not a picture that can be read; give a {kinds}") from error
    except Image.DecompressionBombError as error:
        raise _too_large(name) from error
    except _DAMAGE as error:
        raise PictureError(
            f"{name}: the picture is damaged or cut off ({error}); "
            "get the file again, or open it in another program and save it as PNG"
        ) from error


def _read_file(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise PictureError(f"{path}: is a folder; name a picture in it, or write {path}/*.jpg")
        if not stat.S_ISREG(status.st_mode):
            raise PictureError(f"{path}: is a device or a pipe; give a picture file")
        if status.st_size > MAX_FILE_BYTES:
            found, limit = status.st_size / 2**20, MAX_FILE_BYTES >> 20
            raise PictureError(f"{path}: {found:.0f} MiB; at most {limit} MiB are read, shrink it")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise PictureError(f"{path}: no such file{_nearest(path)}") from error
    except PermissionError as error:
        raise PictureError(f"{path}: may not be read; change its permissions") from error
    except (OSError, ValueError) as error:
        raise PictureError(f"{path}: cannot be read ({error}); check the path") from error


def _nearest(path: Path) -> str:
    if not path.parent.is_dir():
        return f"; the folder {path.parent} does not exist either"
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:  # a folder may be entered but not listed
        names = []
    close = difflib.get_close_matches(path.name, names, n=1)
    return f"; did you mean {path.parent / close[0]}?" if close else "; check the path"


def _too_large(name: str) -> PictureError:
    limit = MAX_PIXELS // 1_000_000
    return PictureError(f"{name}: more than {limit} million pixels; shrink the picture first")


def _load(data: bytes, name: str) -> Image.Image:
    """The first frame with all its pixels decoded and the EXIF orientation applied."""
    formats = _readable_formats()
    with Image.open(io.BytesIO(data), formats=formats) as header:
        _check_size(header.size, name)
        header.verify()  # checksums of PNG chunks, which loading does not look at
    with Image.open(io.BytesIO(data), formats=formats) as image:
        _check_depth(image, name)
        image.load()
        return ImageOps.exif_transpose(image)


def _readable_formats() -> list[str]:
    """Return those of our formats that this Pillow was built with."""
    Image.init()  # plugins register on it; older Pillows have no AVIF
    return [kind for kind in _FORMATS if kind in Image.OPEN]


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise _too_large(name)
    if min(size) < MIN_SIDE_PX:
        raise PictureError(
            f"{name}: {width} x {height} pixels; both sides need at least {MIN_SIDE_PX}, "
            "give a larger picture"
        )


def _check_depth(image: Image.Image, name: str) -> None:
    if image.mode == "F" or (image.mode == "I" and image.format == "TIFF"):
        raise PictureError(
            f"{name}: 32-bit values, of which nobody knows which one is white; "
            "save the picture with 8 or 16 bits"
        )


def _to_srgb(image: Image.Image, name: str) -> Image.Image:
    profile = image.info.get("icc_profile")
    image = _to_eight_bits(image)
    if not image.has_transparency_data:
        return _convert_colours(image, profile, name)
    with_alpha = image.convert("RGBA")
    # a grey picture stays grey until its profile, which then is one for grey, was applied
    opaque = with_alpha.convert("L" if image.mode in {"1", "L", "LA"} else "RGB")
    page = Image.new("RGB", image.size, "white")
    page.paste(_convert_colours(opaque, profile, name), mask=with_alpha.getchannel("A"))
    return page


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey, 65535 becoming 255; other modes already have 8 bits or fewer."""
    # Pillow hands 16-bit PGM (and, in old versions, PNG) out as "I", scaled to 0…65535.
    if not image.mode.startswith("I"):
        return image
    values = np.asarray(image).astype(np.uint32)
    grey = Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))
    transparent = image.info.get("transparency")
    if transparent is not None:
        grey.putalpha(Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8)))
    return grey


def _convert_colours(image: Image.Image, profile: bytes | None, name: str) -> Image.Image:
    """An opaque picture in sRGB, by its embedded profile if there is one that can be used."""
    if not profile:
        return image.convert("RGB")
    plain = {"1": "L", "L": "L", "CMYK": "CMYK"}.get(image.mode, "RGB")
    try:
        converted = ImageCms.profileToProfile(
            image.convert(plain),
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ImportError) as error:
        # ImportError: a Pillow built without LittleCMS
        _logger.warning("%s: colour profile not usable (%s), read as sRGB", name, error)
        converted = None
    return converted if converted is not None else image.convert("RGB")
