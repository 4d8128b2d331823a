"""Read the files that a vote page saves, and join the choices with what the store measured."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.errors import InputError
from harness.sweep.ballot import Entries, Entry
from reports.vote_page import AIMS
from reports.votes import Choice, Side, Vote

__all__ = ["AimVotes", "VotesFile", "join_votes", "read_votes_file"]

SCHEMA_VERSION = 1
MAX_BYTES = 16 << 20  # a choice takes 200 bytes

Text = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SavedChoice(_Part):
    """One answer."""

    content: Text
    style: Text
    seed: int = Field(ge=0)
    left_run_id: Text
    right_run_id: Text
    choice: Choice
    seconds: float = Field(ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _two_runs(self) -> Self:
        if self.left_run_id == self.right_run_id:
            raise ValueError("left_run_id and right_run_id are the same run")
        return self


class VotesFile(_Part):
    """What one voter chose with one aim: ``votes-SWEEP-DATE.json``."""

    schema_version: Literal[1]
    sweep: Text
    aim: Literal["overall", "style", "content"]
    evaluator: str
    session: Text
    voter: str
    saved: AwareDatetime
    votes: tuple[SavedChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AimVotes:
    """The choices with one aim.

    ``unknown`` counts choices that are left out, because the sweep does not have their runs any
    more; ``repeated`` those that the same voter took back later; ``unscored`` the choices about
    a picture that the sweep's evaluator has not scored, so that no metric can agree.
    """

    aim: str
    voters: tuple[str, ...]
    votes: tuple[Vote, ...]
    unknown: int
    repeated: int
    unscored: int


def read_votes_file(path: Path) -> VotesFile:
    """Read a file that a vote page saved.

    Raises:
        InputError: It is missing, damaged, of another version, or no such file at all.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{path}: too large for a file of choices; give what the page saved")
    try:
        return VotesFile.model_validate_json(data)
    except ValidationError as error:
        raise InputError(f"{path}: {_explained(error)}") from error


def _explained(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "json_invalid":
        return f"no JSON, or cut off ({first['msg']}); give a file that the vote page saved"
    if place == "schema_version" and first["type"] != "missing":
        return (
            f"found schema_version {first['input']!r}, this version reads {SCHEMA_VERSION}; "
            "give a file that the vote page of this version saved"
        )
    where = f"{place}: " if place else ""
    return f"not as a vote page saves it: {where}{first['msg']}"


def join_votes(found: Entries, files: Iterable[tuple[Path, VotesFile]]) -> tuple[AimVotes, ...]:
    """Join choices with the runs they are about, by aim.

    Of files of one session the last one saved counts, and so does the last answer of a voter to
    a question; voters are told apart by name, unnamed ones by session.

    Args:
        found: The finished pictures of the sweep.
        files: What ``read_votes_file`` returned, with where it came from.

    Raises:
        InputError: A file is about another sweep, or its choices do not fit the sweep's runs.
    """
    by_aim: dict[str, dict[str, tuple[Path, VotesFile]]] = defaultdict(dict)
    for path, file in sorted(files, key=lambda one: one[1].saved):
        if file.sweep != found.sweep:
            raise InputError(
                f"{path}: choices about the sweep {file.sweep!r}, not about {found.sweep!r}"
            )
        by_aim[file.aim].pop(file.session, None)  # so that the dictionary stays in order
        by_aim[file.aim][file.session] = path, file
    joiner = _Joiner(found)
    return tuple(joiner.join(aim, list(by_aim[aim].values())) for aim in AIMS if aim in by_aim)


class _Joiner:
    def __init__(self, found: Entries) -> None:
        self._entries: Mapping[str, Entry] = {one.run.run_id: one for one in found.entries}

    def join(self, aim: str, files: Sequence[tuple[Path, VotesFile]]) -> AimVotes:
        voters = _voters([file for _path, file in files])
        votes: dict[tuple[str, frozenset[str]], Vote] = {}
        unknown = repeated = 0
        for path, file in files:
            for at, saved in enumerate(file.votes):
                vote = self._vote(saved, voters[file.session], f"{path}: votes.{at}")
                if vote is None:
                    unknown += 1
                    continue
                key = vote.voter, vote.question
                repeated += key in votes
                votes[key] = vote
        return AimVotes(
            aim=aim,
            voters=tuple(dict.fromkeys(voters.values())),
            votes=tuple(votes.values()),
            unknown=unknown,
            repeated=repeated,
            unscored=sum(not (one.left.metrics and one.right.metrics) for one in votes.values()),
        )

    def _vote(self, saved: SavedChoice, voter: str, place: str) -> Vote | None:
        runs = (saved.left_run_id, saved.right_run_id)
        known = [self._entries[run] for run in runs if run in self._entries]
        if any(entry.pair != (saved.content, saved.style) for entry in known):
            raise InputError(
                f"{place}: its runs are not of {saved.content} × {saved.style}; "
                "the file was changed, or is about another sweep of this name"
            )
        if len(known) != len(runs):
            return None
        left, right = known
        if left.variant == right.variant:
            raise InputError(f"{place}: both runs are of one variant; the file was changed")
        return Vote(
            voter=voter,
            pair=left.pair,
            left=_side(left),
            right=_side(right),
            choice=saved.choice,
        )


def _side(entry: Entry) -> Side:
    return Side(run_id=entry.run.run_id, variant=entry.variant, metrics=entry.metrics)


def _voters(files: Iterable[VotesFile]) -> dict[str, str]:
    """Return what to call the voter of each session; one name, however written, is one voter."""
    labels: dict[str, str] = {}
    names: dict[str, str] = {}
    unnamed = 0
    for file in files:
        name = " ".join(file.voter.split())
        if name:
            labels[file.session] = names.setdefault(name.casefold(), name)
        else:
            unnamed += 1
            labels[file.session] = f"unnamed {unnamed}"
    return labels
