"""The page of a regression: verdict first, everything in one file, nothing from elsewhere."""

import re
from dataclasses import replace

import numpy as np
import pytest

from reports.embedding import policy_hash
from reports.regression.history_chart import draw_histories
from reports.regression.model import Failure, Pictures, Side, State
from reports.regression.page import render_page

from .elements import Elements
from .regressions import history, hostile_result, make_finding, make_result, make_step

WORSE = (0.1, 0.14, 0.12, 0.11, 0.09, 0.41)
GREY = np.full((10, 12, 3), 128, np.uint8)
PICTURES = Pictures(content=GREY, style=GREY, baseline=GREY, candidate=GREY)


def test_the_page_takes_no_orders_from_names() -> None:
    """Hostile names are text: no element, address or handler of theirs; a policy besides."""
    page = render_page(hostile_result())
    elements = Elements(page)
    policy = next(str(found["content"]) for _, found in elements.found if "http-equiv" in found)
    addresses = [found["href"] for tag, found in elements.found if tag == "a"]

    assert not {tag for tag, _ in elements.found} & {"script", "link", "iframe", "form", "object"}
    assert ["http://localhost:5000/#/1"] == addresses
    assert not [found for _, found in elements.found if any(key.startswith("on") for key in found)]
    assert not [found for _, found in elements.found if "style" in found]
    assert f"style-src '{policy_hash(elements.texts['style'][0])}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:; ")
    sources = [str(found["src"]) for tag, found in elements.found if tag == "img"]
    assert [True] * 3 == [source.startswith("data:image/") for source in sources]


def test_the_verdict_comes_first() -> None:
    """The document starts as one, and its heading is the headline."""
    page = render_page(make_result(make_finding(state=State.REGRESSED, worse_by=WORSE)))

    assert page.startswith("<!doctype html>")
    assert "<title>REGRESSED: nightly, nightly 2026-07-10</title>" in page
    assert page.index("is worse by 0.162 nats") < page.index("What was judged")
    assert "<code>git log aaaaaaa1..bbbbbbb2</code>" in page


def test_the_worst_pair_is_shown_first_with_its_numbers() -> None:
    """Four pictures a pair with their names; how much worse it is stands in words."""
    finding = make_finding(state=State.REGRESSED, worse_by=WORSE, broken=("c5 × s5",))
    pictures = {
        ("start=noise", "c4 × s4"): replace(PICTURES, candidate=None),
        ("start=noise", "c5 × s5"): PICTURES,
        ("gone", "c9 × s9"): PICTURES,
    }
    page = render_page(make_result(finding, pictures=pictures))
    order = ("c5 × s5", "c4 × s4", "c9 × s9")
    places = [page.index(f"<code>{name}</code> under") for name in order]

    assert sorted(places) == places
    assert "style gain: worse by 0.410 nats, 8.2 margins (1.000 → 0.590 nats); broke" in page
    assert 11 == page.count('<img src="data:image/png')
    assert 1 == page.count(">no picture<")
    assert 'alt="candidate of c5 × s5"' in page


def test_a_refusal_shows_at_once_what_differs() -> None:
    """Why, what to do, and both sides with the facts that differ marked."""
    other = Side(title="here", facts={"commit": "aaaaaaa1", "torch": "2.8"})
    page = render_page(make_result(refusal="another evaluator", candidate=other))

    assert "NOT COMPARABLE" in page
    assert "This is not green" in page
    assert 1 == page.count('<strong class="differs">differs</strong>')
    assert page.index("Where the numbers come from") < page.index("Determinism")
    assert re.search(r"torch <strong.*\n?.*2\.9.*2\.8", page)


def test_failed_runs_and_every_pair_are_on_the_page() -> None:
    """Reasons keep their lines, and every pair of a finding can be unfolded."""
    failure = Failure(title="a run", reason="first\nsecond")
    page = render_page(make_result(make_finding(), failures=(failure,)))

    assert "<dd>first\nsecond</dd>" in page
    assert 6 == page[page.index("<details>") :].split("</details>")[0].count("<li>")


@pytest.mark.parametrize("state", list(State))
def test_every_verdict_has_a_sign_and_a_word(state: State) -> None:
    """Colour is never alone, in the table and at the head of the page."""
    page = render_page(make_result(make_finding(state=state)))

    assert 3 == len(re.findall(rf"</span> (?:1 )?{state}\b", page))


def test_histories_are_drawn_with_verdicts_steps_and_acceptances() -> None:
    """One chart a gate; all in it is said in words too."""
    findings = [make_finding(), make_finding("seconds")]
    step = make_step(when="2026-07-03", commit="", after=0.97, worse_by=0.03)
    rows = history(findings)
    found = draw_histories(make_result(*findings, history=rows, steps=(step,)))
    plain = draw_histories(make_result(*findings, history=rows))
    drawing = found.charts[0].figure

    assert ["style gain of `start=noise`", "seconds of `start=noise`"] == [
        chart.title for chart in found.charts
    ]
    assert (
        "4 regressions from 2026-07-01 to 2026-07-04: 1 not comparable, 3 equivalent; "
        "last value 0.970; 1 new baseline."
    ) == drawing.caption
    assert {"equivalent", "not comparable", "new baseline", "baseline", "margin"} <= set(
        re.findall(r">([^<>]+)</text>", drawing.svg)
    )
    assert drawing.svg.count("<path") > plain.charts[0].figure.svg.count("<path")
    assert "style=" not in drawing.svg


def test_ids_of_charts_do_not_meet() -> None:
    """Every drawing's ids are its own."""
    findings = [make_finding(), make_finding("content/score")]
    page = render_page(make_result(*findings, history=history(findings)))
    ids = re.findall(r'\bid="([^"]+)"', page)

    assert len(ids) == len(set(ids))


def test_of_many_histories_the_telling_ones_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that is red keeps its chart among many calm ones."""
    monkeypatch.setattr("reports.regression.history_chart.MOST_CHARTS", 2)
    calm = [make_finding(variant=f"v{place}") for place in range(3)]
    red = make_finding(variant="red", state=State.REGRESSED)
    rows = history([*calm, red], nights=2)
    rows.loc[rows["variant"] == "red", "state"] = str(State.REGRESSED)
    found = draw_histories(make_result(*calm, red, history=rows))

    assert ["style gain of `v0`", "style gain of `red`"] == [chart.title for chart in found.charts]
    assert "Of 4 histories, 2 are drawn." == found.note


def test_a_history_without_dates_is_drawn_by_number() -> None:
    """What is no date does not stop the page; one night alone is no history."""
    finding = make_finding()
    undated = history([finding]).assign(when="yesterday")
    (chart,) = draw_histories(make_result(finding, history=undated)).charts
    alone = draw_histories(make_result(finding, history=history([finding], 1)))

    assert ">regression</text>" in chart.figure.svg
    assert () == alone.charts
