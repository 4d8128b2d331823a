"""What experiments say of claims: judged, with where the numbers come from, and written down."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.sweep.output import explained
from reports.claims.files import write_claims
from reports.claims.judge import JudgedClaims, judge_claims
from reports.claims.rules import Rules
from reports.material import Material
from reports.numbers import counted
from reports.walk.strides import Walked, measure_walk

__all__ = ["Verdicts", "judge_experiments"]

NETWORK = re.compile(r"^(backbone|pretrained): *(.+?) *$", re.MULTILINE)
KEPT = ("code", "versions", "numerics", "chosen for auto", "evaluator", "second evaluator")
"""Facts on a sweep's origin that are the same for many sweeps; host and store are nobody's."""

NO_LIMITS = ("second opinion by ", "this is the scale ")
"""How notes begin that the facts say already."""

EMBEDDED = (
    "Measured on embedded k-means filters, not on the networks of the reports: a verdict is one "
    "on their settings and formulas, not on their pictures."
)
UNTRAINED = "Some networks have random filters, which no report used."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Judged claims, and the files that they were written to, by suffix."""

    judged: JudgedClaims
    paths: Mapping[str, Path]


def judge_experiments(
    rules: Rules, materials: Mapping[str, Material], folder: Path, *, scale: str, command: str
) -> Verdicts:
    """Judge claims by experiments that have been done, and write the page.

    Args:
        rules: What these experiments can decide.
        materials: What each of them was made of, by the name that the rules use.
        folder: Where to write; made if absent.
        scale: Of all experiments; empty if they have none in common.
        command: What does the same again.

    Raises:
        StoreError: The folder cannot be written.
    """
    judged = judge_claims(rules, materials)
    with explained(folder):
        paths = write_claims(
            judged,
            materials,
            _walked(rules, materials),
            folder,
            title="The claims, measured" + (f" at the scale {scale}" if scale else ""),
            command=command,
            facts=_facts(rules, materials, scale),
            limits=_limits(materials),
        )
    return Verdicts(judged=judged, paths=paths)


def _walked(rules: Rules, materials: Mapping[str, Material]) -> Walked | None:
    """Return what the walk's every change was worth; None where the rules have no walk."""
    material = materials.get(rules.walk_sweep)
    if material is None:
        return None
    stations = list(material.axes)
    changes = [", ".join(labels.values()) for labels in material.axes.values()]
    return measure_walk(material.runs, stations, changes[1:])


def _facts(rules: Rules, materials: Mapping[str, Material], scale: str) -> dict[str, str]:
    """Return label → text: what was measured on what, in reading order."""
    facts = {
        "scale": scale,
        "experiments": _experiments(materials),
        "networks": _grouped(
            {name: ", ".join(_networks(one)) for name, one in materials.items()}, materials
        ),
        "walk": rules.walk_sweep * (rules.walk_sweep in materials),
        "begun": min((one.provenance.get("begun", "") for one in materials.values()), default=""),
    }
    for label in KEPT:
        texts = {name: one.provenance.get(label, "") for name, one in materials.items()}
        facts[label] = _grouped(texts, materials)
    return {label: text for label, text in facts.items() if text}


def _experiments(materials: Mapping[str, Material]) -> str:
    by_pairs: dict[int, list[str]] = {}
    for name, material in materials.items():
        by_pairs.setdefault(int(material.runs["pair"].nunique()), []).append(name)
    return "; ".join(
        f"{', '.join(names)} ({counted(pairs, 'pair')}{' each' * (len(names) > 1)})"
        for pairs, names in by_pairs.items()
    )


def _networks(material: Material) -> list[str]:
    """Return the networks of a sweep with the parameters they had: ``vgg19 (kmeans)``."""
    found = [dict(NETWORK.findall(text)) for text in material.settings.values()]
    named = [f"{one.get('backbone', '')} ({one.get('pretrained', '')})" for one in found]
    return list(dict.fromkeys(named))


def _limits(materials: Mapping[str, Material]) -> list[str]:
    """Return what a reader of the verdicts must know, what holds for all first."""
    networks = " ".join(network for one in materials.values() for network in _networks(one))
    own = {EMBEDDED: "(kmeans)" in networks, UNTRAINED: "(random)" in networks}
    noted: dict[str, list[str]] = {}
    for name, material in materials.items():
        for note in dict.fromkeys(material.notes):
            if not note.startswith(NO_LIMITS):
                noted.setdefault(note, []).append(name)
    by_reach = sorted(noted.items(), key=lambda one: -len(one[1]))
    return [
        *(text for text, holds in own.items() if holds),
        *(_of(names, note, materials) for note, names in by_reach),
    ]


def _grouped(texts: Mapping[str, str], everything: Collection[str]) -> str:
    """Return distinct texts, each with the experiments it holds for unless it holds for all."""
    by_text: dict[str, list[str]] = {}
    for name, text in texts.items():
        if text:
            by_text.setdefault(text, []).append(name)
    return "; ".join(_of(names, text, everything) for text, names in by_text.items())


def _of(names: Collection[str], text: str, everything: Iterable[str]) -> str:
    return text if set(names) == set(everything) else f"{', '.join(names)}: {text}"
