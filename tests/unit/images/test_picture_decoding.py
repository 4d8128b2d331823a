"""Files of every kind, made here, decode to the pixel values their formats define."""

import hashlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.images.decode import decode_picture, make_picture, open_picture

_HEIGHT, _WIDTH = 20, 24


@pytest.fixture
def colours() -> np.ndarray:
    """A small picture without symmetries."""
    return np.random.default_rng(5).integers(0, 256, (_HEIGHT, _WIDTH, 3), dtype=np.uint8)


def _file(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_16_bit(values: np.ndarray, *extra: bytes) -> bytes:
    """A 16-bit PNG by hand (Pillow does not write RGB ones): (H, W) grey or (H, W, 3) RGB."""
    height, width = values.shape[:2]
    colour_type = 0 if values.ndim == 2 else 2
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    chunks = [
        _chunk(b"IHDR", header),
        *extra,
        _chunk(b"IDAT", zlib.compress(rows)),
        _chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _on_white(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    share = alpha.astype(np.float64)[..., None] / 255.0
    return colours * share + 255.0 * (1.0 - share)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "PPM"])
def test_lossless_colour_files_keep_every_value(kind: str, colours: np.ndarray) -> None:
    """An RGB file without loss gives the very values it was made of, in a writable array."""
    decoded = decode_picture(_file(Image.fromarray(colours), kind), name="a")

    np.testing.assert_array_equal(colours, decoded)
    assert decoded.dtype == np.uint8
    assert decoded.flags.c_contiguous
    assert decoded.flags.writeable


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "JPEG2000", "AVIF"])
def test_lossy_files_come_close(kind: str) -> None:
    """A smooth picture survives lossy formats within a few levels."""
    ramp = np.linspace(20, 230, 64).astype(np.uint8)
    smooth = np.stack([np.tile(ramp, (48, 1)), np.tile(ramp[::-1], (48, 1))] * 2, axis=-1)[..., :3]

    decoded = decode_picture(_file(Image.fromarray(smooth), kind, quality=95), name="a")

    assert np.abs(decoded.astype(int) - smooth).mean() < 3.0


# Orientation tag of EXIF (TIFF 6.0, tag 274): how the stored rows and columns must be turned
_TURNS = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.transpose(1, 0, 2),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].transpose(1, 0, 2),
    8: lambda stored: np.rot90(stored, 1),
}


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_applied(kind: str, orientation: int, colours: np.ndarray) -> None:
    """Each of the eight orientations turns or mirrors the stored pixels as EXIF defines it."""
    exif = Image.Exif()
    exif[274] = orientation

    decoded = decode_picture(_file(Image.fromarray(colours), kind, exif=exif), name="a")

    np.testing.assert_array_equal(_TURNS[orientation](colours), decoded)


def test_a_pictures_size_is_the_one_after_orientation(colours: np.ndarray) -> None:
    """Width and height of a picture taken upright are those of the upright picture."""
    exif = Image.Exif()
    exif[274] = 6

    picture = make_picture(_file(Image.fromarray(colours), "PNG", exif=exif), name="a")

    expected = (_HEIGHT, _WIDTH)
    assert expected == (picture.width, picture.height)


def test_alpha_is_laid_on_white(colours: np.ndarray) -> None:
    """A half transparent pixel is mixed with white by its alpha, in sRGB values."""
    alpha = np.random.default_rng(6).integers(0, 256, (_HEIGHT, _WIDTH), dtype=np.uint8)
    image = Image.fromarray(np.dstack([colours, alpha]))

    decoded = decode_picture(_file(image, "PNG"), name="a")

    np.testing.assert_allclose(_on_white(colours, alpha), decoded, atol=0.51)


def test_grey_becomes_three_equal_channels(colours: np.ndarray) -> None:
    """A grey file gives its values in all three channels."""
    grey = colours[..., 0]

    decoded = decode_picture(_file(Image.fromarray(grey), "PNG"), name="a")

    np.testing.assert_array_equal(np.dstack([grey] * 3), decoded)


def test_grey_with_alpha_is_laid_on_white(colours: np.ndarray) -> None:
    """A grey file with alpha is mixed with white like a coloured one."""
    grey, alpha = colours[..., 0], colours[..., 1]
    image = Image.merge("LA", [Image.fromarray(grey), Image.fromarray(alpha)])

    decoded = decode_picture(_file(image, "PNG"), name="a")

    np.testing.assert_allclose(_on_white(np.dstack([grey] * 3), alpha), decoded, atol=0.51)


