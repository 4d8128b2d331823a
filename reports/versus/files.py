"""The files of a comparison: Markdown, LaTeX, CSV, JSON, the sheet and the page."""

import io
import math
from dataclasses import asdict
from pathlib import Path

from PIL import Image

from reports.atomic import write_atomically
from reports.latex import render_latex
from reports.numbers import ABSENT
from reports.strict import strict, strict_json
from reports.text import render_markdown
from reports.versus.comparison import Versus
from reports.versus.page import render_page
from reports.versus.pictures import Inputs, make_sheet
from reports.versus.running_time import TimeSplit
from reports.versus.sides import quoted
from reports.versus.table import display_of, numbers_of, settings_display

__all__ = ["SCHEMA_VERSION", "record_of", "write_comparison"]

SCHEMA_VERSION = 1
STEM = "compare"


def write_comparison(
    found: Versus, inputs: Inputs, folder: Path, *, command: str
) -> dict[str, Path]:
    """Write ``compare.md``, ``.tex``, ``.csv``, ``.json``, ``.html`` and ``.png``.

    Each file appears whole or not at all.

    Args:
        found: What was compared.
        inputs: What the pictures were made of.
        folder: Where to write; made if absent.
        command: What makes the files again.

    Returns:
        The paths by their suffix.

    Raises:
        OSError: The disk refused.
    """
    display = display_of(found)
    caption = f"A: {found.sides.baseline}, B: {found.sides.other}."
    texts = {
        ".md": _markdown(found),
        ".tex": render_latex(display, caption=caption, label="tab:compare", notes=found.notes),
        ".csv": numbers_of(found).to_csv(index=False, lineterminator="\n"),
        ".json": strict_json(record_of(found)),
        ".html": render_page(found, inputs, command=command),
    }
    contents = {suffix: text.encode() for suffix, text in texts.items()}
    contents[".png"] = _png(make_sheet(found, inputs, caption))
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, content in contents.items():
        write_atomically(folder / f"{STEM}{suffix}", content)
    return {suffix: folder / f"{STEM}{suffix}" for suffix in contents}


def record_of(found: Versus) -> dict[str, object]:
    """Return the whole comparison as strict JSON has it: null for what is not known."""
    sides = found.sides
    verdict = found.judgement.verdict
    record: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "a": sides.baseline,
        "b": sides.other,
        "headline": found.headline,
        "verdict": str(verdict) if verdict is not None else None,
        "reason": found.judgement.reason,
        "quantities": numbers_of(found).to_dict("records"),
        "running_time": _time(found.time),
        "settings": [asdict(one) for one in found.changes],
        "pairs": list(sides.pairs),
        "pairs_only_a": list(sides.only_baseline),
        "pairs_only_b": list(sides.only_other),
        "notes": list(found.notes),
    }
    return {name: strict(value) for name, value in record.items()}


def _time(time: TimeSplit | None) -> dict[str, object] | None:
    """How many times as fast B is (below 1: slower), and the factors of that."""
    if time is None:
        return None
    ends = [math.exp(end) for end in (time.low, time.high) if end is not None]
    return {
        "times_as_fast": math.exp(time.log),
        "interval": ends or None,
        "factors": {one.part: math.exp(one.log) for one in time.factors},
        "sentence": time.sentence,
    }


def _markdown(found: Versus) -> str:
    sides = found.sides
    parts = [
        f"A: {quoted(sides.baseline)}  \nB: {quoted(sides.other)}",
        found.headline,
        render_markdown(display_of(found), found.notes),
        "Settings that differ:" if found.changes else "No setting is known to differ.",
        *([render_markdown(settings_display(found).map(_code), [])] if found.changes else []),
    ]
    return "\n\n".join(parts) + "\n"


def _code(text: str) -> str:
    """A value as code, so that Markdown takes nothing in it for its own."""
    return text if text == ABSENT else quoted(text)


def _png(sheet: Image.Image) -> bytes:
    encoded = io.BytesIO()
    sheet.save(encoded, format="PNG")
    return encoded.getvalue()
