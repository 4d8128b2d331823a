"""The committed page of claims: whole, of today's rules, its verdicts worked out once more."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from harness.spec.claims_file import read_claims
from harness.spec.shipped import shipped_claims
from reports.claims.rules import Part

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "docs" / "claims-small"
RECORD: dict[str, Any] = json.loads((FOLDER / "claims.json").read_text())
RULES = read_claims(shipped_claims()).rules
MOST_BYTES = 1_500_000
ALPHA = 0.05

NAMED = [
    *((one["claim"], one["parts"]) for one in RECORD["claims"]),
    *((one["asks"], one["parts"]) for one in RECORD["questions"]),
]


def expectation(part: Part) -> dict[str, object] | None:
    """Return what the record says of what a rule expects."""
    if part.expect is None:
        return None
    return {"region": str(part.expect.region), "margin": part.expect.margin}


def test_pictures_are_those_that_are_shown() -> None:
    """None is missing, none is left over, and together they stay small."""
    shown = re.findall(r"\]\(pictures/([^)]+)\)", (FOLDER / "claims.md").read_text())
    there = {path.name: path.stat().st_size for path in (FOLDER / "pictures").iterdir()}

    assert set(shown) == set(there)
    assert sum(there.values()) <= MOST_BYTES


def test_every_claim_of_the_rules_is_answered() -> None:
    """Nothing was left out, and every rule is what it was when the page was made."""
    assert {} == RECORD["not_run"]
    waiting = [one.name for one in RULES.claims if one.waits]
    assert waiting == [one["claim"] for one in RECORD["waiting"]]
    expected = {
        one.name: [(part.says, part.metric, expectation(part)) for part in one.parts]
        for one in RULES.claims
        if not one.waits
    }
    expected |= {
        one.asks: [(part.says, part.metric, expectation(part)) for part in one.parts]
        for one in RULES.questions
    }
    assert expected == {
        name: [(part["says"], part["metric"], part["expected"]) for part in parts]
        for name, parts in NAMED
    }


@pytest.mark.parametrize(("name", "parts"), NAMED, ids=[name for name, _ in NAMED])
def test_verdicts_follow_from_the_values(name: str, parts: list[dict[str, Any]]) -> None:
    """SciPy's interval of the values that are on record gives the verdicts that are on record."""
    family = sum(part["expected"] is not None for part in parts)
    verdicts = set()
    for part in parts:
        values = np.array([one for one in part["values"].values() if one is not None])
        assert values.mean() == pytest.approx(part["mean"], abs=1e-12)
        assert len(values) == part["pairs"]
        low, high = part["interval"]
        level = 1 - ALPHA / max(1, family)
        error = values.std(ddof=1) / np.sqrt(len(values))
        ends = stats.t.interval(level, len(values) - 1, values.mean(), error)
        assert ends == pytest.approx((low, high), abs=1e-9)
        if part["expected"] is None:
            assert part["verdict"] is None
            continue
        margin = part["expected"]["margin"]
        inside, outside = {
            "above": (low > margin, high < margin),
            "below": (high < margin, low > margin),
            "within": (-margin < low and high < margin, low > margin or high < -margin),
        }[part["expected"]["region"]]
        clear = "supported" if inside else "contradicted" if outside else "cannot tell"
        assert part["verdict"] in {clear, "cannot tell"}
        assert part["verdict"] == clear or part["reason"]
        verdicts.add(part["verdict"])
    claimed = {one["claim"]: one["verdict"] for one in RECORD["claims"]}
    if name in claimed:
        worst = "contradicted" if "contradicted" in verdicts else "cannot tell"
        assert claimed[name] == ("supported" if verdicts == {"supported"} else worst)


def test_readme_counts_the_verdicts() -> None:
    """README says how many claims have each verdict, and how many wait."""
    counts = Counter(one["verdict"] for one in RECORD["claims"])
    said = (
        f"Of {counts.total()} claims {counts['supported']} are supported, "
        f"{counts['contradicted']} contradicted and {counts['cannot tell']} open with six pairs; "
        f"{len(RECORD['waiting'])} wait for"
    )

    assert said in " ".join((ROOT / "README.md").read_text().split())
