"""Text from elsewhere inside a note of MLflow's page, which is Markdown with HTML."""

import re

__all__ = ["plain"]

SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#|!~&:@]")


def plain(text: str) -> str:
    """Return text that a note shows as it is, on one line, whatever stands in it."""
    line = " ".join(text.split())
    return SPECIAL.sub(lambda match: f"&#{ord(match.group())};", line)
