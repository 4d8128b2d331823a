"""Where MLflow's pages are, as seen from its own: addresses that hold for every host and port.

All that varies is quoted, brackets too: an address stands in Markdown, and runs are named by their
ids, so that no text of a sweep file becomes part of a filter.
"""

import json
from collections.abc import Collection, Sequence
from urllib.parse import quote

from harness.sweep.tracking.names import LOSS_PREFIX, Tag

__all__ = ["file_page", "losses_page", "run_page", "runs_filter", "runs_page", "view_page"]

MENU = "workflowType=machine_learning"  # else MLflow shows its menu for chat bots
CHARTS = "&compareRunsMode=CHART"
TOTAL_LOSS = f"{LOSS_PREFIX}total"


def view_page(experiment_id: str, key: str, *, is_charts: bool) -> str:
    """Return the address of a view of an experiment; see ``views``."""
    mode = CHARTS if is_charts else ""
    return f"#/experiments/{experiment_id}/runs?{MENU}&viewStateShareKey={quote(key)}{mode}"


def run_page(experiment_id: str, run_id: str) -> str:
    """Return the address of a run's page."""
    return f"#/experiments/{experiment_id}/runs/{run_id}?{MENU}"


def file_page(experiment_id: str, run_id: str, name: str) -> str:
    """Return the address of a run's file, opened beside the list of its files."""
    page = f"#/experiments/{experiment_id}/runs/{run_id}/artifacts/{quote(name)}"
    return f"{page}?{MENU}"


def runs_page(experiment_ids: Sequence[str], run_ids: Collection[str]) -> str:
    """Return the address of a table of some runs, by case; of one experiment or of several.

    The order matters: by time of creation, which is MLflow's, it would show their parent, closed.
    """
    found = f"searchFilter={_quoted(runs_filter(run_ids))}"
    order = f"orderByKey={_quoted(f'tags.`{Tag.CASE}`')}&orderByAsc=true"
    if len(experiment_ids) == 1:
        return f"#/experiments/{experiment_ids[0]}/runs?{MENU}&{found}&{order}"
    several = _quoted(json.dumps(list(experiment_ids)))
    return f"#/compare-experiments/s?experiments={several}&{MENU}&{found}&{order}"


def losses_page(experiment_ids: Sequence[str], run_ids: Sequence[str]) -> str:
    """Return the address of the total losses of some runs in one graph, by iteration."""
    options = {
        "runs": list(run_ids),
        "experiments": list(experiment_ids),
        "metric": TOTAL_LOSS,
        "plot_metric_keys": [TOTAL_LOSS],
    }
    asked = "&".join(f"{name}={_quoted(json.dumps(value))}" for name, value in options.items())
    return f"#/metric/{_quoted(TOTAL_LOSS)}?{asked}&x_axis=step&{MENU}"


def runs_filter(run_ids: Collection[str]) -> str:
    """Return MLflow's filter for some runs."""
    wanted = ", ".join(f"'{one}'" for one in run_ids)
    return f"attributes.run_id IN ({wanted})"


def _quoted(text: str) -> str:
    return quote(text, safe="")
