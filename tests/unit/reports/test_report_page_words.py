"""Small texts of a page: names and addresses."""

import pytest

from reports.page.addresses import is_local, web_address
from reports.page.listing import variant_lines


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
    chained = labels | {"chain": "none"}  # which the name leaves out
    assert list(labels.items()) == variant_lines("start=noise, weights.style=a, b", chained)
    assert [("", "mine")] == variant_lines("mine", labels)
    assert [("", "")] == variant_lines("", {})
