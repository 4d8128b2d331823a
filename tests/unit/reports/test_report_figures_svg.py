"""The SVG element of a figure: fit to stand inside any page."""

import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from subprocess import run
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pandas as pd
import pytest

from reports.figures import Figure, draw_figures
from reports.figures.drawing import INK, drawing, printable
from reports.findings import Findings
from reports.material import Material

MakeRuns = Callable[..., pd.DataFrame]
MakeMaterial = Callable[..., Material]

SCORES = {"a": ([1.0, 2.0] * 3, [0.5] * 6), "b": ([2.0] * 6, [0.4] * 6)}
IDS = re.compile(r'\bid="([^"]+)"')
REFERENCES = re.compile(r'(?:href="#|url\(#)([^")]+)')


@pytest.fixture
def material(make_runs: MakeRuns, make_material: MakeMaterial) -> Material:
    """Runs of two variants."""
    return make_material(make_runs(SCORES))


@pytest.fixture
def figures(material: Material, tmp_path: Path) -> tuple[Figure, ...]:
    """Front and differences of two variants."""
    return _draw(material, tmp_path)


def _draw(material: Material, folder: Path) -> tuple[Figure, ...]:
    findings = Findings.of(material.runs, "a", absent={}, notes=())
    return draw_figures(material, findings, folder).figures


def test_it_is_one_element_with_a_title(figures: tuple[Figure, ...]) -> None:
    """No prolog, no document type; readers who cannot see it get its title."""
    for figure in figures:
        root = ET.fromstring(figure.svg)  # noqa: S314 - our own

        assert figure.svg.startswith("<svg ")
        assert "{http://www.w3.org/2000/svg}svg" == root.tag
        assert figure.title == root[0].text
        assert root.attrib["aria-labelledby"] == root[0].attrib["id"]


def test_it_needs_no_styles(figures: tuple[Figure, ...]) -> None:
    """A style sheet would apply to the whole page; a policy may refuse style attributes."""
    for figure in figures:
        assert "<style" not in figure.svg
        assert " style=" not in figure.svg


def test_its_ink_is_the_colour_of_the_page(figures: tuple[Figure, ...]) -> None:
    """Text and axes follow a dark page; nothing is painted behind them."""
    for figure in figures:
        assert "currentColor" in figure.svg
        assert INK not in figure.svg
        assert "#ffffff" not in figure.svg


def test_its_text_is_text_in_the_readers_fonts(figures: tuple[Figure, ...]) -> None:
    """Labels can be searched and copied, and come in one family."""
    root = ET.fromstring(figures[1].svg)  # noqa: S314 - our own
    words = {element.text for element in root.iter()}

    assert {"b", "worse", "difference in style gain, nats  ↑"} <= words
    assert 1 == figures[1].svg.count("font-family")


def test_ids_are_its_own_and_all_references_are_met(figures: tuple[Figure, ...]) -> None:
    """Two figures of a page share no id, and none points outside itself."""
    ids = [set(IDS.findall(figure.svg)) for figure in figures]

    assert not ids[0] & ids[1]
    for figure, own in zip(figures, ids, strict=True):
        assert set(REFERENCES.findall(figure.svg)) <= own
        assert all(name.startswith(f"{figure.name}-") for name in own)
        assert "http" not in figure.svg.replace("http://www.w3.org/2000/svg", "")


def test_settings_of_the_user_stay_and_do_not_matter(
    material: Material, figures: tuple[Figure, ...], tmp_path: Path
) -> None:
    """Whatever the process has set for Matplotlib, figures are the same and it is still set."""
    with mpl.rc_context({"font.size": 30, "axes.spines.top": True, "text.color": "red"}):
        again = _draw(material, tmp_path / "again")

        assert 30 == mpl.rcParams["font.size"]
    assert [figure.svg for figure in figures] == [figure.svg for figure in again]


def test_threads_draw_one_at_a_time() -> None:
    """Matplotlib's settings belong to the process: a second thread waits for the first."""
    entered = threading.Event()

    def draw() -> None:
        with drawing():
            entered.set()

    with drawing():
        thread = threading.Thread(target=draw)
        thread.start()

        assert not entered.wait(0.2)
    thread.join(5)
    assert entered.is_set()


def test_pyplot_is_not_loaded_and_matplotlib_only_on_use() -> None:
    """Pyplot keeps windows and state; the package itself costs nothing to import."""
    code = (
        "import sys, reports, reports.figures;"
        "early = 'matplotlib' in sys.modules;"
        "reports.figures.draw_figures;"
        "print(early, 'matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    found = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False True False" == found.stdout.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\nb\tc", "a b c"), ("bell\x07", "bell\N{REPLACEMENT CHARACTER}"), ("漢 é", "漢 é")],
)
def test_control_letters_are_replaced(text: str, expected: str) -> None:
    """XML cannot hold them; other letters stay."""
    assert expected == printable(text)
