"""Which runs of a plan are to be done: all, or those of the variants that were named."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from harness.errors import InputError
from harness.spec.diagnosis import nearest
from harness.sweep.plan import Plan

__all__ = ["selected_runs"]

SHOWN = 10  # names in a message


def selected_runs(plan: Plan, only: Iterable[str]) -> set[str]:
    """Return the fingerprints of the runs of the named variants; of all if none is named.

    What a chained variant goes on from comes along.

    Args:
        plan: The plan of the sweep.
        only: Names of variants, or patterns with ``*`` and ``?``.

    Raises:
        InputError: A name or pattern fits no variant.
    """
    names = [variant.name for variant in plan.spec.variants]
    only = tuple(only)
    chosen = set(range(len(names))) if not only else set[int]()
    for pattern in only:
        fitting = {at for at, name in enumerate(names) if pattern == name}
        fitting = fitting or {at for at, name in enumerate(names) if fnmatchcase(name, pattern)}
        if not fitting:
            raise InputError(_no_such(pattern, names))
        chosen |= fitting
    chosen = _with_earlier(plan, chosen)
    return {
        fingerprint for (variant, _case), fingerprint in plan.cells.items() if variant in chosen
    }


def _with_earlier(plan: Plan, chosen: set[int]) -> set[int]:
    """Return variants and those whose results they go on from, however far back."""
    found = set(chosen)
    # Every one stands after the one that it goes on from.
    for index in reversed(range(len(plan.spec.variants))):
        goes_on = plan.spec.variants[index].goes_on
        if index in found and goes_on is not None:
            found.add(goes_on.variant)
    return found


def _no_such(pattern: str, names: list[str]) -> str:
    close = nearest(pattern, names)
    if close:
        return f"--only {pattern!r}: the sweep has no such variant; did you mean {close!r}?"
    shown = [*names[:SHOWN], "…"] if len(names) > SHOWN else names
    return f"--only {pattern!r}: the sweep has no such variant; there are: {', '.join(shown)}"
