"""Addresses of what is compared: ``SWEEP``, ``SWEEP/VARIANT``, ``run:ID`` and ``dir:PATH``."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from harness.errors import InputError
from harness.spec.models import is_sweep_name

__all__ = ["ALLOWED", "Address", "Place", "parse_address"]

ALLOWED = "SWEEP, SWEEP/VARIANT, run:ID, dir:PATH"
RUN, FOLDER = "run:", "dir:"


class Place(StrEnum):
    """What kind of thing an address names."""

    SWEEP = "sweep"
    RUN = "run"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A side of a comparison, as it was named.

    Attributes:
        place: What is named.
        name: Of the sweep, the beginning of the run's id, or the folder's path.
        variant: Of a sweep; None is its baseline.
    """

    place: Place
    name: str
    variant: str | None = None

    def __str__(self) -> str:
        """Write the address as it is read."""
        match self.place:
            case Place.RUN:
                return f"{RUN}{self.name}"
            case Place.FOLDER:
                return f"{FOLDER}{self.name}"
        return self.name if self.variant is None else f"{self.name}/{self.variant}"


def parse_address(text: str) -> Address:
    """Read an address; whether there is such a thing, the store or the disk knows.

    Args:
        text: ``SWEEP`` (its baseline), ``SWEEP/VARIANT``, ``run:ID`` (the beginning of an id is
            enough if it is the only one) or ``dir:PATH``.

    Raises:
        InputError: It is none of these.
    """
    if text.startswith(RUN):
        return Address(place=Place.RUN, name=_rest(text, RUN, "the id of a run").lower())
    if text.startswith(FOLDER):
        return Address(place=Place.FOLDER, name=_rest(text, FOLDER, "a folder"))
    sweep, slash, variant = text.partition("/")
    if not is_sweep_name(sweep) or (slash and not variant):
        hint = f"; did you mean {FOLDER}{text}?" if text and Path(text).is_dir() else ""
        raise InputError(f"found {text!r}; allowed: {ALLOWED}{hint}")
    return Address(place=Place.SWEEP, name=sweep, variant=variant if slash else None)


def _rest(text: str, prefix: str, what: str) -> str:
    rest = text.removeprefix(prefix).strip()
    if not rest:
        raise InputError(f"found {text!r}; after {prefix} stands {what}")
    return rest
