"""Losses and scores by iteration, and the pictures on the way, read back from the store."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from harness.sweep.results import balance_of
from harness.sweep.tracking.artifacts import stored_file, stored_folder
from harness.sweep.tracking.curve_points import curve_steps
from harness.sweep.tracking.names import LOSS_PREFIX, File
from harness.sweep.tracking.stored import StoredRun
from reports.material import CURVE_COLUMNS

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["read_curves", "read_snapshots"]

GAIN, CONTENT, DISTANCE = "style/gain", "content/score", "style/gram"
# MLflow's names: picture+step+40+timestamp+1795283144676+<uuid>.png, with % in older versions.
LOGGED = re.compile(r"[+%]step[+%](?P<step>\d+)[+%]timestamp[+%](?P<time>\d+)[+%].*\.png$")

Point = tuple[str, str, int, float]
"""Fingerprint, name, iteration, value."""


def read_curves(
    client: "MlflowClient",
    runs: Iterable[StoredRun],
    snapshots: Mapping[str, Mapping[int, Path]],
    *,
    evaluator_id: str,
    balance: float,
) -> pd.DataFrame:
    """Return the curves of finished runs, as ``reports.material`` wants them.

    Losses are thinned as ``curve_steps`` says; those of pictures on the way stay. Scores and the
    balance are there for runs with pictures on the way that the evaluator has scored: another one
    has seen the results only.

    Args:
        client: The store.
        runs: Finished runs.
        snapshots: What ``read_snapshots`` returned for them.
        evaluator_id: Whose scores are shown.
        balance: Share of the style in the balance, 0 to 1.
    """
    rows: list[Point] = []
    for run in runs:
        kept = snapshots.get(run.fingerprint, {})
        rows += _losses(client, run, kept)
        if kept and run.evaluator == evaluator_id:
            rows += _scores(client, run, balance)
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))


def _losses(client: "MlflowClient", run: StoredRun, kept: Iterable[int]) -> Iterator[Point]:
    path = stored_file(client, run, File.TRACE)
    if path is None:
        return
    trace: dict[str, list[float]] = json.loads(path.read_text(encoding="utf-8"))
    for name, values in trace.items():
        steps = {*curve_steps(len(values)), *(step for step in kept if step < len(values))}
        for step in sorted(steps):
            yield run.fingerprint, f"{LOSS_PREFIX}{name}", step, values[step]


def _scores(client: "MlflowClient", run: StoredRun, share: float) -> Iterator[Point]:
    found = {name: _history(client, run, name) for name in (GAIN, CONTENT, DISTANCE)}
    for name in (GAIN, CONTENT):
        for step, value in found[name].items():
            yield run.fingerprint, name, step, value
    anchors = {name: value for name, value in run.metrics.items() if name not in found}
    for step in found[DISTANCE]:
        at_once = {name: values[step] for name, values in found.items() if step in values}
        for name, value in balance_of(anchors | at_once, share).items():
            yield run.fingerprint, name, step, value


def _history(client: "MlflowClient", run: StoredRun, name: str) -> dict[int, float]:
    if name not in run.metrics:
        return {}
    return {point.step: point.value for point in client.get_metric_history(run.run_id, name)}


def read_snapshots(
    client: "MlflowClient", runs: Iterable[StoredRun]
) -> dict[str, dict[int, Path]]:
    """Return the pictures on the way, by fingerprint and iteration; the result is left out.

    Args:
        client: The store.
        runs: Finished runs.
    """
    found = {run.fingerprint: _snapshots(client, run) for run in runs}
    return {fingerprint: pictures for fingerprint, pictures in found.items() if pictures}


def _snapshots(client: "MlflowClient", run: StoredRun) -> dict[int, Path]:
    folder = stored_folder(client, run, File.IMAGES)
    if folder is None:
        return {}
    matches = ((LOGGED.search(path.name), path) for path in folder.iterdir())
    logged = sorted(
        (int(match["step"]), int(match["time"]), path) for match, path in matches if match
    )
    last = run.metrics.get("iterations")
    return {step: path for step, _, path in logged if step != last}  # the latest of each step
