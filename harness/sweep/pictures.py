"""Open every picture a sweep names, before anything runs."""

from pathlib import Path

from harness.errors import PictureError, Problem, SpecError
from harness.images.builtin import open_builtin
from harness.images.decode import Picture, open_picture
from harness.spec.settings import FILE
from harness.spec.sweep_spec import SweepSpec

__all__ = ["open_pictures"]


def open_pictures(spec: SweepSpec) -> dict[str, Picture]:
    """Return every content, style and start picture by its text in the sweep file.

    Raises:
        SpecError: Some pictures cannot be used; names them all.
    """
    wanted = {ref.text: ref.path for pair in spec.pairs for ref in (pair.content, pair.style)}
    for variant in spec.variants:
        start = variant.settings.start
        if start.startswith(FILE):
            wanted[start] = Path(start.removeprefix(FILE))  # absolute since the file was loaded
    opened: dict[str, Picture] = {}
    problems: list[Problem] = []
    for text, path in wanted.items():
        try:
            opened[text] = _open(text, path)
        except PictureError as error:
            problems.append(Problem(message=str(error), file=str(spec.path), key=text))
    if problems:
        raise SpecError(problems)
    return opened


def _open(text: str, path: Path | None) -> Picture:
    if path is None:
        return open_builtin(text)
    return open_picture(path)
