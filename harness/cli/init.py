"""``harness init [PATH]``: write a commented sweep file to start from."""

import glob
import json
import os
from pathlib import Path
from string import Template

import click

from harness.errors import InputError
from harness.images.builtin import PREFIX, builtin_names, open_source
from harness.spec.models import is_sweep_name

__all__ = ["command"]

TEMPLATE = Path(__file__).with_name("starter.yaml")
DEFAULT_NAME = "sweep.yaml"
SUFFIXES = (".yaml", ".yml")
PAIRS = 6  # the fewest that verdicts are given on


@click.command("init")
@click.argument("path", type=click.Path(path_type=Path), default=Path(DEFAULT_NAME))
@click.option(
    "--content",
    "contents",
    multiple=True,
    metavar="PICTURE",
    help='What is painted: a file, a quoted pattern such as "photos/*.jpg", or builtin:NAME '
    "(repeatable); by default built-in photographs.",
)
@click.option(
    "--style",
    "styles",
    multiple=True,
    metavar="PICTURE",
    help="How it is painted, given likewise (repeatable); by default built-in artworks.",
)
def command(path: Path, contents: tuple[str, ...], styles: tuple[str, ...]) -> None:
    """Write a commented starter sweep to PATH (sweep.yaml), which runs in about a minute."""
    path = _target(path)
    folder = path.absolute().parent
    text = _text(
        path,
        contents=[_entry(one, folder, "--content") for one in contents] or _builtins("content"),
        styles=[_entry(one, folder, "--style") for one in styles] or _builtins("style"),
    )
    _write(path, text)
    click.echo(f"wrote {path}; read it, change it, then:")
    click.echo(f"  harness sweep {_quoted(path)} --dry-run")
    click.echo(f"  harness sweep {_quoted(path)}")


def _target(path: Path) -> Path:
    target = path / DEFAULT_NAME if path.is_dir() else path
    if target.suffix not in SUFFIXES:
        raise InputError(f"{path}: a sweep file ends in .yaml, such as {path}.yaml")
    if not is_sweep_name(target.stem):
        raise InputError(
            f"{target.stem!r} is no name for a sweep; allowed: a letter or digit first, "
            r"then up to 99 characters but / \ and :"
        )
    if target.exists() or target.is_symlink():
        raise InputError(f"{target} is here already and was left alone; name another PATH")
    return target


def _entry(picture: str, folder: Path, option: str) -> str:
    """Return a picture as the sweep file must name it, after opening it.

    Raises:
        InputError: There is no such picture.
    """
    if picture.startswith(PREFIX):
        open_source(picture)
        return picture
    path = Path(picture).expanduser()
    is_pattern = glob.has_magic(str(path)) and not path.exists()
    # Path.glob would refuse absolute patterns.
    found = glob.glob(str(path), recursive=True) if is_pattern else [str(path)]  # noqa: PTH207
    if not found:
        raise InputError(f"{option} {picture!r}: no file matches {path.absolute()}")
    for file in found:
        open_source(file)
    return _relative(path.absolute(), folder)


def _relative(path: Path, folder: Path) -> str:
    """Return a path as seen from the sweep file's folder."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return path.as_posix()


def _builtins(kind: str) -> list[str]:
    names = builtin_names("content" if kind == "content" else "style")
    return [PREFIX + name for name in names[:PAIRS]]


def _text(path: Path, *, contents: list[str], styles: list[str]) -> str:
    is_zip = len(contents) == len(styles) and not any(map(glob.has_magic, contents + styles))
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        command=_quoted(path),
        contents=_listed(contents),
        styles=_listed(styles),
        pairing="zip" if is_zip else "product",
    )


def _listed(pictures: list[str]) -> str:
    """Return items of a YAML list; JSON's way of quoting is also YAML's."""
    return "\n".join(f"    - {json.dumps(picture, ensure_ascii=False)}" for picture in pictures)


def _quoted(path: Path) -> str:
    """Return a path as it can be typed."""
    return f'"{path}"' if any(letter.isspace() for letter in str(path)) else str(path)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
