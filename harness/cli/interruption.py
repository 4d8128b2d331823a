"""Ctrl-C and SIGTERM: one way to wind down, two exit codes."""

import signal
from types import FrameType
from typing import NoReturn

__all__ = ["Terminated", "interrupted_code", "raise_on_sigterm"]

EXIT_INTERRUPTED = 128  # plus the signal's number, as shells do


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived: wind down as after Ctrl-C."""


def _raise(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated


def raise_on_sigterm() -> None:
    """From now on SIGTERM raises ``Terminated`` in the main thread."""
    signal.signal(signal.SIGTERM, _raise)


def interrupted_code(error: BaseException) -> int:
    """Return the exit code after an interruption: 130 for Ctrl-C, 143 for SIGTERM."""
    number = signal.SIGTERM if isinstance(error, Terminated) else signal.SIGINT
    return EXIT_INTERRUPTED + number
