"""Is an iteration slower than in another copy of the project? Both are run here, in turns.

Seconds of another day or machine say nothing, so the copy to compare with is run in the same job:
two processes perform the same transfer, of which one works at a time, and take turns at every
iteration: candidate, baseline, baseline, candidate. So a machine that gets slower or faster
meanwhile, or has other work to do, favours neither.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median
from typing import Any, Literal

import pandas as pd

from harness.errors import HarnessError, InputError, NotComparableError
from harness.regression.checkout import Source, this_copy
from harness.regression.panel import only_picture
from harness.regression.timing_process import TimedProcess, timed_process
from harness.spec.cases import Pair, PictureRef
from harness.spec.schedule import AT_FULL_SIZE
from harness.spec.settings import Settings
from harness.spec.sweep_spec import SweepSpec
from reports.numbers import counted
from reports.regression.model import SECONDS

__all__ = [
    "ITERATIONS",
    "ROUNDS",
    "THREADS",
    "TimingProgress",
    "TimingResult",
    "Turn",
    "measure",
    "order_of_steps",
    "request_of",
    "timing_frame",
    "turns_of",
]

ITERATIONS = 12
"""Of one timed run; the first, which prepares, is not counted."""

ROUNDS = 2
"""How often every pair is run on both sides."""

THREADS = 1
"""Of PyTorch, as in a sweep's workers, of which each has a core; neighbours disturb one core less
than all."""

LEAST_ITERATIONS = 3
TIME_LIMIT_S = 600.0

SideName = Literal["candidate", "baseline"]
SIDES: tuple[SideName, SideName] = ("candidate", "baseline")
ORDER: tuple[SideName, ...] = ("candidate", "baseline", "baseline", "candidate")


Seconds = dict[SideName, list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One timed run on both sides, step by step. A warm-up is not counted."""

    pair: Pair
    is_warm_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingProgress:
    """How far the timing is: ``done`` of ``total`` runs on both sides, the last being ``turn``."""

    done: int
    total: int
    turn: Turn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimingResult:
    """What came of it.

    Attributes:
        candidate: One row per pair: ``variant``, ``seeded`` (never: a seed makes no iteration
            longer), ``pair``, ``content``, ``style``, ``seed``, ``seconds`` (median of the
            iterations of all its runs).
        baseline: Likewise.
        against: The copy that the baseline's seconds are of.
        facts: What both sides' seconds hang on: ``threads``, ``torch``.
        note: How it was measured, in a sentence.
    """

    candidate: pd.DataFrame
    baseline: pd.DataFrame
    against: Source
    facts: Mapping[str, str]
    note: str


def measure(
    spec: SweepSpec,
    against: Source,
    *,
    candidate: Source | None = None,
    iterations: int = ITERATIONS,
    rounds: int = ROUNDS,
    threads: int = THREADS,
    device: str = "auto",
    time_limit_s: float = TIME_LIMIT_S,
    on_progress: Callable[[TimingProgress], None] | None = None,
) -> TimingResult:
    """Time the first variant of a panel on all its pairs, in two copies of the project in turns.

    Args:
        spec: The panel.
        against: The copy to compare with; what ``checkout`` yields.
        candidate: The copy that is judged; by default the one that is running.
        iterations: Of one run, at least 3.
        rounds: How often every pair is run on both sides.
        threads: Of PyTorch.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        time_limit_s: Most seconds of one iteration, and of what precedes the first.
        on_progress: Called after every run on both sides.

    Raises:
        InputError: A copy does not know a setting or a picture of the panel.
        NotComparableError: The two computed with different PyTorch or numbers of threads.
        HarnessError: A copy cannot be run, or took too long.
    """
    if iterations < LEAST_ITERATIONS:
        raise InputError(f"iterations: found {iterations}; allowed: {LEAST_ITERATIONS} or more")
    begun = time.perf_counter()
    variant, seed = spec.variants[0], spec.seeds[0]
    candidate = candidate or this_copy()
    turns = turns_of(spec.pairs, rounds)
    seconds: dict[Pair, Seconds] = {pair: _nothing() for pair in spec.pairs}
    with (
        timed_process(candidate, threads=threads, time_limit_s=time_limit_s) as one,
        timed_process(against, threads=threads, time_limit_s=time_limit_s) as other,
    ):
        processes = dict(zip(SIDES, (one, other), strict=True))
        facts = _common_facts({side: processes[side].wait_until_loaded() for side in SIDES})
        for number, turn in enumerate(turns, start=1):
            request = request_of(
                variant.settings, turn.pair, seed=seed, iterations=iterations, device=device
            )
            found = _alternated(processes, request, iterations)
            _check_found(found, turn)
            if not turn.is_warm_up:
                for side in SIDES:
                    seconds[turn.pair][side] += found[side]
            if on_progress is not None:
                on_progress(TimingProgress(done=number, total=len(turns), turn=turn))
    frames = {
        side: timing_frame(
            variant.name, seed, {pair: found[side] for pair, found in seconds.items()}
        )
        for side in SIDES
    }
    return TimingResult(
        candidate=frames["candidate"],
        baseline=frames["baseline"],
        against=against,
        facts=facts,
        note=_note(against, facts, pairs=len(spec.pairs), runs=rounds, iterations=iterations)
        + f" It took {time.perf_counter() - begun:.0f} s.",
    )


