"""Facts of this machine and installation that decide whether a sweep can run; writes nothing."""

import contextlib
import json
import os
import platform
import shutil
import sqlite3
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import psutil

import harness
from harness.errors import ParametersError, StoreError
from harness.sweep.tracking.database import (
    Content,
    content_of,
    damage,
    is_locked,
    schema_revision,
    sweep_names,
)
from harness.sweep.tracking.store import QUIET, Location, locate
from reports.numbers import counted

__all__ = ["Finding", "State", "examine"]

GIBI, MEBI = 1024**3, 1024**2
PACKAGES = ("torch", "torchvision", "mlflow", "optuna", "distributed")
NETWORKS = {
    "vgg19": "`auto` takes the embedded k-means filters",
    "vgg16": "sweeps that compare networks take the embedded k-means filters",
    "alexnet": "the column LPIPS stays empty",
}
CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
MEMORY_LIMIT = Path("/sys/fs/cgroup/memory.max")
NVIDIA = Path("/proc/driver/nvidia")
LITTLE_DISK, NO_DISK = 2 * GIBI, 200 * MEBI
LITTLE_MEMORY = 4 * GIBI
CHECKED_WHOLE = 512 * MEBI  # larger databases would take too long to read from end to end
PATIENCE_S = 5.0
OTHER_STORE = "restore it from a backup, or name another with --tracking-uri sqlite:///PATH"
FORBIDDEN = (401, 403)


class State(StrEnum):
    """How a finding bears on a sweep: not at all, worth knowing, or it cannot run."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; ``advice`` is what to do about it, if anything."""

    topic: str
    state: State
    text: str
    advice: str = ""


def examine(*, tracking_uri: str | None, out: Path) -> Iterator[Finding]:
    """Look at everything, one topic after the other; a broken part hides no other.

    Args:
        tracking_uri: As on the command line.
        out: Folder of all results.
    """
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "harness": _harness,
        "packages": _packages,
        "processor": _processor,
        "gpu": _gpu,
        "precision": _precision,
        "memory": _memory,
        "parameters": _parameters,
        "store": lambda: _store(tracking_uri),
        "results": lambda: _folder("results", out.absolute(), needed=True),
        "cache": _cache,
    }
    for topic, check in checks.items():
        try:
            yield from check()
        except Exception as error:  # noqa: BLE001 - whatever is broken, the rest is looked at
            text = f"could not be examined: {type(error).__name__}: {_first_line(error)}"
            yield Finding(topic=topic, state=State.PROBLEM, text=text)


def _ok(topic: str, text: str) -> Finding:
    return Finding(topic=topic, state=State.OK, text=text)


def _harness() -> Iterator[Finding]:
    system = f"{platform.system()} {platform.machine()}"
    text = f"style-harness {harness.__version__}, Python {platform.python_version()}, {system}"
    yield _ok("harness", text)


def _packages() -> Iterator[Finding]:
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if found:
        yield _ok("packages", ", ".join(found))
    if missing:
        yield Finding(
            topic="packages",
            state=State.PROBLEM,
            text=f"not installed: {', '.join(missing)}",
            advice="install style-harness again, with its dependencies",
        )


def _processor() -> Iterator[Finding]:
    import torch  # noqa: PLC0415 - takes seconds

    from harness.sweep.crew import usable_cores  # noqa: PLC0415
    from harness.transfer.precision import numerics  # noqa: PLC0415

    cores, threads = usable_cores(), torch.get_num_threads()
    name = numerics("cpu", "float32")["device_name"]
    text = f"{name}: {counted(cores, 'core')} to use, PyTorch takes {counted(threads, 'thread')}"
    quota = _quota_cores()
    if quota is None or quota >= cores:
        yield _ok("processor", text)
        return
    yield Finding(
        topic="processor",
        state=State.NOTE,
        text=f"{text}; this container gets the time of {quota:g}",
        advice=f"more workers than that gain nothing: --workers {max(int(quota), 1)}",
    )


def _quota_cores() -> float | None:
    """Return how many cores' time a container's limit allows; None without a limit."""
    try:
        quota, period = CPU_QUOTA.read_text().split()
        return int(quota) / int(period)
    except (OSError, ValueError):  # no container, or "max"
        return None


