"""How fast is one iteration, beside a textbook PyTorch loop on the same network?

Run: python benchmarks/engine.py [--size 256] [--rounds 3] [--iterations 6]

Both optimise the same picture with VGG19, five style taps and one content tap, in alternation in
one process; the figures are medians over all iterations but each round's first. The textbook
loop is plain float32 autograd, neither tuned up nor down.
"""

import argparse
import platform
import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.images.builtin import open_builtin
from harness.images.decode import decode_picture
from harness.images.resize import resize_to
from harness.spec.backbones import backbone_named
from harness.spec.settings import Settings
from harness.transfer.engine import TransferTask, run_transfer
from harness.transfer.events import StepEvent
from harness.transfer.precision import numerics
from harness.transfer.pretrained.parameters import Parameters, load_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT = "relu4_2"


def picture(name: str, size: int) -> np.ndarray:
    """Return a built-in picture stretched to a square."""
    return resize_to(decode_picture(open_builtin(name).data, name=name), size, size)


def textbook(
    parameters: Parameters, content: np.ndarray, style: np.ndarray, steps: int
) -> list[float]:
    """Return the seconds of each step of the loop that tutorials show."""
    backbone = backbone_named("vgg19")
    mean, std = (
        torch.tensor(value).view(1, 3, 1, 1) for value in (parameters.mean, parameters.std)
    )

    def features(image: Tensor) -> dict[str, Tensor]:
        x, found = (image - mean) / std, {}
        for convolution in backbone.convolutions:
            weight, bias = parameters.convolutions[convolution.name]
            x = functional.relu(functional.conv2d(x, weight, bias, padding=1))
            found[convolution.relu_name] = x
            if convolution.relu_name == STYLE[-1]:
                return found
            if backbone.ends_block(convolution.name):
                x = functional.avg_pool2d(x, 2)
        return found

    def gram(x: Tensor) -> Tensor:
        flat = x.flatten(2)
        return flat @ flat.transpose(1, 2) / flat.shape[2]

    def tensor(pixels: np.ndarray) -> Tensor:
        return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255

    with torch.no_grad():
        content_target = features(tensor(content))[CONTENT]
        style_targets = {tap: gram(features(tensor(style))[tap]) for tap in STYLE}
    image = nn.Parameter(tensor(content))
    optimizer = torch.optim.Adam([image], lr=0.02)
    seconds = []
    for _ in range(steps):
        begun = time.perf_counter()
        optimizer.zero_grad()
        found = features(image)
        loss = functional.mse_loss(found[CONTENT], content_target)
        for tap in STYLE:
            loss = loss + 10 * functional.mse_loss(gram(found[tap]), style_targets[tap])
        loss.backward()
        optimizer.step()
        seconds.append(time.perf_counter() - begun)
    return seconds


def ours(parameters: Parameters, task: TransferTask, precision: str) -> list[float]:
    """Return the seconds of each step of the engine."""
    ends: list[float] = []

    def note(event: StepEvent) -> None:
        ends.append(event.seconds)

    run_transfer(task, parameters, device="cpu", precision=precision, on_step=note)
    return list(np.diff(ends))


def main() -> None:
    """Alternate the loops and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=6)
    options = parser.parse_args()
    parameters = load_parameters("kmeans", "vgg19")
    content, style = (picture(name, options.size) for name in ("chelsea", "strokes"))
    settings = Settings(
        image_size=options.size,
        iterations=options.iterations,
        content_layers={CONTENT: 1.0},
        style_layers=dict.fromkeys(("rgb", *STYLE), 1.0),
    )
    task = TransferTask(settings=settings, content=content, style=style, seed=0)
    loops: dict[str, Callable[[], list[float]]] = {
        "textbook, float32": lambda: textbook(parameters, content, style, options.iterations)[1:],
        "ours, float32": lambda: ours(parameters, task, "float32"),
        "ours, bfloat16": lambda: ours(parameters, task, "bfloat16"),
    }
    times: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(options.rounds):
        for name, loop in loops.items():
            times[name] += loop()
    machine = numerics("cpu", "float32")
    print(f"{machine['device_name']}, {machine['threads']} threads, torch {machine['torch']}")
    print(f"{platform.platform()}; {options.size}x{options.size} pixels, VGG19")
    reference = statistics.median(times["textbook, float32"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:<20}{median * 1000:8.1f} ms an iteration, {reference / median:5.2f} x")


if __name__ == "__main__":
    main()
