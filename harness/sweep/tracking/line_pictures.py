"""Pictures of a run under another run and another key, without a second copy on the disk."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

__all__ = ["link_pictures", "picture_keys"]

LOGGED = re.compile(r"^picture\+step\+(?P<step>\d+)(?P<rest>\+timestamp\+\d+\+.+)$")
FOREIGN = re.compile(r"[^0-9A-Za-z_. -]+")  # what MLflow refuses in a key, and "/"
KEY_LIMIT = 60


def picture_keys(names: Iterable[str]) -> tuple[str, ...]:
    """Return a key for the pictures of each case that MLflow takes; no two are equal."""
    keys: list[str] = []
    for name in names:
        plain = FOREIGN.sub("-", name.replace(" × ", " x "))[:KEY_LIMIT].strip(" .-") or "case"
        key, number = plain, 1
        while key in keys:
            number += 1
            key = f"{plain} {number}"
        keys.append(key)
    return tuple(keys)


def link_pictures(
    source: Path, target: Path, *, key: str, last_step: int, shown_last: int
) -> None:
    """Make what ``log_image`` left in one run's folder part of another's, under another key.

    Files are linked, or copied where the disk has no links. The last picture is also there as that
    of the step ``shown_last``: a grid shows one step, and variants may end at different ones.

    Args:
        source: The folder ``images`` of a run; nothing is done if there is none.
        target: That of the other run; made if it is not there.
        key: The key there.
        last_step: The last step of the run.
        shown_last: The step at which the last picture is to be found.
    """
    if not source.is_dir():
        return
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        match = LOGGED.match(path.name)
        if match is None:
            continue
        step = int(match["step"])
        for shown in {step, shown_last if step == last_step else step}:
            _link(path, target / f"{key}+step+{shown}{match['rest']}")


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)
