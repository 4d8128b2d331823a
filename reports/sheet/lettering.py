"""Letters on pictures: Pillow's bundled font, and text reduced to the letters it has."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import ImageDraw, ImageFont

from reports.wrapping import wrap

__all__ = ["Heading", "Lettering", "drawable", "lettering"]

# The bundled font (Aileron) has ASCII and these; anything else would become an empty box.
EXTRA_LETTERS = "·±…“”"
STAND_INS = str.maketrans(
    {"×": "x", "−": "-", "–": "-", "—": "-", "≤": "<=", "≥": ">=", "→": "->", "ß": "ss", "ø": "o"}
)
LINE_SPACING = 1.3
MOST_PARAGRAPH_LINES = 3
PARAGRAPH_SPACE_PX = 12

Colour = tuple[int, int, int]


def drawable(text: str) -> str:
    """The text in letters that the bundled font has: accents dropped, "?" for unknown ones."""
    return "".join(map(_drawable_letter, text.translate(STAND_INS)))


def _drawable_letter(letter: str) -> str:
    if letter.isascii() or letter in EXTRA_LETTERS:
        return letter
    decomposed = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return decomposed or ("" if unicodedata.combining(letter) else "?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """A font size and colour, and how much room its lines take."""

    font: ImageFont.FreeTypeFont
    line_px: int
    colour: Colour

    def lines(self, text: str, width: int, *, most_lines: int) -> list[str]:
        """The text in lines of at most ``width`` pixels, the last one elided if need be."""
        return wrap(drawable(text), width, measure=self.font.getlength, most_lines=most_lines)

    def line(self, text: str, width: int) -> str:
        """The text in one line, elided if it is wider."""
        return self.lines(text, width, most_lines=1)[0]

    def draw(
        self, canvas: ImageDraw.ImageDraw, place: tuple[int, int], text: str, *, anchor: str
    ) -> None:
        """Draw one line.

        Args:
            canvas: what to draw on.
            place: x of the anchor and y of the line's top, in pixels.
            text: one line of drawable letters.
            anchor: ``l`` (left), ``m`` (middle) or ``r`` (right).
        """
        x, top = place
        canvas.text(
            (x, top + self.line_px // 2),
            text,
            fill=self.colour,
            font=self.font,
            anchor=f"{anchor}m",
        )


def lettering(size_px: int, colour: Colour) -> Lettering:
    """The bundled font at a size in pixels.

    Raises:
        TypeError: this Pillow was built without FreeType.
    """
    font = ImageFont.load_default(size=size_px)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("contact sheets need a Pillow with FreeType; its wheels have it")
    return Lettering(font=font, line_px=round(size_px * LINE_SPACING), colour=colour)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Paragraphs at the top of a sheet; empty ones take no room."""

    paragraphs: Sequence[tuple[Lettering, str]]
    margin_px: int

    def height(self, width: int) -> int:
        """Pixels from the upper edge of a sheet of that width to where the grids begin."""
        text = sum(advance for _, _, advance in self._lines(width))
        return self.margin_px + text + PARAGRAPH_SPACE_PX

    def draw(self, canvas: ImageDraw.ImageDraw, width: int) -> None:
        """Draw the paragraphs on a sheet of that width."""
        y = self.margin_px
        for letters, line, advance in self._lines(width):
            letters.draw(canvas, (self.margin_px, y), line, anchor="l")
            y += advance

    def _lines(self, width: int) -> Iterator[tuple[Lettering, str, int]]:
        """Letters, text and advance of every line; a paragraph ends with some space."""
        for letters, text in self.paragraphs:
            room = width - 2 * self.margin_px
            lines = letters.lines(text, room, most_lines=MOST_PARAGRAPH_LINES) if text else []
            for index, line in enumerate(lines, start=1):
                space = PARAGRAPH_SPACE_PX if index == len(lines) else 0
                yield letters, line, letters.line_px + space
