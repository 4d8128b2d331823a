"""What the page of measured metrics says and what may be ranked on agree."""

import re
from pathlib import Path

import pytest

from metrics.catalog import CATALOG

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"
ROW = re.compile(
    r"^\| `(?P<name>[^`]+)` \|.*\| (?P<fails>[^|]+) \| (?P<ranked>yes|no) \|$", re.MULTILINE
)

ROWS = {row["name"]: row for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}


def test_every_metric_that_can_be_measured_is_on_the_page() -> None:
    """All but costs, LPIPS (whose parameters are not everywhere) and what is made of others."""
    elsewhere = {name for name in CATALOG if "lpips" in name} | {"balance"}
    expected = {name for name, entry in CATALOG.items() if entry.needs} - elsewhere

    assert expected == ROWS.keys()


@pytest.mark.parametrize("name", ROWS)
def test_what_fails_its_check_is_never_ranked_on(name: str) -> None:
    """The catalogue lets nobody rank on a metric that does not measure what it claims."""
    if ROWS[name]["fails"] != "–":
        assert not CATALOG[name].ranked
    if ROWS[name]["ranked"] == "yes":
        assert CATALOG[name].ranked
