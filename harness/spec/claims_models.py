"""What a file of rules may say: the models that check the structure of ``claims.yaml``."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from harness.spec.model_parts import Finite, Part

__all__ = ["ClaimRules", "ClaimsRules", "ExpectRules", "PartRules", "QuestionRules", "WalkRules"]

Text = Annotated[str, Field(min_length=1)]


class ExpectRules(Part):
    """Where the mean over pairs lies if the claim is true."""

    above: Finite | None = Field(default=None, description="It is larger than this.")
    below: Finite | None = Field(default=None, description="It is smaller than this.")
    within: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None, description="It is nearer to 0 than this: no difference that matters."
    )

    @model_validator(mode="after")
    def _one_region(self) -> "ExpectRules":
        if len(self.model_fields_set) != 1 or None in self.model_dump(exclude_unset=True).values():
            raise PydanticCustomError("region", "allowed: one of above, below and within")
        return self


class PartRules(Part):
    """One measurement that a claim rests on."""

    says: Text = Field(description="What is measured, in words.")
    sweep: Text = Field(description="A sweep file in the same folder, by its name: a-2.")
    metric: Text = Field(description="A measurement of the catalogue, or loss/total and the like.")
    of: dict[str, Any] = Field(description="What is measured: axis: label, and the like.")
    less: dict[str, Any] | None = Field(default=None, description="What it is set beside.")
    less_each: Annotated[dict[str, Any], Field(min_length=1)] | None = Field(
        default=None, description="Likewise, with a list of labels: a part for each of them."
    )
    how: Literal["difference", "ratio"] = Field(
        default="difference",
        description="How the two make one value; the ratio is its natural logarithm.",
    )
    expect: ExpectRules | None = Field(default=None, description="Left out: a number only.")


class ClaimRules(Part):
    """A claim of a report, and what it rests on or waits for."""

    says: Text = Field(description="The claim in our words.")
    parts: tuple[PartRules, ...] = Field(default=(), description="All of them must hold.")
    waits: str = Field(default="", description="What it waits for, instead of parts.")
    caveat: str = Field(default="", description="What a reader of the verdict should know.")


class QuestionRules(Part):
    """A question on which the reports contradict each other."""

    asks: Text = Field(description="The question.")
    answers: Annotated[dict[str, Text], Field(min_length=1)] = Field(
        description="Report: its answer, in our words."
    )
    claims: tuple[str, ...] = Field(default=(), description="Names of claims that bear on it.")
    parts: tuple[PartRules, ...] = Field(default=(), description="Further measurements.")


class WalkRules(Part):
    """The sweep whose variants lead from one setting to another, one change at a time."""

    sweep: Text = Field(description="A sweep file in the same folder, by its name.")
    says: Text = Field(description="What the walk shows, in words.")
    wrote: str = Field(default="", description="What the report wrote of it.")


class ClaimsRules(Part):
    """A file of rules: claims, the questions they bear on, and a walk."""

    schema_version: Literal[1] = Field(default=1, description="Version of this format.")
    about: str = Field(default="", description="What all this is, in words.")
    reports: dict[Annotated[str, Field(pattern=r"^[A-Z]$")], Text] = Field(
        default={}, description="Whose a report is, by its letter."
    )
    claims: Annotated[dict[str, ClaimRules], Field(min_length=1)] = Field(
        description="Claims by name: the report's letter and a number."
    )
    questions: tuple[QuestionRules, ...] = Field(default=(), description="Contradictions.")
    walk: WalkRules | None = Field(default=None, description="A walk between two settings.")
