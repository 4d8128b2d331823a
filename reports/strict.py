"""Strict JSON: what is no number, or infinite, becomes null."""

import json
import math
from collections.abc import Mapping

__all__ = ["strict", "strict_json"]


def strict(value: object) -> object:
    """Return a value as strict JSON has it: null in place of NaN and infinity, however deep.

    Args:
        value: What ``json`` can write, if it were not for such numbers; keys become text.
    """
    if isinstance(value, Mapping):
        return {str(key): strict(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [strict(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def strict_json(record: Mapping[str, object]) -> str:
    """Return a record as the text of a strict JSON file, with the last line ended."""
    return f"{json.dumps(strict(record), indent=2, ensure_ascii=False, allow_nan=False)}\n"
