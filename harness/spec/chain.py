"""The variants of ``chain``: each goes on from the results of another one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.spec.axes import Axis, joined_labels
from harness.spec.base_settings import Base, change_settings
from harness.spec.baseline import find_baseline, named_values
from harness.spec.chain_models import BASELINE, RESULT_START, ChainRules, ResultAs
from harness.spec.diagnosis import Diagnosis, KeyPath, nearest
from harness.spec.frames import frame_of_size
from harness.spec.loss_key import loss_key
from harness.spec.selection import Selector
from harness.spec.setting_keys import canonical_json, lookup, value_text
from harness.spec.settings import Settings
from harness.spec.structure import Structure
from harness.spec.variants import GoesOn, Variant, settings_identity

__all__ = ["AXIS", "chain_notes", "loss_keys", "refuse_chain", "with_chain"]

AXIS = "chain"
"""The axis on which tables and figures tell these variants from those they come after."""

UNCHAINED = "none"
"""The label on it of every other variant."""

Identity = tuple[str, int, ResultAs]


def refuse_chain(structure: Structure, diagnosis: Diagnosis) -> None:
    """Say that only a grid has a chain, where a study has one."""
    if structure.rules.chain and diagnosis.is_sound("method"):
        message = (
            f"goes with method: grid, and this is a study ({structure.rules.method}); take its "
            "best variant into the base of a grid, and chain there"
        )
        diagnosis.add(("chain",), message)


def with_chain(
    structure: Structure,
    variants: Sequence[Variant],
    baseline_index: int,
    selector: Selector,
    base: Base,
    diagnosis: Diagnosis,
) -> list[Variant]:
    """Return a grid's variants and, after them, those of its chain; note every problem.

    Those of the chain are in the order of the file, but each after the one it goes on from.

    Args:
        structure: What is sound in the file.
        variants: Of the grid; empty where it could not be expanded.
        baseline_index: Index of the baseline among them.
        selector: Knows the parameters.
        base: The settings that variants change.
        diagnosis: Takes the problems.
    """
    chain = structure.rules.chain
    if not chain:
        return list(variants)
    _check_names(chain, variants, selector, diagnosis)
    order = _in_order(chain, structure.unsound_chain, diagnosis)
    roots = {
        label: _root(label, chain[label], variants, baseline_index, selector, base, diagnosis)
        for label in order
    }
    if not variants:
        return []
    return _Links(variants, selector.axes, base, diagnosis).all(chain, order, roots)


def chain_notes(variants: Sequence[Variant]) -> tuple[str, ...]:
    """Say what the variants of a chain go on from, in one note."""
    texts = [
        f"({one.name}) takes the result of ({variants[one.goes_on.variant].name}) as its "
        f"{one.goes_on.result_as}"
        for one in variants
        if one.goes_on is not None
    ]
    return (f"chained, and judged by the content and style of their case: {'; '.join(texts)}",)[
        : len(texts)
    ]


def loss_keys(variants: Sequence[Variant], settings: Sequence[Settings]) -> tuple[str, ...]:
    """Return what the runs of each variant must share with others for losses to be comparable.

    Args:
        variants: Of a sweep.
        settings: Of each of them; nothing is ``auto``.
    """
    return tuple(
        loss_key(own, _fed(variants, settings, index)) for index, own in enumerate(settings)
    )


def _fed(variants: Sequence[Variant], settings: Sequence[Settings], index: int) -> str:
    """Say what made the pictures that a variant's losses hang on; empty if they are the case's.

    A start is among them where the weights are balanced at it.
    """
    steps = []
    goes_on = variants[index].goes_on
    is_balanced = settings[index].weights.balanced
    if goes_on is None or (goes_on.result_as == "start" and not is_balanced):
        return ""
    while goes_on is not None:
        made_with = settings_identity(settings[goes_on.variant])
        steps.append(f"{goes_on.result_as} made with {made_with}")
        goes_on = variants[goes_on.variant].goes_on
    return "; ".join(steps)


def _check_names(
    chain: Mapping[str, ChainRules],
    variants: Sequence[Variant],
    selector: Selector,
    diagnosis: Diagnosis,
) -> None:
    taken = {name for one in variants for name in (one.name, *one.also)}
    for label in chain:
        path = ("chain", label)
        if not label.isprintable() or label != label.strip():
            diagnosis.add(path, "allowed as a name: one line of printable text")
        elif label in (BASELINE, UNCHAINED):
            diagnosis.add(path, f"{label} means something else here; allowed: any other name")
        elif label in taken:
            diagnosis.add(path, "a variant of the grid has this name; allowed: another one")
    if AXIS in selector.names:
        message = f"the label of a zip may not be {AXIS} in a file with {AXIS}:"
        diagnosis.add(("parameters", AXIS), message)


def _in_order(
    chain: Mapping[str, ChainRules], unsound: frozenset[str], diagnosis: Diagnosis
) -> list[str]:
    """Return the names in the file's order, but each after the one it goes on from.

    What goes on from a name that is none, or from itself, is noted and left out, and so is what
    comes after it.
    """
    after = {
        label: rules.after
        for label, rules in chain.items()
        if isinstance(rules.after, str) and rules.after != BASELINE
    }
    for label, name in after.items():
        if name not in chain and name not in unsound:
            diagnosis.add(("chain", label, "after"), _no_such(name, chain, label))
    ordered: dict[str, None] = {}
    lost: set[str] = set()
    for label in chain:
        trail: dict[str, None] = {}
        at = label
        while at in chain.keys() - {BASELINE} - ordered.keys() - lost - trail.keys():
            trail[at] = None
            at = after.get(at, BASELINE)
        if at in trail:
            circle = [*trail][[*trail].index(at) :]
            diagnosis.add(("chain", at, "after"), _circle([*circle, at]))
        if at in ordered or at == BASELINE:
            ordered |= dict.fromkeys(reversed(trail))
        else:
            lost |= trail.keys()
    return list(ordered)


def _circle(names: Sequence[str]) -> str:
    return f"goes on from itself: {' → '.join(names)}; allowed: one of them after baseline"


def _no_such(name: str, chain: Mapping[str, ChainRules], label: str) -> str:
    allowed = list(dict.fromkeys((BASELINE, *(one for one in chain if one != label))))
    close = nearest(name, allowed)
    hint = f"; did you mean {close}?" if close else ""
    return (
        f"found {name!r}; allowed: {', '.join(allowed)}, or an assignment of a variant of the "
        f"grid, such as {{weights.style: 10}}{hint}"
    )


def _root(
    label: str,
    rules: ChainRules,
    variants: Sequence[Variant],
    baseline_index: int,
    selector: Selector,
    base: Base,
    diagnosis: Diagnosis,
) -> int | None:
    """Return the variant of the grid that an entry goes on from; None for an entry's name."""
    if isinstance(rules.after, str):
        return baseline_index if rules.after == BASELINE else None
    path = ("chain", label, "after")
    values = named_values(rules.after, selector, base, diagnosis, path)
    if values is None or not variants:
        return 0
    return find_baseline(values, variants, selector, base, diagnosis, path)


