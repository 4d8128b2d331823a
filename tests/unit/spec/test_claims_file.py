"""Files of rules: what they say, and every fault with its place."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from harness.errors import Problem, SpecError
from harness.spec.claims_file import ClaimsFile, read_claims
from harness.spec.sweep_spec import load_sweep
from reports.claims.rules import Expectation, How, Operand, Region, Walk

SWEEP = """\
cases: {content: builtin:chelsea, style: builtin:strokes}
parameters:
  layers: {zip: {style_layers: [relu1_1, relu2_1]}, labels: [low, high]}
  lr: {values: [0.1, 1e1]}
exclude: [{layers: low, lr: 10}]
"""
WALK = """\
cases: {content: builtin:chelsea, style: builtin:strokes}
parameters: {step: {zip: {lr: [0.1, 0.2]}, labels: [start, faster]}}
"""
GOOD = """\
claims:
  A3:
    says: More layers are better.
    parts:
      - says: high is better than low
        sweep: a-2
        metric: style/gain
        of: {layers: high, lr: 0.1}
        less: {layers: low}
        how: ratio
        expect: {above: 0.1}
    caveat: Only two.
  B3: {says: It is fast., waits: the feed-forward model}
questions:
  - asks: How many layers?
    answers: {A: one, B: two}
    claims: [A3]
    parts:
      - says: the loss
        sweep: a-2
        metric: loss/total
        of: {variant: "layers=high, lr=0.1", iteration: 40}
walk: {sweep: e-7, says: what paid, wrote: It did.}
reports: {A: Somebody}
about: All of it.
"""
CLAIM = """\
claims:
  A3:
    says: It is so.
    parts:
      - says: one
        sweep: a-2
        metric: style/gain
        of: {layers: high}
        less: {layers: low}
        expect: {above: 0.1}
"""

Read = Callable[[str], ClaimsFile]
ProblemsOf = Callable[[str], list[Problem]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write rules beside two sweep files and read them."""
    (tmp_path / "a-2.yaml").write_text(SWEEP)
    (tmp_path / "e-7.yaml").write_text(WALK)

    def read_text(text: str) -> ClaimsFile:
        path = tmp_path / "claims.yaml"
        path.write_text(dedent(text))
        return read_claims(path)

    return read_text


@pytest.fixture
def problems_of(read: Read) -> ProblemsOf:
    """Return everything that is wrong with rules, in themselves or with their sweeps."""

    def problems(text: str) -> list[Problem]:
        with pytest.raises(SpecError) as caught:
            check(read(text))
        return list(caught.value.problems)

    return problems


def check(file: ClaimsFile) -> None:
    """Check rules against their sweeps."""
    file.check_sweeps({name: load_sweep(path) for name, path in file.sweeps.items()})


def test_rules_say_what_the_file_says(read: Read) -> None:
    """Claims and questions in order, operands apart from iterations, labels as sweeps write."""
    file = read(GOOD)
    check(file)
    decided, waiting = file.rules.claims
    (part,) = decided.parts
    (question,) = file.rules.questions

    assert ["a-2", "e-7"] == list(file.sweeps)
    assert ("A3", "Only two.", "", "A") == (
        decided.name,
        decided.caveat,
        decided.waits,
        decided.report,
    )
    assert Operand(where={"layers": "high", "lr": "0.1"}) == part.of
    assert Operand(where={"layers": "low"}) == part.less
    assert (How.RATIO, Expectation(region=Region.ABOVE, margin=0.1)) == (part.how, part.expect)
    assert ("B3", (), "the feed-forward model") == (waiting.name, waiting.parts, waiting.waits)
    assert ({"A": "one", "B": "two"}, ("A3",)) == (question.answers, question.claims)
    of = Operand(where={"variant": "layers=high, lr=0.1"}, iteration=40)
    assert [(of, None, How.DIFFERENCE, None)] == [
        (one.of, one.less, one.how, one.expect) for one in question.parts
    ]
    assert Walk(sweep="e-7", says="what paid", wrote="It did.") == file.rules.walk
    assert ("All of it.", {"A": "Somebody"}) == (file.rules.about, file.rules.reports)


