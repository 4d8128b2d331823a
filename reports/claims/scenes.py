"""Which pictures show a claim: one pair, and what its measurements compare on it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reports.claims.judged import JudgedPart
from reports.claims.rules import BEST, Operand
from reports.claims.way import best_iteration
from reports.claims.words import operand_text
from reports.frame import FINISHED
from reports.material import Material
from reports.numbers import counted
from reports.sheet.thumbnails import Picture
from reports.walk.strides import Walked

__all__ = ["Scene", "Shown", "scene_of", "walk_scene"]

MOST_RESULTS = 4
MOST_OF_REGRET = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """A picture and what it shows."""

    caption: str
    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """The pictures of one pair: content, style, results.

    Attributes:
        experiment: Name of the experiment's file.
        pair: Its name.
        is_typical: Whether it was chosen for its value, the nearest to the mean over the pairs.
        pictures: In reading order.
    """

    experiment: str
    pair: str
    is_typical: bool
    pictures: tuple[Shown, ...]


def scene_of(
    parts: Sequence[JudgedPart], lead: JudgedPart | None, materials: Mapping[str, Material]
) -> Scene | None:
    """Choose a pair and the pictures that its measurements compare.

    Args:
        parts: The measurements of a claim or question; those of the lead's sweep are shown.
        lead: The one whose value chooses the pair; without one, the first that has variants.
        materials: By the name of the experiment's file.

    Returns:
        None where no result's picture is at hand.
    """
    measured = [part for part in (lead, *parts) if part is not None and part.of]
    if not measured:
        return None
    lead = measured[0]
    material = materials[lead.part.sweep]
    done = material.runs[material.runs["status"] == FINISHED]
    pair = _typical_pair(lead)
    if not pair and not done.empty:
        pair = str(done["pair"].iloc[0])
    rows = done[done["pair"] == pair]
    results = list(_results([one for one in measured if one.sweep == lead.sweep], rows, material))
    if not results:
        return None
    return Scene(
        experiment=lead.part.sweep,
        pair=pair,
        is_typical=bool(_typical_pair(lead)),
        pictures=(*_inputs(rows, material), *results[:MOST_RESULTS]),
    )


def walk_scene(walked: Walked, materials: Mapping[str, Material]) -> Scene | None:
    """Choose the pictures of a walk's stations on its first pair.

    Args:
        walked: What came of the walk.
        materials: By the name of the experiment's file; one of them has the walk.

    Returns:
        None where no pair is finished everywhere, or no picture is at hand.
    """
    stations = set(walked.stations)
    own = [(name, one) for name, one in materials.items() if stations <= set(one.runs["variant"])]
    if not own or not walked.pairs:
        return None
    (name, material), pair = own[0], walked.pairs[0]
    rows = walked.runs[walked.runs["pair"] == pair].drop_duplicates("variant")
    pictures = dict(zip(rows["variant"], rows.get("picture", [None] * len(rows)), strict=True))
    shown = [
        Shown(caption=label, picture=pictures[station])
        for station, label in walked.stations.items()
        if pictures.get(station) is not None
    ]
    if not shown:
        return None
    inputs = _inputs(rows, material)
    return Scene(experiment=name, pair=pair, is_typical=False, pictures=(*inputs, *shown))


def _typical_pair(part: JudgedPart) -> str:
    """The pair whose value is nearest to the mean; empty without values."""
    known = {pair: value for pair, value in part.by_pair.items() if np.isfinite(value)}
    return min(known, key=lambda pair: abs(known[pair] - part.effect.mean), default="")


def _inputs(rows: pd.DataFrame, material: Material) -> Iterator[Shown]:
    first = rows.iloc[0]
    for kind, pictures in (("content", material.contents), ("style", material.styles)):
        picture = pictures.get(str(first[kind]))
        if picture is not None:
            yield Shown(caption=kind, picture=picture)


def _results(
    parts: Sequence[JudgedPart], rows: pd.DataFrame, material: Material
) -> Iterator[Shown]:
    """Each picture once, that which another is set beside before it."""
    seen: set[tuple[str, int | str | None]] = set()
    for part in parts:
        sides = [(part.part.of, part.of)]
        if part.part.less is not None:
            sides.insert(0, (part.part.less, part.less))
        for operand, variants in sides:
            for variant in variants[: MOST_OF_REGRET if operand.regret else 1]:
                key = variant, operand.iteration
                picture = _picture(operand, variant, part.part.metric, rows, material)
                if key not in seen and picture is not None:
                    seen.add(key)
                    yield Shown(caption=_caption(operand, variant, variants), picture=picture)


def _caption(operand: Operand, variant: str, variants: Sequence[str]) -> str:
    if operand.regret or not operand.where:
        at = f", after {operand.iteration} iterations" if operand.iteration is not None else ""
        return f"{variant}{at if operand.iteration != BEST else ', at its best'}"
    one_of = f" (one of {counted(len(variants), 'variant')})" if len(variants) > 1 else ""
    return f"{operand_text(operand)}{one_of}"


def _picture(
    operand: Operand, variant: str, metric: str, rows: pd.DataFrame, material: Material
) -> Picture | None:
    """The result of a variant's first seed, or its picture on the way."""
    mine = rows[rows["variant"] == variant].to_dict("records")
    if not mine:
        return None
    row: dict[Any, Any] = mine[0]
    iteration = operand.iteration
    if iteration == BEST:
        iteration = best_iteration(material, str(row["fingerprint"]), metric)
    result: Picture | None = row.get("picture")
    if iteration is None:
        return result
    on_the_way = material.snapshots.get(str(row["fingerprint"]), {})
    is_last = row.get("iterations") == iteration
    return result if is_last else on_the_way.get(int(iteration))
