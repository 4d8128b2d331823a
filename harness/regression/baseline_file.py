"""Read and write baseline files: a panel's accepted numbers, for a person to review."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from harness.errors import InputError, NotComparableError
from harness.regression.baseline_layout import CHECKSUM, checksum_of, layout
from harness.regression.baseline_models import SCHEMA_VERSION, Baseline, gaps
from harness.regression.baseline_pictures import (
    picture_folder,
    remove_pictures,
    small_pictures,
    write_pictures,
)
from harness.spec.diagnosis import found_text, nearest
from harness.spec.shipped import PACKAGE, shipped_sweeps
from harness.sweep.output import explained
from reports.atomic import write_atomically

__all__ = ["accepted_path", "baseline_path", "read_baseline", "write_baseline"]

FOLDER = "baselines"
SUFFIX = ".json"
# A wheel carries the checkout's folder `baselines` inside the package (pyproject.toml: sources).
PLACES = (PACKAGE / "shipped_baselines", PACKAGE.parent / FOLDER)
MAX_BYTES = 64 << 20
SHOWN_GAPS = 5

MAKE = "`harness baseline accept FILE --reason TEXT`"
RESTORE = f"restore the file as it was written, or accept a new one with {MAKE}"


def accepted_path(name: str, given: Path | None) -> Path:
    """Return where a new baseline of a panel goes: the path given, else ``./baselines/NAME.json``.

    Args:
        name: Of the panel.
        given: What ``--baseline`` says.

    Raises:
        InputError: The path given does not end in ``.json``.
    """
    if given is None:
        return Path(FOLDER) / f"{name}{SUFFIX}"
    if given.suffix != SUFFIX:
        raise InputError(
            f"--baseline: found {str(given)!r}; allowed: a file whose name ends in {SUFFIX}, "
            "beside which a folder for pictures has room"
        )
    return given


def baseline_path(spec_path: Path, name: str, given: Path | None) -> Path:
    """Return the baseline file that a panel is compared with.

    It is the path given, else ``./baselines/NAME.json``, else, for a shipped sweep, the baseline
    that ships with it. Where there is none of them it is the one that accepting would write.

    Args:
        spec_path: Of the panel's sweep file.
        name: Of the panel.
        given: What ``--baseline`` says.

    Raises:
        InputError: The path given does not end in ``.json``.
    """
    own = accepted_path(name, given)
    if given is not None or own.exists() or not _is_shipped(spec_path):
        return own
    shipped = [place / own.name for place in PLACES]
    return next((path for path in shipped if path.is_file()), own)


def _is_shipped(spec_path: Path) -> bool:
    resolved = spec_path.resolve()
    return any(resolved == path.resolve() for path in shipped_sweeps().values())


def read_baseline(path: Path) -> Baseline:
    """Read a baseline file, and make sure that it is what the harness wrote.

    Raises:
        InputError: It is missing, truncated, edited by hand, or no baseline.
        NotComparableError: A newer version of the harness wrote it.
    """
    document = _document(path)
    _check_schema_version(document, path)
    try:
        is_ours = document.get(CHECKSUM) == checksum_of(document)
    except (
        ValueError,
        RecursionError,
    ):  # 1e999, or nested beyond measure: the harness writes neither
        is_ours = False
    if not is_ours:
        raise InputError(
            f"{path}: its checksum is not that of its content, so it was edited by hand or "
            f"merged; {RESTORE}"
        )
    del document[CHECKSUM]
    try:
        baseline = Baseline.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise InputError(f"{path}: {_explained(error)}; {RESTORE}") from error
    found = gaps(baseline)
    if found:
        raise InputError(f"{path}: {_listed(found)}; {RESTORE}")
    return baseline


def write_baseline(
    baseline: Baseline, path: Path, pictures: Mapping[tuple[str, str], np.ndarray]
) -> Baseline:
    """Write an accepted baseline and its small pictures; those of an earlier one are removed.

    The file appears whole or not at all. It goes after its pictures and names their hashes, so
    that one left from before an interruption shows no picture rather than a wrong one.

    Args:
        baseline: Every value of the panel, and why it is accepted.
        path: Ends in ``.json``; its folder is made where it is missing.
        pictures: By variant and pair, (H, W, 3) uint8, sRGB, of any size.

    Returns:
        The baseline as it is in the file, which names its pictures.

    Raises:
        InputError: It has no reason, or lacks values.
        StoreError: The disk refused.
    """
    if not baseline.reason.strip():
        raise InputError(f"the reason is empty; say why the baseline is accepted: {MAKE}")
    found = gaps(baseline)
    if found:
        raise InputError(f"{_listed(found)}; a baseline needs every run of its panel")
    small = small_pictures(baseline, pictures)
    whole = baseline.model_copy(update={"pictures": tuple(small)})
    folder = picture_folder(path)
    with explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        earlier = _earlier_pictures(path)
        write_pictures(small, folder)
        write_atomically(path, _file_text(whole).encode())
        kept = {picture.file for picture in small}
        remove_pictures([one for one in earlier if one.file not in kept], folder)
    return whole


def _file_text(baseline: Baseline) -> str:
    document = baseline.model_dump(mode="json")
    return layout(document | {CHECKSUM: checksum_of(document)})


def _earlier_pictures(path: Path) -> list[Any]:
    """Return the pictures that the file names now; none if it is no baseline to begin with."""
    try:
        return list(read_baseline(path).pictures)
    except (InputError, NotComparableError):
        return []


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError(_missing(path)) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{path}: too large for a baseline; {RESTORE}")
    try:
        document = json.loads(data.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: no JSON, or cut off ({error}); {RESTORE}") from error
    if not isinstance(document, dict):
        raise InputError(f"{path}: found {found_text(document)}, no baseline; {RESTORE}")
    return document


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _missing(path: Path) -> str:
    there = [one.name for one in path.parent.glob(f"*{SUFFIX}")]
    close = nearest(path.name, there)
    hint = f"; did you mean {path.parent / close}?" if close else ""
    return (
        f"{path}: there is no such baseline{hint or '.'} Run a revision that you trust, and "
        f"accept its numbers with {MAKE}"
    )


def _check_schema_version(document: Mapping[str, Any], path: Path) -> None:
    version = document.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise NotComparableError(
            f"{path}: found schema_version {version}, this version of style-harness reads "
            f"{SCHEMA_VERSION}; install the version that wrote it, or accept a new baseline "
            f"with {MAKE}"
        )


def _explained(error: ValidationError) -> str:
    first, *others = error.errors(include_url=False)
    place = ".".join(str(part) for part in first["loc"])
    more = f" (and {len(others)} more like this)" if others else ""
    return f"no baseline as the harness writes it: {place}: {first['msg']}{more}"


def _listed(found: list[str]) -> str:
    more = len(found) - SHOWN_GAPS
    text = "; ".join(found[:SHOWN_GAPS])
    return f"{text}; and {more} more" if more > 0 else text
