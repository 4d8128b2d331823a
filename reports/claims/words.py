"""Numbers of judged claims in words: effects, intervals, margins, what could have been found."""

import math
from collections.abc import Sequence

from metrics.catalog import CATALOG
from reports.claims.effects import Verdict
from reports.claims.judged import JudgedClaim, JudgedPart, JudgedQuestion
from reports.claims.rules import BEST, Expectation, How, Operand, Part, Region
from reports.claims.way import LOSS
from reports.numbers import ABSENT, counted, decimals_for, fixed, three_digits
from reports.versus.sides import quoted

__all__ = [
    "claim_reason",
    "effect_text",
    "finding",
    "interval_text",
    "least_text",
    "margin_text",
    "mean_text",
    "metric_text",
    "operand_text",
    "part_reason",
    "question_sentence",
    "rests_on",
]

LARGE, SMALL = 1e5, 1e-3  # beyond these, powers of ten are read more easily than zeros
NEAR_ONE = 0.05
TIMES = "×"
THREE_DIGITS = 100


def effect_text(judged: JudgedPart) -> str:
    """The mean over the pairs with its unit; a ratio as a factor."""
    mean = judged.effect.mean
    if math.isnan(mean):
        return ABSENT
    unit = _unit(judged.part)
    return f"{_amount(judged, mean)}{f' {unit}' if unit else ''}"


def interval_text(judged: JudgedPart) -> str:
    """The simultaneous interval, as in "0.10 … 0.32"."""
    effect = judged.effect
    if math.isnan(effect.low):
        return ABSENT
    return f"{_amount(judged, effect.low)} … {_amount(judged, effect.high)}"


def margin_text(part: Part) -> str:
    """What was expected, as in "above 0.1"; empty where nothing was."""
    expected = part.expect
    if expected is None:
        return ""
    if _is_ratio(part):
        return _factor_margin(expected)
    sign = "±" if expected.region is Region.WITHIN else ""
    number = f"{expected.margin:g}".replace("-", "\N{MINUS SIGN}")
    unit = _unit(part)
    return f"{expected.region} {sign}{number}{f' {unit}' if unit else ''}"


def least_text(judged: JudgedPart) -> str:
    """What the pairs could have found; empty where the verdict is certain or nothing is known."""
    effect, expected = judged.effect, judged.part.expect
    if effect.verdict is not Verdict.CANNOT_TELL or expected is None or math.isnan(effect.least):
        return ""
    pairs = counted(effect.least_pairs, "such pair")
    if expected.region is Region.WITHIN:
        ends = (
            _factor_range(effect.least)
            if _is_ratio(judged.part)
            else f"±{_plain(judged, effect.least)}"
        )
        return f"{pairs} could have confirmed a margin of {ends} or wider (80 % power)"
    direction = "more" if expected.region is Region.ABOVE else "less"
    least = _amount(judged, effect.least)
    if not _is_reachable(judged.part, effect.least):
        return f"{pairs} could have found nothing: no mean is {least} or {direction}"
    return f"{pairs} could have found a mean of {least} or {direction} (80 % power)"


def _is_reachable(part: Part, mean: float) -> bool:
    """Whether a metric's own value, set beside nothing, can be so large or small."""
    if part.less is not None or part.of.regret or part.metric not in CATALOG:
        return True
    low, high = CATALOG[part.metric].range
    return low <= mean <= high


def metric_text(part: Part) -> str:
    """What was measured, in the catalogue's words."""
    if part.metric in CATALOG:
        return CATALOG[part.metric].short
    if part.metric.startswith(LOSS):
        return f"{part.metric.removeprefix(LOSS).replace('/', ' ')} loss"
    return part.metric


def operand_text(operand: Operand) -> str:
    """What is measured, by its labels, as in "to block 5, after 400 iterations"."""
    said = [_label(*one) for one in operand.where.items()] or ["all settings"]
    if operand.regret:
        said = ["one setting for all"] if not operand.where else ["one for all of", *said]
    if operand.iteration == BEST:
        said.append("at its best on the way")
    elif operand.iteration is not None:
        said.append(f"after {operand.iteration} iterations")
    return ", ".join(said)


def _label(axis: str, label: str) -> str:
    """A label, behind its axis where it says nothing by itself."""
    says_little = label == "none" or not any(letter.isalpha() for letter in label.replace("e", ""))
    return f"{axis} {label}" if says_little else label


