"""Devices and number formats, on this machine and on ones that are played."""

import pytest
import torch

from harness.errors import InputError
from harness.transfer import precision
from harness.transfer.precision import (
    dtype_of,
    numerics,
    precision_note,
    repeatable_kernels,
    resolve_device,
    resolve_precision,
)

CPU = torch.device("cpu")
CUDA = torch.device("cuda:1")
MPS = torch.device("mps")


def _play(
    monkeypatch: pytest.MonkeyPatch,
    *,
    cuda_devices: int = 0,
    capability: tuple[int, int] = (8, 0),
    has_mps: bool = False,
    is_cpu_native: bool = False,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda_devices > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda_devices)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: has_mps)
    monkeypatch.setattr(precision, "_cpu_computes_bfloat16", lambda: is_cpu_native)


@pytest.mark.parametrize(
    ("cuda_devices", "has_mps", "expected"),
    [(2, True, "cuda"), (0, True, "mps"), (0, False, "cpu")],
)
def test_auto_takes_the_fastest_device(
    monkeypatch: pytest.MonkeyPatch, cuda_devices: int, has_mps: bool, expected: str
) -> None:
    """``auto`` is CUDA before MPS before the CPU."""
    _play(monkeypatch, cuda_devices=cuda_devices, has_mps=has_mps)

    assert resolve_device("auto") == torch.device(expected)


def test_devices_have_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that exists is the one of that name."""
    _play(monkeypatch, cuda_devices=2, has_mps=True)

    assert [resolve_device(name) for name in ("cpu", "cuda:1", "mps")] == [CPU, CUDA, MPS]


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cpu:0", "mps:0", "", "cuda:-1"])
def test_an_unknown_device_is_an_input_error(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A device that cannot be is refused by naming those that can."""
    _play(monkeypatch, cuda_devices=2, has_mps=True)
    with pytest.raises(InputError, match="allowed are auto, cpu, cuda, cuda:N and mps"):
        resolve_device(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [("cuda", "0 CUDA devices"), ("cuda:3", "0 CUDA devices"), ("mps", "no MPS device")],
)
def test_an_absent_device_is_an_input_error(
    monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    """A device that this machine lacks is refused with the way out."""
    _play(monkeypatch)
    with pytest.raises(InputError, match=f"{message}.*--device cpu"):
        resolve_device(name)


@pytest.mark.parametrize(
    ("device", "capability", "is_cpu_native", "expected"),
    [
        (CPU, (8, 0), False, "float32"),
        (CPU, (7, 5), True, "bfloat16"),
        (CUDA, (8, 0), False, "bfloat16"),
        (CUDA, (7, 5), True, "float32"),
        (MPS, (8, 0), True, "float32"),
    ],
)
def test_auto_takes_bfloat16_where_it_is_native(
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
    capability: tuple[int, int],
    is_cpu_native: bool,
    expected: str,
) -> None:
    """``auto`` is bfloat16 on processors and GPUs that compute in it, else float32."""
    _play(monkeypatch, cuda_devices=2, capability=capability, is_cpu_native=is_cpu_native)

    assert expected == resolve_precision("auto", device)


def test_a_slow_bfloat16_is_allowed_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor without bfloat16 may be asked for it, and then there is a note."""
    _play(monkeypatch)

    assert resolve_precision("bfloat16", CPU) == "bfloat16"
    assert "slow" in (precision_note("bfloat16", CPU) or "")
    assert precision_note("float32", CPU) is None
    _play(monkeypatch, is_cpu_native=True)
    assert precision_note("bfloat16", CPU) is None


@pytest.mark.parametrize("device", [CUDA, MPS])
def test_bfloat16_on_a_device_without_it_is_an_input_error(
    monkeypatch: pytest.MonkeyPatch, device: torch.device
) -> None:
    """A GPU that does not compute in bfloat16 refuses it with the way out."""
    _play(monkeypatch, cuda_devices=2, capability=(7, 5), has_mps=True)
    with pytest.raises(InputError, match="--precision float32"):
        resolve_precision("bfloat16", device)


def test_an_unknown_precision_is_an_input_error() -> None:
    """A number format that does not exist is refused by naming those that do."""
    with pytest.raises(InputError, match="'half': allowed are auto, float32 and bfloat16"):
        resolve_precision("half", CPU)


def test_numbers_formats_are_those_of_torch() -> None:
    """The two resolved precisions are PyTorch's types of the same name."""
    assert [dtype_of("float32"), dtype_of("bfloat16")] == [torch.float32, torch.bfloat16]


def test_numerics_name_all_that_moves_last_digits() -> None:
    """The description holds texts for device, precision, threads, lanes and torch."""
    actual = numerics("cpu", "float32")

    assert actual.pop("device_name")
    assert actual == {
        "device": "cpu",
        "precision": "float32",
        "threads": str(torch.get_num_threads()),
        "lanes": "1",
        "torch": torch.__version__,
    }


def test_cudnn_repeats_only_while_a_cuda_run_lasts() -> None:
    """On CUDA deterministic float32 kernels are asked for and given back; the CPU asks nothing."""
    cudnn = torch.backends.cudnn
    before = (cudnn.deterministic, cudnn.allow_tf32)
    with repeatable_kernels(CPU):
        assert (cudnn.deterministic, cudnn.allow_tf32) == before
    with repeatable_kernels(CUDA):
        assert (cudnn.deterministic, cudnn.allow_tf32) == (True, False)

    assert (cudnn.deterministic, cudnn.allow_tf32) == before