def test_cmyk_without_a_profile_follows_the_plain_formula() -> None:
    """Red = (255 - cyan)(255 - black) / 255, and alike for green and blue."""
    inks = np.random.default_rng(7).integers(0, 256, (_HEIGHT, _WIDTH, 4), dtype=np.uint8)
    wide = inks.astype(np.float64)
    expected = np.rint((255.0 - wide[..., :3]) * (255.0 - wide[..., 3:]) / 255.0)

    decoded = decode_picture(_file(Image.fromarray(inks, mode="CMYK"), "TIFF"), name="a")

    np.testing.assert_array_equal(expected, decoded)


def test_a_cmyk_jpeg_is_not_inverted() -> None:
    """Pure cyan in a CMYK JPEG (which stores inverted values) decodes to cyan."""
    inks = np.zeros((32, 32, 4), dtype=np.uint8)
    inks[..., 0] = 255

    decoded = decode_picture(_file(Image.fromarray(inks, mode="CMYK"), "JPEG"), name="a")

    np.testing.assert_allclose(np.broadcast_to([0, 255, 255], decoded.shape), decoded, atol=3)


_SIXTEEN = np.tile(
    np.array([0, 128, 129, 257, 32767, 32768, 65406, 65407, 65535, 65534], dtype=np.uint16),
    (16, 2),
)
_EIGHT = np.rint(_SIXTEEN / 257.0)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey_is_scaled_not_clipped(kind: str) -> None:
    """65535 becomes 255, 32768 becomes 128, and all between is value / 257, rounded."""
    decoded = decode_picture(_file(Image.fromarray(_SIXTEEN), kind), name="a")

    np.testing.assert_array_equal(np.dstack([_EIGHT] * 3), decoded)


def test_big_endian_16_bit_tiff_is_scaled() -> None:
    """The byte order of a 16-bit TIFF makes no difference."""
    entries = [
        (256, 3, 1, _SIXTEEN.shape[1] << 16),
        (257, 3, 1, _SIXTEEN.shape[0] << 16),
        (258, 3, 1, 16 << 16),
        (259, 3, 1, 1 << 16),
        (262, 3, 1, 1 << 16),
        (273, 4, 1, 8 + 2 + 8 * 12 + 4),
        (278, 3, 1, _SIXTEEN.shape[0] << 16),
        (279, 4, 1, _SIXTEEN.nbytes),
    ]
    head = struct.pack(">2sHIH", b"MM", 42, 8, len(entries))
    tags = b"".join(struct.pack(">HHII", *entry) for entry in entries)

    decoded = decode_picture(
        head + tags + struct.pack(">I", 0) + _SIXTEEN.astype(">u2").tobytes(), name="a"
    )

    np.testing.assert_array_equal(_EIGHT, decoded[..., 0])


def test_16_bit_colour_keeps_the_high_bytes() -> None:
    """A 16-bit RGB PNG decodes within one level of value / 257, ends included."""
    values = np.random.default_rng(8).integers(0, 65536, (16, 16, 3))
    values[0, 0], values[0, 1] = 65535, 0

    decoded = decode_picture(_png_16_bit(values), name="a")

    np.testing.assert_allclose(values / 257.0, decoded, atol=1.0)
    expected_ends = [[255] * 3, [0] * 3]
    assert expected_ends == decoded[0, :2].tolist()


def test_the_transparent_value_of_16_bit_grey_is_white() -> None:
    """The one grey that a PNG declares transparent shows white; its 8-bit neighbours do not."""
    values = np.full((16, 16), 1000)
    values[3, 4] = 1001

    decoded = decode_picture(
        _png_16_bit(values, _chunk(b"tRNS", struct.pack(">H", 1001))), name="a"
    )

    expected = [[255] * 3, [4] * 3]
    assert expected == decoded[3, 4:6].tolist()


def test_a_palette_with_transparency_is_laid_on_white() -> None:
    """Palette entries give their colours, transparent ones show white."""
    image = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16) % 3, mode="P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])

    decoded = decode_picture(_file(image, "PNG", transparency=bytes([255, 0, 51])), name="a")

    expected = [[255, 0, 0], [255, 255, 255], [204, 204, 255]]
    assert expected == decoded[0, :3].tolist()


