"""How a sweep file names styles: a picture, or several with their weights under a label."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

__all__ = ["FORMS_OF_STYLES", "Mixture", "StyleEntries", "StyleEntry"]

PICTURE, MIXTURE = "picture", "mixture"
FORMS_OF_STYLES = (PICTURE, MIXTURE)
"""Tags by which pydantic tells the forms apart; they stand in the places of its errors."""

EXAMPLE = "{a and b: {a.jpg: 2, b.jpg: 1}}"
LEAST_PICTURES = 2


def _one_label(value: Any) -> Any:
    """Refuse several styles in one entry, which a forgotten dash makes."""
    if isinstance(value, dict) and len(value) != 1:
        raise PydanticCustomError("mixture", f"allowed: one label an entry, such as {EXAMPLE}")
    if isinstance(value, dict) and not all(map(str.isprintable, value)):
        raise PydanticCustomError("label", "allowed as a label: one line of printable text")
    return value


def _several_pictures(value: Any) -> Any:
    if not isinstance(value, dict) or len(value) < LEAST_PICTURES:
        raise PydanticCustomError(
            "mixture", f"allowed: two pictures or more with their weights, such as in {EXAMPLE}"
        )
    return value


def _form(value: Any) -> str | None:
    if isinstance(value, dict):
        return MIXTURE
    return PICTURE if isinstance(value, str) else None


def _listed(value: Any) -> Any:
    """Make a tuple of one style or of a list, since a strict tuple takes no Python list."""
    if isinstance(value, str | dict):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


NotEmpty = Annotated[str, Field(min_length=1)]
Weights = Annotated[
    dict[NotEmpty, Annotated[float, Field(gt=0, allow_inf_nan=False)]],
    Field(min_length=LEAST_PICTURES),
    BeforeValidator(_several_pictures),
]
Mixture = Annotated[
    dict[NotEmpty, Weights], Field(min_length=1, max_length=1), BeforeValidator(_one_label)
]
"""Label → pictures with their weights: several pictures that are one style together."""

StyleEntry = Annotated[
    Annotated[NotEmpty, Tag(PICTURE)] | Annotated[Mixture, Tag(MIXTURE)],
    Discriminator(
        _form,
        custom_error_type="style",
        custom_error_message=f"allowed: a picture, or several with their weights: {EXAMPLE}",
    ),
]
StyleEntries = Annotated[
    tuple[StyleEntry, ...],
    BeforeValidator(_listed, json_schema_input_type=StyleEntry | list[StyleEntry]),
    Field(min_length=1),
]
