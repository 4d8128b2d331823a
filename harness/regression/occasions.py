"""Earlier regressions of a panel in MLflow: their verdicts, and what is kept of their pictures."""

import json
import logging
import math
import re
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from harness.regression.session import experiment_of
from harness.sweep.tracking.folders import delete_folder, run_folders
from harness.sweep.tracking.names import Kind, Tag
from harness.sweep.tracking.store import Location, search
from reports.regression.model import Finding

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = [
    "REGRESSION",
    "dump_levels",
    "earlier_levels",
    "history_frame",
    "levels_of",
    "log_levels",
    "prune_files",
]

REGRESSION = "regression"
"""Purpose of an occasion; others are ``baseline`` and ``calibration``."""

COLUMNS = ("when", "occasion", "commit", "variant", "metric", "value", "state", "baseline")

logger = logging.getLogger(__name__)

NAME_LIMIT = 250
UNSAFE = re.compile(r"[^\w.\- ]")  # in a part of the name of an MLflow metric
DIGITS = 6

Row = dict[str, Any]


def dump_levels(findings: Iterable[Finding]) -> str:
    """Return what the history needs of a regression, for a tag of its parent run."""
    return json.dumps(_levels(findings), separators=(",", ":"), ensure_ascii=False)


def _levels(findings: Iterable[Finding]) -> list[Row]:
    return [
        {
            "variant": one.variant,
            "metric": one.metric,
            "value": float(f"{one.candidate:.{DIGITS}g}"),
            "state": str(one.state),
        }
        for one in findings
        if not math.isnan(one.candidate)
    ]


def log_levels(client: "MlflowClient", parent: str, findings: Iterable[Finding]) -> None:
    """Log the panel's means as metrics of the parent run, so that MLflow charts them by night.

    Args:
        client: The store.
        parent: Id of the occasion's parent run.
        findings: What is gated.
    """
    from mlflow.entities import Metric  # noqa: PLC0415 - see store.connect

    now = int(time.time() * 1000)
    values = {
        f"{one.metric}/{UNSAFE.sub(' ', one.variant).strip()}"[:NAME_LIMIT]: one.candidate
        for one in findings
        if not math.isnan(one.candidate)
    }
    client.log_batch(
        parent, metrics=[Metric(name, value, now, 0) for name, value in values.items()]
    )


def levels_of(
    findings: Iterable[Finding], *, when: datetime, occasion: str, commit: str, baseline: str
) -> list[Row]:
    """Return the rows of a regression in the history, before it is in the store."""
    facts = {
        "when": when.isoformat(timespec="seconds"),
        "occasion": occasion,
        "commit": commit,
        "baseline": baseline,
    }
    return [facts | one for one in _levels(findings)]


def earlier_levels(client: "MlflowClient", name: str, panel_id: str) -> list[Row]:
    """Return a row for every variant and gate of each earlier regression, oldest first.

    Args:
        client: The store.
        name: Name of the panel.
        panel_id: What ``panel_facts.panel_id`` returns of it; others have another history.
    """
    runs = sorted(_occasions(client, name, REGRESSION), key=lambda run: run.info.start_time)
    return [row for run in runs if run.data.tags.get(Tag.PANEL) == panel_id for row in _rows(run)]


def _rows(run: "Run") -> Iterator[Row]:
    tags = run.data.tags
    when = datetime.fromtimestamp(run.info.start_time / 1000, UTC)
    try:
        levels = json.loads(tags[Tag.LEVELS])
    except (KeyError, ValueError):  # interrupted before its verdict, or cut: a tag holds so much
        return
    for one in levels:
        yield {
            "when": when.isoformat(timespec="seconds"),
            "occasion": tags.get(Tag.OCCASION, ""),
            "commit": tags.get(Tag.GIT_COMMIT, ""),
            "baseline": tags.get(Tag.BASELINE, ""),
            **one,
        }


def history_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Return rows as ``reports.regression.model.Result.history`` has them."""
    return pd.DataFrame(rows, columns=list(COLUMNS))


def prune_files(client: "MlflowClient", location: Location, name: str, *, keep: int) -> int:
    """Delete the pictures, pages and traces of all but the newest occasions; numbers stay.

    Args:
        client: The store, with its writer lock held.
        location: Where it is.
        name: Name of the panel.
        keep: How many occasions keep their files, calibrations and baselines counted too.

    Returns:
        How many occasions lost files.

    Raises:
        StoreError: A folder cannot be deleted.
    """
    if location.artifacts is None:
        logger.warning("note: --prune deletes nothing: a server keeps the files of this store")
        return 0
    newest_first = sorted(
        _occasions(client, name), key=lambda run: run.info.start_time, reverse=True
    )
    pruned = 0
    for parent in newest_first[keep:]:
        text = f"tags.`{Tag.PARENT}` = '{parent.info.run_id}'"
        children = list(search(client, [parent.info.experiment_id], text))
        folders, remarks = run_folders(location, [parent, *children])  # its page has pictures too
        for remark in remarks:
            logger.warning("note: %s", remark)
        there = [folder for folder in folders.values() if folder.is_dir()]
        for folder in there:
            delete_folder(folder)
        pruned += bool(there)
    return pruned


def _occasions(client: "MlflowClient", name: str, purpose: str | None = None) -> Iterator["Run"]:
    experiment = client.get_experiment_by_name(experiment_of(name))
    if experiment is None:
        return
    for run in search(
        client, [experiment.experiment_id], f"tags.`{Tag.KIND}` = '{Kind.REGRESSION}'"
    ):
        if purpose is None or run.data.tags.get(Tag.PURPOSE) == purpose:
            yield run
