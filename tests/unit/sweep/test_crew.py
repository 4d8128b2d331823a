"""Cores and memory, divided."""

from pathlib import Path

import pytest

from harness.errors import InputError
from harness.spec.settings import Settings
from harness.sweep import crew
from harness.sweep.crew import Crew, choose_crew
from harness.sweep.memory import PROCESS_BYTES, needed_bytes
from harness.sweep.pictures import load_with_pictures

GIBI = 1024**3
SWEEP = """\
cases: {{content: ['builtin:chelsea'], style: ['builtin:strokes']}}
base: {{image_size: {size}, iterations: 1}}
parameters: {{weights.style: {{values: {values}}}}}
"""


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend a machine of eight cores and 16 GiB, without GPUs."""
    monkeypatch.setattr(crew, "usable_cores", lambda: 8)
    monkeypatch.setattr(crew, "_free_bytes", lambda: 16.0 * GIBI)
    monkeypatch.setattr(crew, "NVIDIA", Path("/nowhere"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def choose(
    folder: Path,
    asked: int | None = None,
    *,
    size: int = 64,
    runs: int = 100,
    device: str = "cpu",
) -> Crew:
    """Choose the crew of a sweep of so many runs of such a size."""
    path = folder / "some.yaml"
    path.write_text(SWEEP.format(size=size, values=list(range(1, runs + 1))))
    return choose_crew(asked, *load_with_pictures(path), device=device)


def test_a_worker_for_each_core(tmp_path: Path) -> None:
    """By default every core has a worker, and the memory is shared out."""
    chosen = choose(tmp_path)

    assert (8, 1) == (chosen.workers, chosen.threads)
    assert 2 * GIBI == chosen.memory_bytes


def test_no_more_workers_than_runs(tmp_path: Path) -> None:
    """Three runs need three workers, which share the cores."""
    chosen = choose(tmp_path, runs=3)

    assert (3, 2) == (chosen.workers, chosen.threads)


def test_no_more_workers_than_memory(tmp_path: Path) -> None:
    """Large pictures leave room for fewer workers, with more threads each."""
    chosen = choose(tmp_path, size=1600)

    assert 1 <= chosen.workers < 8
    assert chosen.threads == 8 // chosen.workers


def test_asked_number(tmp_path: Path) -> None:
    """A number that was asked for is taken; 0 is this process with all cores."""
    assert (3, 2) == (choose(tmp_path, 3).workers, choose(tmp_path, 3).threads)
    assert (0, 8) == (choose(tmp_path, 0).workers, choose(tmp_path, 0).threads)


def test_more_workers_than_memory_allows(tmp_path: Path) -> None:
    """Too many workers are refused, with how many would fit."""
    with pytest.raises(InputError, match="at most 14 workers") as caught:
        choose(tmp_path, 64)

    assert 2 == caught.value.exit_code


@pytest.mark.parametrize("asked", [None, 0, 1])
def test_run_that_fits_nowhere(tmp_path: Path, asked: int | None) -> None:
    """A plan whose dearest run exceeds the memory is refused before it starts."""
    with pytest.raises(InputError, match="smaller image_size"):
        choose(tmp_path, asked, size=4000)


def test_a_worker_for_each_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are GPUs each gets one worker; ``cuda:1`` and the CPU mean what they say."""
    for number in range(4):
        (tmp_path / "gpus" / str(number)).mkdir(parents=True)
    monkeypatch.setattr(crew, "NVIDIA", tmp_path / "gpus")

    assert 4 == choose(tmp_path, device="auto").workers
    assert 1 == choose(tmp_path, device="cuda:1").workers
    assert 8 == choose(tmp_path, device="cpu").workers
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,2")
    assert 2 == choose(tmp_path, device="auto").workers


def test_container_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's limit counts where it is tighter than the machine's free memory."""
    monkeypatch.undo()
    limit, used = tmp_path / "max", tmp_path / "current"
    limit.write_text("3000\n")
    used.write_text("1000\n")
    monkeypatch.setattr(crew, "CGROUP_LIMIT", limit)
    monkeypatch.setattr(crew, "CGROUP_USED", used)

    assert pytest.approx(2000 * crew.SPARE) == crew._free_bytes()
    limit.write_text("max\n")
    assert crew._free_bytes() > 2000


def test_memory_grows_with_the_picture() -> None:
    """Float32 needs more than bfloat16, L-BFGS remembers, and an empty picture is a process."""
    half = Settings(precision="bfloat16")
    full = Settings(precision="float32")
    lbfgs = Settings(precision="float32", optimizer="lbfgs", lr=1.0)

    assert PROCESS_BYTES == needed_bytes(half, 0)
    assert needed_bytes(half, 1e6) < needed_bytes(full, 1e6) < needed_bytes(lbfgs, 1e6)
