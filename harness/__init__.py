"""Hyperparameter sweeps and trustworthy evaluation for neural style transfer.

In Python: ``harness.stylize``, ``harness.evaluate``, ``harness.load_sweep``,
``harness.run_sweep``. Importing the package costs nothing: they are loaded when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.api import evaluate, load_sweep, run_sweep, stylize

__all__ = ["__version__", "evaluate", "load_sweep", "run_sweep", "stylize"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("harness.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
