"""What the benchmark of samplers prints."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from benchmarks.replay import BALANCE, study_of
from benchmarks.response_table import Table
from benchmarks.sampler_figures import BETTER, Difference, compared
from benchmarks.sampler_questions import (
    BUDGET,
    BUDGETS,
    CHOOSING,
    FRONT,
    RANDOM,
    Found,
    responses,
)
from harness.spec.space import Dimension, Point
from harness.sweep.search.methods import start_size
from reports.statistics import t_half_width

__all__ = ["Answers", "page", "regret_lines", "verdict_text"]

Answers = Mapping[tuple[str, str], Sequence[Found]]  # by question and method, in order of seeds


def page(answers: Answers) -> list[str]:
    """Return everything that the replays say, as lines."""
    parts = {
        "all": regret_lines,
        "split": split_lines,
        "pruning": pruning_lines,
        "front": front_lines,
    }
    asked = {question for question, _ in answers}
    lines = table_lines(responses())
    for question, part in parts.items():
        if question in asked:
            lines += part(answers)
    return lines


def columns(answers: Answers, question: str, key: str) -> dict[str, list[float]]:
    """Return one number of a question: for each method that has it, one a seed."""
    return {
        method: [found[key] for found in of_seeds]
        for (asked, method), of_seeds in answers.items()
        if asked == question and key in of_seeds[0]
    }


def against_random(values: Mapping[str, Sequence[float]]) -> dict[str, Difference]:
    """Compare every other method with random search."""
    others = {method: one for method, one in values.items() if method != RANDOM}
    return compared(others, values[RANDOM])


def spread(values: Iterable[float] | None, digits: int = 4) -> str:
    """Write median and quartiles; of nothing, a dash."""
    if values is None:
        return "-"
    low, middle, high = np.quantile(list(values), (0.25, 0.5, 0.75))
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def difference_text(one: Difference) -> str:
    """Write a comparison in a line."""
    return f"{one.mean:+.4f} ± {one.half_width:.4f}, p = {one.p:.3f}: {one.verdict}"


def table_lines(table: Table) -> list[str]:
    """Say what is in the table, and how much of it six pairs can tell apart."""
    balance = table.numbers[BALANCE]
    means = balance.mean(axis=1)
    best, baseline = int(means.argmax()), table.row(baseline_of(table))
    apart = [(balance[best] - row).mean() > t_half_width(balance[best] - row) for row in balance]
    alike = [means[best] - mean for mean, one in zip(means, apart, strict=True) if not one]
    return [
        *table.header,
        f"best: {', '.join(table.variants[best])} with balance {means[best]:.4f}; regret of the "
        f"baseline {means[best] - means[baseline]:.4f}, of the median variant "
        f"{means[best] - np.median(means):.4f}",
        f"{len(alike) - 1} other variants of {len(means)} cannot be told from the best on "
        f"{len(table.pairs)} pairs (95 % interval of the difference reaches 0); "
        f"the largest regret among them is {max(alike):.4f}",
    ]


def baseline_of(table: Table) -> Point:
    """Return the point of the baseline."""
    return study_of(table, RANDOM, [BALANCE], budget=1).points[0]


def dimensions_of(table: Table) -> Sequence[Dimension]:
    """Return what is searched."""
    space = study_of(table, RANDOM, [BALANCE], budget=1).space
    return space.dimensions if space is not None else ()


def regret_lines(answers: Answers) -> list[str]:
    """Tell the regret of every method at every budget, and how it compares."""
    at = {budget: columns(answers, "all", str(budget)) for budget in BUDGETS}
    lines = ["", "Regret of the best balance so far, median (quartiles) over seeds:"]
    lines.append(f"{'variants':<8}" + "".join(f"{budget:>26}" for budget in BUDGETS))
    lines += [
        f"{method:<8}" + "".join(f"{spread(at[budget].get(method)):>26}" for budget in BUDGETS)
        for method in at[min(BUDGETS)]
    ]
    lines += [
        "",
        "Regret less that of random search with the same seed: mean ± 95 % interval, p of a "
        "sign-flip test, Holm over the methods at each budget.",
        f"The first {start_size(dimensions_of(responses()))} variants of tpe, nsga2 and gp are "
        "those of random search: they learn from these.",
    ]
    verdicts: dict[str, dict[int, str]] = {}
    for budget in BUDGETS:
        for method, one in against_random(at[budget]).items():
            lines.append(f"{budget:>3} variants, {method:<6} {difference_text(one)}")
            verdicts.setdefault(method, {})[budget] = one.verdict
    lines.append("")
    lines += [f"{method}: {verdict_text(found)}" for method, found in verdicts.items()]
    lines += [
        f"with {budget} variants none beats random search"
        for budget in BUDGETS
        if all(found.get(budget) != BETTER for found in verdicts.values())
    ]
    return lines


def verdict_text(verdicts: Mapping[int, str]) -> str:
    """Sum up the verdicts of one method: each with the budgets it holds for."""
    budgets: dict[str, list[str]] = {}
    for budget, verdict in verdicts.items():
        budgets.setdefault(verdict, []).append(str(budget))
    return "; ".join(
        f"{verdict} with {', '.join(listed)} variants" for verdict, listed in budgets.items()
    )


def split_lines(answers: Answers) -> list[str]:
    """Tell what is left of it on pairs that the search never saw."""
    chosen, judged = (columns(answers, "split", key) for key in ("chosen", "judged"))
    whole = columns(answers, "split", "judged of the whole table's winner")[RANDOM]
    lines = [
        "",
        f"Searched on {CHOOSING} pairs with {BUDGET} variants; regret there, and on the others:",
    ]
    differences = against_random(judged)
    for method in chosen:
        line = f"{method:<8}{spread(chosen[method]):>26}{spread(judged[method]):>26}"
        if method in differences:
            line += f"  others: {difference_text(differences[method])}"
        lines.append(line)
    return [*lines, f"{'table':<8}{'0':>26}{spread(whole):>26}  the whole table's best"]


def pruning_lines(answers: Answers) -> list[str]:
    """Tell what pruning saves and costs."""
    plain = columns(answers, "all", str(BUDGET))["tpe"]
    of = {key: columns(answers, "pruning", key)["tpe"] for key in answers["pruning", "tpe"][0]}
    most = BUDGET * len(responses().pairs)
    equal = compared({"tpe": of["regret"]}, plain)["tpe"]
    runs = compared({"tpe": of["regret for as many runs"]}, plain)["tpe"]
    return [
        "",
        f"Pruning, tpe with {BUDGET} variants: {spread(of['runs'], 0)} of {most} runs done; "
        f"regret {spread(of['regret'])}, without pruning {spread(plain)}",
        f"  less without pruning, same variants: {changed_text(equal)}",
        f"  in {most} runs it tries {spread(of['variants for as many runs'], 0)} variants; "
        f"less without pruning, same runs: {changed_text(runs)}",
    ]


def changed_text(one: Difference) -> str:
    """Write a comparison that is not with random search."""
    return f"{one.mean:+.4f} ± {one.half_width:.4f}, p = {one.p:.3f}"


def front_lines(answers: Answers) -> list[str]:
    """Tell how much of the front of two metrics is found."""
    missed = {
        method: [1 - share for share in shares]
        for method, shares in columns(answers, "front", "share").items()
    }
    differences = against_random(missed)
    lines = ["", f"{' and '.join(FRONT)} with {BUDGET} variants: share of hypervolume missed:"]
    for method, values in missed.items():
        line = f"{method:<8}{spread(values):>26}"
        lines.append(
            f"{line}  {difference_text(differences[method])}" if method != RANDOM else line
        )
    return lines
