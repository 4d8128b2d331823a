"""The page of a sweep as one HTML text: pictures, script, style and figures are inside."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reports.embedding import script_json
from reports.figures.figure import Figure
from reports.findings import Findings
from reports.material import Material
from reports.page.addresses import is_local, web_address
from reports.page.columns import VERDICT_SIGNS, further_columns, main_columns
from reports.page.listing import Listing, dimensions, layout, list_runs, variant_lines
from reports.page.pictures import LIKENESSES, Album, Picture, embed_pictures
from reports.page.policy import page_policy
from reports.page.search import STUDY_FIGURES, search_part
from reports.page.words import facts, failures, missing_metrics, reductions
from reports.templates import open_template

__all__ = ["render_page"]

FOLDER = Path(__file__).parent
SCRIPTS = (
    "page.js",
    "table.js",
    "trials.js",
    "layout.js",
    "grid.js",
    "zoom.js",
    "viewer.js",
    "start.js",
)

# Bytes of encoded pictures; in the page they take a third more. All of them, with the rest of a
# page of 1,000 runs, stay below 25 MB.
RESULTS_BYTES = 9_000_000
SNAPSHOTS_BYTES = 4_500_000
SOURCES_BYTES = 1_500_000


def render_page(material: Material, findings: Findings, figures: Sequence[Figure]) -> str:
    """Return the page of a sweep; it opens from disk and asks no server.

    Args:
        material: The sweep.
        findings: What its runs say.
        figures: Vector figures, in reading order.
    """
    listing = Listing(material)
    albums = _albums(material, listing)
    script, style = _script(), _read("page.css")
    template = open_template(FOLDER / "page.html", web=web_address)
    return template.render(
        material=material,
        sentence=findings.sentence,
        footnotes=findings.footnotes,
        figures=[one for one in figures if one.name not in STUDY_FIGURES],
        search=search_part(material, figures),
        facts=facts(material),
        columns=main_columns(findings),
        variants=_variants(material, findings),
        verdict_signs=VERDICT_SIGNS,
        failures=failures(listing),
        missing=missing_metrics(material),
        reductions=reductions(albums),
        has_local_links=any(map(is_local, (material.sweep_link, *material.run_links.values()))),
        script=script,
        style=style,
        policy=page_policy(
            script=script, style=style, drawings=[figure.svg for figure in figures]
        ),
        data=script_json(_data(material, findings, listing, albums)),
    )


def _script() -> str:
    """Return the one script: its files in a scope of their own, so that no name meets another."""
    return "\n".join(["(() => {", *map(_read, SCRIPTS), "})();"])


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _albums(material: Material, listing: Listing) -> dict[str, Album]:
    """Return the pictures of each kind, as large as that kind's budget allows."""
    keys = set(listing.keys())
    snapshots: dict[str, Picture] = {
        _snapshot_key(key, iteration): picture
        for key, by_iteration in material.snapshots.items()
        if key in keys
        for iteration, picture in by_iteration.items()
    }
    return {
        "results": embed_pictures(dict(listing.pictures()), RESULTS_BYTES),
        "contents": embed_pictures(material.contents, SOURCES_BYTES, LIKENESSES),
        "styles": embed_pictures(material.styles, SOURCES_BYTES, LIKENESSES),
        "snapshots": embed_pictures(snapshots, SNAPSHOTS_BYTES, LIKENESSES),
    }


def _snapshot_key(key: str, iteration: int) -> str:
    return f"{key} {iteration}"


def _variants(material: Material, findings: Findings) -> list[dict[str, Any]]:
    """Return what the first column of the table says."""
    return [
        {
            "name": row["variant"],
            "lines": variant_lines(row["variant"], material.axes.get(row["variant"], {})),
            "is_baseline": row["is_baseline"],
            "verdict": row["verdict"],
            "failed": row["failed"],
            "missing": row["missing"],
        }
        for row in findings.summary.to_dict("records")
    ]


def _data(
    material: Material, findings: Findings, listing: Listing, albums: Mapping[str, Album]
) -> dict[str, Any]:
    """Return all that the page's script needs."""
    snapshots = albums["snapshots"].uris
    variants = dict.fromkeys(cell.variant for cell in listing.cells)
    return {
        **list_runs(material, listing),
        "sweep": material.sweep,
        "dimensions": dimensions(material),
        "layout": layout(material),
        "settings": {name: material.settings.get(name, "") for name in variants},
        "lines": {name: variant_lines(name, material.axes.get(name, {})) for name in variants},
        "aspects": {name: one.shape[1] / one.shape[0] for name, one in material.contents.items()},
        "columns": [asdict(column) for column in further_columns(findings.summary)],
        **{kind: albums[kind].uris for kind in ("results", "contents", "styles")},
        "snapshots": {
            key: [
                [iteration, snapshots[name]]
                for iteration in sorted(by_iteration)
                if (name := _snapshot_key(key, iteration)) in snapshots
            ]
            for key, by_iteration in material.snapshots.items()
        },
    }