class _Links:
    """Makes the variants of a chain, one after the other."""

    def __init__(
        self, grid: Sequence[Variant], axes: Sequence[Axis], base: Base, diagnosis: Diagnosis
    ) -> None:
        self._variants = [_on_axis(one, UNCHAINED) for one in grid]
        self._axes = axes
        self._base = base
        self._diagnosis = diagnosis
        # What the next one inherits: the start that was replaced by a result is no part of it.
        self._own = [one.settings for one in grid]
        self._known: dict[Identity, int] = {}

    def all(
        self,
        chain: Mapping[str, ChainRules],
        order: Sequence[str],
        roots: Mapping[str, int | None],
    ) -> list[Variant]:
        """Return the grid's variants and the chain's; equal ones collapse into the first."""
        places: dict[str, int] = {}
        for label in order:
            rules, root = chain[label], roots[label]
            earlier = places[str(rules.after)] if root is None else root
            places[label] = self._add(label, rules, earlier)
        return self._variants

    def _add(self, label: str, rules: ChainRules, earlier: int) -> int:
        """Add the variant of an entry, or its name to an equal one; return its index."""
        own = self._settings(label, rules, self._own[earlier])
        is_start = rules.result_as == "start"
        settings = own.model_copy(update={"start": RESULT_START}) if is_start else own
        identity = settings_identity(settings), earlier, rules.result_as
        place = self._known.setdefault(identity, len(self._variants))
        if place < len(self._variants):
            first = self._variants[place]
            self._variants[place] = replace(first, also=(*first.also, label))
            return place
        before = self._variants[earlier]
        assignment, members = self._moved(self._own[earlier], own)
        variant = Variant(
            name=label,
            assignment={**before.assignment, **assignment},
            labels={**before.labels, **members, **assignment},
            settings=settings,
            goes_on=GoesOn(variant=earlier, result_as=rules.result_as),
        )
        self._variants.append(_on_axis(variant, label))
        self._own.append(own)
        return place

    def _settings(self, label: str, rules: ChainRules, before: Settings) -> Settings:
        path: KeyPath = ("chain", label, "changes")
        if rules.result_as == "start" and "start" in rules.changes:
            message = "result_as: start gives the start; allowed: one of the two"
            self._diagnosis.add((*path, "start"), message)
        start = before.model_dump(mode="json")
        folder = self._base.folder
        settings, _ = change_settings(start, rules.changes, folder, self._diagnosis, path=path)
        frames = {frame_of_size(one.size_of) for one in (before, settings)}
        if rules.result_as == "content" and len(frames) > 1:
            message = (
                f"found {settings.size_of} for a content that was made with "
                f"{before.size_of}, so that the result would show another frame than the case's "
                f"content; allowed: {before.size_of}"
            )
            self._diagnosis.add((*path, "size_of"), message)
        return settings

    def _moved(self, before: Settings, own: Settings) -> tuple[dict[str, str], dict[str, str]]:
        """Return new labels where settings moved on an axis: by axis, and by settings key."""
        earlier, now = (one.model_dump(mode="json") for one in (before, own))
        assignment: dict[str, str] = {}
        members: dict[str, str] = {}
        for axis in self._axes:
            canonical = {key: _canonical(now, key) for key in axis.keys}
            if canonical != {key: _canonical(earlier, key) for key in axis.keys}:
                same = (one for one in axis.choices if one.canonical == canonical)
                known = next(same, None)
                texts = {key: value_text(lookup(now, key)) for key in axis.keys}
                members |= known.labels if known is not None else texts
                assignment[axis.name] = known.label if known is not None else joined_labels(texts)
        return assignment, members


def _on_axis(variant: Variant, label: str) -> Variant:
    return replace(variant, assignment={**variant.assignment, AXIS: label})


def _canonical(values: Mapping[str, Any], key: str) -> str:
    return canonical_json(lookup(values, key))
