"""What each metric must reach to be ranked on, and the page that says what it reached."""

import math
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from metrics.catalog import CATALOG, Direction, Metric

__all__ = ["RULES", "Check", "Results", "Rule", "page", "shortfalls"]

ROUND_OFF = 1e-9


class Check(StrEnum):
    """One thing that is done to pictures, and what must come of it."""

    WEIGHT = "content weight"
    BLEND = "blend"
    NOISE = "noise"
    BLUR = "blur"
    SHUFFLE = "shuffle"
    UNRELATED = "other photo"
    FLIP = "flip"
    CROP = "crop"
    RETRIEVAL = "retrieval"
    KNOB = "knob"


Results = Mapping[str, Mapping[Check, list[float]]]
"""Metric → check → what was found, one value a pair (a picture, a crop)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a check must give: the mean at least ``least`` or at most ``most``."""

    least: float = -math.inf
    most: float = math.inf

    def holds(self, value: float) -> bool:
        """Whether a mean fulfils the rule."""
        return self.least - ROUND_OFF <= value <= self.most + ROUND_OFF


MEANING = {
    Check.WEIGHT: "rank correlation with four content weights from 0.1 to 100, +1 = as it should",
    Check.BLEND: "the same with five blends of the content and its style transfer",
    Check.NOISE: "the same with noise of 0 to 64 levels on the content",
    Check.BLUR: "the same with blur of 0 to 8 pixels on the content",
    Check.SHUFFLE: "content: share of pairs where shuffled pixels score worse; style: distance of "
    "the shuffled pixels over that of the result (1 = it sees colours alone)",
    Check.UNRELATED: "share of other photographs that score worse than the style transfer",
    Check.FLIP: "change of the distance by a mirror image, as a share",
    Check.CROP: "distance of a quarter of the style over that of the untouched content",
    Check.RETRIEVAL: "share of style transfers whose own style is the nearest of the eight",
    Check.KNOB: "rank correlation with the knob that it is named after",
}

# Chosen before the first run: what a number must do to deserve its name. Fine differences between
# style transfers of one style are not among them; weight on the content is, for content metrics.
RULES: Mapping[str, Mapping[Check, Rule]] = {
    "content": {
        Check.WEIGHT: Rule(least=0.8),
        Check.BLEND: Rule(least=0.9),
        Check.NOISE: Rule(least=0.9),
        Check.BLUR: Rule(least=0.9),
        Check.SHUFFLE: Rule(least=0.95),
        Check.UNRELATED: Rule(least=0.9),
    },
    "style": {
        Check.BLEND: Rule(least=0.8),
        Check.FLIP: Rule(most=0.25),
        Check.CROP: Rule(most=0.6),
        Check.RETRIEVAL: Rule(least=0.75),
    },
    "picture": {Check.KNOB: Rule(least=0.9)},
}


def group(entry: Metric) -> str:
    """Return which rules a metric is under."""
    first = entry.name.removeprefix("second/").split("/")[0]
    return first if first in RULES else "picture"


def shortfalls(name: str, found: Mapping[Check, list[float]]) -> list[Check]:
    """Return the checks that a metric fails."""
    rules = RULES[group(CATALOG[name])]
    return [
        check
        for check, rule in rules.items()
        if found.get(check) and not rule.holds(statistics.fmean(found[check]))
    ]


def page(
    results: Results,
    costs: Mapping[str, float],
    *,
    command: str,
    machine: str,
    evaluator: str,
    seconds: float,
) -> str:
    """Write the page.

    Args:
        results: What was found.
        costs: Milliseconds a picture, by what was taken.
        command: That made the page.
        machine: It ran on.
        evaluator: Id of the evaluator whose features were used.
        seconds: That it took.
    """
    lines = [
        "# Do the metrics measure what they claim?",
        "",
        f"Made by `{command}`",
        f"in {seconds / 60:.0f} minutes on {machine}; features by {evaluator}.",
        "Style transfers of the built-in pictures with the embedded filters: the figures say what",
        "a metric does with such pictures, not how well it agrees with people (`harness vote`).",
        "A metric that fails a check of its own is logged, never ranked on.",
        "",
    ]
    for name, title in (
        ("content", "Content: how much of the photograph is kept"),
        ("style", "Style: how near the result is to the style"),
        ("picture", "The picture by itself"),
    ):
        lines += [f"## {title}", "", *_table(name, results), ""]
    lines += ["## What a picture costs", ""]
    lines += [f"- {what}: {cost:.0f} ms" for what, cost in costs.items()]
    return "\n".join(lines) + "\n"


def _table(name: str, results: Results) -> Iterator[str]:
    entries = [entry for entry in CATALOG.values() if entry.name in results]
    mine = [entry for entry in entries if group(entry) == name]
    checks = [check for check in Check if any(results[one.name].get(check) for one in mine)]
    yield f"| metric | {' | '.join(checks)} | fails | ranked |"
    yield f"| --- |{' ---: |' * len(checks)} --- | --- |"
    for entry in mine:
        found = results[entry.name]
        cells = " | ".join(_cell(found.get(check, []), check, name) for check in checks)
        failed = ", ".join(shortfalls(entry.name, found)) or "–"
        ranked = "yes" if entry.ranked and entry.direction is not Direction.NONE else "no"
        yield f"| `{entry.name}` | {cells} | {failed} | {ranked} |"
    yield ""
    for check in checks:
        rule = RULES[name].get(check)
        need = _need(rule) if rule is not None else "for information"
        yield f"- **{check}**: {MEANING[check]} ({need})"


def _cell(values: list[float], check: Check, name: str) -> str:
    """Write the mean of a check; bold where it falls short."""
    if not values:
        return ""
    value = statistics.fmean(values)
    rule = RULES[name].get(check)
    text = f"{value:.2f}"
    return text if rule is None or rule.holds(value) else f"**{text}**"


def _need(rule: Rule) -> str:
    return f"at least {rule.least:g}" if math.isfinite(rule.least) else f"at most {rule.most:g}"