def test_one_bit_pictures_are_black_and_white() -> None:
    """A 1-bit file gives 0 and 255, nothing dithered."""
    bits = np.random.default_rng(9).integers(0, 2, (_HEIGHT, _WIDTH)).astype(bool)

    decoded = decode_picture(_file(Image.fromarray(bits), "TIFF"), name="a")

    np.testing.assert_array_equal(np.dstack([bits * 255] * 3), decoded)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_gives_its_first_frame(kind: str) -> None:
    """Of several frames the first is taken."""
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("#ff0000", "#0000ff")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = _file(frames[0], kind, save_all=True, append_images=frames[1:], **options)

    decoded = decode_picture(data, name="a")

    red = [255, 0, 0]
    assert red == decoded[10, 10].tolist()


def _linear_profile(space: bytes = b"RGB ") -> bytes:
    """An ICC profile with sRGB's primaries (adapted to D50), or for grey, and no gamma."""

    def fixed(*numbers: float) -> bytes:
        return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)

    def xyz(*numbers: float) -> bytes:
        return b"XYZ \0\0\0\0" + fixed(*numbers)

    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 2) + b"l\0" + bytes(78),
        b"cprt": b"text\0\0\0\0-\0\0\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.4361, 0.2225, 0.0139),
        b"gXYZ": xyz(0.3851, 0.7169, 0.0971),
        b"bXYZ": xyz(0.1431, 0.0606, 0.7141),
        **{tag: b"curv" + bytes(8) for tag in (b"rTRC", b"gTRC", b"bTRC", b"kTRC")},
    }
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = (
        struct.pack(">I4sI", start + len(body), b"lcms", 0x02100000) + b"mntr" + space + b"XYZ "
    )
    header += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1.0, 0.8249) + bytes(48)
    return header + table + body


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_an_embedded_profile_is_converted_to_srgb(kind: str) -> None:
    """Linear values with a linear profile come out with sRGB's transfer curve (IEC 61966-2-1)."""
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    linear = values / 255.0
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    image = Image.fromarray(np.dstack([values] * 3))

    decoded = decode_picture(_file(image, kind, icc_profile=_linear_profile()), name="a")

    # tolerance: the primaries above are rounded to four digits
    np.testing.assert_allclose(np.dstack([curve * 255.0] * 3), decoded, atol=1.5)


def test_a_profile_is_applied_below_transparency() -> None:
    """Colours are converted first, then laid on white; white stays white."""
    values = np.full((16, 16, 4), 64, dtype=np.uint8)
    values[:8, :, 3], values[8:, :, 3] = 255, 0

    data = _file(Image.fromarray(values), "PNG", icc_profile=_linear_profile())
    decoded = decode_picture(data, name="a")

    assert np.abs(decoded[0, 0].astype(int) - 137).max() <= 1
    white = [255] * 3
    assert white == decoded[12, 0].tolist()


@pytest.mark.parametrize("has_alpha", [False, True])
def test_a_profile_for_grey_is_converted_too(
    has_alpha: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Grey pictures, with alpha or without, follow their own kind of profile."""
    grey = Image.new("L", (16, 16), 64)
    if has_alpha:
        grey.putalpha(255)

    decoded = decode_picture(_file(grey, "PNG", icc_profile=_linear_profile(b"GRAY")), name="a")

    assert np.abs(decoded.astype(int) - 137).max() <= 1
    assert caplog.text == ""


def test_a_broken_profile_is_reported_and_left_out(
    colours: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    """A profile that cannot be used does not spoil the picture, and a warning names the file."""
    data = _file(Image.fromarray(colours), "PNG", icc_profile=b"no profile" * 20)

    decoded = decode_picture(data, name="holiday.png")

    np.testing.assert_array_equal(colours, decoded)
    assert "holiday.png" in caplog.text


def test_an_opened_picture_knows_its_bytes(tmp_path: Path, colours: np.ndarray) -> None:
    """Opening a file keeps its bytes unchanged with their SHA-256, its name and its size."""
    data = _file(Image.fromarray(colours), "PNG")
    path = tmp_path / "a.png"
    path.write_bytes(data)

    picture = open_picture(str(path))

    assert data == picture.data
    assert hashlib.sha256(data).hexdigest() == picture.sha256
    assert (str(path), _WIDTH, _HEIGHT) == (picture.name, picture.width, picture.height)
