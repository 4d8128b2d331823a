"""Do the methods of a study find better settings than random search, at the budgets people have?

Run: python -m benchmarks.samplers [--seeds 10] [--first-seed 0] [--workers 2] [--json FILE]
         [--questions all split pruning front] [--methods qmc tpe nsga2 gp]

Every method searches the space of ``responses.csv`` through the search that users get; what a
variant reaches is looked up there, in real runs each measured once. What is compared with random
search, seed by seed: how far the best balance found lies below the table's best; the same where
three pairs choose and three others judge; what pruning saves and costs; and the front of two
metrics.
"""

import argparse
import json
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path

from benchmarks.sampler_lines import Answers, page
from benchmarks.sampler_questions import (
    BUDGETS,
    METHODS,
    QUESTIONS,
    RANDOM,
    Found,
    responses,
)
from reports.atomic import write_atomically

Job = tuple[str, str, int]  # question, method, seed


def answer(job: Job) -> Found:
    """Do one replay, in a process of its own."""
    question, method, seed = job
    return QUESTIONS[question][0](method, seed)


def jobs_of(questions: Collection[str], methods: Collection[str], seeds: range) -> list[Job]:
    """List the replays; random search is always among them, and pruning needs all pairs."""
    asked = {*questions, "all"} if "pruning" in questions else set(questions)
    return [
        (question, method, seed)
        for question, (_, suited) in QUESTIONS.items()
        for method in suited
        for seed in seeds
        if question in asked and (method == RANDOM or method in methods)
    ]


def ask_all(jobs: Sequence[Job], workers: int) -> Answers:
    """Do every replay, saying on stderr how far it is."""
    answers: dict[tuple[str, str], list[Found]] = {}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        results = zip(jobs, pool.map(answer, jobs), strict=True)
        for at, (job, found) in enumerate(results, start=1):
            answers.setdefault(job[:2], []).append(found)
            print(f"\r{at} of {len(jobs)} replays", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return answers


def main() -> None:
    """Replay, print, and write every number where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--questions", nargs="+", choices=QUESTIONS, default=[*QUESTIONS])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, help="file for every number of every seed")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the workers: matrices are small
    begun = time.perf_counter()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    answers = ask_all(jobs_of(options.questions, options.methods, seeds), options.workers)
    versions = {name: version(name) for name in ("optuna", "cmaes", "numpy", "torch")}
    lines = [
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        + ", ".join(f"{name} {number}" for name, number in versions.items()),
        f"seeds {seeds[0]} to {seeds[-1]}, {time.perf_counter() - begun:.0f} s",
        *page(answers),
    ]
    print("\n".join(lines))
    if options.json is not None:
        record = {
            "versions": versions,
            "platform": platform.platform(),
            "table": responses().header,
            "seeds": list(seeds),
            "budgets": BUDGETS,
            "replays": {
                f"{question}/{method}": found for (question, method), found in answers.items()
            },
        }
        write_atomically(options.json, json.dumps(record, indent=1).encode())


if __name__ == "__main__":
    main()
