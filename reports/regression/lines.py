"""Sentences of a regression beside its tables: why, which pairs, the timing, the history."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.numbers import ABSENT
from reports.regression.model import SECONDS, Finding, PairFinding, Result, State, Step
from reports.regression.naming import clause, named, shortened
from reports.regression.scale import scale_of
from reports.regression.steps import step_scale, step_words
from reports.regression.table import differing_facts
from reports.regression.words import SIGNS, is_worse_on_average, subject_of

__all__ = [
    "READING",
    "Explanation",
    "determinism_line",
    "difference_lines",
    "explain",
    "failure_lines",
    "pair_line",
    "pair_words",
    "step_lines",
    "timing_lines",
]

READING = (
    "Above 0 is worse. A verdict needs the interval and the margin: REGRESSED is surely worse, "
    "and by the margin or more, or a single pair broke; EQUIVALENT is surely within the margin; "
    "INCONCLUSIVE is neither. Pairs are the unit, their seeds are averaged; no seeds are named "
    "where settings draw no random numbers."
)
MOST_PAIRS = 3
REASON_LETTERS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a finding is not green: its sign and subject, the reason, and its worst pairs."""

    finding: Finding
    text: str
    pairs: tuple[str, ...]


def explain(findings: Sequence[Finding]) -> list[Explanation]:
    """Explain every finding that is neither equivalent nor improved."""
    told = [one for one in findings if one.state not in {State.EQUIVALENT, State.IMPROVED}]
    return [
        Explanation(
            finding=one,
            text=f"{SIGNS[one.state]} {subject_of(one)}{_reason(one)}",
            pairs=tuple(pair_line(one, pair) for pair in _worst(one)),
        )
        for one in told
    ]


def pair_line(finding: Finding, pair: PairFinding) -> str:
    """Say which pair it is, and how much worse."""
    return f"{named(pair.pair)}: {pair_words(finding, pair)}"


def pair_words(finding: Finding, pair: PairFinding) -> str:
    """Say how much worse a pair is: "worse by 0.41 nats, 8.2 margins (1.20 → 0.79 nats)"."""
    scale = scale_of(finding)
    margins = scale.margins(pair.worse_by)
    amount = f", {margins}" if margins and pair.worse_by >= finding.margin else ""
    broke = "; broke" if pair.pair in finding.broken else ""
    return (
        f"{scale.worse(pair.worse_by)}{amount}"
        f" ({scale.change(pair.baseline, pair.candidate)}){broke}"
    )


def determinism_line(result: Result) -> str:
    """Say what became of the first tier."""
    found = result.determinism
    if found is None:
        return "Not checked."
    words = {(True, False): "Same numbers", (False, True): "CHANGED"}
    return f"{words.get((found.is_same, found.is_red), 'For information')}: {found.text}"


def failure_lines(result: Result) -> list[str]:
    """Say which runs came to nothing, and why."""
    return [f"{named(one.title)}: {clause(one.reason)}" for one in result.failures]


def difference_lines(result: Result) -> list[str]:
    """Say in which facts the sides differ."""
    return [
        f"{name}: {before or ABSENT} → {after or ABSENT}"
        for name, before, after in differing_facts(result.baseline, result.candidate)
    ]


def timing_lines(result: Result) -> list[str]:
    """Say what was judged of the time."""
    judged = [one for one in result.findings if one.metric == SECONDS]
    return [f"{_time(one)}: {one.state}, margin {scale_of(one).margin_words}" for one in judged]


def step_lines(result: Result) -> list[str]:
    """Say where every change of level began, how large it is, and whether it lasts."""
    return [f"{step_words(step)}{_step_details(step, result.steps)}" for step in result.steps]


def _step_details(step: Step, steps: Sequence[Step]) -> str:
    commit = f", commit {named(step.commit)}" if step.commit else ""
    is_followed = any(
        (one.variant, one.metric) == (step.variant, step.metric) and one.at > step.at
        for one in steps
    )
    lasting = "until now" if step.lasts else "too new to be sure"
    change = step_scale(step).change(step.before, step.after)
    return f"{commit} ({change}); {'until the next step' if is_followed else lasting}"


def _reason(finding: Finding) -> str:
    return f": {shortened(finding.reason, REASON_LETTERS)}" if finding.reason else ""


def _worst(finding: Finding) -> list[PairFinding]:
    """The pairs to be named: those that broke, and of what regressed the worst."""
    if finding.state is not State.REGRESSED:
        return []
    most = MOST_PAIRS if is_worse_on_average(finding) else 0
    return [
        one
        for place, one in enumerate(finding.pairs)
        if one.pair in finding.broken or (place < most and one.worse_by > 0)
    ][: 2 * MOST_PAIRS]


def _time(finding: Finding) -> str:
    scale = scale_of(finding)
    interval = scale.interval(finding.low, finding.high)
    within = f" ({interval})" if interval else ""
    both = scale.change(finding.baseline, finding.candidate)
    return f"{named(finding.variant)} {scale.worse(finding.worse_by)}{within}, {both}"
