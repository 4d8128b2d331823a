"""The vote page as a text: blind, whole, harmless."""

import base64
import hashlib
import io
import json
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

from reports import vote_page
from reports.vote_page import VotePage, VoteQuestion, render_vote_page

from .elements import Elements

NASTY = '</script><img src=x onerror="alert(1)"><!-- & \u2028 $title ${x}'


def picture(seed: int = 0, size: tuple[int, int] = (24, 32)) -> np.ndarray:
    """Return noise, which no format makes small."""
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def page(name: str = "tiny", content: str = "c", **changes: Any) -> VotePage:
    """Return a page of one question."""
    question = VoteQuestion(
        content=content, style="s", seed=0, left_run_id="r1", right_run_id="r2"
    )
    values = {
        "sweep": name,
        "evaluator": "vgg19-1",
        "command": f"harness vote {name} --count",
        "questions": (question,),
        "contents": {content: picture(3)},
        "styles": {"s": picture(4)},
        "results": {"r1": picture(1), "r2": picture(2)},
    }
    return VotePage(**(values | changes))


def ballot(text: str) -> dict[str, Any]:
    """Return the data inside a page."""
    content: dict[str, Any] = json.loads(Elements(text).texts["script"][0])
    return content


def decoded(uri: str) -> np.ndarray:
    """Return the picture in a data URI."""
    head, content = uri.split(",")
    assert re.fullmatch(r"data:image/(png|jpeg);base64", head)
    return np.array(Image.open(io.BytesIO(base64.b64decode(content))))


def test_every_picture_is_inside() -> None:
    """Results are embedded as they are, contents and styles as good likenesses."""
    found = ballot(render_vote_page(page()))

    assert {"r1", "r2"} == found["results"].keys()
    assert ({"c"}, {"s"}) == (found["contents"].keys(), found["styles"].keys())
    assert np.array_equal(picture(1), decoded(found["results"]["r1"]))
    assert picture(3).shape == decoded(found["contents"]["c"]).shape


def test_page_asks_no_server() -> None:
    """Nothing in the page has an address but data, and its policy forbids the rest."""
    text = render_vote_page(page())
    elements = Elements(text)
    addresses = [
        value
        for _tag, attributes in elements.found
        for name, value in attributes.items()
        if name in {"src", "href", "action", "srcset", "data", "poster"}
    ]
    (policy,) = (
        attributes["content"]
        for tag, attributes in elements.found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )

    assert ["data:,"] == addresses
    assert re.search(r"https?:|//[a-z]|@import|url\(", text.split('<script type="app')[0]) is None
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy


def test_policy_names_the_script_and_the_style() -> None:
    """A browser runs the page's own script, and no other."""
    elements = Elements(render_vote_page(page()))
    own = [elements.texts["style"][0], elements.texts["script"][1]]
    hashes = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in own]
    policy = next(
        attributes["content"] or ""
        for _tag, attributes in elements.found
        if "http-equiv" in attributes
    )

    assert hashes == re.findall(r"sha256-([^']+)'", policy)


def test_names_cannot_break_out() -> None:
    """Whatever a sweep or a file is called stays text, and comes back as it was."""
    text = render_vote_page(page(NASTY, NASTY))
    elements = Elements(text)

    assert len(Elements(render_vote_page(page())).found) == len(elements.found)
    assert "onerror" not in {name for _tag, found in elements.found for name in found}
    assert f"vote: {NASTY}" == elements.texts["title"][0]
    assert NASTY == ballot(text)["sweep"] == ballot(text)["questions"][0]["content"]
    assert NASTY in ballot(text)["contents"]


def test_large_pages_are_kept_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where lossless pictures take too much, all results are JPEG, and colours stay sharp."""
    monkeypatch.setattr(vote_page, "BUDGET_BYTES", 2500)

    found = ballot(render_vote_page(page()))["results"]

    assert all(uri.startswith("data:image/jpeg") for uri in found.values())
    difference = np.abs(decoded(found["r1"]).astype(int) - picture(1))
    assert difference.mean() < 25


def test_other_questions_are_another_ballot() -> None:
    """What a browser keeps of one page is not taken for answers to another."""
    (question,) = page().questions
    turned = VoteQuestion(
        content=question.content,
        style=question.style,
        seed=0,
        left_run_id="r2",
        right_run_id="r1",
    )
    identities = {
        ballot(render_vote_page(one))["id"]
        for one in (page(), page("other"), page(questions=(turned,)))
    }

    assert 3 == len(identities)
    assert ballot(render_vote_page(page()))["id"] in identities
