"""Faults that are injected into copies of the engine, to see which of them the gate finds."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

__all__ = [
    "EVALUATOR",
    "FAULTS",
    "NO_CHANGE",
    "SLOWER",
    "WITHOUT_PICTURES",
    "Fault",
    "faulty_copy",
]

ROOT = Path(__file__).parent.parent
PACKAGES = ("harness", "metrics", "reports")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A mistake that somebody could make.

    Attributes:
        name: What it is called in tables.
        what: What it does.
        edits: File of the project → the text that is replaced, and what by; each occurs once.
    """

    name: str
    what: str
    edits: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


NO_CHANGE = Fault(name="no change", what="the engine as it is")
EVALUATOR = Fault(
    name="evaluator changed",
    what="the evaluator no longer looks at relu3_1",
    edits={
        "harness/scoring/evaluators.py": (
            (
                '"kmeans": ("relu1_1", "relu2_1", "relu3_1"),',
                '"kmeans": ("relu1_1", "relu2_1"),',
            ),
        )
    },
)
SLOWER = Fault(
    name="1.5 times slower",
    what="every iteration waits for half of its own time",
    edits={
        "harness/transfer/loop.py": (
            (
                "        seconds = time.perf_counter() - begun",
                "        time.sleep((time.perf_counter() - begun) / 2)\n"
                "        seconds = time.perf_counter() - begun",
            ),
        )
    },
)
WITHOUT_PICTURES = (EVALUATOR, SLOWER)  # they leave the pictures alone

FAULTS = (
    NO_CHANGE,
    Fault(
        name="Gram normalisation",
        what="the picture's Gram matrices are divided by their channels, the style's are not",
        edits={
            "harness/transfer/layer_losses.py": (
                (
                    "LayerLoss(measure=measure, distance=distance, target=_target(",
                    "LayerLoss(measure=lambda features: tuple(one / features.shape[1]"
                    " for one in measure(features)), distance=distance, target=_target(",
                ),
            )
        },
    ),
    Fault(
        name="pooling swapped",
        what="average and maximum pooling are mistaken for each other",
        edits={
            "harness/transfer/pooling.py": (
                ('    if pooling == "max":', '    if pooling == "AVG":'),
                ('elif pooling == "avg":', 'elif pooling == "max":'),
                ('    if pooling == "AVG":', '    if pooling == "avg":'),
            )
        },
    ),
    Fault(
        name="first layer dropped",
        what="the style loss leaves relu1_1 out",
        edits={
            "harness/transfer/terms.py": (
                (
                    "    weighted = {tap for tap,",
                    "    layers = {tap: one * (tap != 'relu1_1') for tap, one in layers.items()}\n"
                    "    weighted = {tap for tap,",
                ),
            )
        },
    ),
    Fault(
        name="last layer dropped",
        what="the style loss leaves relu5_1 out",
        edits={
            "harness/transfer/terms.py": (
                (
                    "    weighted = {tap for tap,",
                    "    layers = {tap: one * (tap != 'relu5_1') for tap, one in layers.items()}\n"
                    "    weighted = {tap for tap,",
                ),
            )
        },
    ),
    Fault(
        name="learning rate halved",
        what="Adam takes half the step",
        edits={
            "harness/transfer/optimizers/adam.py": (
                (
                    "lr / (1 - first**self._steps)",
                    "lr / 2 / (1 - first**self._steps)",
                ),
            )
        },
    ),
    Fault(
        name="10 % fewer iterations",
        what="the loop ends after nine tenths of the iterations",
        edits={
            "harness/transfer/loop.py": (
                (
                    "done == self.stage.iterations:",
                    "done == self.stage.iterations * 9 // 10:",
                ),
            )
        },
    ),
    Fault(
        name="one style ruined",
        what="Adam hardly moves for one of the styles (told by its mean level)",
        edits={
            "harness/transfer/preparation.py": (
                (
                    "learning_rate=partial(learning_rate, settings, iterations=iterations),",
                    "learning_rate=partial(learning_rate, settings.model_copy(update={'lr': "
                    "settings.lr / (20.0 if 145 < task.style.mean() < 150 else 1.0)}), "
                    "iterations=iterations),",
                ),
            )
        },
    ),
    EVALUATOR,
    SLOWER,
)


def faulty_copy(fault: Fault, folder: Path) -> Path:
    """Copy the packages into a folder and make the mistake there.

    Args:
        fault: What is done to the copy.
        folder: Where the copy goes; the packages' folders must not be there yet.

    Returns:
        ``folder``, for PYTHONPATH.

    Raises:
        ValueError: A text that the fault replaces is not there exactly once.
    """
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name, edits in fault.edits.items():
        path = folder / name
        text = path.read_text(encoding="utf-8")
        for old, new in edits:
            if text.count(old) != 1:
                raise ValueError(f"{fault.name}: {old!r} is in {name} {text.count(old)} times")
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    return folder
