"""Every figure of a sweep, drawn, and written if wanted."""

import re
from collections.abc import Mapping
from pathlib import Path

from reports.atomic import write_atomically
from reports.figures.curves import draw_losses, draw_parts, draw_scores
from reports.figures.differences import draw_differences
from reports.figures.drawing import Drawn, drawing
from reports.figures.effects import draw_effects
from reports.figures.figure import Drawings, Figure
from reports.figures.front import draw_front
from reports.figures.output import as_figure, graph_files, grid_files
from reports.figures.pictures import draw_by_iteration, draw_by_settings
from reports.figures.study import draw_history, draw_importances
from reports.figures.study_spaces import draw_parallel, draw_slices
from reports.findings import Findings
from reports.material import Material

__all__ = ["draw_figures"]

GRAPHS = (
    draw_front,
    draw_differences,
    draw_effects,
    draw_scores,
    draw_losses,
    draw_parts,
    draw_history,
    draw_importances,
    draw_parallel,
    draw_slices,
)
GRIDS = (draw_by_settings, draw_by_iteration)
CAPTIONS = "captions.txt"
# What a report may have left: a file that somebody else put there is left alone.
OURS = re.compile(
    r"(front|differences|effects|scores-by-iteration|losses|loss-parts"
    r"|history|importances|parallel-coordinates|slices"
    r"|(pictures|iterations)-\d+)\.(png|pdf|svg)"
)


def draw_figures(material: Material, findings: Findings, folder: Path | None) -> Drawings:
    """Draw the figures of a sweep, and write them if they are wanted as files.

    Graphs become PNG (200 dots per inch), SVG and PDF; grids of pictures PNG and PDF, for as SVG
    they would be too heavy; ``captions.txt`` says what each shows. What has nothing to show is
    left out: with one variant there is no front. Equal material gives equal bytes.

    Args:
        material: what the report is made of.
        findings: what its runs say.
        folder: where the files go; made if absent, and what an earlier report left there is
            removed. None draws the graphs for a page and writes nothing.

    Raises:
        OSError: the disk refused.
    """
    figures: list[Figure] = []
    files: dict[Path, bytes] = {}
    captions: list[str] = []
    for draw in GRAPHS:
        with drawing():
            drawn = draw(material, findings)
            if drawn is not None:
                figures.append(as_figure(drawn))
                captions.append(_entry(drawn))
                if folder is not None:
                    files |= graph_files(drawn, figures[-1], folder)
    if folder is None:
        return Drawings(figures=tuple(figures), files=())
    for draw_pages in GRIDS:
        with drawing():
            for page in draw_pages(material, findings):
                files |= grid_files(page, folder)
                captions.append(_entry(page))
    if captions:
        files[folder / CAPTIONS] = "\n".join(captions).encode()
    _write(files, folder)
    return Drawings(figures=tuple(figures), files=tuple(files))


def _write(files: Mapping[Path, bytes], folder: Path) -> None:
    """Write the files; figures of an earlier report that are no more are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        write_atomically(path, content)
    for path in folder.iterdir():
        if OURS.fullmatch(path.name) and path not in files:
            path.unlink()


def _entry(drawn: Drawn) -> str:
    """What the file of captions says of a figure."""
    return f"{drawn.name}: {drawn.title}\n{drawn.caption}\n"
