"""The table as files: CSV and JSON with every number, Markdown for readers."""

import io
import json
import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from PIL import Image

from reports.atomic import write_atomically
from reports.text import render_markdown

__all__ = ["SCHEMA_VERSION", "write_contact_sheet", "write_tables"]

SCHEMA_VERSION = 1


def write_tables(
    *,
    summary: pd.DataFrame,
    display: pd.DataFrame,
    answer: str,
    footnotes: Sequence[str],
    folder: Path,
) -> tuple[Path, Path, Path]:
    """Write ``table.csv``, ``table.md`` and ``table.json``, each whole or not at all.

    The JSON is strict (NaN becomes null): ``schema_version``, ``answer``, ``variants`` (one
    object per row of the full table) and ``footnotes``.

    Args:
        summary: what ``summarize`` returned.
        display: what ``display_table`` returned.
        answer: the sentence above the table.
        footnotes: lines under the table.
        folder: where to write; made if absent.

    Returns:
        The three paths, in the order named above.

    Raises:
        OSError: the disk refused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "schema_version": SCHEMA_VERSION,
        "answer": answer,
        "variants": [
            {str(key): _strict(value) for key, value in row.items()}
            for row in summary.to_dict("records")
        ],
        "footnotes": list(footnotes),
    }
    contents = {
        "table.csv": summary.to_csv(index=False, lineterminator="\n"),
        "table.md": f"{answer}\n\n{render_markdown(display, footnotes)}\n",
        "table.json": f"{json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)}\n",
    }
    for name, text in contents.items():
        write_atomically(folder / name, text.encode())
    csv, markdown, as_json = (folder / name for name in contents)
    return csv, markdown, as_json


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


def _strict(value: object) -> object:
    """The value as strict JSON has it: no NaN, no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
