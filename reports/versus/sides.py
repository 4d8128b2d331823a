"""Bring two sides onto the pairs, and in them the seeds, that both have."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from reports.frame import FINISHED, variants_in_order
from reports.numbers import counted

__all__ = ["UNKNOWN_SEED", "Sides", "match_sides", "on_one_line", "quoted"]

UNKNOWN_SEED = -1
"""Stands in ``runs`` for the seed of a picture of which none is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Two sides, as they are compared.

    Attributes:
        baseline: Name of the first side.
        other: Name of the second.
        runs: Finished rows of both, on the pairs and the seeds that are compared; all rows of a
            pair count once, as their mean.
        pairs: Names of the pairs that both have.
        only_baseline: Pairs that only the baseline has finished.
        only_other: Pairs that only the other side has finished.
        unfinished: Side → how many of its runs have not finished, and of how many.
        seeds: What a reader should know of the seeds.
    """

    baseline: str
    other: str
    runs: pd.DataFrame
    pairs: tuple[str, ...]
    only_baseline: tuple[str, ...]
    only_other: tuple[str, ...]
    unfinished: dict[str, tuple[int, int]]
    seeds: tuple[str, ...]


def match_sides(runs: pd.DataFrame, baseline: str) -> Sides:
    """Find what two sides have in common.

    In a pair for which both have a run of the same seed, only seeds that both have are compared:
    another seed would be another draw of luck. Elsewhere the means over all seeds are.

    Args:
        runs: One row per (variant, case) of two variants, see ``reports.frame``.
        baseline: Label of the first side.

    Raises:
        ValueError: There are not two variants, or the baseline is none of them.
    """
    names = variants_in_order(runs)
    if len(names) != 2 or baseline not in names:  # noqa: PLR2004 - the two sides
        raise ValueError(f"two sides are compared, {baseline!r} being one; found {names}")
    (other,) = (name for name in names if name != baseline)
    done = runs[runs["status"] == FINISHED]
    ours, theirs = (_seeds(done, name) for name in (baseline, other))
    pairs = tuple(pair for pair in ours if pair in theirs)
    chosen = {pair: ours[pair] & theirs[pair] or ours[pair] | theirs[pair] for pair in pairs}
    kept = [
        pair in chosen and seed in chosen[pair]
        for pair, seed in zip(done["pair"], done["seed"], strict=True)
    ]
    return Sides(
        baseline=baseline,
        other=other,
        runs=done.loc[kept],
        pairs=pairs,
        only_baseline=tuple(pair for pair in ours if pair not in theirs),
        only_other=tuple(pair for pair in theirs if pair not in ours),
        unfinished=_unfinished(runs, names),
        seeds=tuple(_seed_notes(ours, theirs, chosen)),
    )


def on_one_line(text: str) -> str:
    """Return a text without what would break a line or steer a terminal."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())


def quoted(text: str) -> str:
    """Return a name in backticks, on one line and without what would end them."""
    return f"`{on_one_line(text).replace('`', chr(39))}`"


def _seeds(done: pd.DataFrame, variant: str) -> dict[str, frozenset[int]]:
    """The seeds of every pair that a side has finished, in order of appearance."""
    mine = done[done["variant"] == variant]
    found: dict[str, frozenset[int]] = {}
    for pair, seed in zip(mine["pair"], mine["seed"], strict=True):
        found[str(pair)] = found.get(str(pair), frozenset()) | {int(seed)}
    return found


def _unfinished(runs: pd.DataFrame, names: list[str]) -> dict[str, tuple[int, int]]:
    found = {}
    for name in names:
        mine = runs[runs["variant"] == name]
        lacking = int((mine["status"] != FINISHED).sum())
        if lacking:
            found[name] = lacking, len(mine)
    return found


def _seed_notes(
    ours: Mapping[str, frozenset[int]],
    theirs: Mapping[str, frozenset[int]],
    chosen: Mapping[str, frozenset[int]],
) -> list[str]:
    known = [pair for pair in chosen if UNKNOWN_SEED not in ours[pair] | theirs[pair]]
    unequal = [pair for pair in known if not ours[pair] & theirs[pair]]
    fewer = [pair for pair in known if pair not in unequal and ours[pair] != theirs[pair]]
    notes = []
    if any(len(seeds) > 1 for seeds in chosen.values()):
        notes.append(
            "Values of a pair are means over its seeds; the pictures shown are of the first."
        )
    if unequal:
        notes.append(
            f"On {counted(len(unequal), 'pair')} the sides have no seed in common: "
            "the means over all seeds of each are compared."
        )
    if fewer:
        notes.append(
            f"On {counted(len(fewer), 'pair')} seeds that only one side has are left out."
        )
    return notes
