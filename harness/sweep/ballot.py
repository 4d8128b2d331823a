"""What a vote is about: finished pictures of a stored sweep, and two of them for each question."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.images.decode import decode_picture
from harness.images.resize import shrink_long_side
from harness.images.strip import decode_strip
from harness.sweep.tracking.externals import find_externals
from harness.sweep.tracking.kept_scores import kept_scores
from harness.sweep.tracking.lookup import stored_sweep
from harness.sweep.tracking.membership import MemberCase
from harness.sweep.tracking.names import Tag
from harness.sweep.tracking.picture_files import KeptPictures
from harness.sweep.tracking.reader import finished_runs, picture_path
from harness.sweep.tracking.stored import StoredRun
from reports.vote_page import VotePage, VoteQuestion

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["Ballot", "Entries", "Entry", "draw_ballot", "make_vote_page", "read_entries"]

RESULT_PX = 512
INPUT_PX = 256  # shown small


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A picture that may be shown: a variant's finished run on one case.

    ``metrics`` are the scores by the sweep's evaluator; empty where there are none.
    """

    variant: str
    case: MemberCase
    run: StoredRun
    metrics: Mapping[str, float]

    @property
    def pair(self) -> tuple[str, str]:
        """The names of the content and the style."""
        return self.case.content, self.case.style


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The finished pictures of a sweep; ``unfinished`` counts runs that are left out."""

    sweep: str
    evaluator: str
    entries: tuple[Entry, ...]
    unfinished: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """The questions of a vote, and how many different ones there could be."""

    questions: tuple[VoteQuestion, ...]
    possible: int


def read_entries(client: "MlflowClient", sweep: str) -> Entries:
    """Return what has finished of a sweep, also while it goes on; nothing is written.

    Pictures made elsewhere that were logged beside the sweep are variants of their own.

    Args:
        client: A client of the store.
        sweep: The sweep's name.

    Raises:
        InputError: The store has no such sweep, or nothing of it is known yet.
        StoreError: The sweep's list of runs, or a file of scores, cannot be read.
    """
    parent, membership = stored_sweep(client, sweep)
    evaluator = parent.data.tags.get(Tag.EVALUATOR, "")
    wanted = {member.fingerprint for member in membership.members}
    own = bool(parent.data.tags.get(Tag.ONLY_OWN))
    stored = finished_runs(client, prefer=sweep, only_own=own, wanted=wanted)
    scores = {name: _scores(client, stored[name], evaluator) for name in wanted & stored.keys()}
    entries = [
        Entry(
            variant=membership.variants[member.variant],
            case=membership.cases[member.case],
            run=stored[member.fingerprint],
            metrics=scores[member.fingerprint],
        )
        for member in membership.members
        if member.fingerprint in stored
    ]
    entries += [
        Entry(
            variant=external.name,
            case=membership.cases[external.case],
            run=external.stored,
            metrics=_scores(client, external.stored, evaluator),
        )
        for external in find_externals(client, sweep, membership)
    ]
    return Entries(
        sweep=sweep,
        evaluator=evaluator,
        entries=tuple(entries),
        unfinished=len(wanted - stored.keys()),
    )


def _scores(client: "MlflowClient", stored: StoredRun, evaluator: str) -> Mapping[str, float]:
    """Return a run's scores by an evaluator, which may have scored it after its own had."""
    if stored.evaluator == evaluator:
        return stored.metrics
    return kept_scores(client, stored, evaluator) or {}


def draw_ballot(entries: Iterable[Entry], count: int, seed: int) -> Ballot:
    """Draw questions at random, none twice: two variants on one content, style and seed.

    Pairs of content and style come equally often; within that variants do, and within that
    every two variants meet equally often.

    Args:
        entries: The finished pictures.
        count: How many questions are wanted; fewer come where there are fewer.
        seed: Equal seeds on equal runs draw equal questions, sides included.
    """
    generator = np.random.default_rng(seed)
    candidates = _candidates(entries)
    shuffled = [candidates[at] for at in generator.permutation(len(candidates))]
    drawn = _balanced(shuffled, count)
    questions = [
        _question(*(drawn[at] if generator.random() < 1 / 2 else drawn[at][::-1]))
        for at in generator.permutation(len(drawn))
    ]
    return Ballot(questions=tuple(questions), possible=len(candidates))


