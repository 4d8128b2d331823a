"""The page of claims: one HTML file with its pictures inside, which asks for nothing."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from reports.claims.sections import PART_COLUMNS, READING, SUMMARY_COLUMNS, Page
from reports.embedding import policy_hash
from reports.templates import open_template
from reports.versus.page import page_style

__all__ = ["render_page"]

FOLDER = Path(__file__).parent
NOT_IN_ANCHORS = re.compile(r"[^A-Za-z0-9]+")


def render_page(page: Page) -> str:
    """Return the page as one HTML text; its policy lets it load nothing and run nothing.

    Args:
        page: What is on it.
    """
    style = f"{page_style()}\n{(FOLDER / 'page.css').read_text(encoding='utf-8')}"
    template = open_template(
        FOLDER / "page.html.jinja", kind=_kind, anchor=_anchor, cells=_cells, drawing=_drawing
    )
    return template.render(
        style=Markup(style),  # noqa: S704 - ours
        style_hash=policy_hash(style),
        page=page,
        reading=READING,
        columns=PART_COLUMNS,
        summary_columns=SUMMARY_COLUMNS,
    )


def _kind(verdict: str) -> str:
    """The class of a verdict in the style sheet."""
    return verdict.replace(" ", "-")


def _anchor(name: str) -> str:
    """What a claim is linked by."""
    return f"claim-{NOT_IN_ANCHORS.sub('-', name)}"


def _cells(table: pd.DataFrame) -> Sequence[Sequence[str]]:
    """The rows of a table of texts."""
    return [[str(cell) for cell in row] for row in table.itertuples(index=False)]


def _drawing(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 - made by ``inline_svg``, which escapes what it is given
