"""How far a sweep is, from its list of runs and from the runs."""

from types import SimpleNamespace
from typing import Any

import pytest

from harness.sweep.owner import Owner
from harness.sweep.tracking.membership import Member, Membership
from harness.sweep.tracking.standing import Counts, Standing, VariantEntry, is_abandoned

ALIVE = str(Owner.this_process())
GONE = str(Owner(host=Owner.this_process().host, pid=Owner.this_process().pid, start="1.0"))


def run(status: str, fingerprint: str, *, at: int = 0, owner: str = ALIVE, **tags: str) -> Any:
    """Return a run as MLflow would, as far as it is read."""
    named = {f"harness.{name}": value for name, value in tags.items()}
    return SimpleNamespace(
        info=SimpleNamespace(run_id=f"{fingerprint}-{at}", status=status, start_time=at),
        data=SimpleNamespace(
            tags={"harness.fingerprint": fingerprint, "harness.owner": owner, **named}
        ),
    )


def listed(**runs: str | None) -> Membership:
    """Return a list of runs: two variants by turns, one cell for each fingerprint."""
    rows: list[dict[str, Any]] = [
        {"variant": at % 2, "case": at // 2, "fingerprint": fingerprint, "run_id": run_id}
        for at, (fingerprint, run_id) in enumerate(runs.items())
    ]
    members = tuple(Member(**row | {"run_id": row["run_id"] or ""}) for row in rows)
    return Membership(variants=("light", "heavy"), baseline=0, members=members)


def test_list_alone() -> None:
    """Without runs to say otherwise the list counts: finished, or left."""
    counts = Standing(listed(a="r", b=None), []).counts

    assert Counts(finished=1, left=1) == counts
    assert 2 == counts.planned


def test_runs_know_better_than_an_old_list() -> None:
    """What happened since the list was written is counted."""
    runs = [
        run("FINISHED", "a"),
        run("FAILED", "b"),
        run("RUNNING", "c"),
        run("RUNNING", "d", owner=GONE),
        run("KILLED", "e"),
    ]
    counts = Standing(listed(a=None, b=None, c=None, d=None, e=None, f=None), runs).counts

    assert Counts(finished=1, failed=1, running=1, interrupted=2, left=1) == counts
    assert 6 == counts.planned


@pytest.mark.parametrize(
    ("first", "second"), [("FAILED", "FINISHED"), ("FINISHED", "FAILED"), ("KILLED", "FINISHED")]
)
def test_one_finished_try_is_enough(first: str, second: str) -> None:
    """A run that was tried several times counts once, as the best of its tries."""
    runs = [run(first, "a", at=1), run(second, "a", at=2)]

    assert Counts(finished=1, left=0) == Standing(listed(a=None), runs).counts


def test_run_of_an_earlier_plan_is_not_counted() -> None:
    """A run that the list does not name belongs to an earlier version of the sweep file."""
    assert Counts(finished=1, left=0) == Standing(listed(a="r"), [run("FAILED", "old")]).counts


def test_without_a_list_the_size_of_the_plan_is_unknown() -> None:
    """Before its first end a sweep's runs are all that is known of it."""
    standing = Standing(None, [run("FINISHED", "a", variant="light"), run("RUNNING", "b")])

    assert Counts(finished=1, running=1) == standing.counts
    assert standing.counts.planned is None
    assert ["light", ""] == [one.name for one in standing.variants]


def test_variants_share_a_run() -> None:
    """A run that fills cells of two variants counts for both, in the order of the table."""
    membership = listed(a="r", b=None)
    shared = Membership(
        variants=membership.variants,
        baseline=membership.baseline,
        members=(*membership.members, *listed(x=None, a="r").members[1:]),
    )

    light, heavy = Standing(shared, []).variants
    assert VariantEntry(name="light", runs=Counts(finished=1, left=0)) == light
    assert VariantEntry(name="heavy", runs=Counts(finished=1, left=1)) == heavy


def test_failure_is_the_last_reason() -> None:
    """A failed run is told once, with its last reason; one done again since is not told."""
    runs = [
        run("FAILED", "a", at=1, reason="first", variant="light", case="c"),
        run("FAILED", "a", at=2, reason="second", variant="light", case="c"),
        run("FAILED", "b", at=3, reason="mended"),
        run("FINISHED", "b", at=4),
    ]

    (failure,) = Standing(listed(a=None, b=None), runs).failures

    assert ("light", "c", "second") == (failure.variant, failure.case, failure.reason)


@pytest.mark.parametrize(
    ("status", "owner", "expected"),
    [
        ("RUNNING", GONE, True),
        ("RUNNING", ALIVE, False),
        ("FINISHED", GONE, False),
        ("RUNNING", "elsewhere.invalid:1:1.0", False),
        ("RUNNING", "of another form", False),
    ],
    ids=["gone", "alive", "finished", "elsewhere", "unknown"],  # no process ids: alike everywhere
)
def test_abandoned(status: str, owner: str, expected: bool) -> None:
    """Only a RUNNING run whose process on this host has ended is abandoned."""
    assert expected == is_abandoned(run(status, "a", owner=owner))
