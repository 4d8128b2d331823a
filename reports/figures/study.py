"""How a study went: its values by trial, and how much each parameter mattered."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from reports.figures.drawing import (
    BLUE,
    GRAPH_IN,
    INK,
    SKY,
    VERMILION,
    Canvas,
    Drawn,
    add_rule,
    metric_label,
    wrapped,
)
from reports.findings import Findings
from reports.material import Material
from reports.numbers import counted
from reports.study import FAILED, FINISHED, METRIC, PRUNED, TRIED, StudyRecord

__all__ = ["draw_history", "draw_importances", "scatter_trials", "trial_key"]

MOST_BARS = 20
BAR_IN = 0.3
LABEL_LETTERS = 34
MARKER = 4.2
LEAST_SHARE = 0.005  # that is not 0 % when rounded


def draw_history(material: Material, findings: Findings) -> Drawn | None:
    """Draw every trial's values by its number; nothing where no trial has one."""
    del findings
    study = material.study
    if study is None or study.tried().empty:
        return None
    metrics = list(study.metrics)
    canvas = Canvas(figsize=(GRAPH_IN, 2.5 * len(metrics) + 0.4), layout="constrained")
    panels = canvas.subplots(len(metrics), 1, sharex=True, squeeze=False)[:, 0]
    for axes, metric in zip(panels, metrics, strict=True):
        _plot_history(axes, study, metric, material.baseline)
    panels[-1].set_xlabel("trial")
    return Drawn(
        name="history",
        title="Values by trial",
        caption=_history_caption(study),
        canvas=canvas,
    )


def draw_importances(material: Material, findings: Findings) -> Drawn | None:
    """Draw the share of each parameter; nothing where the shares are not known."""
    del findings
    study = material.study
    if study is None or not study.shares:
        return None
    shown = list(study.shares.items())[:MOST_BARS]
    labels = [wrapped(name, LABEL_LETTERS, most_lines=2) for name, _ in shown]
    canvas = Canvas(figsize=(GRAPH_IN, BAR_IN * len(shown) + 0.7), layout="constrained")
    axes = canvas.subplots()
    shares = [share for _, share in shown]
    axes.barh(range(len(shown)), shares, height=0.62, color=BLUE)
    for at, share in enumerate(shares):
        words = f"{100 * share:.0f} %" if share >= LEAST_SHARE else "below 1 %"
        axes.annotate(words, (share, at), (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(shown)), labels)
    axes.set_ylim(len(shown) - 0.45, -0.55)
    axes.set_xlim(0, max(shares) * 1.1)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlabel("share of importance")
    axes.tick_params(axis="y", length=0)
    return Drawn(
        name="importances",
        title="How much each parameter mattered",
        caption=_importances_caption(study, len(shown)),
        canvas=canvas,
    )


def scatter_trials(axes: Axes, rows: pd.DataFrame, x: str, y: str, *, best: Sequence[int]) -> None:
    """Draw trials as points: state by shape, open where a constraint is broken, the best on top.

    Args:
        axes: To draw in.
        rows: Of ``StudyRecord.trials``, those to draw.
        x: A column of numbers.
        y: Another one.
        best: Numbers of the best trials.
    """
    is_best = rows["number"].isin(best)
    for (state, is_feasible), group in rows[~is_best].groupby(["state", "feasible"]):
        look = _look(str(state), is_feasible=bool(is_feasible))
        axes.plot(group[x].astype(float), group[y], linestyle="none", **look)
    axes.plot(
        rows.loc[is_best, x].astype(float),
        rows.loc[is_best, y],
        linestyle="none",
        marker="*",
        markersize=10,
        color=VERMILION,
        zorder=5,
    )


def trial_key(study: StudyRecord) -> str:
    """Say what the points of ``scatter_trials`` mean, as far as they occur."""
    tried = study.tried()
    parts = ["Circles: finished trials"]
    if _is_constrained(study):
        parts.append("open where they break a constraint")
    if tried["state"].eq(PRUNED).any():
        small = "; their values may come from small runs" if study.is_halved else ""
        parts.append(f"triangles: given up early, with the value that they had reached{small}")
    best = study.best()
    if best:
        several = "on the front" if len(study.metrics) > 1 else "equally good"
        parts.append(
            f"star: {'the best' if len(best) == 1 else f'{several} ({len(best)} trials)'}"
        )
    return f"{'; '.join(parts)}."


