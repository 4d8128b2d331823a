"""The cases of a sweep: pictures found, paired and crossed with seeds; none is opened here."""

import glob
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from harness.spec.diagnosis import Diagnosis, KeyPath, nearest
from harness.spec.models import CaseRules

__all__ = [
    "BUILTIN",
    "Case",
    "CaseTable",
    "Pair",
    "PictureFault",
    "PictureRef",
    "expand_cases",
    "no_fault",
]

BUILTIN = "builtin:"
"""Prefix of the name of a picture that ships with the package."""

PictureFault = Callable[[str, Path | None], str | None]
"""Says what is wrong with a picture, given its text in the file and its path; None if nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRef:
    """A picture that a sweep names.

    ``text`` tells pictures apart: ``builtin:NAME`` or a path relative to the sweep file's folder;
    ``path`` is where the file is, None for a built-in picture; ``name`` is short, for tables.
    """

    text: str
    path: Path | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A content and a style."""

    content: PictureRef
    style: PictureRef

    @property
    def name(self) -> str:
        """Short name for tables."""
        return f"{self.content.name} × {self.style.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A pair and a seed: what a variant is tried on."""

    pair: Pair
    seed: int

    @property
    def content(self) -> PictureRef:
        """The picture whose things are kept."""
        return self.pair.content

    @property
    def style(self) -> PictureRef:
        """The picture whose look is taken."""
        return self.pair.style

    @property
    def name(self) -> str:
        """Short name for tables."""
        return f"{self.pair.name}, seed {self.seed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTable:
    """All cases of a sweep: every pair with every seed, the seed moving fastest.

    ``notes`` say what was left out.
    """

    pairs: tuple[Pair, ...]
    seeds: tuple[int, ...]
    notes: tuple[str, ...]
    cases: tuple[Case, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the cases once: they are asked for once a run."""
        cases = tuple(Case(pair=pair, seed=seed) for pair in self.pairs for seed in self.seeds)
        object.__setattr__(self, "cases", cases)


def no_fault(_text: str, _path: Path | None) -> str | None:
    """Find no fault with any picture: for those who only want the sweep's structure."""
    return None


def expand_cases(
    rules: CaseRules,
    folder: Path,
    diagnosis: Diagnosis,
    *,
    key: str = "cases",
    picture_fault: PictureFault = no_fault,
) -> CaseTable:
    """Find the pictures that a sweep names, and pair them.

    Args:
        rules: As the file gives them.
        folder: What relative paths are relative to.
        diagnosis: Takes the problems: a file that does not exist, a glob that finds nothing, and
            with ``pairing: zip`` unequal numbers.
        key: The key of the rules in the file.
        picture_fault: Says what is wrong with a picture, given its text and path.
    """
    search = partial(_found, folder=folder, diagnosis=diagnosis, picture_fault=picture_fault)
    contents = _named(search(rules.content, path=(key, "content")), folder)
    styles = _named(search(rules.style, path=(key, "style")), folder)
    if rules.pairing == "zip":
        if len(contents) != len(styles) and diagnosis.is_sound(key):
            found = f"found {len(contents)} contents and {len(styles)} styles"
            diagnosis.add((key, "pairing"), f"{found}; allowed with zip: equally many")
        pairs = [Pair(content=one, style=two) for one, two in zip(contents, styles, strict=False)]
    else:
        pairs = [Pair(content=one, style=two) for one in contents for two in styles]
    counts = Counter(pairs)
    notes = [
        f"{key}: {pair.name} is named {count} times and counted once"
        for pair, count in counts.items()
        if count > 1
    ]
    return CaseTable(pairs=tuple(counts), seeds=rules.seeds, notes=tuple(notes))


def _found(
    entries: Sequence[str],
    *,
    folder: Path,
    path: KeyPath,
    diagnosis: Diagnosis,
    picture_fault: PictureFault,
) -> list[str]:
    """Return the texts of the pictures that entries name, globs expanded in order of name."""
    texts: list[str] = []
    for at, entry in enumerate(entries):
        is_builtin = entry.startswith(BUILTIN)
        names = [entry] if is_builtin else _files(entry, folder)
        if not names:
            diagnosis.add((*path, at), _nothing_found(entry, folder))
        for name in names:
            fault: str | None
            if name == BUILTIN:
                fault = "found 'builtin:' without a name; allowed: builtin:NAME"
            else:
                fault = picture_fault(name, None if is_builtin else (folder / name).absolute())
            if fault is not None:
                diagnosis.add((*path, at), fault)
        texts += names
    return texts


def _files(entry: str, folder: Path) -> list[str]:
    """Return the files of an entry, as paths relative to the folder where they were given so."""
    pattern = str(Path(entry).expanduser())
    if (folder / pattern).is_file():  # also a name such as photo[1].jpg
        return [pattern]
    if not glob.has_magic(pattern):
        return []
    # Path.glob would refuse absolute patterns.
    found = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207
    return sorted(name for name in found if (folder / name).is_file())


def _nothing_found(entry: str, folder: Path) -> str:
    where = (folder / Path(entry).expanduser()).absolute()
    if glob.has_magic(entry):
        return f"found {entry!r}; no file matches {where}"
    if where.is_dir():
        return f"found {entry!r}, a folder; allowed: files, such as {entry.rstrip('/')}/*.jpg"
    there = [one.name for one in where.parent.iterdir()] if where.parent.is_dir() else []
    close = nearest(where.name, there)
    hint = f"; did you mean {Path(entry).parent / close}?" if close else ""
    return f"found {entry!r}; no such file: {where}{hint}"


def _named(texts: Sequence[str], folder: Path) -> list[PictureRef]:
    """Make references with short names; the same file under two texts is one reference."""
    by_identity: dict[str, PictureRef] = {}
    taken: set[str] = set()
    refs: list[PictureRef] = []
    for text in texts:
        path = None if text.startswith(BUILTIN) else (folder / text).absolute()
        identity = text if path is None else str(path.resolve())
        if identity not in by_identity:
            stem = text.removeprefix(BUILTIN) if path is None else path.stem
            name = _unique(stem, taken)
            taken.add(name)
            by_identity[identity] = PictureRef(text=text, path=path, name=name)
        refs.append(by_identity[identity])
    return refs


def _unique(stem: str, taken: set[str]) -> str:
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name
