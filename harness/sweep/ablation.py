"""An ablation: the sweep that walks from one setting to another, one change at a time."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.errors import InputError
from harness.spec.diagnosis import path_text, refusal
from harness.spec.faults import Fault, try_settings
from harness.spec.setting_keys import assign
from harness.spec.settings import LAYER_FIELDS, Settings
from harness.spec.style_files import StyleFiles
from harness.sweep.tracking.membership import MemberCase

__all__ = ["Change", "Walk", "plan_walk", "walk_file"]

AXIS = "step"
NESTED = ("weights",)  # maps whose members are settings of their own
LONGEST = 60  # letters of a value in the name of a step

_Pair = tuple[str, StyleFiles, str]
"""The hash of a content's file, the files of a style, and the style's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Settings that change together in one step: their keys, and the values before and after."""

    keys: tuple[str, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def text(self) -> str:
        """What changes, as in ``iterations 1000 → 200``."""
        return ", ".join(
            f"{key} {_short(key, self.before[key])} → {_short(key, self.after[key])}"
            for key in self.keys
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The way from the settings of a baseline to final ones.

    ``notes`` say which changes are made in one step because one does not go without the other.
    """

    baseline: Settings
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of every station, the baseline's first; numbered, so that no two are equal."""
        named = (f"{number} {one.text}" for number, one in enumerate(self.changes, start=1))
        return ("0 baseline", *named)

    @property
    def variants(self) -> tuple[str, ...]:
        """Name of every station's variant in the sweep."""
        return tuple(f"{AXIS}={label}" for label in self.labels)


def plan_walk(baseline: Settings, final: Settings, order: Sequence[Sequence[str]] = ()) -> Walk:
    """Find what differs between two settings, and in which order it is changed.

    Args:
        baseline: Where the walk begins.
        final: Where it ends.
        order: Keys of what is changed first, those of one step together; the rest follows, a
            step each, as ``harness presets`` lists them.

    Raises:
        InputError: Nothing differs, or the order names a key twice or one that does not differ.
    """
    before, after = (_by_key(settings) for settings in (baseline, final))
    differing = [key for key in after if before.get(key) != after[key]]
    if not differing:
        raise InputError("the two settings are the same: there is nothing to walk")
    named = [key for keys in order for key in keys]
    for key in named:
        if key not in differing:
            raise InputError(f"--order: {refusal(key, differing, kind='what differs')}")
    twice = next((key for key in named if named.count(key) > 1), None)
    if twice is not None:
        raise InputError(f"--order: {twice} is named twice")
    wanted = [*map(tuple, order), *((key,) for key in differing if key not in named)]
    steps, notes = _passable(baseline, after, wanted)
    return Walk(
        baseline=baseline,
        changes=tuple(
            Change(
                keys=keys,
                before={key: before[key] for key in keys},
                after={key: after[key] for key in keys},
            )
            for keys in steps
        ),
        notes=tuple(notes),
    )


def _passable(
    baseline: Settings, after: Mapping[str, Any], wanted: Sequence[tuple[str, ...]]
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Return steps whose settings go together, and a note on each that took in others for it.

    A step that leads to settings that do not go together takes in the changes that they wait for.

    Args:
        baseline: Where the walk begins.
        after: The final values of all that is changed.
        wanted: Keys of the steps in their order.
    """
    steps: list[tuple[str, ...]] = []
    notes: list[str] = []
    values = baseline.model_dump(mode="json")
    waiting = list(wanted)
    while waiting:
        first = step = waiting.pop(0)
        while True:
            reached = assign(values, {key: after[key] for key in step})
            faults = try_settings(reached)
            if not isinstance(faults, list) or not waiting:
                break
            needed = _needed(faults, waiting)
            waiting.remove(needed)
            step += needed
        if step != first:
            notes.append(
                f"{' and '.join(step)} change in one step: one does not go without the other"
            )
        steps.append(step)
        values = reached
    return steps, notes


def _needed(faults: Iterable[Fault], waiting: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the waiting step that changes what is at fault; the next one if none does."""
    places = [path for fault in faults for path in fault.paths]
    for path in places:
        names = {path_text(path), str(path[0])}
        for keys in waiting:
            if names & set(keys):
                return keys
    return waiting[0]


def walk_file(
    walk: Walk,
    *,
    question: str,
    cases: Iterable[MemberCase],
    pictures: Mapping[str, Path],
    evaluation: Mapping[str, Any],
    folder: Path,
) -> str:
    """Return the sweep file that performs a walk.

    Args:
        walk: What changes in which order.
        question: What the sweep asks.
        cases: What every station is tried on.
        pictures: Files of contents and styles, by the SHA-256 of their content.
        evaluation: Who judges.
        folder: Where the file will lie; pictures are named relative to it.

    Raises:
        InputError: The cases are not the same seeds for every pair.
    """
    pairs, seeds = _crossed(cases)
    named = {sha256: path.relative_to(folder).as_posix() for sha256, path in pictures.items()}
    values: dict[str, list[Any]] = {
        key: [change.before[key]] for change in walk.changes for key in change.keys
    }
    for change in walk.changes:
        for key, column in values.items():
            column.append(change.after.get(key, column[-1]))
    content = {
        "question": question,
        "cases": {
            "content": [named[content] for content, _, _ in pairs],
            "style": [_style_entry(style, label, named) for _, style, label in pairs],
            "pairing": "zip",
            "seeds": seeds,
        },
        "base": walk.baseline.model_dump(mode="json"),
        "parameters": {AXIS: {"zip": values, "labels": list(walk.labels)}},
        "baseline": {AXIS: walk.labels[0]},
        "evaluation": dict(evaluation),
        "layout": {"rows": "pair", "columns": AXIS},
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def _by_key(settings: Settings) -> dict[str, Any]:
    """Return every setting that can be changed by itself; layers change as a whole."""
    found: dict[str, Any] = {}
    for key, value in settings.model_dump(mode="json").items():
        if key in NESTED:
            found |= {f"{key}.{name}": inner for name, inner in value.items()}
        else:
            found[key] = value
    return found


def _short(key: str, value: Any) -> str:
    """Write a value for the name of a step; layers of weight 1 are their names."""
    if key in LAYER_FIELDS:
        value = [tap if weight == 1 else f"{tap} {weight:g}" for tap, weight in value.items()]
    text = ", ".join(map(_scalar, value)) if isinstance(value, list) else _scalar(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value)


def _style_entry(
    styles: StyleFiles, label: str, named: Mapping[str, str]
) -> str | dict[str, dict[str, int]]:
    """Return a style as a sweep file names it: a picture, or several with their weights."""
    weights = {named[sha256]: weight for sha256, weight in styles.weights}
    return {label: weights} if len(weights) > 1 else next(iter(weights))


def _crossed(cases: Iterable[MemberCase]) -> tuple[list[_Pair], list[int]]:
    """Return the pairs of content and style, and the seeds that each of them has."""
    seeds: dict[_Pair, list[int]] = {}
    for case in cases:
        pair = case.content_sha256, case.styles, case.style
        seeds.setdefault(pair, []).append(case.seed)
    first, *others = seeds.values()
    if any(one != first for one in others):
        raise InputError("the cases of the sweep are not the same seeds for every pair")
    return list(seeds), first
