"""The cases of a sweep: pictures found, paired and crossed with seeds; none is opened here."""

import glob
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.spec.diagnosis import Diagnosis, KeyPath, nearest
from harness.spec.models import CaseRules
from harness.spec.picture_names import (
    BUILTIN,
    Labelled,
    PictureRef,
    Style,
    StyleMixture,
    Weighted,
    named_pictures,
    named_styles,
    picture_identity,
    picture_path,
)

__all__ = [
    "BUILTIN",
    "Case",
    "CaseTable",
    "Pair",
    "PictureFault",
    "PictureRef",
    "Style",
    "StyleMixture",
    "expand_cases",
    "no_fault",
]

PictureFault = Callable[[str, Path | None], str | None]
"""Says what is wrong with a picture, given its text in the file and its path; None if nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A content and a style."""

    content: PictureRef
    style: Style

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
    def style(self) -> Style:
        """The picture, or the pictures, whose look is taken."""
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
    search = _Search(folder, diagnosis, picture_fault)
    contents = named_pictures(search.texts(rules.content, (key, "content")), folder)
    styles = named_styles(search.styles(rules.style, (key, "style")), folder)
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


@dataclass(frozen=True, slots=True)
class _Search:
    """Finds the pictures that entries name, and notes what is wrong with them."""

    folder: Path
    diagnosis: Diagnosis
    picture_fault: PictureFault

    def texts(self, entries: Sequence[str], path: KeyPath) -> list[str]:
        """Return the texts of the pictures, globs expanded in order of name."""
        return [text for at, entry in enumerate(entries) for text in self._found(entry, path, at)]

    def styles(
        self, entries: Sequence[str | Mapping[str, Mapping[str, float]]], path: KeyPath
    ) -> list[str | Labelled]:
        """Return the texts of single pictures, and those of several with label and weights."""
        found: list[str | Labelled] = []
        for at, entry in enumerate(entries):
            if isinstance(entry, str):
                found += self._found(entry, path, at)
            else:
                ((label, weights),) = entry.items()
                found.append((label, self._mixed(weights, (*path, at, label))))
        return found

    def _found(self, entry: str, path: KeyPath, at: int) -> list[str]:
        is_builtin = entry.startswith(BUILTIN)
        names = [entry] if is_builtin else _files(entry, self.folder)
        if not names:
            self.diagnosis.add((*path, at), _nothing_found(entry, self.folder))
        for name in names:
            self._check(name, (*path, at))
        return names

    def _mixed(self, weights: Mapping[str, float], path: KeyPath) -> tuple[Weighted, ...]:
        """Return pictures with their weights; each must be one file, and another one."""
        found: dict[str, Weighted] = {}
        for entry, weight in weights.items():
            place = (*path, entry)
            text = entry if entry.startswith(BUILTIN) else str(Path(entry).expanduser())
            if text.startswith(BUILTIN) or (self.folder / text).is_file():
                self._check(text, place)
            elif glob.has_magic(text):
                self.diagnosis.add(place, f"found {entry!r}; allowed: one file, with its weight")
            else:
                self.diagnosis.add(place, _nothing_found(entry, self.folder))
            identity = picture_identity(text, self.folder)
            if identity in found:
                again = f"found {entry!r}, the file of {found[identity][0]!r}"
                self.diagnosis.add(place, f"{again}; allowed: each picture once")
            found[identity] = (text, weight)
        return tuple(found.values())

    def _check(self, text: str, place: KeyPath) -> None:
        fault: str | None
        if text == BUILTIN:
            fault = "found 'builtin:' without a name; allowed: builtin:NAME"
        else:
            fault = self.picture_fault(text, picture_path(text, self.folder))
        if fault is not None:
            self.diagnosis.add(place, fault)


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
