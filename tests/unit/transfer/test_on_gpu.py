"""The engine on a CUDA device, beside the processor."""

import numpy as np
import pytest
import torch

from harness.spec.settings import Settings
from harness.transfer.engine import TransferTask, run_transfer
from harness.transfer.pretrained.parameters import load_parameters

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device"),
]

SAME_LOSS = 1e-3  # relative; other kernels add in another order


def test_cuda_follows_the_processor() -> None:
    """In float32 the losses of the first iterations on CUDA are those on the processor."""
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    settings = Settings(image_size=64, iterations=5)
    task = TransferTask(settings=settings, content=pictures[0], style=pictures[1], seed=0)
    parameters = load_parameters("kmeans", "vgg19")
    traces = [
        run_transfer(task, parameters, device=device, precision="float32").trace["total"]
        for device in ("cpu", "cuda")
    ]

    assert pytest.approx(traces[0], rel=SAME_LOSS) == traces[1]