def test_less_each_is_a_part_for_each_label(read: Read) -> None:
    """Beside what all have in common; the words say which one it is."""
    file = read(CLAIM.replace("less: {layers: low}", "less_each: {lr: [0.1, 10], layers: high}"))
    check(file)
    (claim,) = file.rules.claims

    assert [
        ("one, against lr 0.1, layers high", {"lr": "0.1", "layers": "high"}),
        ("one, against lr 10, layers high", {"lr": "10", "layers": "high"}),
    ] == [(one.says, one.less.where) for one in claim.parts if one.less is not None]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "part"),
    [
        ("says: It is so.", "sais: It.", 3, "sais", "unknown key; allowed: says, parts"),
        ("says: one", "sais: one", 5, "parts[0].sais", "did you mean says?"),
        ("{above: 0.1}", "{abve: 1}", 10, "parts[0].expect.abve", "did you mean above?"),
        ("{above: 0.1}", "{above: 1, below: 2}", 10, "parts[0].expect", "one of above, below"),
        ("{above: 0.1}", "{}", 10, "parts[0].expect", "one of above, below and within"),
        ("{above: 0.1}", "{within: 0}", 10, "parts[0].expect.within", "a number above 0"),
        ("{above: 0.1}", "{above: much}", 10, "parts[0].expect.above", "allowed: a number"),
        ("sweep: a-2", "sweep: A2", 6, "parts[0].sweep", "did you mean a-2?"),
        ("style/gain", "style/gian", 7, "parts[0].metric", "did you mean style/gain?"),
        ("expect: {above: 0.1}", "how: quotient", 10, "parts[0].how", "difference, ratio"),
        ("    parts:", "    waits: us\n    parts:", 2, "", "found both parts and waits"),
        ("less: {layers: low}", "how: ratio", 9, "parts[0].how", "allowed with less only"),
        ("less: {layers: low}", "less: low", 9, "parts[0].less", "allowed: a mapping"),
        ("less: {layers: low}", "less: {layers: [a]}", 9, "parts[0].less.layers", "one label"),
        ("less: {layers: low}", "less_each: {layers: low}", 9, "parts[0].less_each", "0 lists"),
        ("{layers: high}", "{layers: high, iteration: x}", 8, "parts[0].of.iteration", "or best"),
        ("{layers: high}", "{layers: high, regret: 1}", 8, "parts[0].of.regret", "true or false"),
        ("{layers: high}", "{layers: hgh}", 8, "parts[0].of.layers", "did you mean high?"),
        ("{layers: high}", "{layer: high}", 8, "parts[0].of.layer", "did you mean layers?"),
        ("{layers: high}", "{variant: x}", 8, "parts[0].of.variant", "in a-2.yaml: layers=low"),
        ("{layers: low}", "{layers: low, lr: 10}", 9, "parts[0].less", "no variant of a-2.yaml"),
        ("A3:", "a3:", 2, "", "the report's letter and a number"),
    ],
)
def test_a_fault_is_placed_and_explained(
    problems_of: ProblemsOf, old: str, new: str, line: int, key: str, part: str
) -> None:
    """With its line, its key, what was found, what is allowed and the nearest name."""
    changed = CLAIM.replace(old, new, 1)
    assert changed != CLAIM

    (problem,) = (one for one in problems_of(changed) if part in one.message)

    name = "a3" if "a3:" in new else "A3"
    assert (line, ".".join(filter(None, ("claims", name, key)))) == (problem.line, problem.key)
    assert problem.file.endswith("claims.yaml")


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("claims: {}", 1, "found {}"),
        ("claims: {A1: {says: a}}", 1, "found neither parts nor waits"),
        ("questions: []", None, "claims: is missing and required"),
        (f"{CLAIM}clams: 1", 11, "clams: unknown key; allowed: schema_version, about, reports"),
        (f"{CLAIM}walk: {{sweep: e-8, says: a}}", 11, "walk.sweep: found 'e-8'; sweep files"),
        (f"{CLAIM}walk: {{sweep: a-2, says: a}}", 11, "a-2.yaml is no walk: it varies layers, lr"),
        (f"{CLAIM}questions: [{{asks: a, answers: {{A: b}}, claims: [A4]}}]", 11, "found 'A4'"),
        (f"{CLAIM}questions: [{{asks: a}}]", 11, "questions[0].answers: is missing"),
        (f"{CLAIM}reports: {{Ab: c}}", 11, "reports"),
        ("claims: 5", 1, "allowed: a mapping"),
        ("claims: {A1: 5}\nquestions: 5\nwalk: 5", 1, "allowed: a mapping"),
        (CLAIM.replace("        expect: {above: 0.1}\n", ""), 4, "nothing could contradict it"),
        (CLAIM.replace("less: {layers: low}", "less: {}\n        less_each: {a: [b]}"), 10, "one"),
        (
            CLAIM.replace("less: {layers: low}", "less_each: {layers: [low, hih]}"),
            9,
            "claims.A3.parts[0].less_each.layers[1]: found 'hih'",
        ),
        (
            CLAIM.replace("style/gain", "picture/warmth").replace(
                "{layers: low}", "{regret: true}"
            ),
            9,
            "picture/warmth has no best",
        ),
    ],
)
def test_other_faults(problems_of: ProblemsOf, text: str, line: int | None, part: str) -> None:
    """Of the whole, of questions and walks, and of parts that contradict themselves."""
    problem = problems_of(text)[0]

    assert line == problem.line
    assert part in str(problem)


def test_all_faults_come_at_once(problems_of: ProblemsOf) -> None:
    """In the order of the file, whatever kind they are of."""
    text = CLAIM.replace("a-2", "a-3").replace("style/gain", "gain").replace("above", "over")

    assert [6, 7, 10] == sorted({one.line for one in problems_of(text)})


@pytest.mark.parametrize("metric", ["loss/total", "canonical/content", "style/gram/relu1_1"])
def test_values_that_the_catalogue_does_not_name_one_by_one(read: Read, metric: str) -> None:
    """Losses and what is logged for each tap."""
    (claim,) = read(CLAIM.replace("style/gain", metric)).rules.claims

    assert metric == claim.parts[0].metric


def test_a_missing_file_is_an_error_of_input(tmp_path: Path) -> None:
    """As is a folder, which says what to name instead."""
    with pytest.raises(SpecError, match="no such file"):
        read_claims(tmp_path / "claims.yaml")
    with pytest.raises(SpecError, match=r"found a folder; .*claims\.yaml"):
        read_claims(tmp_path)