def rests_on(judged: JudgedPart) -> str:
    """The metric, the sweep and the sides of a part."""
    part = judged.part
    sides = quoted(operand_text(part.of))
    if part.less is not None:
        joint = "over" if part.how is How.RATIO else "less"
        sides = f"{sides} {joint} {quoted(operand_text(part.less))}"
    return f"{metric_text(part)}, {quoted(judged.sweep)}: {sides}"


def finding(judged: JudgedPart) -> str:
    """What was measured in a clause, as in "it is coarser: ×1.32 (1.10 … 1.60), 8 pairs"."""
    pairs = counted(judged.effect.n_pairs, "pair")
    expected = f", expected {margin_text(judged.part)}" if judged.part.expect is not None else ""
    return f"{judged.part.says}: {mean_text(judged)}, {pairs}{expected}"


def mean_text(judged: JudgedPart) -> str:
    """The mean and its interval, as in "×1.32 (×1.10 … ×1.60)"."""
    mean = effect_text(judged)
    return mean if math.isnan(judged.effect.low) else f"{mean} ({interval_text(judged)})"


def part_reason(judged: JudgedPart) -> str:
    """Why a part's verdict is not more than it is, and what could have been found."""
    said = [judged.effect.reason, least_text(judged), *judged.notes]
    return "; ".join(dict.fromkeys(one for one in said if one))


def claim_reason(judged: JudgedClaim) -> str:
    """How the parts make the verdict, where there are several."""
    expected = [one for one in judged.parts if one.verdict is not None]
    if len(expected) < 2:  # noqa: PLR2004 - one speaks for itself
        return "" if expected else "no part says what was expected"
    counts = [
        f"{number} {verdict}"
        for verdict in Verdict
        if (number := sum(one.verdict is verdict for one in expected))
    ]
    measured = counted(len(expected), "measurement")
    return f"all {measured}" if len(counts) == 1 else f"{measured}: {', '.join(counts)}"


def question_sentence(judged: JudgedQuestion) -> str:
    """Our answer to a question, as far as the verdicts carry one."""
    said = []
    for verdict in Verdict:
        names = [one.claim.name for one in judged.claims if one.verdict is verdict]
        if names:
            said.append(_capitalized(f"{verdict}: {_listed(names)}"))
    for part in judged.parts:
        word = f"{part.verdict}: " if part.verdict is not None else ""
        said.append(_capitalized(f"{word}{part.part.says}: {mean_text(part)}"))
    if judged.not_run:
        said.append(f"Not run: {_listed(judged.not_run)}")
    return ". ".join(said) + "."


def _is_ratio(part: Part) -> bool:
    return part.how is How.RATIO and part.less is not None


def _unit(part: Part) -> str:
    """Empty for ratios and pure numbers."""
    if _is_ratio(part):
        return ""
    unit = CATALOG[part.metric].unit if part.metric in CATALOG else "1"
    return "" if unit == "1" else unit


def _amount(judged: JudgedPart, value: float) -> str:
    """A value of the part, all of them with the same decimals; differences with their sign."""
    part = judged.part
    if part.less is None:
        return _plain(judged, value)
    if _is_ratio(part):
        return _factor(value)
    text = _plain(judged, value)
    return f"+{text}" if value > 0 and any(digit in text for digit in "123456789") else text


def _plain(judged: JudgedPart, value: float) -> str:
    """A value as a number without a plus sign."""
    effect = judged.effect
    width = (effect.high - effect.low) / 2
    largest = max(abs(one) for one in (value, effect.mean) if not math.isnan(one))
    # Beside a margin of 0.02, 4e-10 is nothing.
    is_nothing = judged.part.expect is not None and abs(judged.part.expect.margin) > SMALL
    if largest >= LARGE or (0 < largest < SMALL and not is_nothing):
        return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")
    if largest >= THREE_DIGITS:
        return fixed(value, 0)
    return fixed(value, decimals_for([width if width > 0 else largest]))


def _factor(logarithm: float) -> str:
    """A logarithm of a ratio as the factor it stands for."""
    try:
        factor = math.exp(logarithm)
    except OverflowError:
        return f"{TIMES}∞"
    if abs(logarithm) < NEAR_ONE:
        return f"{TIMES}{factor:.3f}"
    return f"{TIMES}{three_digits(factor)}" if factor >= SMALL else f"{TIMES}{factor:.1g}"


def _factor_margin(expected: Expectation) -> str:
    if expected.region is Region.WITHIN:
        return f"within {_factor_range(expected.margin)}"
    return f"{expected.region} {_factor(expected.margin)}"


def _factor_range(margin: float) -> str:
    return f"{_factor(-margin)} … {_factor(margin)}"


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
