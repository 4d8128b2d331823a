"""What a sweep file says of variants that go on from another variant's results."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from harness.spec.model_parts import Part
from harness.spec.settings import FILE

__all__ = ["BASELINE", "RESULT_START", "ChainRules", "ResultAs"]

BASELINE = "baseline"
"""What ``after`` calls the baseline."""

RESULT_START = f"{FILE}the result it goes on from"
"""``start`` of a run whose start is another run's result; paths of real files are absolute."""

ResultAs = Literal["start", "content", "style"]
"""What the picture of one run is to the run that goes on from it."""


def _name_or_assignment(value: Any) -> Any:
    if (isinstance(value, str) and value) or (isinstance(value, dict) and value):
        return value
    raise PydanticCustomError(
        "after",
        "allowed: baseline, the name of another entry of chain, or an assignment such as "
        "{weights.style: 10}",
    )


After = Annotated[
    str | dict[str, Any],
    BeforeValidator(_name_or_assignment, json_schema_input_type=str | dict[str, Any]),
]


class ChainRules(Part):
    """A further variant: the result of another one, on the same case, is one of its pictures."""

    after: After = Field(
        description="Whose results: baseline, another entry's name, or an assignment of a variant."
    )
    result_as: ResultAs = Field(
        description="What the result stands for in the transfer: start, content or style."
    )
    changes: dict[str, Any] = Field(
        default={}, description="Settings that differ from those of the variant before it."
    )
