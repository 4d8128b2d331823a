"""What the benchmark of samplers asks: each question is answered by one replay a seed."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import combinations

import numpy as np

from benchmarks.replay import BALANCE, pruned, searched, study_of
from benchmarks.response_table import Table, read_table
from benchmarks.sampler_figures import hypervolume, regrets

__all__ = [
    "BUDGET",
    "BUDGETS",
    "CHOOSING",
    "FRONT",
    "METHODS",
    "QUESTIONS",
    "RANDOM",
    "Found",
    "responses",
]

RANDOM = "random"
METHODS = (RANDOM, "qmc", "tpe", "nsga2", "gp")  # cmaes needs two ranges; this space has one
SLOW = {"gp": 40}  # variants at most: its model takes half a second for each, and longer each time
BUDGETS = (10, 20, 40, 80)
BUDGET = 40  # where one is compared
FRONT = ("style/gain", "content/score")
SPLIT_METHODS = (RANDOM, "qmc", "tpe", "nsga2")
FRONT_METHODS = (RANDOM, "tpe", "nsga2")
CHOOSING = 3  # pairs, of six

Found = Mapping[str, float]


@lru_cache
def responses() -> Table:
    """Read the table, once a process."""
    return read_table()


def over_all_pairs(method: str, seed: int) -> Found:
    """Search by the mean of all pairs; return the regret at every budget."""
    table = responses()
    means = table.numbers[BALANCE].mean(axis=1)
    most = SLOW.get(method, max(BUDGETS))
    study = study_of(table, method, [BALANCE], budget=most)
    replay = searched(study, means[:, None], table, seed=seed, budget=most)
    lost = regrets(replay.values(means), float(means.max()))
    return {str(budget): float(lost[budget - 1]) for budget in BUDGETS if budget <= most}


def over_half_of_the_pairs(method: str, seed: int) -> Found:
    """Search by the mean of three pairs; return the regret on these and on the other three."""
    table = responses()
    balance = table.numbers[BALANCE]
    splits = list(combinations(range(len(table.pairs)), CHOOSING))
    chosen = list(splits[seed * 7 % len(splits)])  # 7: neighbours in the list are much alike
    others = [pair for pair in range(len(table.pairs)) if pair not in chosen]
    told, judged = balance[:, chosen].mean(axis=1), balance[:, others].mean(axis=1)
    study = study_of(table, method, [BALANCE], budget=BUDGET)
    replay = searched(study, told[:, None], table, seed=seed, budget=BUDGET)
    winner = max(replay.tried, key=lambda row: told[row])
    return {
        "chosen": float(told.max() - told[winner]),
        "judged": float(judged.max() - judged[winner]),
        "judged of the whole table's winner": float(judged.max() - judged[told.argmax()]),
    }


def with_pruning(method: str, seed: int) -> Found:
    """Prune; return runs and regret at the budget, and the regret for as many runs."""
    table = responses()
    means = table.numbers[BALANCE].mean(axis=1)
    most = BUDGET * len(table.pairs)
    study = study_of(table, method, [BALANCE], budget=max(BUDGETS))
    replay = pruned(study, table, seed=seed, runs=most)
    lost = regrets(replay.values(means), float(means.max()))
    in_time = int(np.searchsorted(replay.runs, most, side="right"))
    return {
        "runs": float(replay.runs[BUDGET - 1]),
        "regret": float(lost[BUDGET - 1]),
        "variants for as many runs": float(in_time),
        "regret for as many runs": float(lost[in_time - 1]),
    }


def front_of_two(method: str, seed: int) -> Found:
    """Search for a front; return its hypervolume as a share of the table's."""
    table = responses()
    means = np.stack([table.numbers[metric].mean(axis=1) for metric in FRONT], axis=1)
    study = study_of(table, method, FRONT, budget=BUDGET)
    replay = searched(study, means, table, seed=seed, budget=BUDGET)
    worst = means.min(axis=0)
    return {"share": hypervolume(means[replay.tried], worst) / hypervolume(means, worst)}


QUESTIONS: Mapping[str, tuple[Callable[[str, int], Found], tuple[str, ...]]] = {
    "all": (over_all_pairs, METHODS),
    "split": (over_half_of_the_pairs, SPLIT_METHODS),
    "pruning": (with_pruning, ("tpe",)),
    "front": (front_of_two, FRONT_METHODS),
}
