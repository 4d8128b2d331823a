"""Pictures that need no download: photographs inside installed packages, and our own artworks.

A sweep file names them ``builtin:chelsea``, and ``builtin:chelsea-dark`` the same photograph three
stops underexposed. Authors and licences: ATTRIBUTIONS.md.
"""

import difflib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.errors import PictureError
from harness.images.dark import darkened
from harness.images.decode import Picture, make_picture, open_picture

__all__ = [
    "DARK",
    "PREFIX",
    "Builtin",
    "Kind",
    "builtin",
    "builtin_names",
    "open_builtin",
    "open_source",
]

PREFIX = "builtin:"

DARK = "-dark"
"""Ending of the name of a photograph in an eighth of its light."""

Kind = Literal["content", "style"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Builtin:
    """Where a built-in picture lies.

    Attributes:
        name: Without the prefix ``builtin:``.
        kind: What it is meant for; any picture may serve as either.
        package: Importable package whose folder holds the file.
        file: Path of the file inside that folder.
        distribution: What to install when the file is missing.
    """

    name: str
    kind: Kind
    package: str
    file: str
    distribution: str


def _photograph(name: str, package: str, file: str, distribution: str) -> Builtin:
    return Builtin(
        name=name, kind="content", package=package, file=file, distribution=distribution
    )


def _artwork(name: str) -> Builtin:
    return Builtin(
        name=name,
        kind="style",
        package="harness",
        file=f"images/data/{name}.png",
        distribution="style-harness",
    )


# Only files that are inside the wheels: other pictures of scikit-image are downloaded on use
_BUILTINS = {
    picture.name: picture
    for picture in (
        _photograph("astronaut", "skimage", "data/astronaut.png", "scikit-image"),
        _photograph("chelsea", "skimage", "data/chelsea.png", "scikit-image"),
        _photograph("china", "sklearn", "datasets/images/china.jpg", "scikit-learn"),
        _photograph("coffee", "skimage", "data/coffee.png", "scikit-image"),
        _photograph("flower", "sklearn", "datasets/images/flower.jpg", "scikit-learn"),
        _photograph("rocket", "skimage", "data/rocket.jpg", "scikit-image"),
        _artwork("strokes"),
        _artwork("glass"),
        _artwork("mosaic"),
        _artwork("ink"),
        _artwork("wave"),
        _artwork("autumn"),
        _artwork("dots"),
        _artwork("watercolor"),
    )
}


def builtin_names(kind: Kind | None = None) -> tuple[str, ...]:
    """Names of the built-in pictures, contents first; only those of ``kind`` if it is given.

    Each content has a dark twin, which is not listed: its name and ``DARK``.
    """
    return tuple(name for name, entry in _BUILTINS.items() if kind in {None, entry.kind})


def builtin(name: str) -> Builtin:
    """The entry of a built-in picture, with or without the prefix ``builtin:``.

    Raises:
        PictureError: There is no such picture; the message lists all and the nearest name.
    """
    found = _BUILTINS.get(name.removeprefix(PREFIX))
    if found is not None:
        return found
    close = difflib.get_close_matches(
        name.removeprefix(PREFIX).lower(), _BUILTINS, n=1, cutoff=0.5
    )
    hint = f"did you mean {PREFIX}{close[0]}? " if close else ""
    contents, styles = ", ".join(builtin_names("content")), ", ".join(builtin_names("style"))
    raise PictureError(
        f"{PREFIX}{name.removeprefix(PREFIX)}: no built-in picture has this name; {hint}"
        f"contents: {contents} (each also with {DARK} behind it); styles: {styles}"
    )


def open_builtin(name: str) -> Picture:
    """Open a built-in picture, with or without the prefix; its name carries the prefix.

    A dark one is made of its photograph's pixels, and of nothing else.

    Raises:
        PictureError: There is no such picture, or its package is not (fully) installed.
    """
    bare = name.removeprefix(PREFIX)
    if _is_dark(bare):
        photograph = open_builtin(bare.removesuffix(DARK))
        return make_picture(darkened(photograph), name=PREFIX + bare)
    entry = builtin(name)
    path = _package_folder(entry) / entry.file
    if not path.is_file():
        raise PictureError(
            f"{PREFIX}{entry.name}: its file {path} is missing; reinstall {entry.distribution}"
        )
    return make_picture(path.read_bytes(), name=PREFIX + entry.name)


def open_source(source: str) -> Picture:
    """Open what a sweep file or a command names: ``builtin:NAME`` or the path of a file.

    Raises:
        PictureError: As ``open_builtin`` or ``open_picture``; a missing file that has the name of
            a built-in picture is answered with that picture's full name.
    """
    if source.startswith(PREFIX):
        return open_builtin(source)
    if (source in _BUILTINS or _is_dark(source)) and not Path(source).exists():
        raise PictureError(
            f"{source}: no such file; the built-in picture is written {PREFIX}{source}"
        )
    return open_picture(source)


def _is_dark(name: str) -> bool:
    """Tell whether a name without the prefix is that of a photograph's dark twin."""
    return name.endswith(DARK) and name.removesuffix(DARK) in builtin_names("content")


def _package_folder(entry: Builtin) -> Path:
    """The folder of an installed package, found without importing it (that takes seconds)."""
    spec = importlib.util.find_spec(entry.package)
    if spec is None or not spec.submodule_search_locations:
        raise PictureError(
            f"{PREFIX}{entry.name}: it is a file of {entry.distribution}, which is not installed; "
            f"install {entry.distribution}"
        )
    return Path(spec.submodule_search_locations[0])