def _gpu() -> Iterator[Finding]:
    import torch  # noqa: PLC0415 - takes seconds

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    for index in range(count):
        properties = torch.cuda.get_device_properties(index)
        size = f"{properties.total_memory / GIBI:.1f} GiB"
        yield _ok("gpu", f"cuda:{index}: {properties.name}, {size}")
    if torch.backends.mps.is_available():
        yield _ok("gpu", "mps: Apple's GPU")
    elif not count:
        yield _no_gpu(said[0].message if said else None)


def _no_gpu(complaint: Warning | str | None) -> Finding:
    import torch  # noqa: PLC0415 - takes seconds

    if not NVIDIA.exists() and complaint is None:
        return _ok("gpu", "none: runs go to the processor")
    why = str(complaint) if complaint is not None else "PyTorch finds none"
    if torch.version.cuda is None:
        why = "this PyTorch is built without CUDA"
    return Finding(
        topic="gpu",
        state=State.NOTE,
        text=f"NVIDIA's driver is here, but {why}: runs go to the processor",
        advice="install the PyTorch that fits the driver",
    )


def _precision() -> Iterator[Finding]:
    from harness.transfer.precision import resolve_device, resolve_precision  # noqa: PLC0415

    device = resolve_device("auto")
    precision = resolve_precision("auto", device)
    where = "this processor" if device.type == "cpu" else "this GPU"
    does = "computes in it" if precision == "bfloat16" else "has no units for bfloat16"
    yield _ok("precision", f"auto is {precision} on {device.type}: {where} {does}")


def _memory() -> Iterator[Finding]:
    from harness.sweep.memory import PROCESS_BYTES  # noqa: PLC0415 - imports the sweep's rooms

    memory = psutil.virtual_memory()
    total, free = float(memory.total), float(memory.available)
    with contextlib.suppress(OSError, ValueError):  # no container, or one without a limit
        total = min(total, int(MEMORY_LIMIT.read_text()))
    free = min(free, total)
    text = f"{total / GIBI:.1f} GiB, {free / GIBI:.1f} GiB of it free"
    state = State.OK if free >= LITTLE_MEMORY else State.NOTE
    if free < PROCESS_BYTES:
        state = State.PROBLEM
    advice = "close other programs, or take a small image_size and --workers 1"
    yield Finding(
        topic="memory", state=state, text=text, advice="" if state is State.OK else advice
    )


def _parameters() -> Iterator[Finding]:
    from harness.transfer.pretrained.choice import is_cached  # noqa: PLC0415 - not for --help
    from harness.transfer.pretrained.fetch import verified_file  # noqa: PLC0415
    from harness.transfer.pretrained.published import published_file  # noqa: PLC0415

    for name, without in NETWORKS.items():
        published = published_file(name)
        if not is_cached(name):
            text = f"{name} on ImageNet is not on this machine: {without}"
            advice = f"`harness fetch {name}` downloads {published.size_mib:.0f} MiB"
            yield Finding(topic="parameters", state=State.NOTE, text=text, advice=advice)
            continue
        try:
            path = verified_file(name)
        except ParametersError as error:
            yield Finding(topic="parameters", state=State.PROBLEM, text=str(error))
        else:
            yield _ok("parameters", f"{name} on ImageNet: {path}, whole")


def _store(tracking_uri: str | None) -> Iterator[Finding]:
    try:
        location = locate(tracking_uri)
    except StoreError as error:
        yield Finding(topic="store", state=State.PROBLEM, text=str(error))
        return
    if location.database is None:
        yield _server(location)
        return
    try:
        yield _database(location.database)
    except (OSError, sqlite3.Error) as error:
        text = f"{location.database} cannot be read: {_first_line(error)}"
        yield Finding(topic="store", state=State.PROBLEM, text=text, advice=OTHER_STORE)
    yield from _folder("store", location.database.parent, needed=True)


