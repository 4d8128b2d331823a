"""The sweeps that ship with the package, by name: in a checkout and in an installed wheel."""

from pathlib import Path

import harness
from harness.errors import Problem, SpecError
from harness.spec.diagnosis import nearest

__all__ = [
    "CLAIMS",
    "explain_missing_sweep",
    "resolve_sweep_path",
    "shipped_claims",
    "shipped_sweeps",
    "sweep_argument",
]

PACKAGE = Path(harness.__file__).parent
# A wheel carries the checkout's folder `sweeps` inside the package (pyproject.toml: sources).
PLACES = (PACKAGE / "shipped_sweeps", PACKAGE.parent / "sweeps")
SUFFIXES = (".yaml", ".yml")
REPORTS = "reports"
CLAIMS = "claims.yaml"
"""The file of rules beside the sweeps that they rest on; it is no sweep."""


def shipped_sweeps() -> dict[str, Path]:
    """Return the shipped sweep files by name, in order of name; those in folders come last.

    A name has no suffix; that of a file in a folder begins with the folder's: ``reports/a-2``.
    """
    folder = _folder()
    if folder is None:
        return {}
    paths = (path for path in folder.rglob("*.yaml") if path.name != CLAIMS)
    named = {path.relative_to(folder).with_suffix("").as_posix(): path for path in paths}
    return dict(sorted(named.items(), key=lambda one: (one[0].count("/"), one[0])))


def shipped_claims() -> Path:
    """Return the shipped file of rules by which the reports' claims are judged."""
    return (_folder() or PLACES[0]) / REPORTS / CLAIMS


def _folder() -> Path | None:
    return next((place for place in PLACES if place.is_dir()), None)


def resolve_sweep_path(text: str | Path) -> Path:
    """Return the sweep file that a command's FILE means: a file, else a shipped sweep's name.

    A name is bare: ``layers`` or ``reports/a-2``, not ``layers.yaml``, which can only be a file.
    What is neither comes back as it is; ``load_sweep`` then says that there is no such file.

    Args:
        text: A path, or the name of a shipped sweep.

    Raises:
        SpecError: A shipped sweep has this name, and so has a sweep file in the working folder.
    """
    path = Path(text)
    shipped = shipped_sweeps().get(text if isinstance(text, str) else text.as_posix())
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
    return next((name for name, one in shipped_sweeps().items() if one == path), str(path))


def explain_missing_sweep(path: Path) -> str:
    """Say that there is no such sweep file, and what may have been meant.

    Args:
        path: Where there is no file.
    """
    shipped: dict[str, str] = {}
    for name in shipped_sweeps():
        shipped.setdefault(name.rpartition("/")[2], name)
    there = {one.stem: one for suffix in SUFFIXES for one in path.parent.glob(f"*{suffix}")}
    close = nearest(path.stem, there)
    stem = path.stem if path.stem in shipped or close else nearest(path.stem, shipped)
    meant = [str(there[close])] if close else []
    meant += [f"the shipped sweep {shipped[stem]}"] if stem in shipped else []
    if meant:
        return f"no such file; did you mean {' or '.join(meant)}?"
    return f"no such file; shipped sweeps: {', '.join(shipped.values()) or 'none'}"
