"""A regression as JUnit XML: what its readers accept, and what they show as red."""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

import pytest

from reports.regression.junit import regression_junit
from reports.regression.model import Determinism, Failure, Result, State

from .regressions import hostile_result, make_finding, make_result

# The rules of Jenkins' schema (jenkinsci/xunit-plugin, jenkins-junit.xsd): attributes that must be
# there, those that may be, and children in their order.
COUNTS = {"tests", "failures", "errors", "time", "disabled"}
RULES: Mapping[str, tuple[set[str], set[str], tuple[str, ...]]] = {
    "testsuites": (set(), {"name"} | COUNTS, ("testsuite",)),
    "testsuite": (
        {"name", "tests"},
        {"skipped", "timestamp", "hostname", "id", "package"} | COUNTS,
        ("properties", "testcase", "system-out", "system-err"),
    ),
    "properties": (set(), set(), ("property",)),
    "property": ({"name", "value"}, set(), ()),
    "testcase": (
        {"name", "classname"},
        {"assertions", "time", "status"},
        ("skipped", "error", "failure", "system-out", "system-err"),
    ),
    "error": (set(), {"type", "message"}, ()),
    "failure": (set(), {"type", "message"}, ()),
    "system-out": (set(), set(), ()),
}


def check(element: ET.Element) -> None:
    """Check an element and those in it against the rules."""
    needed, allowed, children = RULES[element.tag]
    tags = [child.tag for child in element]
    assert needed <= element.attrib.keys() <= needed | allowed
    assert set(tags) <= set(children)
    assert sorted(tags, key=children.index) == tags
    for child in element:
        check(child)


def suite_of(result: Result, *, strict: bool = False) -> ET.Element:
    """Return the one suite of a valid document, whose counts are right."""
    root = ET.fromstring(regression_junit(result, strict=strict))  # noqa: S314 - ours
    check(root)
    (suite,) = root
    cases = suite.findall("testcase")
    for kind, tag in (("failures", "failure"), ("errors", "error")):
        assert str(len(suite.findall(f"testcase/{tag}"))) == suite.get(kind) == root.get(kind)
    assert str(len(cases)) == suite.get("tests") == root.get("tests")
    assert len(cases) == len({(case.get("classname"), case.get("name")) for case in cases})
    return suite


def outcomes(suite: ET.Element) -> dict[str, str]:
    """Return what became of every case: the tag of its first child, or "passed"."""
    return {
        str(case.get("name")): next(
            (child.tag for child in case if child.tag != "system-out"), "passed"
        )
        for case in suite.findall("testcase")
    }


def test_one_case_per_gate_tier_and_failed_run() -> None:
    """What is red is a failure, what cannot be compared an error, all else passes."""
    changed = Determinism(is_same=False, is_red=True, text="another loss")
    suite = suite_of(
        make_result(
            make_finding(state=State.REGRESSED),
            make_finding("content/score", State.NOT_COMPARABLE, reason="no value"),
            make_finding("seconds", State.IMPROVED),
            make_finding(variant="other", state=State.INCONCLUSIVE, reason="too noisy"),
            determinism=changed,
            failures=(Failure(title="a run", reason="broke"),) * 2,
        )
    )

    assert {
        "the sides can be compared": "passed",
        "the engine computes the stored numbers": "failure",
        "style gain of start=noise": "failure",
        "content score of start=noise": "error",
        "seconds of start=noise": "passed",
        "style gain of other": "passed",
        "a run": "failure",
        "a run (2)": "failure",
    } == outcomes(suite)


def test_a_regression_names_its_worst_pairs() -> None:
    """The message has the size, the body the pairs."""
    worse = (0.1, 0.14, 0.12, 0.11, 0.09, 0.13)
    suite = suite_of(make_result(make_finding(state=State.REGRESSED, worse_by=worse)))
    failure = suite.find("testcase/failure")

    assert failure is not None
    assert ("REGRESSED", "REGRESSED: worse by 0.115 nats, margin 0.05 nats") == (
        failure.get("type"),
        failure.get("message"),
    )
    assert "`c1 × s1`: worse by 0.140 nats" in str(failure.text)


@pytest.mark.parametrize(("strict", "expected"), [(False, "passed"), (True, "error")])
def test_inconclusive_is_red_where_it_is_strict(strict: bool, expected: str) -> None:
    """Else it passes, and its reason is the output."""
    finding = make_finding(state=State.INCONCLUSIVE, reason="too noisy")
    suite = suite_of(make_result(finding), strict=strict)

    assert expected == outcomes(suite)["style gain of start=noise"]
    assert b"too noisy" in ET.tostring(suite)


@pytest.mark.parametrize("refusal", ["another evaluator", ""])
def test_nothing_compared_is_an_error(refusal: str) -> None:
    """A document without a single gate is not taken for a green one."""
    suite = suite_of(make_result(refusal=refusal))

    assert {"the sides can be compared": "error"} == outcomes(suite)


def test_another_machine_s_numbers_are_no_failure() -> None:
    """Numbers that differ where they may differ pass, with the words as output."""
    other = Determinism(is_same=False, is_red=False, text="another processor")
    suite = suite_of(make_result(make_finding(), determinism=other))

    assert "failure" not in outcomes(suite).values()
    assert b"For information: another processor" in ET.tostring(suite)


def test_any_name_makes_a_document_that_parses() -> None:
    """Control letters, lone surrogates and ends of sections are no XML; the rest is kept."""
    suite = suite_of(hostile_result())

    assert "<script>" in str(suite.get("name"))
    assert 2 == sum("script" in name for name in outcomes(suite) if not name.startswith("style"))
