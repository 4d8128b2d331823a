"""A setting in which two sides differ."""

from dataclasses import dataclass

__all__ = ["Change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A setting that differs between the sides.

    Attributes:
        key: Dotted, as ``--set`` takes it.
        before: The baseline's value as text; empty where it has none.
        after: The other side's, likewise.
        in_loss: Whether the loss is another one for it.
    """

    key: str
    before: str
    after: str
    in_loss: bool = False
