"""Settings of a sweep's variants, read back from the store."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from harness.errors import InputError, StoreError
from harness.spec.diagnosis import nearest, refusal
from harness.spec.settings import Settings
from harness.sweep.tracking.names import File, Kind, Tag
from harness.sweep.tracking.store import local_path, search_everywhere
from harness.sweep.tracking.stored import find_parent

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["variant_settings"]

SCHEMA_VERSION = 1  # of membership.json


def variant_settings(client: "MlflowClient", sweep: str, variant: str | None = None) -> Settings:
    """Return the settings of a variant, as its first finished run had them: nothing is ``auto``.

    Args:
        client: A client of the store; nothing is written to it.
        sweep: Name of a sweep.
        variant: Name of one of its variants, as in its table; None is its baseline.

    Raises:
        InputError: There is no such sweep or variant, or none of its runs has finished.
        StoreError: A file of the store is damaged or of another version.
    """
    membership = _membership(client, sweep)
    names = [str(one["name"]) for one in membership["variants"]]
    if variant is not None and variant not in names:
        raise InputError(_no_such_variant(sweep, variant, names))
    index = int(membership["baseline"]) if variant is None else names.index(variant)
    run_id = next(
        (one["run_id"] for one in membership["runs"] if one["variant"] == index and one["run_id"]),
        None,
    )
    if run_id is None:
        raise InputError(
            f"the sweep {sweep!r} has no finished run of {names[index]}; run the sweep again"
        )
    return _settings(client, run_id)


def _no_such_variant(sweep: str, variant: str, names: list[str]) -> str:
    """Say what there is, a line each: names of variants are long and hold commas."""
    close = nearest(variant, names)
    hint = f"\ndid you mean {sweep}/{close}?" if close else ""
    listed = "".join(f"\n  {sweep}/{name}" for name in names)
    return f"the sweep {sweep!r} has no variant {variant!r}; there are:{listed}{hint}"


def _membership(client: "MlflowClient", sweep: str) -> dict[str, Any]:
    parent = find_parent(client, sweep)
    if parent is None:
        found = refusal(sweep, _sweeps(client), kind="sweeps there")
        raise InputError(f"the store has no such sweep: {found}")
    text = _artifact(client, parent, File.MEMBERSHIP)
    if text is None:
        raise InputError(f"the sweep {sweep!r} has no result yet; run it to its end first")
    content: dict[str, Any] = json.loads(text)
    if content["schema_version"] != SCHEMA_VERSION:
        found = f"schema_version {content['schema_version']}"
        raise StoreError(
            f"{File.MEMBERSHIP} of the sweep {sweep!r} has {found}, this version reads "
            f"{SCHEMA_VERSION}; run the sweep again"
        )
    return content


def _sweeps(client: "MlflowClient") -> list[str]:
    parents = search_everywhere(client, f"tags.`{Tag.KIND}` = '{Kind.SWEEP}'")
    return sorted(run.data.tags[Tag.OCCASION] for run in parents)


def _settings(client: "MlflowClient", run_id: str) -> Settings:
    text = _artifact(client, run_id, File.SETTINGS)
    if text is None:
        raise StoreError(f"the run {run_id} has no {File.SETTINGS}; it was removed from the store")
    try:
        return Settings.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise StoreError(
            f"{File.SETTINGS} of the run {run_id} is not of this version ({place}: "
            f"{first['msg']}); run the sweep again"
        ) from error


def _artifact(client: "MlflowClient", run_id: str, name: str) -> str | None:
    """Return the text of a run's file; None if it has no such file."""
    folder = local_path(client.get_run(run_id).info.artifact_uri)
    if folder is not None:
        path = folder / name
        return path.read_text(encoding="utf-8") if path.is_file() else None
    if name not in {one.path for one in client.list_artifacts(run_id)}:
        return None
    with tempfile.TemporaryDirectory(prefix="harness-") as target:
        return Path(client.download_artifacts(run_id, name, target)).read_text(encoding="utf-8")
