"""Names between backticks: parted for every notation, marked and escaped for pages."""

import pytest

from reports.backticks import parts_of
from reports.templates import mark_names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", [(False, "plain")]),
        ("`a` wins", [(True, "a"), (False, " wins")]),
        ("use `a` or `b`", [(False, "use "), (True, "a"), (False, " or "), (True, "b")]),
        ("a ` alone", [(False, "a ` alone")]),
        ("`a` and ` alone", [(True, "a"), (False, " and ` alone")]),
        ("", []),
    ],
)
def test_backticks_part_a_text(text: str, expected: list[tuple[bool, str]]) -> None:
    """What stands between two backticks is code; a lonely one stays a letter."""
    assert expected == parts_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`<b>` & `a`", "<code>&lt;b&gt;</code> &amp; <code>a</code>"),
        ("`a` and ` <i>", "<code>a</code> and ` &lt;i&gt;"),
    ],
)
def test_pages_escape_both_code_and_prose(text: str, expected: str) -> None:
    """A name is code and nothing in it is HTML, nor in what stands around it."""
    assert expected == str(mark_names(text))
