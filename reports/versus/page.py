"""The page of a comparison: one HTML file with its pictures inside, which asks for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from reports.embedding import PictureFormat, embed_within, policy_hash
from reports.templates import open_template
from reports.versus.comparison import Versus
from reports.versus.pictures import Inputs, PairPictures, pair_pictures
from reports.versus.table import display_of, grouped

__all__ = ["page_style", "render_page"]

FOLDER = Path(__file__).parent
BUDGET_BYTES = 12 << 20
FORMATS = (
    PictureFormat(name="PNG"),
    *(PictureFormat(name="JPEG", quality=quality) for quality in (95, 88, 75)),
)
ROLES = ("content", "style", "baseline", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A row of the table as the page shows it."""

    cells: tuple[str, ...]
    meaning: str
    kind: str


def render_page(found: Versus, inputs: Inputs, *, command: str) -> str:
    """Return the page as one HTML text; its policy lets it load nothing and run nothing.

    Args:
        found: What was compared; its runs have ``picture``, a path or None.
        inputs: What the pictures were made of.
        command: What makes the page again.
    """
    style = page_style()
    pictures = pair_pictures(found, inputs)
    return open_template(FOLDER / "page.html.jinja").render(
        style=Markup(style),  # noqa: S704 - ours
        style_hash=policy_hash(style),
        found=found,
        sides={"A": found.sides.baseline, "B": found.sides.other},
        groups=_groups(found),
        columns=list(display_of(found).columns),
        pictures=pictures,
        uris=_embedded(pictures),
        command=command,
    )


def page_style() -> str:
    """Return the style sheet of pages that compare."""
    return (FOLDER / "page.css").read_text(encoding="utf-8")


def _groups(found: Versus) -> dict[str, list[_Line]]:
    """The lines of the table by its parts."""
    cells = {
        one.name: tuple(map(str, row))
        for one, row in zip(
            found.quantities, display_of(found).itertuples(index=False), strict=True
        )
    }
    return {
        str(group): [
            _Line(
                cells=cells[one.name],
                meaning=one.meaning,
                kind="sure" if one.word else "apart" if one.reason else "",
            )
            for one in rows
        ]
        for group, rows in grouped(found.quantities).items()
    }


def _embedded(pictures: list[PairPictures]) -> Mapping[str, str]:
    """The pictures as data URIs by pair's place and role, all in one format."""
    shown = {
        f"{place}/{role}": picture
        for place, pair in enumerate(pictures)
        for role in ROLES
        if (picture := getattr(pair, role)) is not None
    }
    return embed_within(shown, BUDGET_BYTES, FORMATS)
