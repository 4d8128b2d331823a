"""The table of responses: every variant of a small space, measured once on six pairs.

``samplers.py`` replays it, so that a search over hundreds of real runs takes a second. To measure
it again (about 25 min on two cores):

    harness sweep benchmarks/responses.yaml --pretrained kmeans --workers 2
    python -m benchmarks.response_table --tracking-uri sqlite:///mlflow.db
"""

import argparse
import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.spec.space import Point
from metrics.balance import STYLE_SHARE, balance
from reports.atomic import write_atomically
from reports.statistics import Values

__all__ = ["LEVELLED", "RESPONSES", "SWEEP", "Table", "read_table", "table_of"]

FOLDER = Path(__file__).parent
RESPONSES = FOLDER / "responses.csv"
SWEEP = FOLDER / "responses.yaml"
EXPERIMENT = "responses"

LEVELLED = "weights.style"  # the axis of numbers; a search moves through its whole range
AXES = (LEVELLED, "style_layers", "content_layers", "pooling", "start")
MEASURED = ("style/gain", "content/score", "style/gram", "anchor/style/gram", "seconds")
DIGITS = 5
MARK = "# "


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What every variant reached on every pair.

    Attributes:
        variants: The labels of each, in the order of ``AXES``.
        pairs: Their names.
        numbers: Of each metric, variants × pairs.
        header: What the file says of itself.
    """

    variants: tuple[tuple[str, ...], ...]
    pairs: tuple[str, ...]
    numbers: Mapping[str, Values]
    header: tuple[str, ...]

    @property
    def levels(self) -> tuple[float, ...]:
        """The measured values of the axis of numbers, ascending."""
        return tuple(sorted({float(labels[0]) for labels in self.variants}))

    @property
    def ends(self) -> tuple[float, float]:
        """The range in which every level has an equal share: half a step beyond both ends."""
        first, second, *_ = self.levels
        *_, before, last = self.levels
        return first * math.sqrt(first / second), last * math.sqrt(last / before)

    def row(self, point: Point) -> int:
        """Return the index of the variant measured nearest to a point.

        Args:
            point: A label for every axis, but a number for ``LEVELLED``: the level nearest to it
                in the logarithm stands for it.
        """
        wanted = math.log(float(point[LEVELLED]))
        level = min(self.levels, key=lambda one: abs(math.log(one) - wanted))
        labels = (f"{level:g}", *(str(point[name]) for name in AXES[1:]))
        return self.variants.index(labels)


def read_table(path: Path = RESPONSES) -> Table:
    """Read a table.

    Raises:
        ValueError: A variant was not measured on every pair exactly once.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    header = tuple(line.removeprefix(MARK) for line in lines if line.startswith(MARK))
    return table_of(list(csv.DictReader(lines[len(header) :])), header)


def table_of(rows: Sequence[Mapping[str, str]], header: Iterable[str] = ()) -> Table:
    """Make a table of its rows: one for each variant on each pair.

    Raises:
        ValueError: A variant was not measured on every pair exactly once.
    """
    by_cell = {(tuple(row[name] for name in AXES), row["pair"]): row for row in rows}
    variants = tuple(dict.fromkeys(labels for labels, _ in by_cell))
    pairs = tuple(dict.fromkeys(pair for _, pair in by_cell))
    if not len(rows) == len(by_cell) == len(variants) * len(pairs):
        raise ValueError(
            f"{len(rows)} rows for {len(variants)} variants on {len(pairs)} pairs: not one each"
        )
    numbers = {
        name: np.array(
            [[float(by_cell[labels, pair][name]) for pair in pairs] for labels in variants]
        )
        for name in MEASURED
    }
    weighed = np.vectorize(lambda *inputs: balance(*inputs, style_share=STYLE_SHARE))
    inputs = (numbers[name] for name in ("style/gram", "anchor/style/gram", "content/score"))
    numbers["balance"] = weighed(*inputs)
    return Table(variants=variants, pairs=pairs, numbers=numbers, header=tuple(header))


def _labels(variant: str) -> dict[str, str]:
    """Take the name of a variant apart; no label of this sweep has a comma."""
    return dict(part.split("=", 1) for part in variant.split(", "))


def _rows(uri: str) -> tuple[list[dict[str, str]], Mapping[str, Any]]:
    """Read the finished runs of a store, and one of them whole."""
    import mlflow  # noqa: PLC0415 - reading the table needs none of it

    mlflow.set_tracking_uri(uri)
    query = "tags.`harness.kind` = 'run' and attributes.status = 'FINISHED'"
    runs: Any = mlflow.search_runs(experiment_names=[EXPERIMENT], filter_string=query)
    found = [
        {
            **_labels(run["tags.harness.variant"]),
            "pair": run["tags.harness.case"].removesuffix(", seed 0"),
            **{name: f"{run[f'metrics.{name}']:.{DIGITS}g}" for name in MEASURED},
        }
        for run in runs.to_dict("records")
    ]
    return sorted(found, key=_place), runs.iloc[0]


def _place(row: Mapping[str, str]) -> tuple[Any, ...]:
    first, *others = AXES
    return float(row[first]), *(row[name] for name in others), row["pair"]


def _header(run: Mapping[str, Any]) -> list[str]:
    """Say what was measured, from one of its runs."""
    numerics = json.loads(run["tags.harness.timing_key"])
    versions = json.loads(run["tags.harness.versions"])
    names = ("style-harness", "torch", "numpy", "mlflow")
    return [
        "Real runs, one row each: every variant of benchmarks/responses.yaml on every pair, once.",
        f"{run['start_time']:%Y-%m-%d}, {run['params.image_size']} px, "
        f"{run['params.iterations']} iterations, {run['params.backbone']} "
        f"{run['params.pretrained']}, {numerics['precision']}; "
        f"scored by {run['tags.harness.evaluator']}",
        f"{numerics['device_name']}, {numerics['workers']} workers of {numerics['threads']} "
        "thread, other work beside them (so that seconds are noisy); "
        + ", ".join(f"{name} {versions[name]}" for name in names),
        "Made by: harness sweep benchmarks/responses.yaml --pretrained kmeans --workers 2; "
        "python -m benchmarks.response_table --tracking-uri sqlite:///mlflow.db",
    ]


def main() -> None:
    """Write the table from the store of the sweep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracking-uri", required=True, help="MLflow store of the sweep")
    parser.add_argument("--out", type=Path, default=RESPONSES)
    options = parser.parse_args()
    rows, run = _rows(options.tracking_uri)
    header = _header(run)
    found = table_of(rows)  # refuses a sweep that is not finished
    columns = (*AXES, "pair", *MEASURED)
    lines = [f"{MARK}{line}" for line in header]
    lines += [",".join(columns), *(",".join(row[name] for name in columns) for row in rows)]
    write_atomically(options.out, ("\n".join(lines) + "\n").encode())
    print(f"{options.out}: {len(found.variants)} variants × {len(found.pairs)} pairs")


if __name__ == "__main__":
    main()
