"""What an entry of the catalogue consists of. Imports nothing heavy."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Direction", "Metric", "Need"]


class Direction(StrEnum):
    """Whether a smaller (MIN) or a larger (MAX) value is better, or neither (NONE)."""

    MIN = "min"
    MAX = "max"
    NONE = "none"

    @property
    def arrow(self) -> str:
        """The sign tables put behind a label; empty where neither is better."""
        return {Direction.MIN: "↓", Direction.MAX: "↑", Direction.NONE: ""}[self]


class Need(StrEnum):
    """What must be at hand, beside the result itself, to compute a measurement."""

    RESULT = "the result alone"
    CONTENT = "content picture"
    STYLE = "style picture"
    START = "start picture"
    SEEDS = "results of other seeds"
    EVALUATOR = "features of the evaluator's network"
    LPIPS_PARAMETERS = "published ImageNet parameters of the LPIPS network"
    CONTENT_ANCHOR = "measurement of the style picture in place of the result"
    STYLE_ANCHOR = "measurement of the content picture in place of the result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measurement of a run.

    Attributes:
        name: Key in records, MLflow and sweep files.
        version: Raised whenever a change of the code may alter a value.
        short: Words for a table's column, without the arrow.
        direction: Whether smaller or larger is better, or neither.
        unit: ``1`` for a pure number, else ``nats``, ``Lab``, ``Lab/100``, ``dB``, ``px``, ``s``
            or ``B``.
        range: Smallest and largest value possible; infinite where there is no bound.
        needs: What must be at hand beside the result; empty for costs, which need no picture.
        source: Paper, equation or package the measurement comes from.
        meaning: One line for the reader of a table.
        ranked: Whether variants may be ranked by it; else it is logged only.
        per_tap: Whether the value of each tap is logged too, as ``<name>/<tap>``.
    """

    name: str
    version: int
    short: str
    direction: Direction
    unit: str
    range: tuple[float, float]
    needs: frozenset[Need]
    source: str
    meaning: str
    ranked: bool = True
    per_tap: bool = False

    @property
    def label(self) -> str:
        """Heading of a table's column: the short words and the arrow of the better direction."""
        return f"{self.short} {self.direction.arrow}".rstrip()
