"""The tree of errors that a user of the harness may meet; numbers are exit codes.

::

    HarnessError                  1
    ├── InputError                2   something the user gave is wrong
    │   ├── SpecError             2   a sweep file, a preset or a --set: all problems at once
    │   ├── PictureError          2   a picture is missing, broken, too large or no picture
    │   └── ParametersError       2   a backbone's parameters are missing, damaged or foreign
    ├── TransferError             1   one style transfer ended without a usable picture
    ├── NotComparableError        3   two results that must not stand in one table
    ├── StoreError                4   MLflow's store, a lock or the disk failed
    └── ClusterError              4   the workers or their scheduler cannot be reached or used
"""

from dataclasses import dataclass

__all__ = [
    "ClusterError",
    "HarnessError",
    "InputError",
    "NotComparableError",
    "ParametersError",
    "PictureError",
    "Problem",
    "SpecError",
    "StoreError",
    "TransferError",
]


class HarnessError(Exception):
    """Base of all errors that carry a message for the user."""

    exit_code = 1


class InputError(HarnessError):
    """Something the user gave is wrong; nothing has been run or written."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a file, as precisely as it is known."""

    message: str
    file: str = ""
    line: int | None = None
    key: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line is not None else self.file
        return ": ".join(part for part in (place, self.key, self.message) if part)


class SpecError(InputError):
    """A sweep file (or ``--set``) is wrong; carries every problem found in it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class PictureError(InputError):
    """A picture cannot be used: missing, broken, empty, oversized or not a picture."""


class ParametersError(InputError):
    """A backbone's parameters cannot be used: missing, damaged, foreign or not downloadable."""


class TransferError(HarnessError):
    """One style transfer ended without a usable picture; the message is the reason."""


class NotComparableError(HarnessError):
    """Two results that must not stand in one table (other evaluator, other numerics)."""

    exit_code = 3


class StoreError(HarnessError):
    """The MLflow store, its lock or the disk failed."""

    exit_code = 4


class ClusterError(HarnessError):
    """Worker processes, or the scheduler of a cluster, cannot be reached or used."""

    exit_code = 4
