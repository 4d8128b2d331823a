"""The table as files: CSV and JSON with every number, Markdown and LaTeX for readers."""

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from reports.atomic import write_atomically
from reports.findings import Findings
from reports.latex import render_latex
from reports.strict import strict_json
from reports.text import render_markdown

__all__ = ["SCHEMA_VERSION", "Tables", "write_contact_sheet", "write_tables"]

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Where a table was written: CSV and JSON have every number, the others what readers need."""

    csv: Path
    markdown: Path
    json: Path
    latex: Path

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of them."""
        return (self.csv, self.markdown, self.json, self.latex)


def write_tables(
    findings: Findings,
    *,
    name: str,
    caption: str,
    folder: Path,
    shown: Findings | None = None,
) -> Tables:
    """Write ``table`` as ``.csv``, ``.md``, ``.json`` and ``.tex``, each whole or not at all.

    The JSON is strict (NaN becomes null): ``schema_version``, ``answer``, ``variants`` (one
    object per row of the full table) and ``footnotes``.

    Args:
        findings: What the runs say.
        name: Of the sweep, for the LaTeX table's label.
        caption: Of the LaTeX table; may be empty.
        folder: Where to write; made if absent.
        shown: What Markdown and LaTeX have in place of all rows, as ``shorten`` returns it.

    Raises:
        OSError: the disk refused.
    """
    shown = shown or findings
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "schema_version": SCHEMA_VERSION,
        "answer": findings.sentence,
        "variants": findings.summary.to_dict("records"),
        "footnotes": list(findings.footnotes),
    }
    tables = Tables(
        csv=folder / "table.csv",
        markdown=folder / "table.md",
        json=folder / "table.json",
        latex=folder / "table.tex",
    )
    markdown = render_markdown(shown.display, shown.footnotes)
    latex = render_latex(
        shown.display, caption=caption, label=f"tab:{name}", notes=shown.footnotes
    )
    contents = {
        tables.csv: findings.summary.to_csv(index=False, lineterminator="\n"),
        tables.markdown: f"{findings.sentence}\n\n{markdown}\n",
        tables.json: strict_json(record),
        tables.latex: latex,
    }
    for path, text in contents.items():
        write_atomically(path, text.encode())
    return tables


def write_contact_sheet(sheet: Image.Image, path: Path) -> None:
    """Write a contact sheet as PNG, whole or not at all.

    Args:
        sheet: what ``make_contact_sheet`` returned.
        path: the file to create or replace; its folder is made if absent.

    Raises:
        OSError: the disk refused.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded = io.BytesIO()
    sheet.save(encoded, format="PNG")
    write_atomically(path, encoded.getvalue())
