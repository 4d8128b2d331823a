"""Why two sides must not be compared in their seconds or their losses."""

import json
from collections.abc import Iterable

from reports.frame import non_empty
from reports.versus.changes import Change
from reports.versus.sides import Sides

__all__ = ["loss_reason", "timing_reason"]

MOST_NAMES = 4


def timing_reason(sides: Sides) -> str:
    """Say why the seconds of two sides must not be compared; empty where they may be."""
    keys = [_keys(sides, name, "timing_key") for name in (sides.baseline, sides.other)]
    if not all(keys):
        return "no running time is known of one side"
    found = {key for side in keys for key in side}
    if len(found) == 1:
        return ""
    facts = sorted(_differing([_facts(key) for key in found]))
    return f"taken under different conditions{_listed(facts)}"


def loss_reason(sides: Sides, changes: Iterable[Change]) -> str:
    """Say why the losses of two sides must not be compared; empty where they may be."""
    keys = [_keys(sides, name, "loss_key") for name in (sides.baseline, sides.other)]
    if not all(keys):
        return "no loss is known of one side"
    if len({key for side in keys for key in side}) == 1:
        return ""
    return f"different losses{_listed([one.key for one in changes if one.in_loss])}"


def _keys(sides: Sides, variant: str, column: str) -> list[str]:
    mine = sides.runs.loc[sides.runs["variant"] == variant, column]
    return non_empty(mine) if (mine.fillna("") != "").all() else []


def _facts(key: str) -> dict[str, object]:
    """What a key is made of, if it is JSON."""
    try:
        found = json.loads(key)
    except ValueError:
        return {"conditions": key}
    return found if isinstance(found, dict) else {"conditions": found}


def _differing(facts: list[dict[str, object]]) -> set[str]:
    names = {name for one in facts for name in one}
    return {name for name in names if len({str(one.get(name)) for one in facts}) > 1}


def _listed(names: list[str]) -> str:
    more = [f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
    return f": {', '.join([*names[:MOST_NAMES], *more])}" if names else ""
