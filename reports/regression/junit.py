"""A regression as JUnit XML, for whatever shows the tests of a CI job.

One test case per variant and gate, one for the determinism tier, one per failed run, and one that
says whether the sides could be compared at all. REGRESSED and failed runs are failures; NOT
COMPARABLE is an error. INCONCLUSIVE passes, with its reason as output; where it must not pass
(``strict``, exit code 3) it is an error too, never "skipped", which most readers show as harmless.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

from reports.numbers import counted
from reports.regression.lines import determinism_line, pair_line
from reports.regression.model import Finding, Result, Side, State
from reports.regression.scale import scale_of
from reports.regression.words import headline_of, is_worse_on_average
from reports.versus.sides import on_one_line

__all__ = ["regression_junit"]

MOST_PAIRS = 5
ALLOWED = "\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
FORBIDDEN = re.compile(f"[^{ALLOWED}]")  # XML 1.0 has no way to write the others


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One test case; ``outcome`` is ``failure``, ``error`` or empty where it passed."""

    group: str
    name: str
    outcome: str = ""
    kind: str = ""
    message: str = ""
    body: str = ""


def regression_junit(result: Result, *, strict: bool = False) -> bytes:
    """Write a regression as JUnit XML in UTF-8.

    Args:
        result: What was found.
        strict: Whether INCONCLUSIVE must not pass.
    """
    cases = list(_distinct(_cases(result, strict=strict)))
    outcomes = Counter(case.outcome for case in cases)
    attributes = {
        "name": f"harness regress {on_one_line(result.name)}",
        "tests": str(len(cases)),
        "failures": str(outcomes["failure"]),
        "errors": str(outcomes["error"]),
        "time": "0",  # readers want a number, and nobody asks a verdict how long it took
    }
    root = ET.Element("testsuites", attributes)
    suite = ET.SubElement(root, "testsuite", {**attributes, "skipped": "0"})
    _properties(suite, result)
    for case in cases:
        _add(suite, case)
    ET.SubElement(suite, "system-out").text = _allowed(headline_of(result))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _cases(result: Result, *, strict: bool) -> Iterator[_Case]:
    name = on_one_line(result.name)
    yield _comparability(result, name)
    if result.determinism is not None:
        yield _determinism(result, name)
    for finding in result.findings:
        yield _gate(finding, name, strict=strict)
    for failure in result.failures:
        yield _Case(
            group=f"{name}.runs",
            name=on_one_line(failure.title),
            outcome="failure",
            kind="FAILED RUN",
            message=on_one_line(failure.reason),
            body=failure.reason,
        )


def _comparability(result: Result, name: str) -> _Case:
    """Whether anything was compared: nothing judged must not look like nothing wrong."""
    case = _Case(group=f"{name}.panel", name="the sides can be compared")
    if not result.refusal and result.findings:
        return case
    reason = result.refusal or "nothing was judged"
    return replace(
        case,
        outcome="error",
        kind=str(State.NOT_COMPARABLE),
        message=on_one_line(reason),
        body=reason,
    )


def _determinism(result: Result, name: str) -> _Case:
    is_red = result.determinism is not None and result.determinism.is_red
    line = determinism_line(result)
    return _Case(
        group=f"{name}.determinism",
        name="the engine computes the stored numbers",
        outcome="failure" if is_red else "",
        kind="CHANGED" if is_red else "",
        message=on_one_line(line),
        body=line,
    )


def _gate(finding: Finding, name: str, *, strict: bool) -> _Case:
    outcome = {State.REGRESSED: "failure", State.NOT_COMPARABLE: "error"}.get(finding.state, "")
    if strict and finding.state is State.INCONCLUSIVE:
        outcome = "error"
    return _Case(
        group=f"{name}.gates",
        name=f"{scale_of(finding).name} of {on_one_line(finding.variant)}",
        outcome=outcome,
        kind=str(finding.state),
        message=_message(finding),
        body="\n".join(_body(finding)),
    )


def _message(finding: Finding) -> str:
    scale = scale_of(finding)
    if finding.state is State.NOT_COMPARABLE:
        return on_one_line(f"{finding.state}: {finding.reason}")
    if finding.broken and not is_worse_on_average(finding):
        worst = next((one for one in finding.pairs if one.pair in finding.broken), None)
        if worst is not None:
            there = scale.worse(worst.worse_by)
            return f"{finding.state}: {on_one_line(worst.pair)} broke, {there} there"
    amount = scale.worse(finding.worse_by)
    return f"{finding.state}: {amount}, margin {scale.margin_words}"


def _body(finding: Finding) -> Iterator[str]:
    scale = scale_of(finding)
    if finding.reason:
        yield finding.reason
    change = scale.change(finding.baseline, finding.candidate)
    yield f"mean over {counted(len(finding.pairs), 'pair')}: {change}"
    if interval := scale.interval(finding.low, finding.high):
        yield f"worse by: {scale.difference(finding.worse_by)}, 90 % interval {interval}"
    if finding.pairs:
        yield "worst pairs:"
    shown = [
        one
        for place, one in enumerate(finding.pairs)
        if place < MOST_PAIRS or one.pair in finding.broken
    ]
    for pair in shown:
        yield f"  {pair_line(finding, pair)}"


def _distinct(cases: Iterable[_Case]) -> Iterator[_Case]:
    """Number cases of one name: readers take equal ones for one."""
    seen: Counter[tuple[str, str]] = Counter()
    for case in cases:
        seen[case.group, case.name] += 1
        number = seen[case.group, case.name]
        yield case if number == 1 else replace(case, name=f"{case.name} ({number})")


def _add(suite: ET.Element, case: _Case) -> None:
    element = ET.SubElement(
        suite, "testcase", {"classname": case.group, "name": case.name, "time": "0"}
    )
    if case.outcome:
        attributes = {"type": case.kind, "message": case.message}
        ET.SubElement(element, case.outcome, attributes).text = _allowed(case.body)
    elif case.body:
        ET.SubElement(element, "system-out").text = _allowed(f"{case.message}\n{case.body}")


def _properties(suite: ET.Element, result: Result) -> None:
    """Where both sides come from."""
    element = ET.SubElement(suite, "properties")
    for role, side in (("baseline", result.baseline), ("candidate", result.candidate)):
        for fact, value in _facts(side):
            ET.SubElement(element, "property", {"name": f"{role} {fact}", "value": value})


def _facts(side: Side) -> Iterator[tuple[str, str]]:
    yield "name", on_one_line(side.title)
    for fact, value in side.facts.items():
        yield on_one_line(fact), on_one_line(value)


def _allowed(text: str) -> str:
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
