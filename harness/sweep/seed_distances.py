"""How much a variant's results differ between seeds: computed once, kept on the parent run."""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness.images.decode import decode_picture
from harness.images.resize import resize_long_side
from harness.sweep.results import Cell
from harness.sweep.tracking.artifacts import artifact_text
from harness.sweep.tracking.membership import Membership

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["SeedGroup", "seed_distances"]

FILE = "seed-distances.json"

SeedGroup = tuple[int, str]
"""A variant's index and a pair's name: its results differ in nothing but the seed."""


def seed_distances(
    client: "MlflowClient",
    parent: "Run",
    membership: Membership,
    cells: Mapping[str, Cell],
    *,
    size_px: int,
) -> dict[SeedGroup, float]:
    """Return ``seeds/distance`` of every variant and pair that has two results or more.

    Args:
        client: The store, with its writer lock held.
        parent: The sweep's parent run, which keeps what was computed.
        membership: The sweep's list of runs.
        cells: What is known of each run, by fingerprint.
        size_px: Long side at which pictures are compared.

    Raises:
        StoreError: The store cannot be written.
    """
    groups = _groups(membership, cells)
    known = _known(client, parent)
    keys = {group: _key(size_px, pictures) for group, pictures in groups.items()}
    new = {keys[one]: _distance(groups[one], size_px) for one in groups if keys[one] not in known}
    if new:
        known |= new
        client.log_text(parent.info.run_id, json.dumps(known, indent=1, sort_keys=True), FILE)
    found = {group: known[key] for group, key in keys.items()}
    return {group: value for group, value in found.items() if value is not None}


def _groups(membership: Membership, cells: Mapping[str, Cell]) -> dict[SeedGroup, dict[str, Path]]:
    """Return the pictures by fingerprint of each variant and pair, where there are several."""
    groups: dict[SeedGroup, dict[str, Path]] = defaultdict(dict)
    for one in membership.members:
        picture = cells[one.fingerprint].picture
        if picture is not None:
            groups[one.variant, membership.cases[one.case].pair][one.fingerprint] = picture
    return {group: pictures for group, pictures in groups.items() if len(pictures) > 1}


def _known(client: "MlflowClient", parent: "Run") -> dict[str, float | None]:
    text = artifact_text(client, parent, FILE)
    known: dict[str, float | None] = json.loads(text) if text is not None else {}
    return known


def _key(size_px: int, pictures: Mapping[str, Path]) -> str:
    return f"{size_px}px " + " ".join(sorted(name[:16] for name in pictures))


def _distance(pictures: Mapping[str, Path], size_px: int) -> float | None:
    """Return the distance; None for pictures too small to be compared."""
    from metrics.seeds import seeds_distance  # noqa: PLC0415 - torch: most sweeps have one seed

    decoded = [decode_picture(path.read_bytes(), name=str(path)) for path in pictures.values()]
    try:
        return seeds_distance([resize_long_side(one, size_px) for one in decoded])
    except ValueError:
        return None
