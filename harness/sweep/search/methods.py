"""What each method of a study can do, and what it cannot: known without Optuna."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import InputError
from harness.sweep.search.points import Dimension

__all__ = ["METHODS", "Method", "method_of", "notes", "refuse_unsuited", "start_size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way to choose points.

    Attributes:
        name: As in the sweep file.
        several: Whether it handles several metrics.
        learns_choices: Whether it learns from choices; otherwise they are drawn at random.
        learns_conditions: Whether it learns dimensions that apply under conditions only.
        intervals_may_change: Whether a stored study may go on with other intervals.
    """

    name: str
    several: bool = True
    learns_choices: bool = True
    learns_conditions: bool = True
    intervals_may_change: bool = True


METHODS = {
    method.name: method
    for method in (
        Method(name="tpe"),
        Method(name="gp", learns_conditions=False),
        # its mean and covariance live in coordinates of the interval
        Method(
            name="cmaes",
            several=False,
            learns_choices=False,
            learns_conditions=False,
            intervals_may_change=False,
        ),
        # crosses parents until a child lies in the intervals: old parents may never have one
        Method(name="nsga2", learns_conditions=False, intervals_may_change=False),
        Method(name="random"),
        Method(name="qmc"),
    )
}

FEWEST, MOST = 4, 10


def method_of(name: str) -> Method:
    """Return a method by name.

    Raises:
        InputError: There is none of that name.
    """
    if name not in METHODS:
        raise InputError(f"method: {name!r} is none of {', '.join(METHODS)}")
    return METHODS[name]


def start_size(dimensions: Sequence[Dimension]) -> int:
    """Return how many points are drawn at random before a model is believed.

    Optuna's 10 (and its population of 50 for ``nsga2``) would be much of a budget of 20 to 40
    variants. It depends on the space only, so that a larger budget continues the same search.
    """
    return min(max(2 * len(dimensions), FEWEST), MOST)


def refuse_unsuited(method: Method, dimensions: Sequence[Dimension], metrics: int) -> None:
    """Stop where a method cannot serve a space or a number of metrics.

    Raises:
        InputError: It cannot; the message names methods that can.
    """
    if metrics > 1 and not method.several:
        others = ", ".join(other.name for other in METHODS.values() if other.several)
        raise InputError(
            f"method: {method.name} handles one metric, and there are {metrics}; "
            f"use one metric, or one of {others}"
        )
    ranges = [one for one in dimensions if one.interval is not None and not one.when]
    if not method.learns_choices and not ranges:
        raise InputError(
            f"method: {method.name} moves through ranges, and no parameter that always applies "
            "is one; use tpe"
        )


def notes(method: Method, dimensions: Sequence[Dimension]) -> tuple[str, ...]:
    """Return what a method does not learn in this space, as sentences."""
    choices = [one.name for one in dimensions if one.interval is None and not one.when]
    conditional = [one.name for one in dimensions if one.when]
    said = []
    if choices and not method.learns_choices:
        said.append(
            f"{method.name} learns from ranges only; drawn at random: {', '.join(choices)}"
        )
    if conditional and not method.learns_conditions:
        said.append(
            f"{method.name} does not learn parameters with `when`; "
            f"drawn at random: {', '.join(conditional)}"
        )
    return tuple(said)
