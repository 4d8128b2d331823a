"""Views of a sweep in MLflow: which runs, columns and charts its page shows, a click each.

A view is a tag of the experiment, JSON as MLflow 3.17 writes it with "Save as new view"; it is in
the page's list of views, and an address opens it. Tried in a browser, on 36 and on 200 runs:

- Grouping runs by the tag of their variant needs no further runs, but averages those that are
  loaded only, a hundred, and lacks those that another sweep made. So a variant has a line of its
  own (``variant_lines``) and grouping serves the view of cases, where runs matter; there they come
  by variant, so that the groups of the first hundred runs are whole.
- An image grid of many keys is a table, a row a key and a column a run: cases and variants, with
  one slider for the iteration. One of a single key, as runs have, shows one case; so the lines
  carry the pictures of their runs by case. A grid for each case needs scrolling to compare.
- Comparing runs by MLflow's own button opens parallel coordinates, with curves far below; two
  runs' losses have an address of their own (``pages.losses_page``).
- Which runs are hidden, pinned or expanded is not kept in a view: MLflow shows the first ten of
  the list, and draws them from the last to the first.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.sweep.tracking.names import LOSS_PREFIX, Kind, Tag
from harness.sweep.tracking.pages import runs_filter

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = [
    "View",
    "remove_views",
    "sweep_views",
    "write_note",
    "write_views",
    "written_views",
]

PREFIX = "mlflow.sharedViewState."
OURS = "harness-"
STYLE, CONTENT, BALANCE = "style/gain", "content/score", "balance"
SCORES = (STYLE, CONTENT, BALANCE)
MOST_KEYS = 24  # rows of a grid of pictures; servers before 3.x keep 5,000 characters a view
GRID_PX = 540  # its slider is seen on a screen a thousand pixels high
NAME_PX, NUMBER_PX, TEXT_PX = 300, 110, 150
LONG_NAME_PX = 560  # of a run: variant and case

State = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view; ``key`` is its part of the address, ``shows`` says what is seen there."""

    key: str
    name: str
    shows: str
    is_charts: bool
    state: Mapping[str, Any]


def sweep_views(
    parameters: Sequence[str],
    *,
    pictures: Sequence[str],
    last_step: int,
    picture_runs: Sequence[str] = (),
    is_study: bool = False,
) -> tuple[View, ...]:
    """Return the views of a sweep.

    Args:
        parameters: What is varied, as the variants' lines name it.
        pictures: Keys of the pictures that the grid shows, a row each.
        last_step: The iteration whose pictures are seen first.
        picture_runs: Ids of the runs whose pictures are shown; empty for the variants' lines.
        is_study: Whether variants are trials of a study, whose numbers are then shown.
    """
    lines = _tagged(Kind.VARIANT)
    trial = [f"tags.`{Tag.TRIAL}`"] if is_study else []
    shown = runs_filter(picture_runs) if picture_runs else lines
    return (
        View(
            key=f"{OURS}variants",
            name="Variants",
            shows="variants: mean scores, verdict",
            is_charts=False,
            state=_searched(lines, f"metrics.`{BALANCE}`")
            | _columns(
                [f"metrics.`{name}`" for name in SCORES],
                [*trial, f"tags.`{Tag.VERDICT}`", *(f"params.`{name}`" for name in parameters)],
            )
            | _charts("Scores", [*map(_bars, SCORES), _scatter(STYLE, CONTENT)]),
        ),
        View(
            key=f"{OURS}pictures",
            name="Pictures",
            shows="pictures of variants side by side, by iteration",
            is_charts=True,
            state=_searched(shown)
            | _charts("Pictures", [_grid(pictures[:MOST_KEYS], last_step)], columns=1)
            | {"runListHidden": True},  # its columns name the variants; an arrow opens the list
        ),
        View(
            key=f"{OURS}cases",
            name="Cases of each variant",
            shows="cases of each variant",
            is_charts=False,
            state=_searched(_tagged(Kind.RUN), f"tags.`{Tag.VARIANT}`", is_rising=True)
            | _columns([f"metrics.`{name}`" for name in (STYLE, CONTENT)], name_px=LONG_NAME_PX)
            | {"groupBy": _by_tag(Tag.VARIANT)},
        ),
        View(
            key=f"{OURS}losses",
            name="Loss curves",
            shows="curves of runs: losses, scores",
            is_charts=True,
            state=_searched(_tagged(Kind.RUN), f"tags.`{Tag.CASE}`", is_rising=True)
            | _charts(
                "Losses and scores by iteration",
                [
                    *(_curve(f"{LOSS_PREFIX}{name}") for name in ("total", "style", "content")),
                    *map(_curve, (STYLE, CONTENT)),
                ],
            ),
        ),
    )