def turns_of(pairs: Sequence[Pair], rounds: int) -> list[Turn]:
    """Return the order of runs: a warm-up, then all pairs in rounds."""
    runs = [Turn(pair=pair) for _ in range(rounds) for pair in pairs]
    return [Turn(pair=pairs[0], is_warm_up=True), *runs]


def order_of_steps(steps: int) -> list[SideName]:
    """Return whose turn it is at each of so many steps of both sides."""
    return list(islice(cycle(ORDER), 2 * steps))


def _alternated(
    processes: Mapping[SideName, TimedProcess], request: Mapping[str, Any], iterations: int
) -> Seconds:
    """Perform a transfer on both sides step by step; return the seconds of all but the first."""
    found = _nothing()
    for process in processes.values():
        process.begin(request)
    for side in order_of_steps(iterations - 1):
        step_seconds = processes[side].step()
        if step_seconds is not None:
            found[side].append(step_seconds)
    for process in processes.values():
        while process.step() is not None:
            pass  # to its end
    return found


def _nothing() -> Seconds:
    return {side: [] for side in SIDES}


def request_of(
    settings: Settings, pair: Pair, *, seed: int, iterations: int, device: str
) -> dict[str, Any]:
    """Return what the timed process is told: plain values that JSON can hold.

    The defaults go along: an older copy that does not know a setting does what its default says.
    """
    return {
        "content": _address(pair.content),
        "style": _address(only_picture(pair.style)),
        "seed": seed,
        "device": device,
        "settings": {
            **settings.model_dump(mode="json"),
            **AT_FULL_SIZE,
            "iterations": iterations,
        },
        "defaults": Settings().model_dump(mode="json"),
    }


def timing_frame(variant: str, seed: int, seconds: Mapping[Pair, Sequence[float]]) -> pd.DataFrame:
    """Return one row per pair with the median of its seconds.

    Args:
        variant: Name of the variant.
        seed: The seed of all runs.
        seconds: Of every iteration that counts, by pair.
    """
    rows = [
        {
            "variant": variant,
            "seeded": False,
            "pair": pair.name,
            "content": pair.content.name,
            "style": pair.style.name,
            "seed": seed,
            SECONDS: median(values),
        }
        for pair, values in seconds.items()
    ]
    return pd.DataFrame(rows)


def _address(picture: PictureRef) -> str:
    return picture.text if picture.path is None else str(picture.path)


def _check_found(found: Seconds, turn: Turn) -> None:
    idle = [side for side in SIDES if not found[side]]
    if idle:
        raise HarnessError(
            f"{turn.pair.name}: the {idle[0]}'s run ended before its second iteration, which "
            "leaves nothing to time; the picture it starts from needs no change"
        )


def _common_facts(facts: Mapping[SideName, Mapping[str, str]]) -> dict[str, str]:
    """Return what both sides compute with.

    Raises:
        NotComparableError: They differ.
    """
    names = ("threads", "torch")
    candidate, baseline = ({name: facts[side][name] for name in names} for side in SIDES)
    if candidate != baseline:
        raise NotComparableError(
            f"the candidate computes with {_listed(candidate)}, the baseline with "
            f"{_listed(baseline)}; their seconds say nothing of the code"
        )
    return candidate


def _listed(facts: Mapping[str, str]) -> str:
    return f"PyTorch {facts['torch']} and {counted(int(facts['threads']), 'thread')}"


def _note(
    against: Source, facts: Mapping[str, str], *, pairs: int, runs: int, iterations: int
) -> str:
    return (
        f"Seconds were measured here, iteration by iteration in turns with {against.title}: "
        f"{counted(pairs, 'pair')}, {counted(runs, 'run')} of {iterations} iterations each on "
        f"both sides, {_listed(facts)}."
    )
