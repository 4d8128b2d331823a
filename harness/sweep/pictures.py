"""Load a sweep together with every picture it names, before anything runs."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.errors import PictureError, Problem, SpecError
from harness.images.builtin import open_builtin
from harness.images.decode import Picture, open_picture
from harness.spec.chain_models import RESULT_START
from harness.spec.picture_names import Style
from harness.spec.settings import FILE
from harness.spec.style_files import StyleFiles
from harness.spec.sweep_spec import SweepSpec, load_sweep

__all__ = ["Pictures", "load_with_pictures", "style_files"]

Pictures = dict[str, Picture]
"""Contents, styles and start pictures, by their text in the sweep file."""


def load_with_pictures(path: Path, overrides: Iterable[str] = ()) -> tuple[SweepSpec, Pictures]:
    """Read a sweep file and open every picture it names.

    Args:
        path: The YAML file.
        overrides: ``key=value`` each, as ``--set`` takes them.

    Raises:
        SpecError: carries every problem of the file, the overrides and the pictures.
    """
    pictures: Pictures = {}

    def fault(text: str, file: Path | None) -> str | None:
        try:
            pictures[text] = open_builtin(text) if file is None else open_picture(file)
        except PictureError as error:
            return str(error)
        return None

    spec = load_sweep(path, overrides, picture_fault=fault)
    starts = {variant.settings.start for variant in spec.variants} - {RESULT_START}
    problems = []
    for start in sorted(one for one in starts if one.startswith(FILE)):
        message = fault(start, Path(start.removeprefix(FILE)))
        if message is not None:
            problems.append(Problem(message=message, file=str(path), key="start"))
    if problems:
        raise SpecError(problems)
    return spec, pictures


def style_files(style: Style, pictures: Mapping[str, Picture]) -> StyleFiles:
    """Return the files of a style with their weights; equal files of several are one.

    Args:
        style: As the sweep names it.
        pictures: By their text in the sweep file.
    """
    return StyleFiles.of((pictures[part.text].sha256, weight) for part, weight in style.parts)
