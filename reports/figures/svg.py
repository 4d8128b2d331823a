"""A figure as one SVG element that may stand inside any HTML page.

Matplotlib writes a document of its own: its style sheet would apply to the whole page, its ids
would meet those of other figures, and its style attributes are refused where a content security
policy allows no inline styles.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from reports.figures.drawing import INK

__all__ = ["inline_svg"]

SVG = "http://www.w3.org/2000/svg"
LINK = "{http://www.w3.org/1999/xlink}href"
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
REFERENCE = re.compile(r"(?<=url\(#)[^)]+")
LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
FONT_SIZE = re.compile(r"([\d.]+)px")
PX_PER_PT = 4 / 3

ET.register_namespace("", SVG)


def inline_svg(document: bytes, *, name: str, title: str) -> str:
    """Make Matplotlib's SVG document one element without anything around it.

    Args:
        document: what Matplotlib wrote.
        name: begins all ids, so that no two figures of a page share one.
        title: what the figure is called for those who cannot see it; any text.
    """
    root = ET.fromstring(document)  # noqa: S314 - we have just written it
    _drop(root, {f"{{{SVG}}}metadata", f"{{{SVG}}}style"})
    used = set(_references(root))
    for element in root.iter():
        _style_to_attributes(element)
        if (found := element.attrib.pop("id", None)) in used:
            element.set("id", f"{name}-{found}")
        if LINK in element.attrib:
            element.set("href", f"#{name}-{element.attrib.pop(LINK)[1:]}")
        for key, value in element.attrib.items():
            changed = REFERENCE.sub(lambda found: f"{name}-{found[0]}", value)
            short = LONG_NUMBER.sub(lambda found: f"{float(found[0]):.2f}", changed)
            element.set(key, short.replace(INK, "currentColor"))
    _head(root, name, title)
    return ET.tostring(root, encoding="unicode")


def _head(root: ET.Element, name: str, title: str) -> None:
    """What the element says of itself; its size in pixels, which a page may change."""
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    view = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update(
        {
            "viewBox": view,
            "width": f"{width * PX_PER_PT:.0f}",
            "height": f"{height * PX_PER_PT:.0f}",
            "role": "img",
            "aria-labelledby": f"{name}-title",
            "font-family": FONTS,
            "fill": "currentColor",
            "stroke-linejoin": "round",
            "overflow": "visible",  # the reader's letters may be wider than those measured
        }
    )
    element = ET.Element(f"{{{SVG}}}title", {"id": f"{name}-title"})
    element.text = title
    root.insert(0, element)


def _drop(element: ET.Element, tags: set[str]) -> None:
    """Remove elements of some kinds, wherever they are."""
    for child in list(element):
        if child.tag in tags:
            element.remove(child)
        else:
            _drop(child, tags)


def _references(root: ET.Element) -> Iterator[str]:
    """Every id that something points at."""
    for element in root.iter():
        if LINK in element.attrib:
            yield element.attrib[LINK][1:]
        for value in element.attrib.values():
            yield from REFERENCE.findall(value)


def _style_to_attributes(element: ET.Element) -> None:
    """Write ``style="fill: none; …"`` as attributes; the family of the letters is the root's."""
    for declaration in element.attrib.pop("style", "").split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key == "font":
            if "bold" in value or " 700 " in f" {value}":
                element.set("font-weight", "bold")
            if (size := FONT_SIZE.search(value)) is not None:
                element.set("font-size", size[1])
        elif key == "font-size":
            element.set(key, value.removesuffix("px"))
        elif key and key != "font-family":
            element.set(key, value)
