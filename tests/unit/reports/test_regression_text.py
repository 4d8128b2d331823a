"""A regression in words: the headline, what to do, the terminal's table and Markdown."""

import math
import re

import pytest
from markdown_it import MarkdownIt

from reports.regression.markdown import MOST_BYTES, regression_markdown
from reports.regression.model import Determinism, Failure, Side, State
from reports.regression.scale import Scale
from reports.regression.text import regression_text
from reports.regression.words import advice_of, headline_of

from .regressions import HOSTILE, history, hostile_result, make_finding, make_result, make_step

WORSE = (0.1, 0.14, 0.12, 0.11, 0.09, 0.13)


def test_the_headline_says_what_got_worse_and_by_how_much() -> None:
    """The worst finding comes first, with its margin and its pairs."""
    result = make_result(
        make_finding(state=State.REGRESSED, worse_by=WORSE),
        make_finding("content/score", State.REGRESSED, worse_by=[0.02] * 6),
    )

    assert (
        "REGRESSED: style gain of `start=noise` is worse by 0.115 nats over 6 pairs "
        "(margin 0.05 nats); 1 other regressed."
    ) == headline_of(result)
    assert "`git log aaaaaaa1..bbbbbbb2`" in advice_of(result)


@pytest.mark.parametrize(("worse", "low"), [(0.24, 0.01), (0.48, -0.02)])
def test_the_headline_names_a_pair_that_broke_alone(worse: float, low: float) -> None:
    """Where the mean is within the margin, or not sure, it is the pair that is told of."""
    finding = make_finding(
        state=State.REGRESSED,
        worse_by=(worse, 0.0, 0.0, 0.0, 0.0, 0.0),
        broken=("c0 × s0",),
        low=low,
    )

    assert (
        f"REGRESSED: style gain of `start=noise` broke on `c0 × s0`, worse by {worse:.3f} nats "
        "there (margin 0.05 nats)."
    ) == headline_of(make_result(finding))


def test_seconds_are_percent() -> None:
    """Differences of seconds, logarithms of ratios, are read as slower and faster."""
    slower = make_finding("seconds", State.REGRESSED, worse_by=[math.log(1.5)] * 6)
    scale = Scale(metric="seconds", margin=math.log(1.2))

    assert ("REGRESSED: `start=noise` is 50 % slower over 6 pairs (margin 20 %).") == headline_of(
        make_result(slower)
    )
    assert "20 % faster" == scale.worse(math.log(0.8))
    assert "+5 … +20 %" == scale.interval(math.log(1.05), math.log(1.2))
    assert scale.worse(1e6).endswith("slower")


@pytest.mark.parametrize(
    ("metric", "margin", "value", "expected"),
    [
        ("style/gain", 0.05, 1.23456, "1.235"),
        ("content/score", 0.015, 0.5, "0.500"),
        ("style/gram", 0.0002, 0.0012345, "0.00123"),
        ("peak_memory_bytes", 2.0**20 * 8, 2.0**30, "1024.00"),
        ("style/gain", 0.05, math.nan, "—"),
    ],
)
def test_values_have_the_digits_that_the_margin_needs(
    metric: str, margin: float, value: float, expected: str
) -> None:
    """One digit more than the margin's first; bytes are MiB, and nothing known is a dash."""
    assert expected == Scale(metric=metric, margin=margin).value(value)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.INCONCLUSIVE, "between 0.010 nats better and 0.010 nats worse"),
        (State.EQUIVALENT, "is the same within its margin, 0.05 nats"),
        (State.IMPROVED, "IMPROVED: style gain of `start=noise` is"),
        (State.NOT_COMPARABLE, "NOT COMPARABLE: style gain of `start=noise`: why not"),
    ],
)
def test_every_state_has_a_headline(state: State, words: str) -> None:
    """What is known is said, and what to do where there is something to do."""
    result = make_result(make_finding(state=state, reason="why not."))

    assert headline_of(result).startswith(f"{state}: ")
    assert words in headline_of(result)
    assert advice_of(result)
    assert regression_text(result).startswith(f"{state}: ")


def test_nothing_compared_is_said_to_be_no_green() -> None:
    """A refusal is the headline; the differing facts stand under it."""
    result = make_result(refusal="another evaluator scored the baseline.")
    text = regression_text(result)

    assert "NOT COMPARABLE: another evaluator scored the baseline." == headline_of(result)
    assert "This is not green" in text
    assert "commit: aaaaaaa1 → bbbbbbb2" in text
    assert "torch" not in text
    assert "NOT COMPARABLE: nothing was judged." == headline_of(make_result())


def test_failures_and_changed_numbers_are_in_the_headline() -> None:
    """Failed runs are named, with their reasons below; a red first tier is told of."""
    failures = [Failure(title=f"run {one}", reason=f"out of memory {one}") for one in range(5)]
    changed = Determinism(is_same=False, is_red=True, text="the loss differs")
    result = make_result(make_finding(), failures=tuple(failures), determinism=changed)

    assert "5 runs failed: `run 0`, `run 1`, `run 2`, 2 more" in headline_of(result)
    assert "no longer computes the stored numbers" in headline_of(result)
    assert "`run 4`: out of memory 4" in regression_text(result)
    assert "CHANGED: the loss differs" in regression_text(result)


