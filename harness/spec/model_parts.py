"""What the models of a sweep file share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["SEED_MAX", "Finite", "Part"]

SEED_MAX = 2**32 - 1  # what every generator in use takes: NumPy, torch, Optuna

Finite = Annotated[float, Field(allow_inf_nan=False)]


class Part(BaseModel):
    """A mapping of a sweep file: its keys are known, its values are of the right type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
