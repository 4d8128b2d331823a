"""The page of a regression: one HTML file with its pictures inside, which asks for nothing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from reports.embedding import PictureFormat, embed_within, policy_hash
from reports.numbers import ABSENT
from reports.page.addresses import web_address
from reports.regression.history_chart import draw_histories
from reports.regression.lines import (
    READING,
    determinism_line,
    pair_line,
    pair_words,
    step_lines,
    timing_lines,
)
from reports.regression.model import Finding, PairFinding, Pictures, Result
from reports.regression.naming import shortened
from reports.regression.scale import scale_of
from reports.regression.table import VERDICT, facts_of, findings_table, information_table
from reports.regression.words import SIGNS, advice_of, counts_of, headline_of
from reports.templates import open_template
from reports.versus.page import page_style

__all__ = ["render_page"]

FOLDER = Path(__file__).parent
BUDGET_BYTES = 9 << 20
FORMATS = (
    PictureFormat(name="PNG"),
    *(PictureFormat(name="JPEG", quality=quality) for quality in (95, 88, 75)),
)
ROLES = ("content", "style", "baseline", "candidate")
TITLE_LETTERS = 120

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row of the table of findings: (heading, cell) beside the verdict, and why."""

    variant: str
    cells: tuple[tuple[str, str], ...]
    kind: str
    sign: str
    state: str
    reason: str
    pairs: tuple[str, ...]
    metric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """One picture; no address where there is none."""

    role: str
    uri: str = ""
    height: int = 0
    width: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """One pair side by side, and what is said of it."""

    variant: str
    pair: str
    lines: tuple[str, ...]
    is_broken: bool
    margins: float
    frames: tuple[_Frame, ...]


def render_page(result: Result) -> str:
    """Return the page as one HTML text; its policy lets it load nothing and run nothing."""
    style = f"{page_style()}\n{(FOLDER / 'page.css').read_text(encoding='utf-8')}"
    return open_template(FOLDER / "page.html.jinja", web=web_address).render(
        style=Markup(style),  # noqa: S704 - ours
        style_hash=policy_hash(style),
        result=result,
        title=shortened(f"{result.state}: {result.name}, {result.occasion}", TITLE_LETTERS),
        kind=_kind(result.state),
        sign=SIGNS[result.state],
        headline=headline_of(result).removeprefix(f"{result.state}: "),
        advice=advice_of(result),
        counts=[(SIGNS[state], state, _kind(state), n) for state, n in counts_of(result.findings)],
        scenes=_scenes(result),
        columns=[name for name in findings_table(()).columns if name != VERDICT],
        rows=_rows(result.findings),
        reading=READING,
        information=_cells(result.information),
        determinism=determinism_line(result),
        timing=timing_lines(result),
        histories=draw_histories(result),
        steps=step_lines(result),
        facts=[
            (name, before or ABSENT, after or ABSENT, before != after and bool(before and after))
            for name, before, after in facts_of(result.baseline, result.candidate)
        ],
    )


def _kind(state: str) -> str:
    """The class of a verdict in the style sheet."""
    return state.lower().replace(" ", "-")


def _rows(findings: Sequence[Finding]) -> list[_Row]:
    table = findings_table(findings)
    rows = []
    for finding, cells in zip(findings, table.to_dict("records"), strict=True):
        del cells[VERDICT]
        variant = str(cells.pop("variant"))
        rows.append(
            _Row(
                variant=variant,
                metric=scale_of(finding).name,
                cells=tuple((str(name), str(cell)) for name, cell in cells.items()),
                kind=_kind(finding.state),
                sign=SIGNS[finding.state],
                state=str(finding.state),
                reason=finding.reason,
                pairs=tuple(pair_line(finding, pair) for pair in finding.pairs),
            )
        )
    return rows


def _cells(findings: Sequence[Finding]) -> tuple[list[str], list[list[str]]]:
    """The headings and the rows of what was only measured."""
    table = information_table(findings)
    return [*map(str, table.columns)], [
        [str(cell) for cell in row] for row in table.itertuples(index=False)
    ]


def _scenes(result: Result) -> list[_Scene]:
    """Every pair of which there are pictures, the one that is the most margins worse first."""
    uris = _embedded(result.pictures)
    scenes = {
        key: _scene(key, _of_pair(result.findings, key), pictures, uris)
        for key, pictures in result.pictures.items()
    }
    return sorted(scenes.values(), key=lambda scene: -scene.margins)


def _scene(
    key: _Key,
    found: Sequence[tuple[Finding, PairFinding]],
    pictures: Pictures,
    uris: Mapping[tuple[_Key, str], str],
) -> _Scene:
    variant, pair = key
    return _Scene(
        variant=variant,
        pair=pair,
        lines=tuple(
            f"{scale_of(finding).name}: {pair_words(finding, one)}" for finding, one in found
        ),
        is_broken=any(one.pair in finding.broken for finding, one in found),
        margins=max((one.worse_by / finding.margin for finding, one in found), default=-math.inf),
        frames=tuple(
            _Frame(role=role, uri=uris[key, role], height=image.shape[0], width=image.shape[1])
            if (image := getattr(pictures, role)) is not None
            else _Frame(role=role)
            for role in ROLES
        ),
    )


def _of_pair(findings: Sequence[Finding], key: _Key) -> list[tuple[Finding, PairFinding]]:
    """What was found of one pair of one variant, by metric."""
    variant, pair = key
    return [
        (finding, one)
        for finding in findings
        if finding.variant == variant
        for one in finding.pairs
        if one.pair == pair and math.isfinite(one.worse_by)
    ]


def _embedded(pictures: Mapping[_Key, Pictures]) -> dict[tuple[_Key, str], str]:
    """The pictures as data URIs, all in one format."""
    places = {
        f"{place}/{role}": (key, role)
        for place, (key, one) in enumerate(pictures.items())
        for role in ROLES
        if getattr(one, role) is not None
    }
    shown = {place: getattr(pictures[key], role) for place, (key, role) in places.items()}
    embedded = embed_within(shown, BUDGET_BYTES, FORMATS)
    return {places[place]: uri for place, uri in embedded.items()}