def test_a_step_that_lasts_is_told_where_no_night_is_red() -> None:
    """A slow change is in the headline of a green night, and then there is something to do."""
    result = make_result(make_finding(), steps=(make_step(),))

    assert headline_of(result).endswith(
        "in the history, style gain of `start=noise`: worse by 0.040 nats from 2026-07-03 on."
    )
    assert "Nothing to do" not in advice_of(result)
    assert "commit `ccccccc3` (1.000 → 0.960 nats); until" in regression_text(result)


@pytest.mark.parametrize(("at", "is_told"), [(1, False), (2, True)])
def test_an_accepted_step_is_told_no_more(at: int, is_told: bool) -> None:
    """What was there before the present baseline, of the third night, is part of it."""
    finding = make_finding()
    result = make_result(finding, steps=(make_step(at=at),), history=history([finding]))

    assert is_told == ("in the history" in headline_of(result))
    assert "from 2026-07-03 on" in regression_text(result)


def test_one_commit_on_both_sides_is_no_range() -> None:
    """Where the code is the same, the reader is sent to what else differs."""
    side = Side(title="x", facts={"commit": "aaaaaaa1 (changed)"})
    result = make_result(
        make_finding(state=State.REGRESSED, worse_by=WORSE), baseline=side, candidate=side
    )

    assert "git log" not in advice_of(result)
    assert "Both sides are of one commit" in advice_of(result)


def test_the_table_has_every_finding() -> None:
    """Variant, metric, verdict with sign, both values, interval, margin, pairs and seeds."""
    lines = regression_text(
        make_result(
            make_finding(state=State.REGRESSED, worse_by=WORSE, reason="surely worse"),
            make_finding("content/score", n_seeds=0),
        )
    ).splitlines()
    cells = [re.split(r"\s{2,}", line) for line in lines if line.startswith("start=noise")]

    assert [
        [
            "start=noise",
            "style gain ↑, nats",
            "✕ REGRESSED",
            "1.000 → 0.885",
            "+0.115 (+0.105 … +0.125)",
            "0.05",
            "6 × 3",
        ],
        [
            "start=noise",
            "content score ↑",
            "● EQUIVALENT",
            "1.000 → 1.000",
            "0.000 (−0.010 … +0.010)",
            "0.015",
            "6",
        ],
    ] == cells
    assert "  ✕ style gain of `start=noise`: surely worse" in lines
    assert "    `c1 × s1`: worse by 0.140 nats, 2.8 margins (1.000 → 0.860 nats)" in lines


def test_lines_fit_and_steer_no_terminal() -> None:
    """No control letter of a name reaches the terminal, and no line is too long."""
    text = regression_text(hostile_result(), width=120)

    assert [] == [letter for letter in text if letter != "\n" and not letter.isprintable()]
    assert max(map(len, text.splitlines())) <= 125


def test_markdown_takes_no_orders_from_names() -> None:
    """Rendered, nothing outside is an element, a link, a picture or a mention."""
    text = regression_markdown(hostile_result())
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inner = [one for token in tokens for one in (token, *(token.children or []))]
    html = {token.content.strip() for token in inner if token.type.startswith("html")}
    plain = "".join(one.content for one in inner if one.type == "text")

    assert {"<details><summary>For information, never red</summary>", "</details>"} == html
    assert not {token.type for token in inner} & {"link_open", "image", "em_open"}
    assert "@all" not in plain
    assert "alert" in plain  # a reason is shown, as what it is
    assert 2 == sum(token.type == "table_open" for token in inner)


def test_markdown_rows_keep_their_columns() -> None:
    """A bar in a name ends no cell."""
    lines = regression_markdown(make_result(make_finding(variant="a|b`c"))).splitlines()
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in lines if line.startswith("|")]

    assert [8, 8, 8] == bars
    assert any(line.startswith(r"| `a\|b'c` |") for line in lines)


def test_markdown_stays_short_and_says_what_it_leaves_out() -> None:
    """Hundreds of long names: the worst rows stay, and the rest is counted."""
    calm = [make_finding(variant=f"{one} {'x' * 500}") for one in range(400)]
    bad = make_finding(variant="bad", state=State.REGRESSED, worse_by=WORSE)
    failures = [Failure(title="t" * 900, reason="r" * 900)] * 300
    result = make_result(*calm, bad, failures=tuple(failures), notes=(HOSTILE * 20,) * 100)
    text = regression_markdown(result)

    assert len(text.encode()) < MOST_BYTES
    assert "| `bad` |" in text
    assert re.search(r"\d+ rows left out here: see `regress.json`\.", text)


def test_an_empty_name_opens_no_code() -> None:
    """A pair of backticks around nothing would swallow what follows."""
    text = regression_markdown(make_result(make_finding(variant=" "), name=""))

    assert "``" not in text
