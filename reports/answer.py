"""One sentence, made from the numbers, that says which setting won.

Nothing is claimed that the verdicts do not carry.
"""

import pandas as pd

from metrics.catalog import metric as catalogued
from reports.comparison import Comparison
from reports.frame import FINISHED, check_runs, distinct_runs
from reports.numbers import decimals_for, fixed, signed
from reports.statistics import MINIMUM_PAIRS
from reports.verdict import CONTENT, NAMES, STYLE, Judgement, Verdict, judge_variants

__all__ = ["answer_question"]

MOST_NAMES = 2

Judgements = dict[str, Judgement]


def answer_question(runs: pd.DataFrame, baseline: str) -> str:
    """Say which variant won, by how much and how sure, or that the data cannot tell.

    Args:
        runs: one row per (variant, case).
        baseline: label of the variant the others are compared with.

    Returns:
        One English sentence; variants stand in backticks. If runs failed or are missing, the
        sentence ends with how many.

    Raises:
        ValueError: see ``reports.frame.check_runs``.
    """
    check_runs(runs, baseline)
    judgements = judge_variants(runs, baseline)
    others = {name: found for name, found in judgements.items() if name != baseline}
    return f"{_sentence(others, runs, baseline)}{_partial(runs)}."


def _sentence(others: Judgements, runs: pd.DataFrame, baseline: str) -> str:
    """The answer without its full stop."""
    if not others:
        return f"Only one setting was tried, `{baseline}`, so there is nothing to compare"
    if not any(found.n_pairs for found in others.values()):
        return _nothing_to_compare(runs, baseline)
    if better := _with_verdict(others, Verdict.BETTER):
        return _winner(better, baseline)
    if trades := _with_verdict(others, Verdict.TRADE_OFF):
        return _trade_off(trades, baseline)
    return _no_winner(others, baseline)


def _no_winner(others: Judgements, baseline: str) -> str:
    """Nothing is better and nothing traded: the baseline stands, or nothing is known."""
    comparisons = [one for found in others.values() for one in found.comparisons.values()]
    dependence = next((one.dependence for one in comparisons if one.dependence), "")
    if dependence and not any(one.is_tested for one in comparisons):
        return f"No verdict against the baseline `{baseline}`: {dependence}"
    worse = _with_verdict(others, Verdict.WORSE)
    if len(worse) == len(others):
        return _baseline_wins(worse, baseline)
    return _cannot_tell(others, worse, baseline)


def _with_verdict(others: Judgements, verdict: Verdict) -> Judgements:
    return {name: found for name, found in others.items() if found.verdict is verdict}


def _nothing_to_compare(runs: pd.DataFrame, baseline: str) -> str:
    """No pair is finished in the baseline and another variant."""
    finished = set(runs.loc[runs["status"] == FINISHED, "variant"])
    if not finished:
        return "Cannot tell: no run has finished"
    if baseline not in finished:
        return f"Cannot tell: the baseline `{baseline}` has no finished run to compare with"
    return f"Cannot tell: no pair is finished and scored in both `{baseline}` and another variant"


def _winner(better: Judgements, baseline: str) -> str:
    """The better variant with the highest style gain, and how many more are better."""
    name = _most(better, STYLE)
    style, content = (better[name].comparisons[metric] for metric in (STYLE, CONTENT))
    first, second = (style, content) if style.significance > 0 else (content, style)
    also = (
        f"and {_against(second)}"
        if second.significance > 0
        else f"with no significant difference in {NAMES[second.metric]} ({_difference(second)})"
    )
    others = _more(better, name, ("is better too", "are better too"))
    return (
        f"`{name}` is better than the baseline `{baseline}`: {_against(first)} over "
        f"{_pairs(first.n_pairs)}, {also}{others}"
    )


def _trade_off(trades: Judgements, baseline: str) -> str:
    """The trade-off that gains most style, else the one that keeps most content."""
    stylish = {
        name: found for name, found in trades.items() if found.comparisons[STYLE].significance > 0
    }
    metric, other = (STYLE, CONTENT) if stylish else (CONTENT, STYLE)
    name = _most(stylish or trades, metric)
    won, lost = (trades[name].comparisons[key] for key in (metric, other))
    virtue = "gives more style than" if stylish else "keeps more content than"
    return (
        f"`{name}` {virtue} the baseline `{baseline}`, {_against(won)} over "
        f"{_pairs(won.n_pairs)}, at a {NAMES[other]} {_lower(lost)} lower: a trade-off"
        f"{_more(trades, name, ('is another trade-off', 'are trade-offs too'))}"
    )


