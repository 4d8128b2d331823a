"""Options that several commands have, with one meaning and one help text."""

from pathlib import Path

import click

__all__ = [
    "as_json",
    "baseline_file",
    "cluster",
    "device",
    "dry_run",
    "evaluator",
    "evaluator_kind",
    "lanes",
    "out",
    "overrides",
    "precision",
    "pretrained",
    "size",
    "tracking_uri",
    "workers",
]


def _number_of_lanes(
    _context: click.Context, _parameter: click.Parameter, value: str
) -> int | None:
    """Return the number of lanes; None for ``auto``."""
    if value == "auto":
        return None
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise click.BadParameter(f"found {value!r}; allowed: auto, or a number from 1")
    return int(value)


evaluator_kind = click.Choice(["auto", "imagenet-vgg19", "imagenet-alexnet", "kmeans"])
evaluator = click.option(
    "--evaluator",
    type=evaluator_kind,
    help="Score the stored pictures by this network; default: the scores that they have.",
)
size = click.option(
    "--size",
    type=click.IntRange(32, 8192),
    help="Long side in pixels at which pictures are scored; default: as they were.",
)

dry_run = click.option("--dry-run", is_flag=True, help="Show the plan and its price; run nothing.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
tracking_uri = click.option("--tracking-uri", help="MLflow store; default ./mlflow.db.")
device = click.option(
    "--device", default="auto", show_default=True, help="cpu, cuda, cuda:N or mps."
)
precision = click.option(
    "--precision",
    type=click.Choice(["auto", "float32", "bfloat16"]),
    help="Of the network; the picture and all statistics stay float32.",
)
pretrained = click.option("--pretrained", help="imagenet (downloads), kmeans, random, or a file.")
out = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder of all results, with a folder for each sweep.",
)
overrides = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a key of the file: iterations=50, cases.seeds=[0,1] (repeatable).",
)
workers = click.option(
    "--workers",
    type=click.IntRange(min=0),
    help="Worker processes; 0 = this process. Default: one for each GPU, else for each core, as "
    "far as the memory goes.",
)
lanes = click.option(
    "--lanes",
    default="auto",
    show_default=True,
    metavar="N",
    callback=_number_of_lanes,
    help="Most runs of a grid optimised at a time, as one batch. auto: 1 on a CPU; on a GPU 16, "
    "or as many as its memory holds.",
)
cluster = click.option(
    "--cluster", metavar="ADDRESS", help="Dask scheduler to use: tcp://HOST:8786."
)
baseline_file = click.option(
    "--baseline",
    "baseline_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Baseline file; default ./baselines/NAME.json, else that of a shipped panel.",
)
