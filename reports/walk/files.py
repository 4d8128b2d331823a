"""The files of a walk: Markdown, LaTeX, CSV, JSON and a page."""

from collections.abc import Sequence
from pathlib import Path

from reports.atomic import write_atomically
from reports.latex import render_latex
from reports.material import Material
from reports.strict import strict_json
from reports.text import render_markdown
from reports.walk.page import render_page
from reports.walk.strides import Walked
from reports.walk.words import sentence_of

__all__ = ["SCHEMA_VERSION", "write_walk"]

SCHEMA_VERSION = 1
STEM = "walk"


def write_walk(
    walked: Walked,
    material: Material,
    notes: Sequence[str],
    folder: Path,
    *,
    title: str,
    command: str,
    report: str,
) -> dict[str, Path]:
    """Write ``walk.md``, ``.tex``, ``.csv``, ``.json`` and ``.html``, each whole or not at all.

    Args:
        walked: What came of the walk.
        material: The sweep that made it.
        notes: The lines under the table.
        folder: Where to write; made if absent.
        title: From where to where.
        command: What makes the files again.
        report: File name, in the same folder, of the page that shows every picture.

    Returns:
        The paths by their suffix.

    Raises:
        OSError: The disk refused.
    """
    sentence = sentence_of(walked)
    record = {
        "schema_version": SCHEMA_VERSION,
        "title": title,
        "sentence": sentence,
        "steps": walked.summary.to_dict("records"),
        "pairs": list(walked.pairs),
        "notes": list(notes),
    }
    table = render_markdown(walked.display, notes)
    contents = {
        ".md": f"{sentence}\n\n{table}\n",
        ".tex": render_latex(walked.display, caption=title, label="tab:walk", notes=notes),
        ".csv": walked.summary.to_csv(index=False, lineterminator="\n"),
        ".json": strict_json(record),
        ".html": render_page(walked, material, notes, title=title, command=command, report=report),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = {suffix: folder / f"{STEM}{suffix}" for suffix in contents}
    for suffix, text in contents.items():
        write_atomically(paths[suffix], text.encode())
    return paths
