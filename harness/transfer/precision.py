"""Devices and number formats: what runs where, and what may move last digits."""

import platform
import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

from harness.errors import InputError

__all__ = [
    "Arithmetic",
    "dtype_of",
    "numerics",
    "precision_note",
    "repeatable_kernels",
    "resolve_arithmetic",
    "resolve_device",
    "resolve_precision",
]

_BFLOAT16_CUDA_CAPABILITY = (8, 0)  # Ampere: the first with bfloat16 tensor cores
_DEVICE_NAME = re.compile(r"cpu|mps|cuda(:[0-9]+)?")
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """Where a run is computed, in what number format, and what a user should know of that."""

    device: torch.device
    dtype: torch.dtype
    warnings: tuple[str, ...]


def resolve_device(name: str) -> torch.device:
    """Find the device of a name.

    Args:
        name: ``auto`` (CUDA if there is one, else Apple's MPS, else the CPU), ``cpu``,
            ``cuda``, ``cuda:N`` or ``mps``.

    Raises:
        InputError: if there is no such name, or this machine has no such device.
    """
    if name == "auto":
        name = _best_device()
    kind, _, index = name.partition(":")
    if _DEVICE_NAME.fullmatch(name) is None:
        raise InputError(
            f"device {name!r}: allowed are auto, cpu, cuda, cuda:N and mps; use auto if unsure"
        )
    if kind == "cuda" and int(index or 0) >= torch.cuda.device_count():
        raise InputError(
            f"device {name!r}: PyTorch sees {torch.cuda.device_count()} CUDA devices here; "
            "use --device cpu"
        )
    if kind == "mps" and not torch.backends.mps.is_available():
        raise InputError(f"device {name!r}: there is no MPS device here; use --device cpu")
    return torch.device(name)


def resolve_precision(name: str, device: torch.device) -> str:
    """Find the number format of the trunk.

    Args:
        name: ``auto`` (bfloat16 where the processor computes in it natively, else float32),
            ``float32`` or ``bfloat16``.
        device: Where the trunk works.

    Returns:
        ``float32`` or ``bfloat16``. A CPU without native bfloat16 may be asked for it, see
        :func:`precision_note`.

    Raises:
        InputError: if there is no such name, or the device cannot do bfloat16.
    """
    if name == "auto":
        return "bfloat16" if _is_bfloat16_native(device) else "float32"
    if name not in _DTYPES:
        raise InputError(f"precision {name!r}: allowed are auto, float32 and bfloat16")
    if name == "bfloat16" and device.type != "cpu" and not _is_bfloat16_native(device):
        raise InputError(
            f"precision 'bfloat16': the device {device} does not compute in it; "
            "use --precision float32"
        )
    return name


def precision_note(precision: str, device: torch.device) -> str | None:
    """Say what a user should know of a precision on a device; None if nothing."""
    if precision == "bfloat16" and not _is_bfloat16_native(device):
        return "bfloat16 is emulated on this processor: slow; float32 is faster and more exact"
    return None


def dtype_of(precision: str) -> torch.dtype:
    """The number format of a resolved precision, ``float32`` or ``bfloat16``."""
    return _DTYPES[precision]


def resolve_arithmetic(device: str | torch.device, precision: str) -> Arithmetic:
    """Find where and in what a run is computed.

    Args:
        device: As :func:`resolve_device` takes it.
        precision: As :func:`resolve_precision` takes it.

    Raises:
        InputError: as they do.
    """
    place = resolve_device(str(device))
    number_format = resolve_precision(precision, place)
    note = precision_note(number_format, place)
    warnings = (note,) if note is not None else ()
    return Arithmetic(device=place, dtype=dtype_of(number_format), warnings=warnings)


def numerics(device: str | torch.device, precision: str, *, lanes: int = 1) -> dict[str, str]:
    """Describe what may move last digits between two machines or runs.

    Args:
        device: A device or its name, as :func:`resolve_device` takes it.
        precision: As :func:`resolve_precision` takes it.
        lanes: Runs that were optimised as one batch when it began.

    Returns:
        ``device`` (kind), ``device_name``, ``precision``, ``threads``, ``lanes``, ``torch``.
    """
    resolved = resolve_device(str(device))
    return {
        "device": resolved.type,
        "device_name": _device_name(resolved),
        "precision": resolve_precision(precision, resolved),
        "threads": str(torch.get_num_threads()),
        "lanes": str(lanes),
        "torch": torch.__version__,
    }


def repeatable_kernels(device: torch.device) -> AbstractContextManager[None]:
    """Let cuDNN take kernels that repeat and compute in full float32, while the context lasts.

    Other devices need nothing of the kind.
    """
    if device.type != "cuda":
        return nullcontext()
    flags: AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    return flags


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _is_bfloat16_native(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= _BFLOAT16_CUDA_CAPABILITY
    return device.type == "cpu" and _cpu_computes_bfloat16()


def _cpu_computes_bfloat16() -> bool:
    # private, but the only such questions that torch 2.6 and today's both answer
    is_amx = torch.cpu._is_amx_tile_supported()  # noqa: SLF001
    return bool(is_amx or torch.cpu._is_avx512_bf16_supported())  # noqa: SLF001


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return _processor_name() if device.type == "cpu" else platform.machine()


@cache
def _processor_name() -> str:
    """Name of the processor: Linux tells it in a file only."""
    table = Path("/proc/cpuinfo")
    lines = table.read_text(encoding="utf-8").splitlines() if table.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
