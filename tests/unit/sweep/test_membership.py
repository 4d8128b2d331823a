"""The list of a sweep's runs, as its parent carries it."""

import json
from typing import Any

import pytest

from harness.sweep.tracking.membership import Member, Membership

CONTENT: dict[str, Any] = {
    "schema_version": 2,
    "baseline": 0,
    "layout": {"rows": "pair"},
    "variants": [
        {"name": "light", "assignment": {"lr": "1"}, "loss_key": "k0"},
        {"name": "heavy", "assignment": {"lr": "2"}, "loss_key": "k1"},
    ],
    "cases": [
        {
            "name": "c × s, seed 0",
            "pair": "c × s",
            "content": "c",
            "style": "s",
            "seed": 0,
            "content_sha256": "aa",
            "style_sha256": "bb",
        }
    ],
    "runs": [
        {"variant": 0, "case": 0, "fingerprint": "f0", "run_id": "r0"},
        {"variant": 1, "case": 0, "fingerprint": "f1", "run_id": None},
    ],
}


def test_what_is_written_is_read() -> None:
    """Variants, cells and runs come back; a cell without a run has an empty id."""
    membership = Membership.parse(json.dumps(CONTENT))

    assert ("light", "heavy") == membership.variants
    assert Member(variant=1, case=0, fingerprint="f1", run_id="") == membership.members[1]
    assert frozenset({"r0"}) == membership.run_ids
    assert not membership.is_complete


def test_files_of_a_style_come_back_with_their_weights() -> None:
    """Lists of before there were styles of several pictures have one file a style."""
    (case,) = Membership.parse(json.dumps(CONTENT)).cases
    assert (("bb", 1),) == case.styles.weights

    several = [CONTENT["cases"][0] | {"style_weights": [["dd", 3], ["ee", 2]]}]
    membership = Membership.parse(json.dumps(CONTENT | {"cases": several}))
    (case,) = membership.cases
    assert (("dd", 3), ("ee", 2)) == case.styles.weights
    assert membership == Membership.parse(membership.dumps())


def test_list_with_all_runs_is_complete() -> None:
    """A list is complete when every cell has its run."""
    runs = [row | {"run_id": "r"} for row in CONTENT["runs"]]

    assert Membership.parse(json.dumps(CONTENT | {"runs": runs})).is_complete


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps(CONTENT | {"schema_version": 1}),
        json.dumps(CONTENT | {"cases": [[]]}),
        json.dumps(CONTENT | {"cases": [CONTENT["cases"][0] | {"style_weights": [["dd"]]}]}),
        json.dumps(CONTENT | {"runs": [{"variant": 0}]}),
        json.dumps(CONTENT | {"runs": [CONTENT["runs"][0] | {"variant": 7}]}),
    ],
)
def test_other_text_is_refused(text: str) -> None:
    """What is no such list, or one of another version, is a ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        Membership.parse(text)
