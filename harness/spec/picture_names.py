"""Pictures and styles as a sweep names them, under short names that differ."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = [
    "BUILTIN",
    "Labelled",
    "PictureRef",
    "Style",
    "StyleMixture",
    "Weighted",
    "named_pictures",
    "named_styles",
    "picture_identity",
    "picture_path",
]

BUILTIN = "builtin:"
"""Prefix of the name of a picture that ships with the package."""

Weighted = tuple[str, float]
"""The text of a picture, and its weight."""

Labelled = tuple[str, tuple[Weighted, ...]]
"""A label, and pictures with their weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRef:
    """A picture that a sweep names.

    ``text`` tells pictures apart: ``builtin:NAME`` or a path relative to the sweep file's folder;
    ``path`` is where the file is, None for a built-in picture; ``name`` is short, for tables.
    """

    text: str
    path: Path | None
    name: str

    @property
    def parts(self) -> "tuple[tuple[PictureRef, float], ...]":
        """The one picture of a style, as those of several have theirs."""
        return ((self, 1.0),)


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleMixture:
    """Several pictures that are one style: each with its weight, of which the ratios matter.

    ``name`` is the label that the sweep file gives them.
    """

    name: str
    parts: tuple[tuple[PictureRef, float], ...]


Style = PictureRef | StyleMixture
"""One picture or several."""


def picture_path(text: str, folder: Path) -> Path | None:
    """Return where the file of a picture is; None for a built-in one."""
    return None if text.startswith(BUILTIN) else (folder / text).absolute()


def picture_identity(text: str, folder: Path) -> str:
    """Return what two texts have in common if they name one file."""
    path = picture_path(text, folder)
    return text if path is None else str(path.resolve())


def named_pictures(texts: Sequence[str], folder: Path) -> list[PictureRef]:
    """Make references with short names; the same file under two texts is one reference."""
    names = _Names(folder)
    return [names.picture(text) for text in texts]


def named_styles(styles: Sequence[str | Labelled], folder: Path) -> list[Style]:
    """Make references of single pictures, and of several under their label."""
    names = _Names(folder)
    return [names.picture(one) if isinstance(one, str) else names.mixture(*one) for one in styles]


class _Names:
    """Gives pictures and mixtures short names that differ."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        self._pictures: dict[str, PictureRef] = {}
        self._mixtures: dict[tuple[str, frozenset[tuple[str, float]]], StyleMixture] = {}

    def picture(self, text: str) -> PictureRef:
        """Return the reference of a picture, always the same one of the same file."""
        identity = picture_identity(text, self._folder)
        if identity not in self._pictures:
            one = _reference(text, self._folder)
            self._pictures[identity] = replace(one, name=self._unique(one.name))
        return self._pictures[identity]

    def mixture(self, label: str, weights: tuple[Weighted, ...]) -> StyleMixture:
        """Return several pictures as one style; the same ones under one label are one style."""
        files = ((picture_identity(text, self._folder), weight) for text, weight in weights)
        identity = label, frozenset(files)
        if identity not in self._mixtures:
            self._mixtures[identity] = StyleMixture(
                name=self._unique(label),
                parts=tuple((_reference(text, self._folder), weight) for text, weight in weights),
            )
        return self._mixtures[identity]

    def _unique(self, stem: str) -> str:
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name)
        return name


def _reference(text: str, folder: Path) -> PictureRef:
    path = picture_path(text, folder)
    name = text.removeprefix(BUILTIN) if path is None else path.stem
    return PictureRef(text=text, path=path, name=name)