def _plot_history(axes: Axes, study: StudyRecord, metric: str, baseline: str) -> None:
    trials, column = study.trials, METRIC + metric
    valued = study.tried()
    given = valued[valued["variant"] == baseline]
    for row in given.head(1).to_dict("records"):
        add_rule(axes, y=float(row[column]))
    scatter_trials(
        axes, valued[valued["variant"] != baseline], "number", column, best=study.best()
    )
    for row in given.head(1).to_dict("records"):
        axes.plot([row["number"]], [row[column]], marker="D", color=INK, markersize=6, zorder=6)
    _plot_failures(axes, trials[trials["state"] == FAILED])
    _plot_best_so_far(axes, study, metric)
    axes.set_ylabel(metric_label(metric))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=INK, alpha=0.1, linewidth=0.6)
    last = max(int(trials["number"].max()), 1)
    axes.set_xlim(-0.03 * last - 0.3, 1.03 * last + 0.3)


def _plot_failures(axes: Axes, failed: pd.DataFrame) -> None:
    """Crosses at the foot of the panel: a failed trial has no value."""
    axes.plot(
        failed["number"],
        np.full(len(failed), 0.03),
        transform=axes.get_xaxis_transform(),
        linestyle="none",
        marker="x",
        markersize=5,
        color=VERMILION,
        zorder=4,
    )


def _plot_best_so_far(axes: Axes, study: StudyRecord, metric: str) -> None:
    """A step line over finished trials that keep all constraints."""
    trials = study.trials
    sound = trials[trials["state"].eq(FINISHED) & trials["feasible"].astype(bool)]
    if sound.empty:
        return
    values = sound[METRIC + metric]
    best = values.cummax() if study.sign(metric) > 0 else values.cummin()
    last = int(trials["number"].max())
    axes.step(
        [*sound["number"], last],
        [*best, best.iloc[-1]],
        where="post",
        color=BLUE,
        linewidth=1.2,
        alpha=0.85,
        zorder=2,
    )


def _look(state: str, *, is_feasible: bool) -> dict[str, Any]:
    """Shape and colour of a trial."""
    is_pruned = state == PRUNED
    colour = SKY if is_pruned else BLUE
    return {
        "marker": "v" if is_pruned else "o",
        "markersize": MARKER,
        "color": colour,
        "markerfacecolor": colour if is_feasible else "none",
        "alpha": 0.8,
        "zorder": 3,
    }


def _history_caption(study: StudyRecord) -> str:
    counts = study.counts()
    parts = [
        "Value of each trial in the order of asking.",
        trial_key(study),
        "Line: the best so far among finished trials"
        f"{' that keep all constraints' if _is_constrained(study) else ''}; diamond and dashed "
        "line: the baseline.",
    ]
    if counts.get(FAILED):
        parts.append("Crosses at the foot: failed, without a value.")
    untried = sum(count for state, count in counts.items() if state not in TRIED)
    if untried:
        parts.append(f"Not drawn: {counted(untried, 'trial')} refused, repeated or still open.")
    return " ".join(parts)


def _importances_caption(study: StudyRecord, n_shown: int) -> str:
    n_results = int(study.trials[METRIC + study.first_metric].notna().sum())
    repeated = n_results - len(study.tried())
    included = f", {repeated} of them repeated," if repeated else ""
    parts = [
        f"How much each parameter decides whether a trial is among the best, from "
        f"{counted(n_results, 'result')}{included} (PED-ANOVA): the shares sum to 100 %. They "
        "describe the trials that were made, which a search does not spread evenly, and say "
        "nothing about parameters that only work together."
    ]
    if len(study.shares) > n_shown:
        parts.append(f"{counted(len(study.shares) - n_shown, 'more parameter')} left out.")
    without = [one.name for one in study.parameters if one.name not in study.shares]
    if without:
        parts.append(f"{counted(len(without), 'parameter')} without a share.")
    return " ".join(parts)


def _is_constrained(study: StudyRecord) -> bool:
    return not study.tried()["feasible"].astype(bool).all()


def is_number(value: object) -> bool:
    """Return whether a cell of a parameter's column is a finite number."""
    return isinstance(value, int | float) and math.isfinite(value)
