"""What a baseline file holds: the accepted numbers of a panel, and all they depend on."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "SCHEMA_VERSION",
    "Baseline",
    "PanelPair",
    "PanelVariant",
    "Provenance",
    "Scores",
    "SmallPicture",
    "gaps",
]

SCHEMA_VERSION = 1

Text = Annotated[str, Field(min_length=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# Nothing but a name in a folder: a file that is edited by hand must not lead elsewhere.
PictureName = Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+\.jpg$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Provenance(_Part):
    """What made the numbers; ``commit`` is None outside a checkout."""

    commit: str | None
    is_dirty: bool
    engine_revision: int
    versions: dict[str, str]
    numerics: dict[str, str]
    processor: str
    system: str
    host: str


class PanelPair(_Part):
    """A content and a style, by their names in the panel and the SHA-256 of their files."""

    name: Text
    content: Text
    style: Text
    content_sha256: Sha256
    style_sha256: Sha256


class PanelVariant(_Part):
    """A variant of the panel.

    ``settings`` are all of them, also those that are defaults; of files only the names.
    ``parameters`` is the identity of its backbone's parameters, ``start_sha256`` that of the file
    it starts from, if it starts from one. ``is_seeded`` tells whether its runs draw random
    numbers.
    """

    name: Text
    is_seeded: bool
    parameters: Text
    start_sha256: Sha256 | None
    settings: dict[str, Any]


class Scores(_Part):
    """The numbers of one run, by catalogue name; ``seed`` is None where it makes no difference."""

    variant: Text
    pair: Text
    seed: int | None
    scores: dict[str, Number]


class SmallPicture(_Part):
    """A small picture beside the file: its name there, and its SHA-256."""

    variant: Text
    pair: Text
    file: PictureName
    sha256: Sha256


class Baseline(_Part):
    """The numbers of a panel, with all that they depend on.

    ``reason`` says why they were accepted; it is empty for numbers that nobody accepted, such as
    those that are compared with a baseline. ``seeds`` are all that seeded variants were run with.
    """

    schema_version: Literal[1] = 1
    name: Text
    question: str
    made: date
    reason: str
    provenance: Provenance
    evaluator: Text
    second_evaluator: Text
    metric_versions: dict[str, int]
    seeds: tuple[int, ...]
    variants: tuple[PanelVariant, ...]
    pairs: tuple[PanelPair, ...]
    runs: tuple[Scores, ...]
    pictures: tuple[SmallPicture, ...] = ()

    def seeds_of(self, variant: PanelVariant) -> tuple[int | None, ...]:
        """Return the seeds under which a variant's values are kept: None alone if unseeded."""
        return self.seeds if variant.is_seeded else (None,)


def gaps(baseline: Baseline) -> list[str]:
    """List what a baseline has twice, lacks, or has of nothing that it names; empty if whole."""
    expected = {
        (variant.name, pair.name, seed)
        for variant in baseline.variants
        for pair in baseline.pairs
        for seed in baseline.seeds_of(variant)
    }
    found = Counter((one.variant, one.pair, one.seed) for one in baseline.runs)
    return [
        *_repeated("variant", [variant.name for variant in baseline.variants]),
        *_repeated("pair", [pair.name for pair in baseline.pairs]),
        *_repeated("picture", [picture.file for picture in baseline.pictures]),
        *(f"no values of {_case_text(*case)}" for case in sorted(expected - set(found), key=str)),
        *(f"unknown {_case_text(*case)}" for case in sorted(set(found) - expected, key=str)),
        *(f"{_case_text(*case)} twice" for case, count in found.items() if count > 1),
    ]


def _repeated(kind: str, names: list[str]) -> Iterator[str]:
    return (f"the {kind} {name} twice" for name, count in Counter(names).items() if count > 1)


def _case_text(variant: str, pair: str, seed: int | None) -> str:
    return f"{variant} on {pair}" + ("" if seed is None else f", seed {seed}")
