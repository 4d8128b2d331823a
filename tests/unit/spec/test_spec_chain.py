"""The variants of ``chain``: what they go on from, their settings, and what is refused."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from harness.errors import Problem
from harness.spec.chain import loss_keys
from harness.spec.chain_models import RESULT_START
from harness.spec.sweep_spec import SweepSpec

Load = Callable[..., SweepSpec]
ProblemOf = Callable[..., Problem]

GRID = """\
base: {iterations: 20}
parameters:
  weights.style: {values: {light: 1, heavy: 10}}
  start: {values: [content, noise]}
"""
CHAIN = f"""\
{GRID}chain:
  as style, twice: {{after: as style, result_as: style}}
  as style: {{after: baseline, result_as: style}}
  polished:
    after: {{weights.style: heavy, start: noise}}
    result_as: start
    changes: {{lr: 0.5}}
  on: {{after: polished, result_as: content, changes: {{weights.style: 7, iterations: 30}}}}
"""


def test_each_stands_after_the_one_it_goes_on_from(load: Load) -> None:
    """They follow the grid in the order of the file, but for what goes on from a later one."""
    spec = load(CHAIN)
    names = [one.name for one in spec.variants]
    steps = [
        (names[one.goes_on.variant], one.goes_on.result_as)
        for one in spec.variants
        if one.goes_on is not None
    ]

    assert ["as style", "as style, twice", "polished", "on"] == names[4:]
    assert [
        ("weights.style=light, start=content", "style"),
        ("as style", "style"),
        ("weights.style=heavy, start=noise", "start"),
        ("polished", "content"),
    ] == steps
    assert 0 == spec.baseline_index


def test_settings_are_those_before_with_changes(load: Load) -> None:
    """Only what changes says is other; a start that was a result is not handed on."""
    by_name = {one.name: one for one in load(CHAIN).variants}
    heavy = by_name["weights.style=heavy, start=noise"].settings
    polished, further = by_name["polished"].settings, by_name["on"].settings

    assert by_name["weights.style=light, start=content"].settings == by_name["as style"].settings
    assert heavy.model_copy(update={"lr": 0.5, "start": RESULT_START}) == polished
    assert ("noise", 0.5, 30, 7) == (
        further.start,
        further.lr,
        further.iterations,
        further.weights.style,
    )


def test_places_on_the_axes(load: Load) -> None:
    """They stand where the one before them does, but for what they change."""
    by_name = {one.name: dict(one.assignment) for one in load(CHAIN).variants}

    assert {"weights.style": "light", "start": "content", "chain": "none"} == by_name[
        "weights.style=light, start=content"
    ]
    assert {"weights.style": "light", "start": "content", "chain": "as style"} == by_name[
        "as style"
    ]
    assert {"weights.style": "7", "start": "noise", "chain": "on"} == by_name["on"]


def test_without_a_chain_nothing_is_other(load: Load) -> None:
    """A file without chained variants has no axis of that name and no note."""
    spec = load(GRID)

    assert {"weights.style", "start"} == set(spec.variants[0].assignment)
    assert () == spec.notes


def test_equal_ones_collapse(load: Load) -> None:
    """The same settings after the same results are one variant, whatever they are called."""
    spec = load(
        f"{GRID}chain:\n"
        "  a: {after: baseline, result_as: style}\n"
        "  b: {after: baseline, result_as: style, changes: {iterations: 20}}\n"
        "  c: {after: b, result_as: style}\n"
        "  d: {after: baseline, result_as: content}\n"
    )

    assert ["a", "c", "d"] == [one.name for one in spec.variants[4:]]
    assert ("b",) == spec.variants[4].also
    assert [4, 4] == [spec.variants[5].goes_on.variant, len(spec.variants) - 3]  # type: ignore[union-attr]


def test_a_long_chain(load: Load) -> None:
    """Hundreds of links, named backwards, are no trouble."""
    count = 300
    links = [f"  n{at}: {{after: n{at - 1}, result_as: style}}\n" for at in range(1, count)]
    text = "chain:\n" + "".join(reversed(links)) + "  n0: {after: baseline, result_as: style}\n"
    chained = load(text).variants[1:]

    assert [f"n{at}" for at in range(count)] == [one.name for one in chained]
    assert all(two.goes_on.variant == place for place, (_, two) in enumerate(pairwise(chained), 1))  # type: ignore[union-attr]


def test_losses_on_other_pictures_are_not_comparable(load: Load) -> None:
    """A run whose style or content is a result has another loss; one that starts there has not."""
    spec = load(
        "chain:\n"
        "  a: {after: baseline, result_as: style}\n"
        "  b: {after: a, result_as: style}\n"
        "  c: {after: baseline, result_as: content}\n"
        "  d: {after: baseline, result_as: start}\n"
    )
    base, *others, start = loss_keys(spec.variants, [one.settings for one in spec.variants])

    assert base == start
    assert 4 == len({base, *others})


def test_notes_say_what_goes_on_from_what(load: Load) -> None:
    """A reader of the table is told what the names stand for."""
    (note,) = load("chain: {a: {after: baseline, result_as: style}}").notes

    assert "(a) takes the result of (base) as its style" in note


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("after: b, result_as: style", "3: chain.a.after: found 'b'; allowed: baseline, z, or"),
        ("after: zz, result_as: style", "did you mean z?"),
        ("after: a, result_as: style", "3: chain.a.after: goes on from itself: a → a"),
        ("after: z, result_as: stile", "3: chain.a.result_as: found 'stile'; allowed: start, con"),
        ("result_as: style", "3: chain.a.after: is missing"),
        ("after: [], result_as: style", "allowed: baseline, the name of another entry of chain"),
        (
            "after: z, result_as: style, chnages: {}",
            "3: chain.a.chnages: unknown key; allowed: af",
        ),
        ("after: {lr: 3}, result_as: style", "3: chain.a.after.lr: found 'lr'; varied in this"),
        (
            "after: {weights.style: 2}, result_as: style",
            "3: chain.a.after.weights.style: found 2; allowed: 1, 10",
        ),
        (
            "after: z, result_as: style, changes: {iteratons: 3}",
            "did you mean iterations?",
        ),
        (
            "after: z, result_as: style, changes: {iterations: 0}",
            "3: chain.a.changes.iterations: found 0; allowed: 1 or more",
        ),
        (
            "after: z, result_as: style, changes: {backbone: vgg16, style_layers: conv3_4}",
            "3: chain.a.changes.style_layers.conv3_4: vgg16 has no tap conv3_4",
        ),
        (
            "after: z, result_as: style, changes: {weights: {tv: 1}, weights.tv: 2}",
            "3: chain.a.changes.weights.tv: given twice; also in chain.a.changes.weights",
        ),
        (
            "after: z, result_as: start, changes: {start: noise}",
            "3: chain.a.changes.start: result_as: start gives the start",
        ),
        (
            "after: z, result_as: content, changes: {size_of: crop}",
            "3: chain.a.changes.size_of: found crop for a content that was made with long_side",
        ),
    ],
)
def test_what_is_refused(problem_of: ProblemOf, change: str, expected: str) -> None:
    """Every fault is told with its line, its key, what is allowed and what is near."""
    text = (
        "parameters: {weights.style: {values: [1, 10]}}\n"
        "chain:\n"
        f"  a: {{{change}}}\n"
        "  z: {after: baseline, result_as: content}\n"
    )
    assert expected in str(problem_of(text))


@pytest.mark.parametrize("name", ["baseline", "none", '"two\\nlines"', '" a"', "weights.style=1"])
def test_names_that_mean_something_else(problem_of: ProblemOf, name: str) -> None:
    """A name is one line, and neither another variant's nor a word of the format."""
    text = (
        "parameters: {weights.style: {values: [1, 10]}}\n"
        f"chain: {{{name}: {{after: baseline, result_as: style}}}}\n"
    )
    assert "allowed" in str(problem_of(text))


