"""Small texts of a page: names, addresses, parts in backticks."""

import pytest

from reports.page.addresses import is_local, web_address
from reports.page.listing import variant_lines
from reports.page.words import parts_of


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
    ("address", "is_link", "is_here"),
    [
        ("http://127.0.0.1:5000/#/x", True, True),
        ("http://localhost:5000", True, True),
        ("https://mlflow.example.com", True, False),
        ("javascript:alert(1)", False, False),
        ("data:text/html,x", False, False),
        ("http://[", False, False),
        ("", False, False),
    ],
)
def test_addresses(address: str, is_link: bool, is_here: bool) -> None:
    """Only addresses of the web become links, and those of this machine are known."""
    assert (address if is_link else "", is_here) == (web_address(address), is_local(address))


def test_names_made_of_axes_are_parted() -> None:
    """A variant's own name stays whole, one made of its axes is told line by line."""
    labels = {"start": "noise", "weights.style": "a, b"}

    assert list(labels.items()) == variant_lines("start=noise, weights.style=a, b", labels)
    assert [("", "mine")] == variant_lines("mine", labels)
    assert [("", "")] == variant_lines("", {})
