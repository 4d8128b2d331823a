"""What the models of a sweep file share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

__all__ = ["SEED_MAX", "Finite", "Part", "Seed", "all_different"]

SEED_MAX = 2**32 - 1  # what every generator in use takes: NumPy, torch, Optuna

Finite = Annotated[float, Field(allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=SEED_MAX)]


class Part(BaseModel):
    """A mapping of a sweep file: its keys are known, its values are of the right type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def all_different(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Return numbers that differ from each other.

    Raises:
        PydanticCustomError: one is there twice.
    """
    if len(set(numbers)) < len(numbers):
        raise PydanticCustomError("repeated", "allowed: each once")
    return numbers
