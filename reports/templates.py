"""How templates of pages are opened: what they get is escaped, what they lack is an error."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from reports.backticks import parts_of

__all__ = ["mark_names", "open_template"]


@cache
def open_template(path: Path, **filters: Callable[..., object]) -> Template:
    """Return a template of HTML; the filter ``names`` marks what stands in backticks.

    Args:
        path: Of the file; others of its folder can be included.
        filters: Further filters.
    """
    environment = Environment(
        loader=FileSystemLoader(path.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"names": mark_names, **filters}
    return environment.get_template(path.name)


def mark_names(text: str) -> Markup:
    """Return a sentence with what stands in backticks as code; everything is escaped."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if is_code else escape(part)
        for is_code, part in parts_of(text)
    )
