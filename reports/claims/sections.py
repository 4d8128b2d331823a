"""The parts of the page of claims, as plain texts: what Markdown and HTML are both made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.claims.album import Album, Stored, collect_pictures
from reports.claims.judged import JudgedClaim, JudgedPart, JudgedQuestion
from reports.claims.scenes import Scene, scene_of, walk_scene
from reports.claims.terminal import counts_text
from reports.claims.traces import Traces, draw_traces
from reports.claims.verdicts import JudgedClaims
from reports.claims.walk_table import WalkTable, tabulate_walk
from reports.claims.words import (
    claim_reason,
    effect_text,
    interval_text,
    margin_text,
    mean_text,
    part_reason,
    question_sentence,
    rests_on,
)
from reports.material import Material
from reports.numbers import ABSENT
from reports.walk.strides import Walked

__all__ = [
    "PART_COLUMNS",
    "READING",
    "SUMMARY_COLUMNS",
    "ClaimSection",
    "Page",
    "PartRow",
    "QuestionSection",
    "Strip",
    "build_page",
]

SUMMARY_COLUMNS = ("claim", "what the report says", "verdict", "decided by: mean (interval)")
PART_COLUMNS = ("measured", "mean", "interval", "pairs", "expected", "verdict")
MEASURED = "measured"
READING = (
    "Every pair of a content and a style gives one value; its mean over the pairs is what counts. "
    "Intervals are Student's t, wider where pairs share pictures, at the level at which all "
    "intervals of a claim hold at once with 95 %.",
    "Supported: the whole interval lies where the rule expects the mean. Contradicted: the whole "
    "interval lies outside. Cannot tell: neither, or fewer than 6 pairs, or runs are missing. A "
    "claim is supported if all its measurements are, and contradicted if any is.",
    "Claims are not corrected for one another: of twenty, about one may have an interval that "
    "misses the true mean.",
    "Ratios (×) are geometric means over the pairs. Power: how often such a sample would have "
    "shown an effect of that size, at the spread that was seen.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """A measurement as a row of a table.

    Attributes:
        cells: As ``PART_COLUMNS``.
        basis: What it rests on.
        reason: Why the verdict is what it is, where that needs a word.
    """

    cells: tuple[str, ...]
    basis: str
    reason: str

    @property
    def verdict(self) -> str:
        """The verdict, or that something was only measured."""
        return self.cells[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The pictures of one pair with their captions; None for a file that is gone."""

    title: str
    pictures: tuple[tuple[str, Stored | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSection:
    """A claim, what was measured, and what follows; ``mean`` is that of the deciding part."""

    name: str
    says: str
    verdict: str
    mean: str
    reason: str
    parts: tuple[PartRow, ...]
    caveat: str
    strip: Strip | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSection:
    """A question, the reports' answers, and ours."""

    asks: str
    answers: Mapping[str, str]
    answer: str
    claims: tuple[str, ...]
    parts: tuple[PartRow, ...]
    strip: Strip | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on the page, in reading order."""

    title: str
    about: str
    command: str
    facts: Mapping[str, str]
    limits: tuple[str, ...]
    counts: str
    questions: tuple[QuestionSection, ...]
    walk: WalkTable | None
    stations: Strip | None
    traces: Traces | None
    reports: Mapping[str, tuple[ClaimSection, ...]]
    waiting: tuple[tuple[str, str, str], ...]
    not_run: Mapping[str, tuple[str, ...]]
    files: Mapping[str, bytes]

    @property
    def claims(self) -> tuple[ClaimSection, ...]:
        """The claims of all reports."""
        return tuple(claim for claims in self.reports.values() for claim in claims)


def build_page(
    judged: JudgedClaims,
    materials: Mapping[str, Material],
    walked: Walked | None,
    *,
    title: str,
    command: str,
    facts: Mapping[str, str],
    limits: Sequence[str],
) -> Page:
    """Write everything that was judged as the sections of a page.

    Args:
        judged: The verdicts.
        materials: Name of an experiment's file → its sweep.
        walked: What came of the walk of the rules; None where it was not run.
        title: Of the page.
        command: What makes it again.
        facts: Label → text: backbone, evaluator, machine, scale and the like.
        limits: What the verdicts do not say, in plain words.
    """
    owners: list[JudgedClaim | JudgedQuestion] = [*judged.questions, *judged.claims]
    scenes = [_scene(one, materials) for one in owners]
    scenes.append(walk_scene(walked, materials) if walked is not None else None)
    album = _album(scenes)
    *found, stations = _strips(scenes, album)
    strips = dict(zip(map(id, owners), found, strict=True))
    claims = [_claim(one, strips[id(one)]) for one in judged.claims]
    walk, named = judged.rules.walk, judged.rules.reports
    letters = dict.fromkeys(one.claim.report for one in judged.claims)
    return Page(
        title=title,
        about=judged.rules.about,
        command=command,
        facts=facts,
        limits=tuple(limits),
        counts=counts_text(judged.claims, judged.waiting),
        questions=tuple(_question(one, strips[id(one)]) for one in judged.questions),
        walk=tabulate_walk(walk, walked) if walk is not None and walked is not None else None,
        stations=stations,
        traces=draw_traces(judged.parts, materials),
        reports={
            _heading(letter, named): tuple(one for one in claims if one.name.startswith(letter))
            for letter in letters
        },
        waiting=tuple((one.name, one.says, one.waits) for one in judged.waiting),
        not_run=judged.not_run,
        files=album.files,
    )


def _heading(letter: str, named: Mapping[str, str]) -> str:
    return f"Report {letter}: {named[letter]}" if letter in named else f"Report {letter}"


def _claim(judged: JudgedClaim, strip: Strip | None) -> ClaimSection:
    part = judged.deciding
    return ClaimSection(
        name=judged.claim.name,
        says=judged.claim.says,
        verdict=str(judged.verdict),
        mean=mean_text(part) if part is not None else ABSENT,
        reason=claim_reason(judged),
        parts=tuple(map(_row, judged.parts)),
        caveat=judged.claim.caveat,
        strip=strip,
    )


def _question(judged: JudgedQuestion, strip: Strip | None) -> QuestionSection:
    return QuestionSection(
        asks=judged.question.asks,
        answers=judged.question.answers,
        answer=question_sentence(judged),
        claims=tuple(one.claim.name for one in judged.claims),
        parts=tuple(map(_row, judged.parts)),
        strip=strip,
    )


def _row(judged: JudgedPart) -> PartRow:
    verdict = str(judged.verdict) if judged.verdict is not None else MEASURED
    return PartRow(
        cells=(
            judged.part.says,
            effect_text(judged),
            interval_text(judged),
            str(judged.effect.n_pairs),
            margin_text(judged.part) or ABSENT,
            verdict,
        ),
        basis=rests_on(judged),
        reason=part_reason(judged),
    )


def _scene(owner: JudgedClaim | JudgedQuestion, materials: Mapping[str, Material]) -> Scene | None:
    lead = owner.deciding if isinstance(owner, JudgedClaim) else None
    return scene_of(owner.parts, lead, materials)


def _album(scenes: Sequence[Scene | None]) -> Album:
    return collect_pictures(
        [
            (scene.experiment, shown.picture)
            for scene in scenes
            if scene is not None
            for shown in scene.pictures
        ]
    )


def _strips(scenes: Sequence[Scene | None], album: Album) -> list[Strip | None]:
    """The pictures of the album, given back to the scenes they were collected from."""
    stored = iter(album.pictures)
    strips: list[Strip | None] = []
    for scene in scenes:
        if scene is None:
            strips.append(None)
            continue
        chosen = "the pair nearest to the mean" if scene.is_typical else "one pair"
        pictures = tuple((shown.caption, next(stored)) for shown in scene.pictures)
        strips.append(Strip(title=f"{scene.pair} ({chosen})", pictures=pictures))
    return strips
