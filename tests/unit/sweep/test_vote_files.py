"""Files of choices: read strictly, joined with the runs they are about."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InputError
from harness.sweep.ballot import Entries, Entry
from harness.sweep.tracking.membership import MemberCase
from harness.sweep.tracking.stored import StoredRun
from harness.sweep.vote_files import AimVotes, join_votes, read_votes_file

Save = Callable[..., Path]


def choice(**changes: Any) -> dict[str, Any]:
    """Return a choice between the variants a and b on the pair c × s."""
    return {
        "content": "c",
        "style": "s",
        "seed": 0,
        "left_run_id": "a",
        "right_run_id": "b",
        "choice": "left",
        "seconds": 1.5,
    } | changes


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Return a function that writes a file of choices."""

    def write(*votes: dict[str, Any], name: str = "votes.json", **changes: Any) -> Path:
        content = {
            "schema_version": 1,
            "sweep": "tiny",
            "aim": "overall",
            "evaluator": "e",
            "session": name,
            "voter": "",
            "saved": "2026-01-02T10:00:00.000Z",
            "votes": list(votes),
        }
        path = tmp_path / name
        path.write_text(json.dumps(content | changes))
        return path

    return write


CASE = MemberCase(
    name="c × s, seed 0",
    pair="c × s",
    content="c",
    style="s",
    seed=0,
    content_sha256="",
    style_sha256="",
)


def entries(*, unscored: str = "") -> Entries:
    """Return the runs a, b and d of three variants on one case, all scored but for one."""
    found = tuple(
        Entry(
            variant=f"variant {name}",
            case=CASE,
            run=StoredRun(
                run_id=name,
                fingerprint=name,
                occasion="tiny",
                evaluator="e",
                metrics={},
                tags={},
                artifact_uri="",
                experiment_id="1",
            ),
            metrics={} if name == unscored else {"style/gain": float(at)},
        )
        for at, name in enumerate("abd")
    )
    return Entries(sweep="tiny", evaluator="e", entries=found, unfinished=0)


def joined(*paths: Path, found: Entries | None = None) -> AimVotes:
    """Join files of one aim."""
    files = [(path, read_votes_file(path)) for path in paths]
    (aim,) = join_votes(found or entries(), files)
    return aim


def test_choices_meet_their_runs(save: Save) -> None:
    """A choice has both runs' variants and metrics."""
    (vote,) = joined(save(choice(choice="right"))).votes

    assert ("variant a", "variant b", "right") == (
        vote.left.variant,
        vote.right.variant,
        vote.choice,
    )
    assert {"style/gain": 1.0} == vote.right.metrics


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema_version": 2}, "found schema_version 2, this version reads 1"),
        ({"aim": "beauty"}, "aim: Input should be 'overall'"),
        ({"extra": 1}, "extra: Extra inputs are not permitted"),
        ({"votes": [choice(choice="both")]}, r"votes\.0\.choice: "),
        ({"votes": [choice(seconds=-1.0)]}, r"votes\.0\.seconds: "),
        ({"votes": [choice(right_run_id="a")]}, "the same run"),
        ({"saved": "yesterday"}, "saved: "),
    ],
)
def test_damaged_files_are_refused(save: Save, changes: dict[str, Any], message: str) -> None:
    """What is not as the page saves it is an error that names the file and the place."""
    with pytest.raises(InputError, match=f"votes.json: .*{message}"):
        read_votes_file(save(**changes))


def test_other_json_is_refused(tmp_path: Path) -> None:
    """JSON of something else is told what it lacks."""
    path = tmp_path / "table.json"
    path.write_text('{"answer": 42}')

    with pytest.raises(InputError, match="not as a vote page saves it: schema_version: Field req"):
        read_votes_file(path)


@pytest.mark.parametrize("data", [b"", b"<!doctype html>", b'{"sweep": "ti', b"\xff\xfe{}"])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    """The page itself, an empty file and half a file are told apart from choices."""
    path = tmp_path / "votes.json"
    path.write_bytes(data)

    with pytest.raises(InputError, match="no JSON, or cut off"):
        read_votes_file(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    """A path without a file is an input error."""
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(InputError, match="cannot be read"):
            read_votes_file(path)


def test_other_sweeps_choices_are_refused(save: Save) -> None:
    """Choices about another sweep are not counted for this one."""
    with pytest.raises(InputError, match="the sweep 'other', not about 'tiny'"):
        joined(save(choice(), sweep="other"))


def test_choices_that_do_not_fit_are_refused(save: Save) -> None:
    """A run of another content than the file says means that the file was changed."""
    with pytest.raises(InputError, match=r"votes\.1: its runs are not of x × s"):
        joined(save(choice(), choice(content="x")))


def test_unknown_runs_are_counted(save: Save) -> None:
    """Choices about runs that are gone are left out, and that is said."""
    found = joined(save(choice(), choice(left_run_id="gone")))

    assert (1, 1) == (len(found.votes), found.unknown)


def test_last_answer_counts(save: Save) -> None:
    """Of one session the last file counts; a voter's later session overrides, sides turned."""
    early = save(choice(), choice(left_run_id="d"), name="1", session="x", voter="Ann")
    late = save(
        choice(choice="right"),
        name="2",
        session="x",
        voter="Ann",
        saved="2026-01-02T11:00:00Z",
    )
    anew = save(
        choice(left_run_id="b", right_run_id="a"),
        name="3",
        session="y",
        voter=" ann ",
        saved="2026-01-03T11:00:00Z",
    )

    (same_session,) = joined(late, early).votes
    by_name = joined(anew, late)

    assert "right" == same_session.choice
    assert (("Ann",), 1) == (by_name.voters, by_name.repeated)
    assert ["b"] == [vote.left.run_id for vote in by_name.votes]


def test_unnamed_voters_are_told_apart(save: Save) -> None:
    """Without a name every session is a voter."""
    found = joined(save(choice(), name="1"), save(choice(), name="2"))

    assert ("unnamed 1", "unnamed 2") == found.voters
    assert 2 == len(found.votes)


def test_aims_stay_apart(save: Save) -> None:
    """Choices of different aims are never put together."""
    paths = [save(choice(), name=aim, aim=aim) for aim in ("style", "overall")]

    found = join_votes(entries(), [(path, read_votes_file(path)) for path in paths])

    assert ["overall", "style"] == [one.aim for one in found]


def test_choices_about_unscored_pictures_are_counted(save: Save) -> None:
    """A picture without scores by the sweep's evaluator keeps its choices."""
    found = joined(save(choice()), found=entries(unscored="b"))

    assert 1 == found.unscored
    assert {} == found.votes[0].right.metrics
