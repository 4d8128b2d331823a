"""What the block ``gate`` of a sweep file may say: when a scheduled regression turns red."""

from typing import Annotated

from pydantic import Field, field_validator

from harness.spec.model_parts import Part, Seed, all_different

__all__ = ["GateRules"]

Margin = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class GateRules(Part):
    """Which metrics ``harness regress`` judges, and what is too much; a sweep ignores it."""

    margins: Annotated[dict[str, Margin], Field(min_length=1)] = Field(
        description="Metric: the least worsening that matters, in the metric's unit."
    )
    seconds: Annotated[float, Field(gt=0, le=10)] = Field(
        default=0.2,
        description="Share by which it may not be slower; judged only beside another revision.",
    )
    confirm_seeds: tuple[Seed, ...] = Field(
        default=(),
        description="Fresh seeds, added where those of cases cannot tell or say REGRESSED.",
    )
    breaks: Annotated[float, Field(ge=1, allow_inf_nan=False)] = Field(
        default=4.0,
        description="A pair that is worse by more than this many margins is red by itself.",
    )

    @field_validator("confirm_seeds")
    @classmethod
    def _seeds_differ(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        return all_different(seeds)
