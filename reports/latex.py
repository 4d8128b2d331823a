"""The short table as LaTeX for a paper, in letters that pdfLaTeX has."""

import re
import unicodedata
from collections.abc import Sequence
from types import MappingProxyType

import pandas as pd

from reports.backticks import parts_of
from reports.display import MEMBER
from reports.numbers import ABSENT, MINUS

__all__ = ["escape_latex", "render_latex"]

HEADER = r"""% Needs \usepackage[T1]{{fontenc}} and \usepackage{{array,booktabs,{package}}}.
% Made for pdfLaTeX; letters that it lacks are written as "?".
"""
MOST_ROWS_OF_A_PAGE = 40
# A table that is wider than the text is scaled down to it; others keep their size.
SCALED = r"\par\smallskip\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
# A cell of numbers: one, a share of a member of the front, or nothing.
NUMBER = re.compile(rf"{MEMBER}?\s*([<>+{MINUS}]?\d+(\.\d+)?( %)?)?|{ABSENT}")
LONGEST_UNWRAPPED = 24
WRAPPED = r">{\raggedright\arraybackslash}p{13em}"
SMALL = r"\scriptsize\setlength{\tabcolsep}{3pt}"
APART = "\N{ZERO WIDTH NON-JOINER}"
BREAK = "\N{ZERO WIDTH SPACE}"
# Two of these would become another letter: "--" a dash, "''" a quotation mark, "?`" a "¿".
LIGATURES = re.compile(r"(?<=[-,<>'`?!])(?=[-,<>'`])")
LONG_WORD = re.compile(r"\S{16,}")
MATHS = MappingProxyType(
    {
        "↑": r"\uparrow",
        "↓": r"\downarrow",
        "→": r"\rightarrow",
        "±": r"\pm",
        "−": "-",
        "×": r"\times",
        "·": r"\cdot",
        "≤": r"\leq",
        "≥": r"\geq",
        "°": r"^{\circ}",
        "²": "^{2}",
        "³": "^{3}",
        "●": r"\bullet",
        "α": r"\alpha",
        "β": r"\beta",
        "γ": r"\gamma",
        "Δ": r"\Delta",
        "λ": r"\lambda",
        "μ": r"\mu",
        "ρ": r"\rho",
        "σ": r"\sigma",
        "τ": r"\tau",
    }
)
COMMANDS = MappingProxyType(
    {letter: f"\\{letter}" for letter in "_%&#${}"}
    | {letter: f"${command}$" for letter, command in MATHS.items()}
    | {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        '"': r"\textquotedbl{}",
        "`": r"\textasciigrave{}",
        "[": "{[}",  # after the end of a row it would begin an option
        "]": "{]}",
        "*": "{*}",  # likewise
        APART: "{}",
        BREAK: r"\allowbreak{}",
        "—": "---",
        "–": "--",
        "…": r"\ldots{}",
        "\N{LEFT SINGLE QUOTATION MARK}": "`",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "“": "``",
        "”": "''",
        "ß": r"\ss{}",
        "æ": r"\ae{}",
        "Æ": r"\AE{}",
        "ø": r"\o{}",
        "Ø": r"\O{}",
        "ł": r"\l{}",
        "Ł": r"\L{}",
    }
)
ACCENTS = MappingProxyType(
    {
        "\N{COMBINING GRAVE ACCENT}": "`",
        "\N{COMBINING ACUTE ACCENT}": "'",
        "\N{COMBINING CIRCUMFLEX ACCENT}": "^",
        "\N{COMBINING TILDE}": "~",
        "\N{COMBINING DIAERESIS}": '"',
        "\N{COMBINING MACRON}": "=",
        "\N{COMBINING RING ABOVE}": "r",
        "\N{COMBINING CARON}": "v",
        "\N{COMBINING CEDILLA}": "c",
    }
)


