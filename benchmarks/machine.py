"""On what a benchmark ran: processor or GPU, memory, versions."""

import json
import os
import platform

import psutil
import torch

from harness.sweep.crew import usable_cores
from harness.sweep.provenance import provenance_tags
from harness.sweep.tracking.names import Tag
from harness.transfer.precision import numerics

__all__ = ["has_amx", "machine_facts", "machine_lines", "version_facts"]

GIBI = 1024**3

Facts = dict[str, str | int | float | bool]


def has_amx() -> bool:
    """Whether PyTorch may use this processor's matrix unit for bfloat16."""
    return bool(torch.cpu._is_amx_tile_supported())  # noqa: SLF001 - there is no public question


def machine_facts() -> Facts:
    """Describe the machine.

    Returns:
        ``processor``, ``cores`` (usable by this process, hyper-threads counted), ``threads`` (of
        PyTorch), ``amx``, ``avx512_bf16`` (as PyTorch sees them), ``memory_gib``, ``load`` (of the
        last minute: what else was running), ``system``; ``gpu`` and ``gpu_memory_gib`` of the
        first CUDA device where there is one.
    """
    facts: Facts = {
        "processor": numerics("cpu", "float32")["device_name"],
        "cores": usable_cores(),
        "threads": torch.get_num_threads(),
        "amx": has_amx(),
        "avx512_bf16": bool(torch.cpu._is_avx512_bf16_supported()),  # noqa: SLF001 - as above
        "memory_gib": round(psutil.virtual_memory().total / GIBI, 1),
        "load": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
    }
    if torch.cuda.is_available():
        device = torch.cuda.get_device_properties(0)
        facts |= {"gpu": device.name, "gpu_memory_gib": round(device.total_memory / GIBI, 1)}
    return facts


def version_facts() -> dict[str, str]:
    """Return the versions of Python, of the libraries that count, and of this code."""
    tags = provenance_tags()
    changed = " with changes" if tags.get(Tag.GIT_DIRTY) == "true" else ""
    return {
        "python": platform.python_version(),
        **json.loads(tags[Tag.VERSIONS]),
        "commit": tags.get(Tag.GIT_COMMIT, "unknown") + changed,
    }


def machine_lines() -> list[str]:
    """Say in two lines what a benchmark runs on."""
    facts, versions = machine_facts(), version_facts()
    units = [name for name in ("amx", "avx512_bf16") if facts[name]] or ["no bfloat16 unit"]
    gpu = f", {facts['gpu']} ({facts['gpu_memory_gib']} GiB)" if "gpu" in facts else ""
    return [
        f"{facts['processor']} ({', '.join(units)}){gpu}; {facts['cores']} cores, "
        f"{facts['threads']} threads, {facts['memory_gib']} GiB, load {facts['load']}; "
        f"{facts['system']}",
        ", ".join(
            f"{name} {versions[name]}" for name in ("python", "torch", "numpy", "style-harness")
        )
        + f", commit {versions['commit'][:9]}{versions['commit'][40:]}",
    ]
