"""The content security policy of a page: nothing from elsewhere, nothing but its own script."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from reports.embedding import policy_hash

__all__ = ["page_policy"]

CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


def page_policy(*, script: str, style: str, drawings: Sequence[str]) -> str:
    """Return the policy under which a page asks no server and runs one script.

    Args:
        script: Text of the one script.
        style: Text of the page's style sheet.
        drawings: SVG elements in the page; the styles inside them are allowed one by one.
    """
    sheets, attributes = _styles_in(drawings)
    styles = " ".join(f"'{policy_hash(text)}'" for text in (style, *sheets))
    if attributes:
        named = " ".join(f"'{policy_hash(text)}'" for text in attributes)
        styles = f"{styles} 'unsafe-hashes' {named}"  # hashes count for attributes only so
    return (
        f"default-src 'none'; img-src data:; style-src {styles}; "
        f"script-src '{policy_hash(script)}'; base-uri 'none'; form-action 'none'"
    )


def _styles_in(drawings: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the distinct texts of style elements and of style attributes."""
    found = _Styles()
    for drawing in drawings:
        found.feed(drawing)
    # Inside SVG, the marks of a CDATA section are no part of the style's text.
    sheets = [CDATA.sub(r"\1", text) for text in found.sheets]
    return list(dict.fromkeys(sheets)), list(dict.fromkeys(found.attributes))


class _Styles(HTMLParser):
    """Collects styles in the order in which they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[str] = []
        self.attributes: list[str] = []
        self._is_in_sheet = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [value for name, value in attrs if name == "style" and value]
        self._is_in_sheet = tag == "style"
        if self._is_in_sheet:
            self.sheets.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._is_in_sheet = False

    def handle_data(self, data: str) -> None:
        if self._is_in_sheet:
            self.sheets[-1] += data