def render_latex(display: pd.DataFrame, *, caption: str, label: str, notes: Sequence[str]) -> str:
    """Write the table for a LaTeX document.

    Up to 40 rows it is a float, scaled down where it is wider than the text; longer ones are a
    ``longtable``, which breaks over pages.

    Args:
        display: what ``display_table`` returned: text.
        caption: above the table; what stands between backticks becomes typewriter.
        label: what a reference finds it by; letters other than ASCII ones, digits and ``:._-``
            become hyphens.
        notes: one paragraph each, in small letters below; with backticks likewise.

    Returns:
        Lines of LaTeX, the first a comment that names the packages needed; ends in a newline.
    """
    names, *rows = [list(map(str, row)) for row in (display.columns, *display.to_numpy())]
    cells = [list(map(_breakable, row)) for row in rows]
    is_long = len(rows) > MOST_ROWS_OF_A_PAGE
    text = (
        pd.DataFrame(cells, columns=range(len(names)))
        .style.hide(axis="index")
        .relabel_index(list(map(escape_latex, names)), axis="columns")
        .to_latex(
            hrules=True,
            column_format="".join(map(_alignment, zip(*rows, strict=True))),
            caption=_prose(caption),
            label=re.sub(r"[^A-Za-z0-9:._-]+", "-", label),
            position=None if is_long else "htbp",
            position_float=None if is_long else "centering",
            environment="longtable" if is_long else None,
        )
    )
    header = HEADER.format(package="longtable" if is_long else "graphicx")
    below = "".join(f"{_prose(note)}\\par\n" for note in notes)
    if is_long:
        below = f"\\footnotesize\\raggedright\\noindent\n{below}" if below else ""
        return f"{header}{{{SMALL}\n{text}{below}}}\n"
    # No text from outside can hold these: its backslashes are escaped.
    text = text.replace(r"\begin{tabular}", f"{SCALED}\n\\begin{{tabular}}")
    text = text.replace(r"\end{tabular}", "\\end{tabular}}")
    return header + text.replace(r"\end{table}", f"{_boxed(below)}\\end{{table}}")


def escape_latex(text: str) -> str:
    """Write a text so that LaTeX sets just its letters; runs of white space become one space."""
    return "".join(map(_letter, LIGATURES.sub(APART, " ".join(text.split()))))


def _letter(letter: str) -> str:
    """One letter as pdfLaTeX knows it."""
    if letter in COMMANDS:
        return COMMANDS[letter]
    if letter.isascii():
        return letter if letter.isprintable() else "?"
    base, *marks = list(unicodedata.normalize("NFKD", letter))
    if not (base.isascii() and base.isalpha()) or not ACCENTS.keys() >= set(marks):
        return "?"
    for mark in marks:
        base = f"\\{ACCENTS[mark]}{{{base}}}"
    return base


def _prose(text: str) -> str:
    """Sentences, with what stands between backticks in typewriter; long words may break."""
    return "".join(
        f"\\texttt{{{_breakable(part)}}}" if is_code else _breakable(part)
        for is_code, part in parts_of(text)
    )


def _breakable(text: str) -> str:
    """A part of a sentence, its spaces at both ends kept."""
    opened = LONG_WORD.sub(lambda word: re.sub("(?<=[/@+=,._-])", BREAK, word[0]), text)
    ends = (text[:1].isspace(), text[-1:].isspace() and bool(text.strip()))
    return f"{' ' * ends[0]}{escape_latex(opened)}{' ' * ends[1]}"


def _alignment(cells: Sequence[str]) -> str:
    """Numbers stand at the right, words at the left, long ones in several lines."""
    if all(map(NUMBER.fullmatch, cells)):
        return "r"
    return WRAPPED if max(map(len, cells)) > LONGEST_UNWRAPPED else "l"


def _boxed(notes: str) -> str:
    """Notes as wide as the text under a centred table."""
    if not notes:
        return ""
    begin = r"\par\smallskip\begin{minipage}{\linewidth}\footnotesize\raggedright"
    return f"{begin}\n{notes}\\end{{minipage}}\n"
