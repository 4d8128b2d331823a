"""The table as LaTeX: escapes, alignment, and what pdfLaTeX makes of it."""

import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from reports.latex import escape_latex, render_latex

HOSTILE = (
    r"_%&#${}~^\ \end{document} \input{/etc/passwd} [x] *a -- --- '' `` << >> ?` !` ,, "
    '"q" ↑↓±−×●—…·≤≥→² τσα é ü ñ ø ß ł 漢 🎉 ^^41 \x07'
)
PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{array,booktabs,graphicx,longtable}
\begin{document}
"""


def _display(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def _rendered(display: pd.DataFrame, *notes: str) -> str:
    return render_latex(display, caption="Which won?", label="tab:sweep", notes=notes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b % c & d # e $ f", r"a\_b \% c \& d \# e \$ f"),
        (r"{~^\}", r"\{\textasciitilde{}\textasciicircum{}\textbackslash{}\}"),
        ("+0.27 ± 0.09", r"+0.27 $\pm$ 0.09"),
        ("−1 ↑ ↓ × ● — …", r"$-$1 $\uparrow$ $\downarrow$ $\times$ $\bullet$ --- \ldots{}"),
        ("--set ''", "-{}-set '{}'"),
        ("[0] *", "{[}0{]} {*}"),
        ("é ß Å", r"\'{e} \ss{} \r{A}"),
        ("漢\x07", "??"),
        (" a \n b ", "a b"),
    ],
)
def test_every_letter_is_set_as_itself(text: str, expected: str) -> None:
    """Nothing of a text is a command, and pdfLaTeX knows every letter."""
    assert expected == escape_latex(text)


def test_numbers_are_right_aligned_and_words_left() -> None:
    """A column of numbers, shares or nothing stands at the right."""
    display = _display(
        variant=["a", "b"],
        front=["● >99 %", ""],
        gain=["1.32 (+0.27 ± 0.09)", "1.05 ± 0.11"],
        lpips=["0.250", "—"],
        change=["−0.5", "+12"],
    )

    assert r"\begin{tabular}{lrlrr}" in _rendered(display)


def test_it_is_a_float_with_rules_caption_label_and_notes() -> None:
    """The habits of the field: booktabs, the caption above, small notes below."""
    lines = _rendered(_display(variant=["a_1"], seconds=["13.1"]), "In `a_1`, 5 % more.")
    place = [
        lines.index(part)
        for part in (
            r"\caption{Which won?}",
            r"\label{tab:sweep}",
            r"\toprule",
            r"\midrule",
            r"a\_1 & 13.1 \\",
            r"\bottomrule",
            r"\footnotesize",
            r"In \texttt{a\_1}, 5 \% more.\par",
            r"\end{table}",
        )
    ]

    assert sorted(place) == place
    assert lines.startswith(
        r"% Needs \usepackage[T1]{fontenc} and \usepackage{array,booktabs,graphicx}."
    )


def test_a_long_table_breaks_over_pages() -> None:
    """More rows than a page holds are no float."""
    display = _display(variant=[f"v{at}" for at in range(60)])
    lines = _rendered(display, "note")

    assert r"\begin{longtable}" in lines
    assert r"\begin{table}" not in lines
    assert "array,booktabs,longtable" in lines


def test_an_unpaired_backtick_is_a_backtick() -> None:
    """Only what stands between two of them is typewriter."""
    lines = _rendered(_display(variant=["a"]), "`x` and `y")

    assert r"\texttt{x} and \textasciigrave{}y\par" in lines


def test_labels_are_reduced_to_safe_letters() -> None:
    """A label is no place for letters that mean something."""
    lines = render_latex(_display(variant=["a"]), caption="", label="tab:a b}%_é", notes=())

    assert r"\label{tab:a-b-_-}" in lines


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
@pytest.mark.parametrize("rows", [2, 50])
def test_pdflatex_compiles_the_worst(tmp_path: Path, rows: int) -> None:
    """Hostile text everywhere: no error, and the text after the table is still there."""
    display = _display(variant=[HOSTILE] * rows, verdict=["[x] *"] * rows)
    table = render_latex(display, caption=HOSTILE, label=HOSTILE, notes=[HOSTILE])
    (tmp_path / "main.tex").write_text(f"{PREAMBLE}{table}\nthe end\\end{{document}}\n")
    found = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"],  # noqa: S607
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert [] == re.findall(r"^!.*", found.stdout, flags=re.MULTILINE)
    assert 0 == found.returncode
