"""Addresses of MLflow's pages, and text in its notes: whatever stands in them stays text."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.sweep.tracking.links import LOCAL, run_link
from harness.sweep.tracking.note_text import plain
from harness.sweep.tracking.pages import file_page, losses_page, run_page, runs_page, view_page
from harness.sweep.tracking.store import Location


def asked(page: str) -> dict[str, str]:
    """Return what the part of an address after ``#`` asks for."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page[1:]).query).items()}


@pytest.mark.parametrize(
    "page",
    [
        runs_page(["1"], ["a", "b"]),
        runs_page(["1", "2"], ["a"]),
        losses_page(["1"], ["a", "b"]),
        view_page("1", "harness-variants", is_charts=True),
        run_page("1", "a"),
        file_page("1", "a", "a (1) #?&.html"),
    ],
)
def test_addresses_stand_in_markdown_and_on_a_line(page: str) -> None:
    """No address has a space, bracket or second ``#``, which would end it."""
    assert page.startswith("#/")
    assert not set(page[1:]) & set(" ()[]<>\"'`#|")


@pytest.mark.parametrize(
    ("location", "server"),
    [
        (Location(uri="sqlite:////a/mlflow.db", database=Path("/a/mlflow.db")), LOCAL),
        (Location(uri="https://mlflow.example.com/", database=None), "https://mlflow.example.com"),
    ],
)
def test_a_run_has_one_page_on_every_server(location: Location, server: str) -> None:
    """An address outside MLflow leads to the page that one inside it leads to."""
    assert f"{server}/{run_page('1', 'a')}" == run_link(location, "1", "a")


def test_runs_are_chosen_by_id() -> None:
    """The filter of a table of runs names ids only, in an order that hides nothing."""
    found = asked(runs_page(["7"], ["a", "b"]))

    assert found["searchFilter"] == "attributes.run_id IN ('a', 'b')"
    assert found["orderByKey"] == "tags.`harness.case`"


def test_runs_of_several_sweeps_share_a_table() -> None:
    """A run that another sweep made is in another experiment: then the page is one of several."""
    page = runs_page(["7", "8"], ["a"])

    assert page.startswith("#/compare-experiments/s?")
    assert json.loads(asked(page)["experiments"]) == ["7", "8"]


def test_losses_of_two_runs_are_by_step() -> None:
    """The points of a curve have one time stamp: by time there would be no curve."""
    found = asked(losses_page(["7"], ["a", "b"]))

    assert json.loads(found["runs"]) == ["a", "b"]
    assert json.loads(found["metric"]) == "loss/total"
    assert found["x_axis"] == "step"


def test_text_in_a_note_is_neither_html_nor_markdown() -> None:
    """What a sweep file says is shown as it is."""
    text = plain("a | <img src=x onerror=b>\n[c](javascript:d) `e` *f* _g_ &lt; http://h")

    assert not set(text) - {"&", "#"} & set("|<>[]()`*_\n:")
    assert "&#60;img src=x onerror=b&#62; &#91;c&#93;" in text
    assert "&#38;lt;" in text
