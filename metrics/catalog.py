"""What every measurement means: direction, unit, range, needs, source. Imports nothing heavy."""

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from metrics.catalog_entries.balance import BALANCE
from metrics.catalog_entries.content import CONTENT
from metrics.catalog_entries.cost import COST
from metrics.catalog_entries.kinds import Direction, Metric, Need
from metrics.catalog_entries.picture import PICTURE
from metrics.catalog_entries.second import SECOND
from metrics.catalog_entries.style import STYLE

__all__ = ["CATALOG", "RANKED", "Direction", "Metric", "Need", "metric"]

CATALOG: Mapping[str, Metric] = MappingProxyType(
    {entry.name: entry for entry in (*CONTENT, *STYLE, *SECOND, *BALANCE, *PICTURE, *COST)}
)

RANKED = tuple(name for name, entry in CATALOG.items() if entry.ranked)
"""Names of the measurements by which variants may be ranked."""


def metric(name: str) -> Metric:
    """Look a measurement up by its name.

    Raises:
        ValueError: ``name`` is not in ``CATALOG``; the message has the nearest name and all names.
    """
    if name in CATALOG:
        return CATALOG[name]
    nearest = difflib.get_close_matches(name, CATALOG, n=1, cutoff=0.4)
    hint = f"; did you mean {nearest[0]!r}" if nearest else ""
    raise ValueError(f"there is no metric {name!r}{hint}; known: {', '.join(CATALOG)}")
