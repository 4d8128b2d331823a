"""Searches replayed on the table of responses, through the search that users get."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import numpy as np
import yaml

from benchmarks.response_table import LEVELLED, SWEEP, Table
from harness.spec.space import Space
from harness.spec.sweep_spec import SweepSpec, load_sweep
from harness.sweep.search.records import Exhausted, Trial
from harness.sweep.search.study import Search
from metrics.catalog import CATALOG
from reports.statistics import Values

__all__ = ["BALANCE", "Replay", "pruned", "searched", "study_of"]

BALANCE = "balance"
IN_MEMORY = "sqlite://"


@dataclass(slots=True, kw_only=True)
class Replay:
    """What a search did.

    Attributes:
        tried: Row of the table of each trial, in the order of asking.
        finished: Whether each had all its runs.
        runs: Runs done by the end of each trial.
    """

    tried: list[int] = field(default_factory=list)
    finished: list[bool] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)

    def add(self, row: int, *, runs: int, is_finished: bool = True) -> None:
        """Note a trial and how many runs it took."""
        self.tried.append(row)
        self.finished.append(is_finished)
        self.runs.append(runs + (self.runs[-1] if self.runs else 0))

    def values(self, of_rows: Values) -> list[float]:
        """Return the value of each trial; of one that was given up, minus infinity."""
        return [
            float(of_rows[row]) if done else -np.inf
            for row, done in zip(self.tried, self.finished, strict=True)
        ]


def study_of(table: Table, method: str, metrics: Sequence[str], *, budget: int) -> SweepSpec:
    """Load the sweep file of the table as a study, its weights one whole range."""
    document = yaml.safe_load(SWEEP.read_text(encoding="utf-8"))
    low, high = table.ends
    document["parameters"][LEVELLED] = {
        "min": float(f"{low:.3g}"),
        "max": float(f"{high:.3g}"),
        "distribution": "log_uniform_values",
    }
    document |= {
        "method": method,
        "metric": list(metrics),
        "limits": {"max_variants": budget},
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "study.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        return load_sweep(path)


def searched(study: SweepSpec, values: Values, table: Table, *, seed: int, budget: int) -> Replay:
    """Replay a study without pruning.

    Args:
        study: What ``study_of`` returned.
        values: (variants, metrics): what the search is told of each row.
        table: What the rows are of.
        seed: Of the sampler.
        budget: Trials, the baseline among them.
    """
    replay = Replay()
    with _opened(study, seed) as search:
        while len(replay.tried) < budget and (trial := _asked(search)) is not None:
            row = table.row(trial.point)
            search.tell(trial.number, [float(one) for one in values[row]])
            replay.add(row, runs=len(table.pairs))
    return replay


def pruned(study: SweepSpec, table: Table, *, seed: int, runs: int) -> Replay:
    """Replay a study with pruning, as one process does it, until so many runs are done.

    The baseline is never given up, and a trial whose last case is done is finished.
    """
    replay = Replay()
    balance = table.numbers[BALANCE]
    with _opened(study, seed) as search:
        while not replay.runs or replay.runs[-1] < runs:
            trial = _asked(search)
            if trial is None:
                break
            row = table.row(trial.point)
            order = search.case_order(trial.number, len(table.pairs))
            is_given = trial.point in study.points
            for done, case in enumerate(order, start=1):
                search.report(trial.number, case, float(balance[row, case]))
                is_last = done == len(order)
                if not is_last and not is_given and search.should_prune(trial.number):
                    search.prune(trial.number)
                    replay.add(row, runs=done, is_finished=False)
                    break
            else:
                search.tell(trial.number, [fmean(balance[row])])
                replay.add(row, runs=len(order))
    return replay


def _opened(study: SweepSpec, seed: int) -> Search:
    return Search.open(
        _space(study),
        name=study.name,
        method=study.method,
        metrics={metric: CATALOG[metric].direction for metric in study.metrics},
        seed=seed,
        storage=IN_MEMORY,
        first=study.points,
    )


def _space(study: SweepSpec) -> Space:
    if study.space is None:
        raise ValueError(f"{study.method} is no study")
    return study.space


def _asked(search: Search) -> Trial | None:
    """Ask for a trial; None where there is none left."""
    asked = search.ask()
    return None if isinstance(asked, Exhausted) else asked
