"""What a study asks of its method, metrics, budget and search block, beyond their structure."""

from collections.abc import Sequence

from harness.spec.axes import Axis
from harness.spec.diagnosis import Diagnosis, KeyPath
from harness.spec.models import Search, SweepFileWithoutCases
from harness.spec.ranked import explain_unranked

__all__ = ["check_budget", "check_method", "check_search", "method_notes"]

SEVERAL_METRICS = ("tpe", "nsga2", "gp", "random", "qmc")
"""Methods that can search a front."""

ALL_APPLY = ("gp", "cmaes")
"""Methods whose model needs every parameter to have a value in every variant."""

CMAES_RANGES = 2  # fewer have no covariance to adapt


def check_budget(rules: SweepFileWithoutCases, diagnosis: Diagnosis) -> None:
    """Check that a study ends, and has room for the variants that the file itself names."""
    limits = rules.limits
    if not diagnosis.is_sound("limits"):
        return
    if limits.max_variants is None and limits.time is None:
        message = (
            f"{rules.method} goes on until its budget is spent, and there is none; "
            "allowed: limits.max_variants (how many variants to try), limits.time, or both"
        )
        diagnosis.add(_given(rules, "limits"), message)
    first = len(rules.search.first) if rules.search else 0
    if limits.max_variants is not None and limits.max_variants < 1 + first:
        message = f"found {limits.max_variants}; the baseline and {first} of search.first are more"
        diagnosis.add(("limits", "max_variants"), message)


def _given(rules: SweepFileWithoutCases, key: str) -> KeyPath:
    """Return the path of a key that the file has, else of ``method``, which made it matter."""
    return (key,) if key in rules.model_fields_set else ("method",)


def check_method(rules: SweepFileWithoutCases, axes: Sequence[Axis], diagnosis: Diagnosis) -> None:
    """Check that the method can search these parameters for these metrics.

    Args:
        rules: The file, ``method`` being that of a study.
        axes: All of the file's parameters.
        diagnosis: Takes the problems.
    """
    method = rules.method
    if len(rules.metric) > 1 and method not in SEVERAL_METRICS:
        found = " and ".join(rules.metric)
        message = (
            f"{method} searches by one metric, and there are {len(rules.metric)}: {found}; "
            f"allowed: one, or another method: {', '.join(SEVERAL_METRICS)}"
        )
        diagnosis.add(_given(rules, "metric"), message)
    for axis in axes:
        if axis.when and method in ALL_APPLY:
            message = (
                f"{method} cannot search a parameter that applies only sometimes; "
                "allowed: no when, or another method: tpe, nsga2, qmc, random"
            )
            diagnosis.add(("parameters", axis.name, "when"), message)
    ranges = [
        one.interval for one in axes if one.interval and one.interval.low < one.interval.high
    ]
    if method == "cmaes" and len(ranges) < CMAES_RANGES and diagnosis.is_sound("parameters"):
        count = len(ranges) or "none"
        message = (
            f"cmaes searches ranges (min, max), at least {CMAES_RANGES}, and there is {count}; "
            "allowed: more of them, or another method, such as tpe"
        )
        diagnosis.add(("method",), message)


def method_notes(rules: SweepFileWithoutCases, axes: Sequence[Axis]) -> tuple[str, ...]:
    """Say which parameters the method only draws at random."""
    notes: list[str] = []
    choices = [axis.name for axis in axes if axis.interval is None]
    if rules.method == "cmaes" and choices:
        notes.append(f"cmaes searches ranges only; it draws {', '.join(choices)} at random")
    conditional = [axis.name for axis in axes if axis.when]
    if rules.method == "qmc" and conditional:
        names = ", ".join(conditional)
        notes.append(f"qmc spreads evenly what always applies; {names} may be drawn at random")
    return tuple(notes)


def check_search(rules: SweepFileWithoutCases, diagnosis: Diagnosis) -> Search:
    """Check constraints, pruning and halving.

    Returns:
        The search, ``prune`` being true or false.
    """
    search = rules.search or Search()
    for metric in search.constraints:
        unranked = explain_unranked(metric)
        if unranked is not None:
            diagnosis.add(("search", "constraints", metric), unranked)
    has_one_metric = len(rules.metric) == 1
    if search.prune and not has_one_metric:
        message = (
            f"a variant is given up by one metric, and there are {len(rules.metric)}; "
            "allowed: prune: false, or one metric"
        )
        diagnosis.add(("search", "prune"), message)
    if search.halving is not None and not has_one_metric:
        message = (
            f"what is promising is told by one metric, and there are {len(rules.metric)}; "
            "allowed: no halving, or one metric"
        )
        diagnosis.add(("search", "halving"), message)
    prune = has_one_metric if search.prune is None else search.prune
    return search.model_copy(update={"prune": prune})
