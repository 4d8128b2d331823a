"""How a baseline stands in its file: JSON that a person can review, with a checksum."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from harness.spec.setting_keys import canonical_json

__all__ = ["CHECKSUM", "checksum_of", "layout"]

CHECKSUM = "checksum"


def checksum_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document's canonical JSON, without its own checksum.

    It tells an edit by hand, or a merge, from what the harness wrote; it is no signature.

    Args:
        document: Plain data.
    """
    content = {key: value for key, value in document.items() if key != CHECKSUM}
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def layout(document: Mapping[str, Any]) -> str:
    """Write a document as JSON whose changes are seen at a glance.

    Of every object the short members come first, each group in order of name. A list of flat
    things (pairs, runs, pictures) has one a line. Signs that cannot be seen, or that turn the
    direction of a line, are escaped.

    Args:
        document: Plain data.
    """
    members = [f" {_text(key)}: {_member(value)}" for key, value in _ordered(document).items()]
    return "{\n" + ",\n".join(members) + "\n}\n"


def _ordered(value: Any) -> Any:
    """Return plain data with its objects in the order of the layout."""
    if isinstance(value, list):
        return [_ordered(entry) for entry in value]
    if not isinstance(value, Mapping):
        return value
    members = sorted(value.items(), key=lambda item: (isinstance(item[1], dict | list), item[0]))
    return {key: _ordered(inner) for key, inner in members}


def _member(value: Any) -> str:
    if isinstance(value, list) and value and all(map(_is_flat, value)):
        rows = ",\n".join(f"  {_text(entry)}" for entry in value)
        return f"[\n{rows}\n ]"
    if isinstance(value, list) and not any(isinstance(entry, dict | list) for entry in value):
        return _text(value)
    # A line break in a text is written \n, so each one here begins a line of the layout.
    return _text(value, indent=1).replace("\n", "\n ")


def _is_flat(entry: Any) -> bool:
    """Tell whether an entry is short enough for a line: an object in which no object has one."""
    if not isinstance(entry, dict):
        return False
    inner = (value for value in entry.values() if isinstance(value, dict))
    return not any(isinstance(one, dict | list) for each in inner for one in each.values())


def _text(value: Any, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return re.sub(r"[^\n -~]", lambda match: _seen(match[0]), text)


def _seen(letter: str) -> str:
    return letter if letter.isprintable() else json.dumps(letter)[1:-1]
