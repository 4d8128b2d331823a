"""Gather everything wrong with a sweep file: where it stands, what was found, what is allowed."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping

from harness.errors import Problem, SpecError

__all__ = ["SET", "Diagnosis", "KeyPath", "found_text", "nearest", "path_text", "refusal"]

KeyPath = tuple[str | int, ...]

SET = "--set"
"""Stands for the file in problems of a value given on the command line."""

SHORTEST = 3  # characters that must be typed for a name that begins so to be suggested
LONGEST = 60  # characters of a found value that a message quotes


class Diagnosis:
    """The problems of one sweep file found so far, and the place of each of its keys."""

    def __init__(
        self, file: str, lines: Mapping[KeyPath, int], problems: Iterable[Problem] = ()
    ) -> None:
        self.file = file
        self._lines = dict(lines)
        self._set: set[KeyPath] = set()
        self._moved: dict[KeyPath, KeyPath] = {}
        self._unsound: set[str] = set()
        self._problems = list(problems)

    def mark_set(self, path: KeyPath) -> None:
        """Note that the value at this path comes from ``--set``."""
        self._forget_moves(path)
        self._set.add(path)

    def mark_moved(self, path: KeyPath, origin: KeyPath) -> None:
        """Note that the value at this path is written at another one, which is to be blamed."""
        self._forget_moves(path)
        self._moved[path] = origin

    def _forget_moves(self, path: KeyPath) -> None:
        self._moved = {one: to for one, to in self._moved.items() if one[: len(path)] != path}

    def add(self, path: KeyPath, message: str) -> None:
        """Note a problem of the value at this path (its line is that of the nearest path known).

        Args:
            path: Where the offending text stands, or has been moved to.
            message: What was found and what is allowed.
        """
        self._unsound.add(str(path[0]) if path else "")
        path = self._origin(path)
        file, line = self._place(path)
        self.take(Problem(message=message, file=file, line=line, key=path_text(path)))

    def take(self, problem: Problem) -> None:
        """Note a problem whose place is known already."""
        self._problems.append(problem)

    def _origin(self, path: KeyPath) -> KeyPath:
        """Return where the value at a path is written."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._set:
                break
            if path[:end] in self._moved:
                return (*self._moved[path[:end]], *path[end:])
        return path

    def _place(self, path: KeyPath) -> tuple[str, int | None]:
        for end in range(len(path), 0, -1):
            if path[:end] in self._set:
                return SET, None
            if path[:end] in self._lines:
                return self.file, self._lines[path[:end]]
        return self.file, None

    @property
    def problems(self) -> list[Problem]:
        """Every problem once, in the order of the file, those of ``--set`` last."""
        unique = list(dict.fromkeys(self._problems))
        return sorted(unique, key=lambda one: (one.file == SET, one.line or 0))

    def is_sound(self, *keys: str) -> bool:
        """Tell whether no problem so far lies under these top-level keys."""
        tops = {re.split(r"[.\[]", one.key, maxsplit=1)[0] for one in self._problems}
        return (tops | self._unsound).isdisjoint(keys)

    def stop_if_any(self) -> None:
        """End here if anything was wrong.

        Raises:
            SpecError: carries every problem found so far.
        """
        if self._problems:
            raise SpecError(self.problems)


def path_text(path: KeyPath) -> str:
    """Write a path as people do: ``parameters.lr.values[1]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def found_text(value: object) -> str:
    """Name a value of a sweep file in a message."""
    if value is None:
        return "nothing"
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the one of the names that begins like a name or is spelt most alike, if any does."""
    by_lower = {one.lower(): one for one in names}
    begun = [one for one in by_lower if len(name) >= SHORTEST and one.startswith(name.lower())]
    if begun:
        return by_lower[min(begun, key=len)]
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None


def refusal(found: object, names: Iterable[str], *, kind: str = "allowed") -> str:
    """Say that a name is none of the allowed ones, and which of them is nearest.

    Args:
        found: What the file has.
        names: What it could have.
        kind: What the message calls these names.
    """
    allowed = list(names)
    text = f"found {found_text(found)}; {kind}: {', '.join(allowed) or 'none'}"
    close = nearest(found, allowed) if isinstance(found, str) else None
    return f"{text}; did you mean {close}?" if close else text
