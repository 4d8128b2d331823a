"""What MLflow's page says of a variant: name, means, note, pictures."""

import math
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from harness.sweep.subject import Subject
from harness.sweep.tracking.membership import Member, MemberCase, Membership
from harness.sweep.tracking.stored import StoredRun
from harness.sweep.variant_entries import case_keys, variant_entries

HOSTILE = "](x) | <b>`"


def case(content: str, seed: int = 0) -> MemberCase:
    """Return a case of a content with one style."""
    pair = f"{content} × s"
    return MemberCase(
        name=f"{pair}, seed {seed}",
        pair=pair,
        content=content,
        style="s",
        seed=seed,
        content_sha256=content,
        style_sha256="s",
    )


def stored(key: str, experiment: str) -> StoredRun:
    """Return a finished run."""
    return StoredRun(
        run_id=f"id-{key}",
        fingerprint=key,
        experiment_id=experiment,
        occasion="mine",
        evaluator="e",
        metrics={"style/gain": 1.234, "iterations": 40.0},
        tags={},
        artifact_uri=f"/runs/{key}",
    )


def subject(
    cells: dict[tuple[int, int], str],
    *,
    cases: tuple[MemberCase, ...],
    homes: dict[str, str] | None = None,
) -> Subject:
    """Return a sweep of two variants; ``cells`` are fingerprints by (variant, case)."""
    membership = Membership(
        variants=("start=content, lr=1", f"start={HOSTILE}, lr=2"),
        baseline=0,
        members=tuple(
            Member(variant=at[0], case=at[1], fingerprint=key, run_id=f"id-{key}")
            for at, key in cells.items()
        ),
        assignments=({"start": "content", "lr": "1"}, {"start": HOSTILE, "lr": "2"}),
        loss_keys=("k", "k"),
        cases=cases,
    )
    runs = {key: stored(key, (homes or {}).get(key, "7")) for key in cells.values()}
    return cast("Subject", SimpleNamespace(membership=membership, stored=runs))


def summary(**columns: Any) -> pd.DataFrame:
    """Return a summary of the two variants and a picture made elsewhere."""
    return pd.DataFrame(
        {
            "variant": ["start=content, lr=1", f"start={HOSTILE}, lr=2", "theirs"],
            "is_baseline": [True, False, False],
            "verdict": ["no verdict", "better", "cannot tell"],
            "reason": ["", f"better: {HOSTILE}", ""],
            "style/gain": [1.0, 2.0, math.nan],
            "balance": [0.123456, 0.9, 0.5],
            **columns,
        }
    )


CELLS = {(0, 0): "a", (0, 1): "b", (1, 0): "c", (1, 1): "d"}
CASES = (case("x"), case("y"))


def test_lines_come_by_balance_with_means() -> None:
    """The best comes first; means have four digits, absent ones are left out."""
    lines = variant_entries(subject(CELLS, cases=CASES), summary())

    assert [line.name for line in lines] == [f"{HOSTILE}, 2", "theirs", "baseline: content, 1"]
    assert lines[1].metrics == {"balance": 0.5}
    assert lines[2].metrics == {"style/gain": 1.0, "balance": 0.1235}
    assert lines[2].verdict == "baseline"
    assert lines[0].parameters == {"start": HOSTILE, "lr": "2"}


def test_without_a_balance_style_gain_decides() -> None:
    """Where one variant has no balance, the style gain orders them; those without come last."""
    table = summary(balance=[0.9, math.nan, 0.5])
    lines = variant_entries(subject(CELLS, cases=CASES), table)

    assert [line.verdict for line in lines] == ["better", "baseline", "cannot tell"]


def test_note_names_runs_as_text() -> None:
    """A note has a row a case, and what comes from a file is neither Markdown nor HTML."""
    note = variant_entries(subject(CELLS, cases=CASES), summary())[0].note

    assert note.startswith("[2 runs, a case each](#/experiments/7/runs?")
    assert note.count("[beside the baseline](#/metric/") == 2
    assert "| [x × s, seed 0](#/experiments/7/runs/id-c?" in note
    assert "better&#58; &#93;&#40;x&#41; &#124; &#60;b&#62;&#96;" in note


def test_baseline_has_its_own_curves_only() -> None:
    """The baseline is not set beside itself."""
    note = variant_entries(subject(CELLS, cases=CASES), summary())[-1].note

    assert "beside the baseline" not in note
    assert note.count("[curve](#/metric/") == 2


def test_runs_of_another_sweep() -> None:
    """A run that another sweep made is linked where it is, and shown with the others."""
    mine = subject(CELLS, cases=CASES, homes={"d": "8"})
    note = variant_entries(mine, summary())[0].note

    assert note.startswith("[2 runs, a case each](#/compare-experiments/s?")
    assert "(#/experiments/8/runs/id-d?" in note


@pytest.mark.parametrize("count", [60, 400])
def test_note_of_many_cases_fits(count: int) -> None:
    """MLflow refuses a note of over 8,000 characters: rows are left out, and that is said."""
    many = tuple(case(f"{number:03}") for number in range(count))
    cells = {(variant, at): f"{variant}-{at:029}" for variant in (0, 1) for at in range(count)}
    note = variant_entries(subject(cells, cases=many), summary())[-1].note

    assert len(note) < 8000
    assert "cases more |" in note.splitlines()[-1]


@pytest.mark.parametrize(
    ("cases", "keys"),
    [
        ((case("x"), case("y")), ("x x s", "y x s")),
        ((case("x"), case("x", seed=1)), ("x x s seed 0", "x x s seed 1")),
    ],
)
def test_keys_name_seeds_where_they_vary(
    cases: tuple[MemberCase, ...], keys: tuple[str, ...]
) -> None:
    """Rows of the grid of pictures are named by pair, and by seed if there are several."""
    assert case_keys(subject({}, cases=cases)) == keys


def test_run_that_serves_several_seeds_is_shown_once() -> None:
    """Where nothing is drawn at random, seeds share a run: one picture, one row."""
    shared = subject({(0, 0): "a", (0, 1): "a"}, cases=(case("x"), case("x", seed=1)))
    line = variant_entries(shared, summary())[-1]

    assert [picture.key for picture in line.pictures] == ["x x s seed 0"]
    assert line.note.startswith("[1 run, a case each]")
