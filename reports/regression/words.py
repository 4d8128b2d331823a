"""What a regression found, in one sentence, and what to do about it."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from reports.numbers import counted
from reports.regression.model import Finding, Result, State
from reports.regression.naming import clause, named
from reports.regression.scale import scale_of
from reports.regression.steps import creeping, step_words

__all__ = [
    "SIGNS",
    "WORST_FIRST",
    "advice_of",
    "counts_of",
    "headline_of",
    "is_worse_on_average",
    "subject_of",
]

SIGNS = {
    State.REGRESSED: "✕",
    State.NOT_COMPARABLE: "□",
    State.INCONCLUSIVE: "◇",
    State.IMPROVED: "▲",
    State.EQUIVALENT: "●",
}
"""One shape a verdict, the same in tables and in the chart: colour is never alone."""

WORST_FIRST = tuple(SIGNS)
"""The verdicts in the order in which a reader needs them."""

MOST_NAMES = 3
COMMIT = re.compile(r"[0-9a-f]{7,40}\b")


def headline_of(result: Result) -> str:
    """Say in one sentence what was found, the worst first; names stand in backticks."""
    said = {
        State.REGRESSED: _regressed,
        State.NOT_COMPARABLE: _not_comparable,
        State.INCONCLUSIVE: _inconclusive,
        State.IMPROVED: _improved,
        State.EQUIVALENT: _equivalent,
    }[result.state](result)
    return f"{result.state}: {'; '.join([*said, *_creep(result)])}."


def advice_of(result: Result) -> str:
    """Say what a reader should do now."""
    creep = "See the history: what no single night shows has added up. "
    return f"{creep if creeping(result) else ''}{_advice(result)}".strip()


def _advice(result: Result) -> str:
    accept = "`harness baseline accept`"
    if result.state is State.REGRESSED:
        is_judged = _of(result.findings, State.REGRESSED) or not result.failures
        meant = f" If the change is meant, accept it with {accept}." if is_judged else ""
        return f"{_where_to_look(result)}{meant}"
    if result.state is State.NOT_COMPARABLE:
        return (
            "This is not green: nothing says that the pictures are as good as before. Bring back "
            "what differs between the two sides, listed below; if it is meant to differ, make a "
            f"new baseline with {accept}."
        )
    if result.state is State.INCONCLUSIVE:
        return (
            "Nothing is known to be worse, but the noise hides changes as large as the margin. "
            "More pairs or more seeds would tell; `harness regress --calibrate` says what this "
            "panel can find."
        )
    if result.state is State.IMPROVED:
        return f"To hold later changes to this level, accept it with {accept}."
    return "" if creeping(result) else "Nothing to do."


def counts_of(findings: Iterable[Finding]) -> list[tuple[State, int]]:
    """Return how many findings have which verdict, the worst verdict first."""
    counts = Counter(finding.state for finding in findings)
    return [(state, counts[state]) for state in WORST_FIRST if counts[state]]


def subject_of(finding: Finding) -> str:
    """Return what a finding is about: "style gain of `start=noise`"."""
    return f"{scale_of(finding).name} of {named(finding.variant)}"


def is_worse_on_average(finding: Finding) -> bool:
    """Return whether the mean is worse by the margin, and surely so: not one pair alone."""
    return finding.worse_by >= finding.margin and finding.low > 0


def _regressed(result: Result) -> list[str]:
    found = sorted(
        _of(result.findings, State.REGRESSED),
        key=lambda one: (not is_worse_on_average(one), -_margins(one)),
    )
    lacking = len(_of(result.findings, State.NOT_COMPARABLE))
    return [
        *([_worse(found[0])] if found else []),
        *_and_others(len(found) - 1, "regressed"),
        *([_failed(result)] if result.failures else []),
        *(
            ["the engine no longer computes the stored numbers"]
            if result.determinism is not None and result.determinism.is_red
            else []
        ),
        *([clause(result.refusal)] if result.refusal else []),
        *([f"{counted(lacking, 'comparison')} could not be made"] if lacking else []),
    ]


def _worse(finding: Finding) -> str:
    """The mean, or the pairs that broke, or both."""
    scale = scale_of(finding)
    margin = f"margin {scale.margin_words}"
    broken = _broken(finding)
    if not is_worse_on_average(finding) and broken:
        return f"{subject_of(finding)} broke on {broken} ({margin})"
    is_plain = not broken
    pairs = counted(len(finding.pairs), "pair")
    mean = f"{_is(finding)} {scale.worse(finding.worse_by)} over {pairs} ({margin})"
    return mean if is_plain else f"{mean}, and broke on {broken}"


def _is(finding: Finding) -> str:
    """The subject and its verb: settings are slower, a score of theirs is worse."""
    return (
        f"{named(finding.variant)} is"
        if scale_of(finding).is_ratio
        else f"{subject_of(finding)} is"
    )


def _broken(finding: Finding) -> str:
    """The worst broken pair and how many others there are; empty where none broke."""
    worst = [one for one in finding.pairs if one.pair in finding.broken]
    if not worst:
        return ""
    others = len(worst) - 1
    more = f" and {counted(others, 'other pair')}" if others else ""
    return f"{named(worst[0].pair)}, {scale_of(finding).worse(worst[0].worse_by)} there{more}"


def _failed(result: Result) -> str:
    names = [named(one.title) for one in result.failures[:MOST_NAMES]]
    more = len(result.failures) - len(names)
    listed = ", ".join([*names, *([f"{more} more"] if more else [])])
    return f"{counted(len(result.failures), 'run')} failed: {listed}"


def _not_comparable(result: Result) -> list[str]:
    found = _of(result.findings, State.NOT_COMPARABLE)
    if result.refusal:
        return [clause(result.refusal)]
    if not found:
        return ["nothing was judged"]
    reason = clause(found[0].reason) or "one side has no value"
    return [f"{subject_of(found[0])}: {reason}", *_and_others(len(found) - 1, "not comparable")]


def _inconclusive(result: Result) -> list[str]:
    found = sorted(
        _of(result.findings, State.INCONCLUSIVE),
        key=lambda one: -one.high / one.margin if math.isfinite(one.high) else 0,
    )
    first = found[0]
    return [_undecided(first), *_and_others(len(found) - 1, "undecided")]


def _undecided(finding: Finding) -> str:
    scale = scale_of(finding)
    about = f"cannot tell on {subject_of(finding)}"
    if not math.isfinite(finding.low + finding.high):
        return f"{about}: {clause(finding.reason) or 'no interval could be given'}"
    ends = [scale.end(end) for end in (finding.low, finding.high)]
    return f"{about}: between {ends[0]} and {ends[1]} (margin {scale.margin_words})"


def _improved(result: Result) -> list[str]:
    found = sorted(_of(result.findings, State.IMPROVED), key=_margins)
    first = found[0]
    rest = len(result.findings) - len(found)
    return [
        f"{_is(first)} {scale_of(first).worse(first.worse_by)}",
        *_and_others(len(found) - 1, "improved"),
        *(["all else is the same within its margin"] if rest else []),
    ]


def _equivalent(result: Result) -> list[str]:
    total = len(result.findings)
    variants = len({one.variant for one in result.findings})
    pairs = max(len(one.pairs) for one in result.findings)
    if total == 1:
        first = result.findings[0]
        margin = scale_of(first).margin_words
        return [f"{subject_of(first)} is the same within its margin, {margin}"]
    return [
        f"all {total} comparisons of {counted(variants, 'variant')}, over "
        f"{counted(pairs, 'pair')}, are the same within their margins"
    ]


def _creep(result: Result) -> list[str]:
    """The largest lasting step to the worse, and how many there are beside it."""
    steps = creeping(result)
    if not steps:
        return []
    more = f", and {counted(len(steps) - 1, 'other step')}" if len(steps) > 1 else ""
    return [f"in the history, {step_words(steps[0])}{more}"]


def _where_to_look(result: Result) -> str:
    """What to look at first, and between which commits the fault lies where both are known."""
    sides = (result.baseline, result.candidate)
    commits = [_commit(side.facts.get("commit", "")) for side in sides]
    look = "Look at the worst pairs" if result.pictures else "Look at the findings"
    if not _of(result.findings, State.REGRESSED):
        look = "See why runs failed" if result.failures else "See what the engine now computes"
    if not all(commits):
        return f"{look} and at what differs between the two sides."
    if commits[0] == commits[1]:
        return f"{look}. Both sides are of one commit: see what else differs between them."
    return f"{look}. What changed in between: `git log {commits[0]}..{commits[1]}`."


def _commit(text: str) -> str:
    found = COMMIT.match(text)
    return found[0] if found is not None else ""


def _and_others(number: int, what: str) -> list[str]:
    return [f"{counted(number, 'other')} {what}"] if number > 0 else []


def _of(findings: Sequence[Finding], state: State) -> list[Finding]:
    return [finding for finding in findings if finding.state is state]


def _margins(finding: Finding) -> float:
    return finding.worse_by / finding.margin