def _candidates(entries: Iterable[Entry]) -> list[tuple[Entry, Entry]]:
    """Return every two runs of a case; runs that serve several seeds are asked of once."""
    by_case: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_case[entry.case.name].append(entry)
    found: dict[frozenset[str], tuple[Entry, Entry]] = {}
    for case in by_case.values():
        for one, two in itertools.combinations(case, 2):
            if one.run.run_id != two.run.run_id and one.variant != two.variant:
                found.setdefault(frozenset({one.run.run_id, two.run.run_id}), (one, two))
    return list(found.values())


class _Wear:
    """How often what a question is made of has been drawn already."""

    def __init__(self) -> None:
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._variants: Counter[str] = Counter()
        self._meetings: Counter[frozenset[str]] = Counter()

    def add(self, one: Entry, two: Entry) -> None:
        self._pairs[one.pair] += 1
        self._variants.update([one.variant, two.variant])
        self._meetings[frozenset({one.variant, two.variant})] += 1

    def of_pair(self, pair: tuple[str, str]) -> int:
        return self._pairs[pair]

    def of_variants(self, one: Entry, two: Entry) -> tuple[int, int]:
        together = self._variants[one.variant] + self._variants[two.variant]
        return together, self._meetings[frozenset({one.variant, two.variant})]


def _balanced(shuffled: Sequence[tuple[Entry, Entry]], count: int) -> list[tuple[Entry, Entry]]:
    """Take the least worn question again and again; among equals the first."""
    left: dict[tuple[str, str], list[tuple[Entry, Entry]]] = defaultdict(list)
    for question in shuffled:
        left[question[0].pair].append(question)
    wear, drawn = _Wear(), []
    for _ in range(min(count, len(shuffled))):
        pair = min((one for one, questions in left.items() if questions), key=wear.of_pair)
        wears = [wear.of_variants(*question) for question in left[pair]]
        drawn.append(left[pair].pop(wears.index(min(wears))))
        wear.add(*drawn[-1])
    return drawn


def _question(left: Entry, right: Entry) -> VoteQuestion:
    return VoteQuestion(
        content=left.case.content,
        style=left.case.style,
        seed=left.case.seed,
        left_run_id=left.run.run_id,
        right_run_id=right.run.run_id,
    )


def make_vote_page(
    client: "MlflowClient", found: Entries, questions: Sequence[VoteQuestion], *, command: str
) -> VotePage:
    """Gather the pictures of some questions, from the store alone.

    Args:
        client: A client of the store.
        found: What the questions are about.
        questions: What ``draw_ballot`` returned.
        command: What counts the choices, without the names of the files.

    Raises:
        StoreError: A picture is gone from the store.
    """
    shown = {run for one in questions for run in (one.left_run_id, one.right_run_id)}
    entries = {one.run.run_id: one for one in found.entries if one.run.run_id in shown}
    contents = {one.case.content: one.case.content_sha256 for one in entries.values()}
    styles = {one.case.style: one.case.styles for one in entries.values()}
    parent, _ = stored_sweep(client, found.sweep)
    kept = KeptPictures(client, parent)
    return VotePage(
        sweep=found.sweep,
        evaluator=found.evaluator,
        command=command,
        questions=questions,
        contents={name: _input(kept, [sha256]) for name, sha256 in contents.items()},
        styles={name: _input(kept, style.files) for name, style in styles.items()},
        results={run_id: _result(client, entry.run) for run_id, entry in entries.items()},
    )


def _input(kept: KeptPictures, files: Iterable[str]) -> np.ndarray:
    return shrink_long_side(decode_strip(map(kept, files)), INPUT_PX)


def _result(client: "MlflowClient", run: StoredRun) -> np.ndarray:
    path = picture_path(client, run)
    return shrink_long_side(decode_picture(path.read_bytes(), name=str(path)), RESULT_PX)