def _baseline_wins(worse: Judgements, baseline: str) -> str:
    """Every other variant is worse; the one with the most style shows by how much."""
    name = _most(worse, STYLE)
    style, content = (worse[name].comparisons[metric] for metric in (STYLE, CONTENT))
    found = style if style.significance < 0 else content
    rivals = {1: f"`{name}` is worse", 2: "both other variants are worse"}
    return (
        f"The baseline `{baseline}` wins: "
        f"{rivals.get(len(worse), f'all {len(worse)} other variants are worse')}, "
        f"{'with' if len(worse) == 1 else f'even `{name}`, the one with the most style, with'} "
        f"{_against(found)} over {_pairs(found.n_pairs)}"
    )


def _cannot_tell(others: Judgements, worse: Judgements, baseline: str) -> str:
    """Nothing is better and nothing traded; some may be worse."""
    pairs = max(found.n_pairs for found in others.values())
    if pairs < MINIMUM_PAIRS:
        few = "1 pair is" if pairs == 1 else f"{pairs} pairs are"
        return (
            f"Cannot tell: {few} too few to tell any variant from the baseline `{baseline}`, "
            f"at least {MINIMUM_PAIRS} are needed{_need(others, ' and ')}"
        )
    if worse:
        return (
            f"No variant is better than the baseline `{baseline}` over {_pairs(pairs)}: "
            f"{len(worse)} of {len(others)} {_are(len(worse))} worse and the rest cannot be told "
            f"from it{_need(others, '; ')}"
        )
    return (
        f"Cannot tell: no variant differs significantly from the baseline `{baseline}` over "
        f"{_pairs(pairs)}{_need(others, '; ')}"
    )


def _need(others: Judgements, joint: str) -> str:
    """How many pairs the least demanding undecided variant would need, if that is news."""
    needs = [
        (found.pairs_needed, name)
        for name, found in _with_verdict(others, Verdict.CANNOT_TELL).items()
        if found.pairs_needed is not None
    ]
    count, name = min(needs, default=(0, ""))
    if count <= MINIMUM_PAIRS:
        return ""
    kind = " independent pairs" if others[name].sharing else ""
    return f"{joint}about {count}{kind} would be needed for `{name}`"


def _most(judgements: Judgements, metric: str) -> str:
    """The variant with the largest mean difference on a metric, the first of equals."""
    return max(judgements, key=lambda name: judgements[name].comparisons[metric].difference)


def _against(found: Comparison) -> str:
    """Write both means, as in "style gain 1.32 against 1.05 (+0.27 ± 0.09 nats)"."""
    decimals = _decimals(found)
    means = (fixed(mean, decimals) for mean in (found.variant_mean, found.baseline_mean))
    return f"{NAMES[found.metric]} {' against '.join(means)} ({_difference(found)})"


def _difference(found: Comparison) -> str:
    """Write the difference, as in "+0.27 ± 0.09 nats"."""
    decimals = _decimals(found)
    unit = catalogued(found.metric).unit
    width = fixed(found.half_width or 0.0, decimals)
    return f"{signed(found.difference, decimals)} ± {width}{'' if unit == '1' else f' {unit}'}"


def _lower(found: Comparison) -> str:
    """Write the size of a loss, as in "0.05 ± 0.02"."""
    decimals = _decimals(found)
    return f"{fixed(abs(found.difference), decimals)} ± {fixed(found.half_width or 0.0, decimals)}"


def _decimals(found: Comparison) -> int:
    return decimals_for([found.half_width or 0.0])


def _more(judgements: Judgements, told: str, verbs: tuple[str, str]) -> str:
    """The other variants with the same verdict: named if they are two at most, else counted."""
    others = [f"`{name}`" for name in judgements if name != told]
    if not others:
        return ""
    names = " and ".join(others) if len(others) <= MOST_NAMES else f"{len(others)} more variants"
    return f"; {names} {verbs[len(others) > 1]}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count} pairs"


def _partial(runs: pd.DataFrame) -> str:
    """How many runs did not finish, for the end of the sentence."""
    distinct = distinct_runs(runs)
    missing = int((distinct["status"] == "MISSING").sum())
    failed = int((distinct["status"] != FINISHED).sum()) - missing
    parts = [f"{failed} failed"] * bool(failed) + [f"{missing} missing"] * bool(missing)
    return f" (partial: {' and '.join(parts)} of {len(distinct)} runs)" if parts else ""
