"""One side of a comparison that lies in a folder: pictures that were made elsewhere."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from harness.errors import InputError, PictureError, StoreError
from harness.images.builtin import open_source
from harness.images.decode import Picture, picture_suffixes
from harness.spec.diagnosis import nearest
from harness.spec.stored_settings import settings_from_json
from harness.sweep.picture_file import SETTINGS, embedded_texts, seed_of
from harness.sweep.picture_list import list_pictures
from harness.sweep.side import Side, SideRun, flat_settings
from harness.sweep.tracking.membership import MemberCase
from harness.sweep.tracking.names import Status, Tag
from reports.versus.sides import UNKNOWN_SEED, quoted

__all__ = ["LIST", "folder_side"]

LIST = "list.csv"
"""Name of the file that says what the pictures of a folder were made of."""

COLUMNS = "picture,content,style"
MOST_FAULTS = 8  # that a message lists


@dataclass(slots=True)
class _Found:
    """What is gathered while a folder is read."""

    runs: list[SideRun] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    inputs: dict[str, Picture] = field(default_factory=dict)
    settings: list[str] = field(default_factory=list)


def folder_side(path: Path) -> Side:
    """Read the pictures of a folder and what each was made of; scores none.

    A CSV file in it (``list.csv``, or the only one) says what they were made of; without one,
    what ``harness transfer`` wrote into its pictures does. Pictures that cannot be used are left
    out, and a note says why.

    Args:
        path: The folder.

    Raises:
        InputError: There is no such folder, it cannot be read, or no picture of it can be used.
    """
    names = _listing(path)
    table = _table(path, names)
    found = _Found()
    if table is not None:
        _read_table(table, found)
    else:
        _read_pictures(path, names, found)
    if not found.runs:
        raise InputError(_unusable(path, found.faults))
    return Side(
        label=f"dir:{path}",
        runs=tuple(found.runs),
        settings=_common_settings(found),
        inputs=lambda sha256: _known(found.inputs, sha256),
        notes=tuple(f"Left out: {quoted(fault)}." for fault in _some(found.faults)),
    )


def _listing(path: Path) -> list[str]:
    try:
        return sorted(one.name for one in path.iterdir())
    except FileNotFoundError as error:
        beside = path.parent if path.parent.is_dir() else Path()
        close = nearest(path.name, (one.name for one in beside.iterdir() if one.is_dir()))
        hint = f"; did you mean dir:{path.parent / close}?" if close else ""
        raise InputError(f"dir:{path}: no such folder{hint}") from error
    except NotADirectoryError as error:
        raise InputError(f"dir:{path}: is a file; name the folder that it is in") from error
    except OSError as error:
        raise InputError(f"dir:{path}: cannot be read ({error.strerror})") from error


def _table(path: Path, names: list[str]) -> Path | None:
    """Return the file that says what the pictures were made of, if there is one."""
    if LIST in names:
        return path / LIST
    tables = [name for name in names if Path(name).suffix.lower() == ".csv"]
    if len(tables) > 1:
        raise InputError(
            f"dir:{path}: found {', '.join(tables)}; which of them says what the pictures were "
            f"made of? Call it {LIST}"
        )
    return path / tables[0] if tables else None


def _read_table(table: Path, found: _Found) -> None:
    opened: dict[str, Picture] = {}
    for one in list_pictures([str(table)], content=None, style=None):
        try:
            for source in (one.content, one.style):
                if source not in opened:
                    opened[source] = open_source(source)
            picture = open_source(one.picture)
        except PictureError as error:
            found.faults.append(f"{error}")
            continue
        content, style = opened[one.content], opened[one.style]
        found.inputs |= {content.sha256: content, style.sha256: style}
        texts = embedded_texts(picture.data) or {}
        case = _case(
            (Path(content.name).stem, content.sha256),
            (Path(style.name).stem, style.sha256),
            _seed(texts),
        )
        _add(found, Path(one.picture), picture.sha256, case, texts)


def _read_pictures(path: Path, names: list[str], found: _Found) -> None:
    endings = picture_suffixes()
    for name in names:
        if Path(name).suffix.lower() not in endings:
            continue
        try:
            data = (path / name).read_bytes()
        except OSError as error:
            found.faults.append(f"{path / name}: cannot be read ({error.strerror})")
            continue
        texts = embedded_texts(data) or {}
        content, style = (_named(texts.get(key, "")) for key in (Tag.CONTENT, Tag.STYLE))
        if content is None or style is None:
            found.faults.append(f"{path / name}: does not say what it was made of")
            continue
        digest = hashlib.sha256(data).hexdigest()
        _add(found, path / name, digest, _case(content, style, _seed(texts)), texts)


def _add(
    found: _Found, file: Path, digest: str, case: MemberCase, texts: Mapping[str, str]
) -> None:
    found.settings.append(texts.get(SETTINGS, ""))
    found.runs.append(
        SideRun(case=case, status=str(Status.FINISHED), fingerprint=digest, picture=file)
    )


def _case(content: tuple[str, str], style: tuple[str, str], seed: int) -> MemberCase:
    pair = f"{content[0]} × {style[0]}"
    return MemberCase(
        name=pair,
        pair=pair,
        content=content[0],
        style=style[0],
        seed=seed,
        content_sha256=content[1],
        style_sha256=style[1],
    )


def _named(text: str) -> tuple[str, str] | None:
    """Return name and hash of an input, as a picture of ours has them inside."""
    try:
        known = json.loads(text)
        return Path(str(known["name"])).stem, str(known["sha256"])
    except (ValueError, TypeError, KeyError):
        return None


def _seed(texts: Mapping[str, str]) -> int:
    seed = seed_of(texts)
    return UNKNOWN_SEED if seed is None else seed


def _common_settings(found: _Found) -> dict[str, str]:
    """Return the settings inside the pictures, if all have the same."""
    texts = set(found.settings)
    if len(texts) != 1:
        return {}
    try:
        settings = settings_from_json(texts.pop())
    except ValidationError:
        return {}
    return flat_settings(settings)


def _known(inputs: Mapping[str, Picture], sha256: str) -> Picture:
    if sha256 not in inputs:
        raise StoreError(f"the picture {sha256[:12]}… is in no folder that was named")
    return inputs[sha256]


def _unusable(path: Path, faults: list[str]) -> str:
    if not faults:
        endings = ", ".join(sorted(picture_suffixes()))
        return f"dir:{path}: holds no pictures ({endings})"
    advice = (
        f"a file {LIST} in the folder, with the columns {COLUMNS}, says what pictures were made of"
    )
    return "\n".join([f"dir:{path}: no picture can be used; {advice}", *_some(faults)])


def _some(faults: list[str]) -> list[str]:
    """Return the first faults, and how many more there are."""
    more = len(faults) - MOST_FAULTS
    return [*faults[:MOST_FAULTS], *([f"and {more} more"] if more > 0 else [])]
