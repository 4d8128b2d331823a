"""The parts of a claim in a file of rules: what each measures, checked and made ready."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.spec.claims_models import ExpectRules, PartRules
from harness.spec.diagnosis import Diagnosis, KeyPath, found_text, refusal
from harness.spec.setting_keys import value_text
from harness.spec.sweep_spec import SweepSpec
from metrics.catalog import CATALOG, Direction
from reports.claims.rules import BEST, VARIANT, Expectation, How, Operand, Part, Region

__all__ = ["check_part", "check_sweep", "check_where", "expand_part", "operands"]

ITERATION, REGRET = "iteration", "regret"
FAMILIES = ("loss/", "canonical/")
"""Values of a run that the catalogue does not name one by one."""

OPERANDS = ("of", "less", "less_each")

Operands = Iterator[tuple[KeyPath, Mapping[str, Any]]]


def check_part(
    part: Mapping[str, Any], place: KeyPath, sweeps: Mapping[str, Any], diagnosis: Diagnosis
) -> None:
    """Note every fault of a part but those of its structure.

    Args:
        part: As the file has it; its structure may be faulty.
        place: Where it stands.
        sweeps: The sweeps that there are, by name.
        diagnosis: Takes the problems.
    """
    check_sweep(part.get("sweep"), (*place, "sweep"), sweeps, diagnosis)
    metric = part.get("metric")
    if isinstance(metric, str) and not _is_metric(metric):
        diagnosis.add((*place, "metric"), refusal(metric, (*CATALOG, "loss/total")))
    if part.get("less") is not None and part.get("less_each") is not None:
        diagnosis.add((*place, "less_each"), "less is there too; allowed: one of them")
    if part.get("how") == How.RATIO and part.get("less", part.get("less_each")) is None:
        diagnosis.add((*place, "how"), "found 'ratio' of one value; allowed with less only")
    for inner, operand in _given(part, place):
        _check_operand(operand, inner, metric, diagnosis)


def check_sweep(
    found: Any, place: KeyPath, sweeps: Mapping[str, Any], diagnosis: Diagnosis
) -> None:
    """Note that there is no sweep file of this name beside the rules."""
    if isinstance(found, str) and found not in sweeps:
        diagnosis.add(place, refusal(found, sweeps, kind="sweep files in its folder"))


def operands(part: Mapping[str, Any], place: KeyPath) -> Operands:
    """Yield what a sound part measures, with its place; of ``less_each`` one for each label."""
    for inner, operand in _given(part, place):
        if inner[-1] != "less_each":
            yield inner, operand
            continue
        (listed,) = (key for key, value in operand.items() if isinstance(value, list))
        for at, value in enumerate(operand[listed]):
            yield (*inner, listed, at), {**operand, listed: value}


def check_where(
    operand: Mapping[str, Any], place: KeyPath, spec: SweepSpec, diagnosis: Diagnosis
) -> None:
    """Note what a sound operand names and its sweep does not have.

    Args:
        operand: As the file has it, with one label on each axis.
        place: Where it stands.
        spec: The sweep.
        diagnosis: Takes the problems.
    """
    where = _where(operand)
    known = {VARIANT: [one.name for one in spec.variants]}
    for one in spec.variants:
        for axis, label in one.assignment.items():
            known.setdefault(axis, []).append(label)
    wrong = False
    for name, label in where.items():
        inner = place if isinstance(place[-1], int) else (*place, name)
        if name not in known:
            diagnosis.add(inner, f"{spec.path.name} does not vary it: {refusal(name, known)}")
        elif label not in known[name]:
            labels = dict.fromkeys(known[name])
            diagnosis.add(inner, refusal(label, labels, kind=f"in {spec.path.name}"))
        else:
            continue
        wrong = True
    if wrong:
        return
    named = ({**one.assignment, VARIANT: one.name} for one in spec.variants)
    if not any(where.items() <= one.items() for one in named):
        diagnosis.add(place, f"no variant of {spec.path.name} has all of these labels")


def expand_part(rules: PartRules) -> tuple[Part, ...]:
    """Return the part that a file gives, or with ``less_each`` one for each of its labels."""
    data = rules.model_dump(exclude_none=True)
    beside: list[tuple[str | int, Mapping[str, Any] | None]] = [
        (place[-1], one) for place, one in operands(data, ()) if place[0] != "of"
    ]
    return tuple(
        Part(
            says=rules.says if isinstance(last, str) else f"{rules.says}, against {_named(less)}",
            sweep=rules.sweep,
            metric=rules.metric,
            of=_operand(rules.of),
            less=_operand(less) if less is not None else None,
            how=How(rules.how),
            expect=_expectation(rules.expect) if rules.expect is not None else None,
        )
        for last, less in beside or [("", None)]
    )


def _given(part: Mapping[str, Any], place: KeyPath) -> Operands:
    for key in OPERANDS:
        if isinstance(part.get(key), dict):
            yield (*place, key), part[key]


def _is_metric(name: str) -> bool:
    if name in CATALOG or name.startswith(FAMILIES):
        return True
    return any(one.per_tap and name.startswith(f"{one.name}/") for one in CATALOG.values())


def _check_operand(
    operand: Mapping[str, Any], place: KeyPath, metric: Any, diagnosis: Diagnosis
) -> None:
    lists = [key for key, value in operand.items() if isinstance(value, list)]
    if place[-1] == "less_each" and (len(lists) != 1 or not operand[lists[0]]):
        allowed = "allowed: one list of labels, such as {style_layers: [block 1, block 2]}"
        diagnosis.add(place, f"found {len(lists)} lists; {allowed}")
        return
    for key, value in operand.items():
        is_each = place[-1] == "less_each" and key in lists
        for at, one in enumerate(value if is_each else [value]):
            inner = (*place, key, at) if is_each else (*place, key)
            _check_entry(key, one, inner, metric, diagnosis)


def _check_entry(key: str, value: Any, place: KeyPath, metric: Any, diagnosis: Diagnosis) -> None:
    if key == ITERATION:
        is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if not is_count and value != BEST:
            allowed = f"allowed: a whole number from 0, or {BEST}"
            diagnosis.add(place, f"found {found_text(value)}; {allowed}")
    elif key == REGRET:
        if not isinstance(value, bool):
            diagnosis.add(place, f"found {found_text(value)}; allowed: true or false")
    elif value is None or isinstance(value, list | dict):
        allowed = "allowed: one label, or the values that it stands for in quotes"
        diagnosis.add(place, f"found {found_text(value)}; {allowed}")
    if (key == REGRET and value is True) or (key == ITERATION and value == BEST):
        entry = CATALOG.get(metric) if isinstance(metric, str) else None
        if entry is not None and entry.direction == Direction.NONE:
            diagnosis.add(place, f"{metric} has no best: neither more nor less of it is better")


def _where(operand: Mapping[str, Any]) -> dict[str, str]:
    """Return axis → label; a label that is a number is written as sweeps write it."""
    return {
        key: value_text(value) for key, value in operand.items() if key not in (ITERATION, REGRET)
    }


def _operand(data: Mapping[str, Any]) -> Operand:
    return Operand(
        where=_where(data), iteration=data.get(ITERATION), regret=data.get(REGRET, False)
    )


def _named(operand: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{key} {value_text(value)}" for key, value in (operand or {}).items())


def _expectation(rules: ExpectRules) -> Expectation:
    (region,) = rules.model_fields_set
    return Expectation(region=Region(region), margin=float(getattr(rules, region)))
