"""Which experiments are meant, and their sweeps: known and checked before any work."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from harness.errors import InputError, Problem, SpecError
from harness.spec.claims_file import ClaimsFile
from harness.spec.diagnosis import SET, refusal
from harness.spec.scales import SCALE
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.pictures import Pictures, load_with_pictures
from reports.claims.rules import Rules

__all__ = [
    "Experiment",
    "check_decidable",
    "choose_experiments",
    "common_scale",
    "load_experiments",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A sweep that claims rest on; ``name`` is what the rules call it."""

    name: str
    spec: SweepSpec
    pictures: Pictures


def choose_experiments(file: ClaimsFile, asked: Sequence[str]) -> tuple[str, ...]:
    """Return the experiments that are meant, in order of name.

    Args:
        file: The rules.
        asked: Names in any case; all are meant where there are none.

    Raises:
        InputError: There is no such experiment; the message has every such name.
    """
    by_lower = {name.lower(): name for name in file.sweeps}
    unknown = [name for name in asked if name.lower() not in by_lower]
    if unknown:
        raise InputError("\n".join(_no_such_experiment(one, file) for one in unknown))
    wanted = {name.lower() for name in asked} or set(by_lower)
    return tuple(name for lower, name in by_lower.items() if lower in wanted)


def check_decidable(rules: Rules, experiments: Collection[str]) -> None:
    """Refuse experiments that decide nothing, before they are done.

    Raises:
        InputError: No claim rests on these alone, no question has a measurement by them, and they
            hold no walk; the message has what is lacking.
    """
    chosen = set(experiments)
    measured = {part.sweep for question in rules.questions for part in question.parts}
    needed = {one.name: {part.sweep for part in one.parts} for one in rules.claims if one.parts}
    if any(sweeps <= chosen for sweeps in needed.values()):
        return
    if chosen & (measured | {rules.walk_sweep}):
        return
    lacking = [
        f"{name} also needs {', '.join(sorted(sweeps - chosen))}"
        for name, sweeps in needed.items()
        if sweeps & chosen
    ]
    named = ", ".join(experiments)
    raise InputError(f"no claim can be decided by {named} alone: {'; '.join(lacking)}")


def load_experiments(
    file: ClaimsFile, names: Iterable[str], *, scale: str | None, overrides: Sequence[str]
) -> tuple[Experiment, ...]:
    """Load the sweeps of experiments, and check that they have what the rules measure.

    Args:
        file: The rules.
        names: Of the experiments.
        scale: Which of their scales; None for each one's first.
        overrides: ``key=value`` each, for every sweep.

    Raises:
        SpecError: carries every problem of all of them.
    """
    chosen = (*overrides, *([f"{SCALE}={scale}"] if scale is not None else []))
    found: list[Experiment] = []
    problems: dict[Problem, list[str]] = {}
    for name in names:
        try:
            spec, pictures = load_with_pictures(file.sweeps[name], chosen)
        except SpecError as error:
            for problem in error.problems:
                problems.setdefault(problem, []).append(name)
        else:
            found.append(Experiment(name=name, spec=spec, pictures=pictures))
    try:
        file.check_sweeps({one.name: one.spec for one in found})
    except SpecError as error:
        problems |= {problem: [] for problem in error.problems}
    if problems:
        raise SpecError([_placed(one, where, scale) for one, where in problems.items()])
    return tuple(found)


def common_scale(experiments: Iterable[Experiment]) -> str:
    """Return the scale that all experiments have; empty where they have none in common."""
    scales = {one.spec.scale for one in experiments}
    return scales.pop() if len(scales) == 1 else ""


def _no_such_experiment(found: str, file: ClaimsFile) -> str:
    for claim in file.rules.claims:
        if claim.name.lower() == found.lower() and claim.parts:
            names = ", ".join(dict.fromkeys(part.sweep for part in claim.parts))
            return f"{found} is a claim; the experiments that decide it: {names}"
    return refusal(found, file.sweeps, kind="experiments")


def _placed(problem: Problem, names: Sequence[str], scale: str | None) -> Problem:
    """Return a problem as one of the command: which option, and of which experiments."""
    if problem.file != SET:
        return problem
    named = f"{problem.message} (in {', '.join(names)})"
    if problem.key == SCALE and scale is not None:
        return Problem(message=named, file="--scale")
    return replace(problem, message=named)