def write_views(client: "MlflowClient", experiment_id: str, views: Iterable[View]) -> None:
    """Put views on an experiment, each in place of an earlier one of its key."""
    now = int(time.time() * 1000)
    for view in views:
        kept = {
            "name": view.name,
            "createdAt": now,
            "updatedAt": now,
            "state": json.dumps(dict(view.state), separators=(",", ":")),
        }
        client.set_experiment_tag(experiment_id, f"{PREFIX}{view.key}", json.dumps(kept))


def write_note(client: "MlflowClient", experiment_id: str, links: str, question: str) -> None:
    """Head the experiment's page with links to the views; a note of the user's stays.

    Args:
        client: The store.
        experiment_id: The sweep's experiment.
        links: Markdown on one line, with links to views.
        question: Markdown on one line; may be empty.
    """
    found = client.get_experiment(experiment_id).tags.get(Tag.NOTE, "")
    if not found or _is_ours(found):
        text = f"{links} — {question}" if question else links
        client.set_experiment_tag(experiment_id, str(Tag.NOTE), text)


def _is_ours(note: str) -> bool:
    return f"viewStateShareKey={OURS}" in note


def written_views(tags: Mapping[str, str]) -> tuple[View, ...]:
    """Return which views of ours an experiment has, by its tags; without their states."""
    ours = sweep_views((), pictures=(), last_step=0)
    return tuple(view for view in ours if f"{PREFIX}{view.key}" in tags)


def remove_views(client: "MlflowClient", experiment_id: str) -> None:
    """Take our views, and the note that links to them, off an experiment."""
    tags = client.get_experiment(experiment_id).tags
    doomed = [name for name in tags if name.startswith(f"{PREFIX}{OURS}")]
    if _is_ours(tags.get(Tag.NOTE, "")):
        doomed.append(str(Tag.NOTE))
    for name in doomed:
        client.delete_experiment_tag(experiment_id, name)


def _tagged(kind: Kind) -> str:
    return f"tags.`{Tag.KIND}` = '{kind}'"


def _searched(
    text: str, order: str = "attributes.start_time", *, is_rising: bool = False
) -> State:
    """Return which runs are listed, in which order; MLflow's own for the rest."""
    return {"searchFilter": text, "orderByKey": order, "orderByAsc": is_rising}


def _columns(
    numbers: Sequence[str], texts: Sequence[str] = (), *, name_px: int = NAME_PX
) -> State:
    name = "attributes.`Run Name`"
    rest = ["runDateAndNestInfo", "duration"]
    widths = dict.fromkeys(numbers, NUMBER_PX) | dict.fromkeys(texts, TEXT_PX)
    return {
        "selectedColumns": [*numbers, *texts],
        "columnOrder": ["1", name, *numbers, *texts, *rest],
        "columnWidths": {"1": 50, name: name_px, **widths, **dict.fromkeys(rest, NUMBER_PX)},
    }


def _by_tag(tag: Tag) -> State:
    return {
        "aggregateFunction": "average",
        "groupByKeys": [{"mode": "tag", "groupByData": str(tag)}],
    }


def _charts(section: str, cards: Sequence[State], *, columns: int = 3) -> State:
    """Return a section of charts that comes before those MLflow makes of every metric."""
    key = f"{OURS}section"
    size = {"columns": columns, "cardHeight": GRID_PX} if columns == 1 else {}
    return {
        "isAccordionReordered": True,  # else sections come by name
        "compareRunSections": [
            {"uuid": key, "name": section, "display": True, "isReordered": True, **size}
        ],
        "compareRunCharts": [
            {"uuid": f"{OURS}chart-{number}", "metricSectionId": key, **card}
            for number, card in enumerate(cards)
        ],
    }


def _card(kind: str, **rest: object) -> State:
    return {
        "type": kind,
        "runsCountToCompare": 10,
        "deleted": False,
        "isGenerated": False,
        **rest,
    }


def _bars(metric: str) -> State:
    return _card("BAR", metricKey=metric, displayName=metric)


def _scatter(across: str, up: str) -> State:
    axes = {
        name: {"key": key, "type": "METRIC"} for name, key in (("xaxis", across), ("yaxis", up))
    }
    return _card("SCATTER", **axes)


def _grid(keys: Sequence[str], step: int) -> State:
    return _card("IMAGE", imageKeys=list(keys), step=step, showRunParams=False)


def _curve(metric: str) -> State:
    return _card(
        "LINE",
        metricKey=metric,
        displayName=metric,
        lineSmoothness=0,
        xAxisScaleType="linear",
        scaleType="linear",
        range={},
        xAxisKey="step",
        selectedXAxisMetricKey="",
        yAxisKey="metric",
        yAxisExpressions=[],
        ignoreOutliers=False,
        useGlobalXaxisKey=True,
        useGlobalLineSmoothing=True,
    )
