"""The page of a walk: one HTML file with its pictures inside, which asks for nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup

from reports.embedding import PictureFormat, embed_within, policy_hash
from reports.material import Material
from reports.sheet.thumbnails import Picture, thumbnail
from reports.templates import open_template
from reports.versus.page import page_style
from reports.walk.strides import Walked
from reports.walk.words import DID, sentence_of

__all__ = ["render_page"]

TEMPLATE = Path(__file__).parent / "page.html.jinja"
BUDGET_BYTES = 12 << 20
FORMATS = tuple(PictureFormat(name="JPEG", quality=quality) for quality in (92, 85, 70))
PICTURE_PX = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strip:
    """The pictures of one pair: what they show, and a data URI or nothing."""

    pair: str
    pictures: tuple[tuple[str, str], ...]


def render_page(
    walked: Walked,
    material: Material,
    notes: Sequence[str],
    *,
    title: str,
    command: str,
    report: str,
) -> str:
    """Return the page as one HTML text; its policy lets it load nothing and run nothing.

    Args:
        walked: What came of the walk.
        material: The sweep that made it.
        notes: The lines under the table.
        title: From where to where.
        command: What makes the page again.
        report: Relative address of the page that shows the whole sweep.
    """
    style = page_style()
    display = walked.display
    return open_template(TEMPLATE).render(
        style=Markup(style),  # noqa: S704 - ours
        style_hash=policy_hash(style),
        title=title,
        sentence=sentence_of(walked),
        columns=list(display.columns),
        rows=[[str(cell) for cell in row] for row in display.itertuples(index=False)],
        decided=[one.judgement.verdict in DID for one in (*walked.strides, walked.whole)],
        notes=notes,
        strips=_strips(walked, material),
        command=command,
        report=report,
    )


def _strips(walked: Walked, material: Material) -> list[_Strip]:
    """The pictures of every pair, the first seed of each station."""
    shown: dict[tuple[str, str], Picture | None] = {}
    first = walked.runs.drop_duplicates(["variant", "pair"])
    for row in first.drop_duplicates("pair").to_dict("records"):
        pair = str(row["pair"])
        shown[pair, "content"] = material.contents.get(str(row["content"]))
        shown[pair, "style"] = material.styles.get(str(row["style"]))
    for station, label in walked.stations.items():
        for row in first[first["variant"] == station].to_dict("records"):
            shown[str(row["pair"]), label] = row["picture"]
    uris = _embedded(shown)
    return [
        _Strip(
            pair=pair,
            pictures=tuple(
                (label, uris.get(f"{pair}/{label}", "")) for one, label in shown if one == pair
            ),
        )
        for pair in walked.pairs
    ]


def _embedded(shown: Mapping[tuple[str, str], Picture | None]) -> dict[str, str]:
    small = {
        f"{pair}/{label}": np.asarray(image)
        for (pair, label), picture in shown.items()
        if (image := thumbnail(picture, (PICTURE_PX, PICTURE_PX))) is not None
    }
    return embed_within(small, BUDGET_BYTES, FORMATS)
