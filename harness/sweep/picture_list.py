"""Which pictures ``harness evaluate`` scores: files, folders, or lists of them."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import InputError
from harness.images.decode import picture_suffixes
from harness.spec.cases import BUILTIN
from harness.spec.diagnosis import refusal

__all__ = ["ListedPicture", "list_pictures"]

COLUMNS = ("picture", "content", "style")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPicture:
    """A picture to score and what it was made of: paths, or ``builtin:NAME``."""

    picture: str
    content: str
    style: str


def list_pictures(
    sources: Iterable[str], *, content: str | None, style: str | None
) -> list[ListedPicture]:
    """Return every picture that is named.

    Args:
        sources: Picture files, folders (every picture in them, by name), or CSV files with the
            columns picture, content and style, whose relative paths start at the file's folder.
        content: What pictures outside a CSV file were made of.
        style: Likewise.

    Raises:
        InputError: A source does not exist, is empty, or lacks its content and style.
    """
    found: list[ListedPicture] = []
    for source in sources:
        path = Path(source)
        if path.suffix.lower() == ".csv":
            found += _rows(path)
            continue
        if content is None or style is None:
            raise InputError(f"{source}: --content and --style say what it was made of; give both")
        files = _in_folder(path) if path.is_dir() else [source]
        found += [ListedPicture(picture=one, content=content, style=style) for one in files]
    return found


def _in_folder(folder: Path) -> list[str]:
    endings = picture_suffixes()
    files = [str(one) for one in sorted(folder.iterdir()) if one.suffix.lower() in endings]
    if not files:
        raise InputError(f"{folder} holds no pictures ({', '.join(sorted(endings))})")
    return files


def _rows(path: Path) -> list[ListedPicture]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            header = reader.fieldnames or []
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    for name in COLUMNS:
        if name not in header:
            raise InputError(f"{path}: no column {refusal(name, header, kind='columns there')}")
    if not rows:
        raise InputError(f"{path} has no rows")
    for number, row in enumerate(rows, start=2):
        empty = [name for name in COLUMNS if not row[name]]
        if empty:
            raise InputError(f"{path}:{number}: {', '.join(empty)} is empty")
    return [ListedPicture(**{name: _placed(path, row[name]) for name in COLUMNS}) for row in rows]


def _placed(table: Path, text: str) -> str:
    return text if text.startswith(BUILTIN) else str(table.parent / text)
