"""What the block ``search`` of a sweep file may say."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from harness.spec.model_parts import Finite, Part, Seed

__all__ = ["METHODS", "Bounds", "Halving", "Search"]

METHODS = ("tpe", "gp", "cmaes", "nsga2", "qmc", "random")
"""Methods of a study: each chooses variants one after the other."""


class Bounds(Part):
    """Between which values a metric must lie for a variant to count."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    min: Finite | None = Field(default=None, description="The least that is good enough.")
    max: Finite | None = Field(default=None, description="The most that is good enough.")

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> "Bounds":
        if self.min is None and self.max is None:
            raise PydanticCustomError("bounds", "allowed: min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise PydanticCustomError("bounds", "allowed: a min up to max")
        return self


class Halving(Part):
    """Smaller settings that variants are tried with first; the best are tried again in full.

    The smaller settings stand beside ``keep``, under their own keys.
    """

    model_config = ConfigDict(extra="allow")

    keep: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=1 / 3, description="Share of the variants that is tried again at full size."
    )

    @property
    def settings(self) -> dict[str, Any]:
        """The smaller settings, by settings key."""
        return self.model_extra or {}

    @model_validator(mode="after")
    def _makes_something_smaller(self) -> "Halving":
        if not self.settings:
            raise PydanticCustomError(
                "halving", "allowed: smaller settings, such as image_size: 96, and keep"
            )
        return self


class Search(Part):
    """How a study searches: for the methods that choose one variant after the other."""

    seed: Seed = Field(default=0, description="Seed of the method's random numbers.")
    first: tuple[Annotated[dict[str, Any], Field(min_length=1)], ...] = Field(
        default=(),
        description="Variants to try first, after the baseline; what they do not name has its "
        "base value.",
    )
    constraints: dict[str, Bounds] = Field(
        default={}, description="Metrics that must lie above min or below max, or both."
    )
    prune: bool | None = Field(
        default=None,
        description="Give a variant up once its cases say that it is worse than the best; needs "
        "one metric, where it is the default.",
    )
    halving: Halving | None = Field(
        default=None,
        description="Try variants with these smaller settings first, and the best share (keep) "
        "of them again in full.",
    )
