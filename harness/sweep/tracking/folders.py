"""Folders that a removal may delete: inside where they belong, real, and as we made them."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import StoreError
from harness.spec.models import is_sweep_name
from harness.sweep.tracking.store import Location, local_path

if TYPE_CHECKING:
    from mlflow.entities import Run

__all__ = [
    "Load",
    "delete_folder",
    "experiment_folder",
    "load_of",
    "results_folder",
    "run_folders",
    "why_not_ours",
]

PICTURES = (".png", ".jpg")  # not MLflow's small copies, which are .webp
OUR_RESULTS = ("table.json", "table.csv", "contact-sheet.png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What lies in some folders."""

    files: int
    pictures: int
    size_bytes: int


def load_of(folders: Iterable[Path]) -> Load:
    """Count the files in folders and below, each once whatever its names, following no links."""
    found: dict[tuple[int, int], tuple[str, int]] = {}
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                facts = (Path(place) / name).lstat()
                found[facts.st_dev, facts.st_ino] = name, facts.st_size
    return Load(
        files=len(found),
        pictures=sum(name.lower().endswith(PICTURES) for name, _ in found.values()),
        size_bytes=sum(size for _, size in found.values()),
    )


def run_folders(location: Location, runs: Iterable["Run"]) -> tuple[dict[str, Path], list[str]]:
    """Return the folders of runs' files by run id, and remarks on those that must stay.

    Only a folder inside the store's own, named by its run, may go: a copied store still names
    the files of the original.
    """
    folders: dict[str, Path] = {}
    outside: Counter[Path] = Counter()
    root = location.artifacts
    for run in runs:
        files = local_path(run.info.artifact_uri)
        if root is None or files is None or not files.parent.exists():
            continue
        folder = files.parent
        if folder.name == run.info.run_id and _is_inside(folder, root):
            folders[run.info.run_id] = folder
        else:
            outside[folder.parent] += 1
    remarks = [
        f"{count} folders of files in {place} stay: they are not in {root}"
        for place, count in outside.items()
    ]
    return folders, remarks


def experiment_folder(location: Location, uri: str) -> Path | None:
    """Return the folder that holds those of an experiment's runs, if it is in the store's own."""
    folder, root = local_path(uri), location.artifacts
    if folder is None or root is None or not folder.is_dir() or not _is_inside(folder, root):
        return None
    return folder


def _is_inside(folder: Path, root: Path) -> bool:
    """Whether a folder truly lies below another: neither it nor a parent leads elsewhere."""
    return not folder.is_symlink() and folder.parent.resolve().is_relative_to(root.resolve())


def results_folder(out: Path, sweep: str) -> Path | None:
    """Return the folder of a sweep's tables and pictures; None if there is nothing there."""
    if not is_sweep_name(sweep):  # would lead elsewhere, such as `..`
        return None
    folder = out / sweep
    return folder if folder.is_symlink() or folder.exists() else None


def why_not_ours(folder: Path) -> str:
    """Say why a results folder must be left alone; empty if the harness made it."""
    if folder.is_symlink():
        return "is a link"
    if not folder.is_dir():
        return "is no folder"
    there = {one.name for one in folder.iterdir()}
    if there and there.isdisjoint(OUR_RESULTS):
        return "holds no results of a sweep"
    return ""


def delete_folder(folder: Path) -> None:
    """Delete a folder and all in it; links in it are removed, never followed.

    Raises:
        StoreError: Something in it cannot be deleted.
    """
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(
            f"cannot delete {error.filename or folder}: {error.strerror}. "
            "The same command goes on where this one stopped."
        ) from error
