"""The frame of runs that reports are made of."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.sweep.results import Cell, ExternalCell, runs_frame, shared_styles_note
from harness.sweep.tracking.membership import Member, MemberCase, Membership
from harness.sweep.tracking.names import Tag
from harness.sweep.tracking.stored import StoredRun
from reports.comparison import pair_pictures
from reports.frame import REQUIRED_COLUMNS


def _case(seed: int) -> MemberCase:
    return MemberCase(
        name=f"cat × sea, seed {seed}",
        pair="cat × sea",
        content="cat",
        style="sea",
        seed=seed,
        content_sha256="aa",
        style_sha256="bb",
    )


@pytest.fixture
def membership() -> Membership:
    """Return the list of a sweep whose first variant is one run for both seeds."""
    # As a plan has them: cases are the outer loop.
    cells = {(0, 0): "one", (1, 0): "two", (0, 1): "one", (1, 1): "three"}
    return Membership(
        variants=("light", "heavy"),
        baseline=0,
        members=tuple(
            Member(variant=variant, case=case, fingerprint=fingerprint, run_id="")
            for (variant, case), fingerprint in cells.items()
        ),
        assignments=({}, {}),
        loss_keys=("key-light", "key-heavy"),
        cases=(_case(5), _case(6)),
    )


def _frame(membership: Membership, cells: dict[str, Cell], **more: Any) -> pd.DataFrame:
    return runs_frame(membership, cells, "judge-1", balance=0.6, **more)


def _finished(fingerprint: str) -> Cell:
    stored = StoredRun(
        run_id=f"run-{fingerprint}",
        fingerprint=fingerprint,
        occasion="sweep",
        evaluator="judge-1",
        metrics={},
        tags={Tag.NUMERICS: "here", Tag.TIMING_KEY: "now"},
        artifact_uri="",
        experiment_id="1",
    )
    metrics = {"style/gain": 0.5, "loss/total": 3.0, "loss/style/relu1_1": 1.0}
    return Cell(stored=stored, metrics=metrics, status="FINISHED", picture=Path("result.png"))


def test_one_row_for_every_cell_in_the_order_of_the_sweep(membership: Membership) -> None:
    """Variants come in their order, the cases inside them; a run may fill several rows."""
    frame = _frame(membership, {"one": _finished("one")})

    assert ["light", "light", "heavy", "heavy"] == list(frame["variant"])
    assert [5, 6, 5, 6] == list(frame["seed"])
    assert ["one", "one", "two", "three"] == list(frame["fingerprint"])
    assert set(REQUIRED_COLUMNS) <= set(frame.columns)


def test_row_of_a_finished_run(membership: Membership) -> None:
    """It names its run, its judge and its numerics, and has the numbers but single losses."""
    row = _frame(membership, {"one": _finished("one")}).iloc[0].to_dict()
    expected = {
        "case": "cat × sea, seed 5",
        "pair": "cat × sea",
        "content": "cat",
        "style": "sea",
        "status": "FINISHED",
        "run_id": "run-one",
        "evaluator_id": "judge-1",
        "numerics_key": "here",
        "timing_key": "now",
        "loss_key": "key-light",
        "picture": Path("result.png"),
        "style/gain": 0.5,
        "loss/total": 3.0,
    }

    assert expected == {name: row[name] for name in expected}
    assert "loss/style/relu1_1" not in row


def test_rows_without_a_finished_run(membership: Membership) -> None:
    """What failed says why; what was never begun is missing; neither names a judge."""
    failed = Cell(stored=None, metrics={}, status="FAILED", error="out of memory")
    frame = _frame(membership, {"two": failed})

    assert ["MISSING", "MISSING", "FAILED", "MISSING"] == list(frame["status"])
    assert ["", "", "out of memory", ""] == list(frame["error"])
    assert {""} == set(frame["evaluator_id"]) | set(frame["run_id"])


def test_balance_is_derived_from_distances_and_anchor(membership: Membership) -> None:
    """W (1 - D / D0) + (1 - w) K, by hand; absent where a part is."""
    whole = {"style/gram": 0.1, "anchor/style/gram": 0.4, "content/score": 0.5}
    one = replace(_finished("one"), metrics=whole)
    two = replace(_finished("two"), metrics={"content/score": 0.5})

    frame = _frame(membership, {"one": one, "two": two}).set_index("fingerprint")

    assert pytest.approx(0.6 * 0.75 + 0.4 * 0.5) == frame.loc["one", "balance"].iloc[0]
    assert np.isnan(frame.loc["two", "balance"])


def test_pictures_made_elsewhere_are_further_variants(membership: Membership) -> None:
    """They stand after the sweep's own, by name, on their case alone, without a loss."""
    others = [
        ExternalCell(name=name, case=1, fingerprint=f"e-{name}", cell=_finished(name))
        for name in ("theirs", "ours by hand")
    ]

    frame = _frame(membership, {}, externals=others).iloc[4:]

    assert ["ours by hand", "theirs"] == list(frame["variant"])
    assert [2, 3] == list(frame["variant_index"])
    assert [6, 6] == list(frame["seed"])
    assert {""} == set(frame["loss_key"])


def _styled(membership: Membership, **styles: tuple[tuple[str, int], ...]) -> Membership:
    """Return a list of runs with a case for each style, of these files."""
    cases = tuple(
        replace(
            _case(5), pair=f"cat × {name}", style=name, style_sha256=name, style_weights=weights
        )
        for name, weights in styles.items()
    )
    members = tuple(
        Member(variant=0, case=at, fingerprint=str(at), run_id="") for at in range(len(cases))
    )
    return replace(membership, cases=cases, members=members)


def test_styles_that_share_pictures_count_as_one(membership: Membership) -> None:
    """Also by way of a third; nothing is inferred from them as if they were independent."""
    styled = _styled(
        membership,
        a=(),
        b=(),
        lone=(),
        pair=(("c", 1), ("d", 1)),
        bridge=(("a", 2), ("d", 1)),
    )
    frame = _frame(styled, {})

    assert ["a", "b", "lone", "a", "a"] == list(frame["style_group"])
    assert ("cat", "a") == pair_pictures(frame)["cat × bridge"]
    (note,) = shared_styles_note(frame)
    assert note.endswith("compared: a, pair, bridge.")


def test_styles_that_share_nothing_are_told_apart_by_name(membership: Membership) -> None:
    """There is no column more, and nothing to note."""
    frame = _frame(_styled(membership, a=(), pair=(("c", 1), ("d", 1))), {})

    assert "style_group" not in frame.columns
    assert ("cat", "pair") == pair_pictures(frame)["cat × pair"]
    assert [] == shared_styles_note(frame)
