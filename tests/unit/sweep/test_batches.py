"""How a bundle is divided: by what can share a batch, and by what a GPU's memory holds."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.spec.settings import Settings
from harness.sweep.batches import batches
from harness.sweep.memory import needed_bytes, run_bytes
from harness.sweep.record import RunTask

from .conftest import RUN

SETTINGS = Settings.model_validate({"image_size": 100, "precision": "bfloat16"})
PICTURES = {"content": np.zeros((50, 100, 3), np.uint8)}
PIXELS = 100 * 50
Divide = Callable[[float], Sequence[int]]


def _tasks(device: str) -> list[RunTask]:
    return [
        replace(
            RUN,
            fingerprint=str(number),
            settings=SETTINGS,
            content_sha256="content",
            device=device,
        )
        for number in range(7)
    ]


@pytest.fixture
def divide(monkeypatch: pytest.MonkeyPatch) -> Divide:
    """Divide seven tasks on a GPU with memory for so many, given up by earlier runs in part."""

    def sizes(room: float) -> Sequence[int]:
        free = int(room * run_bytes(SETTINGS, PIXELS) / 0.8) + 2
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (free // 2, free))
        monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: free)
        monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: free - free // 2)
        found = list(batches(_tasks("cuda"), PICTURES))
        assert [str(number) for number in range(7)] == [
            task.fingerprint for tasks in found for task in tasks
        ]
        return [len(tasks) for tasks in found]

    return sizes


@pytest.mark.parametrize(
    ("room", "expected"), [(7, [7]), (6.5, [3, 4]), (2, [1, 2, 2, 2]), (0.1, [1] * 7)]
)
def test_batches_fit_and_are_even(divide: Divide, room: float, expected: list[int]) -> None:
    """As few as fit; where not even one does, memory will say so."""
    assert expected == divide(room)


def test_what_cannot_share_a_batch_is_one_by_itself() -> None:
    """A bundle may hold runs of other sizes and optimisers."""
    first, second, third, *_ = _tasks("cpu")
    larger = SETTINGS.model_copy(update={"image_size": 120})
    other = replace(second, settings=larger), replace(third, settings=larger)
    alone = replace(third, settings=SETTINGS.model_copy(update={"optimizer": "lbfgs"}))

    found = batches([first, *other, second, alone], PICTURES)

    assert [[first, second], [*other], [alone]] == [list(tasks) for tasks in found]


def test_on_a_cpu_the_plan_has_looked_after_memory() -> None:
    """A bundle stays whole."""
    assert [7] == [len(tasks) for tasks in batches(_tasks("cpu"), PICTURES)]


def test_lanes_need_memory_each_and_the_process_once() -> None:
    """What cannot share a batch needs no more than one run."""
    each = run_bytes(SETTINGS, PIXELS)
    alone = SETTINGS.model_copy(update={"pyramid": "octave"})

    assert needed_bytes(SETTINGS, PIXELS) + 4 * each == needed_bytes(SETTINGS, PIXELS, lanes=5)
    assert needed_bytes(alone, PIXELS) == needed_bytes(alone, PIXELS, lanes=5)