def _database(database: Path) -> Finding:
    content = content_of(database)
    if content is Content.NOTHING:
        return _ok("store", f"none yet: the first sweep makes {database}")
    if content is Content.FOREIGN:
        text = f"{database} is not MLflow's, but another program's"
        advice = "name another with --tracking-uri sqlite:///PATH"
        return Finding(topic="store", state=State.PROBLEM, text=text, advice=advice)
    found, expected = schema_revision(database), _expected_schema()
    if found != expected:
        text = f"{database} has tables of another MLflow (schema {found}, here {expected})"
        advice = f"copy the file, then `mlflow db upgrade sqlite:///{database}`"
        return Finding(topic="store", state=State.PROBLEM, text=text, advice=advice)
    size = database.stat().st_size
    broken = damage(database) if size <= CHECKED_WHOLE else ""
    if broken:
        text = f"{database} is damaged: {broken}"
        return Finding(topic="store", state=State.PROBLEM, text=text, advice=OTHER_STORE)
    text = f"{database}: {counted(len(sweep_names(database)), 'sweep')}, {size / MEBI:.1f} MiB"
    if is_locked(database):
        busy = f"{text}; a harness writes to it now, and another has to wait"
        return Finding(topic="store", state=State.NOTE, text=busy)
    return _ok("store", text)


def _expected_schema() -> str:
    """Return the version of the tables that the installed MLflow makes."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations between MLflow and its own libraries
        from alembic.script import ScriptDirectory  # noqa: PLC0415 - its scripts import MLflow

        package = find_spec("mlflow")
        if package is None or not package.submodule_search_locations:
            raise StoreError("MLflow is not installed")
        root = Path(package.submodule_search_locations[0])
        heads = ScriptDirectory(str(root / "store" / "db_migrations")).get_heads()
    return ", ".join(heads)


def _server(location: Location) -> Finding:
    uri = location.uri
    if not uri.startswith(("http://", "https://")):
        return Finding(topic="store", state=State.NOTE, text=f"{uri} was not examined")
    request = f"{uri.rstrip('/')}/health"
    try:
        # The address is the user's own, and one of a server.
        with urllib.request.urlopen(request, timeout=PATIENCE_S):  # noqa: S310
            return _ok("store", f"the server {uri} answers")
    except urllib.error.HTTPError as error:
        state = State.NOTE if error.code in FORBIDDEN else State.PROBLEM
        text = f"the server {uri} answers, with {error.code} {error.reason}"
        return Finding(topic="store", state=state, text=text)
    except OSError as error:
        reason = getattr(error, "reason", error)
        text = f"the server {uri} does not answer: {reason}"
        advice = "start it, or name another store: --tracking-uri, MLFLOW_TRACKING_URI"
        return Finding(topic="store", state=State.PROBLEM, text=text, advice=advice)


def _cache() -> Iterator[Finding]:
    from harness.sweep.rates import cache_folder  # noqa: PLC0415 - imports torch
    from harness.transfer.pretrained.published import checkpoint_folder  # noqa: PLC0415

    yield from _folder("cache", cache_folder(), needed=False)
    yield _speeds(cache_folder() / "rates.json")
    yield from _folder("torch cache", checkpoint_folder(), needed=False)


def _speeds(path: Path) -> Finding:
    from harness.sweep.rates import SCHEMA_VERSION  # noqa: PLC0415 - imports torch

    try:
        content = json.loads(path.read_text())
        is_current = content["schema_version"] == SCHEMA_VERSION
        machines = len(content["rates"])
    except FileNotFoundError:
        return _ok("cache", "no speeds measured yet: the first plan measures this machine's")
    except (OSError, ValueError, KeyError, TypeError):
        is_current = False
    if is_current:
        return _ok("cache", f"{path}: speeds of {counted(machines, 'device')}")
    return Finding(
        topic="cache",
        state=State.NOTE,
        text=f"{path} is damaged or of another version: speeds are measured anew",
        advice="safe to delete",
    )


def _folder(topic: str, folder: Path, *, needed: bool) -> Iterator[Finding]:
    """Look at a folder's disk, and at whether it can be written, or made."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    bad = State.PROBLEM if needed else State.NOTE
    if not there.is_dir():
        yield Finding(topic=topic, state=bad, text=f"{there} is a file, not a folder")
        return
    if not os.access(there, os.W_OK | os.X_OK):
        advice = "make it writable, or take another folder"
        yield Finding(topic=topic, state=bad, text=f"{there} cannot be written", advice=advice)
        return
    free = shutil.disk_usage(there).free
    text = f"{folder}: {free / GIBI:.1f} GiB free"
    if free >= LITTLE_DISK:
        yield _ok(topic, text)
        return
    state = bad if free < NO_DISK else State.NOTE
    advice = "free some space: `harness remove SWEEP` deletes a sweep and its pictures"
    yield Finding(topic=topic, state=state, text=text, advice=advice)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