def test_a_circle_is_told_once_and_the_rest_is_still_checked(
    problems_of: Callable[..., list[Problem]],
) -> None:
    """What goes on from a circle is not complained of; what does not, is."""
    texts = list(
        map(
            str,
            problems_of(
                "chain:\n"
                "  a: {after: b, result_as: style}\n"
                "  b: {after: c, result_as: style}\n"
                "  c: {after: b, result_as: style}\n"
                "  d: {after: baseline, result_as: style, changes: {iterations: 0}}\n"
            ),
        )
    )

    assert 2 == len(texts)
    assert "chain.b.after: goes on from itself: b → c → b" in texts[0]
    assert "chain.d.changes.iterations" in texts[1]


def test_only_grids_have_chains(problem_of: ProblemOf) -> None:
    """A study is told what to do instead."""
    text = (
        "method: tpe\nmetric: style/gain\nlimits: {max_variants: 5}\n"
        "parameters: {weights.style: {min: 1, max: 10}}\n"
        "chain: {a: {after: baseline, result_as: style}}\n"
    )
    assert "chain: goes with method: grid" in str(problem_of(text))


def test_a_zip_may_not_be_called_chain(problem_of: ProblemOf) -> None:
    """Beside a chain the name is taken; without one it is free."""
    zipped = "parameters: {chain: {zip: {lr: [0.1, 0.2]}}}\n"
    text = f"{zipped}chain: {{a: {{after: baseline, result_as: style}}}}\n"

    assert "parameters.chain" in str(problem_of(text))


def test_a_zip_called_chain_without_one(load: Load) -> None:
    """A file that has no chain may use the name."""
    assert 2 == len(load("parameters: {chain: {zip: {lr: [0.1, 0.2]}}}\n").variants)


def test_they_count_as_variants(problem_of: ProblemOf) -> None:
    """``max_variants`` and snapshots know of them."""
    chain = "chain: {a: {after: baseline, result_as: style, changes: {iterations: 500}}}\n"

    assert "found 2 variants" in str(problem_of(f"limits: {{max_variants: 1}}\n{chain}"))
    assert "more than 500" in str(problem_of(f"evaluation: {{snapshots: [501]}}\n{chain}"))
