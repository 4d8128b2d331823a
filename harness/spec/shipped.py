"""The sweeps that ship with the package, by name: in a checkout and in an installed wheel."""

from pathlib import Path

import harness
from harness.errors import Problem, SpecError
from harness.spec.diagnosis import nearest

__all__ = ["explain_missing_sweep", "resolve_sweep_path", "shipped_sweeps", "sweep_argument"]

PACKAGE = Path(harness.__file__).parent
# A wheel carries the checkout's folder `sweeps` inside the package (pyproject.toml: sources).
PLACES = (PACKAGE / "shipped_sweeps", PACKAGE.parent / "sweeps")
SUFFIXES = (".yaml", ".yml")


def shipped_sweeps() -> dict[str, Path]:
    """Return the shipped sweep files by name, in order of name."""
    folder = next((place for place in PLACES if place.is_dir()), None)
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))} if folder else {}


def resolve_sweep_path(text: str | Path) -> Path:
    """Return the sweep file that a command's FILE means: a file, else a shipped sweep's name.

    A name is bare: ``layers``, not ``layers.yaml``, which can only be a file. What is neither
    comes back as it is; ``load_sweep`` then says that there is no such file.

    Args:
        text: A path, or the name of a shipped sweep.

    Raises:
        SpecError: A shipped sweep has this name, and so has a sweep file in the working folder.
    """
    path = Path(text)
    shipped = shipped_sweeps().get(str(text))
    # A folder cannot be meant: results often lie in one named like their sweep.
    if shipped is None or (path.exists() and not path.is_dir()):
        return path
    for own in (path.with_suffix(suffix) for suffix in SUFFIXES):
        if own.is_file() and not own.samefile(shipped):
            message = (
                f"names a shipped sweep, but {own} is here too; "
                f"allowed: {own} for your file, {shipped} for the shipped one"
            )
            raise SpecError([Problem(message=message, file=str(text))])
    return shipped


def sweep_argument(path: Path) -> str:
    """Return the FILE of a command that means a sweep file: a shipped sweep's name, else its path.

    Args:
        path: Of a sweep file.
    """
    shipped = shipped_sweeps().get(path.stem)
    return path.stem if path == shipped else str(path)


def explain_missing_sweep(path: Path) -> str:
    """Say that there is no such sweep file, and what may have been meant.

    Args:
        path: Where there is no file.
    """
    shipped = shipped_sweeps()
    there = {one.stem: one for suffix in SUFFIXES for one in path.parent.glob(f"*{suffix}")}
    close = nearest(path.stem, there)
    name = path.stem if path.stem in shipped or close else nearest(path.stem, shipped)
    meant = [str(there[close])] if close else []
    meant += [f"the shipped sweep {name}"] if name in shipped else []
    if meant:
        return f"no such file; did you mean {' or '.join(meant)}?"
    return f"no such file; shipped sweeps: {', '.join(shipped) or 'none'}"
