"""What a sweep file may say: the models that check its structure.

Loaded in JSON mode, strictly: lists become tuples, and nothing is guessed.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from harness.spec.chain_models import ChainRules
from harness.spec.gate_models import GateRules
from harness.spec.model_parts import SEED_MAX, Finite, Part, Seed, all_different
from harness.spec.search_models import METHODS, Bounds, Halving, Search
from harness.spec.style_models import StyleEntries

__all__ = [
    "FORMS",
    "METHODS",
    "SEED_MAX",
    "Bounds",
    "CaseRules",
    "ChainRules",
    "Evaluation",
    "GateRules",
    "Halving",
    "Layout",
    "Limits",
    "Parameter",
    "RangeParameter",
    "Search",
    "SweepFile",
    "SweepFileWithoutCases",
    "ValuesParameter",
    "ZipParameter",
    "is_sweep_name",
]

_NUMBER = r"(?:(\d+(?:\.\d+)?)"
_DURATION = re.compile(f"{_NUMBER}d)?{_NUMBER}h)?{_NUMBER}m)?{_NUMBER}s)?")
_SECONDS_OF_UNITS = (86400.0, 3600.0, 60.0, 1.0)
_SWEEP_NAME = re.compile(r"[^\W_][^/\\:\x00-\x1f\x7f]{0,99}")


def is_sweep_name(name: str) -> bool:
    """Tell whether a name serves as a folder, an MLflow experiment and in ``SWEEP/VARIANT``."""
    return _SWEEP_NAME.fullmatch(name) is not None and name == name.strip()


def _listed(value: Any) -> Any:
    """Make a tuple of one text or of a list, since a strict tuple takes no Python list."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _seconds(value: Any) -> float:
    """Turn a duration into seconds: ``2h``, ``1h30m``, ``90s``, or a number."""
    seconds = 0.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        parts = zip(match.groups(), _SECONDS_OF_UNITS, strict=True)
        seconds = sum(float(number) * unit for number, unit in parts if number is not None)
    if seconds <= 0:
        raise PydanticCustomError(
            "duration", "allowed: seconds above 0, or text such as 90s, 5m, 1h30m, 2d"
        )
    return seconds


def _one_or_more_choices(value: Any) -> Any:
    if not isinstance(value, list | dict) or not value:
        raise PydanticCustomError(
            "choices", "allowed: a list of values, or a mapping label: value, with at least one"
        )
    bad = [label for label in value if isinstance(value, dict) and not label.isprintable()]
    if bad:
        raise PydanticCustomError("label", "allowed as a label: one line of printable text")
    return value


OneOrMoreTexts = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(_listed, json_schema_input_type=str | list[str]),
    Field(min_length=1),
]
Seconds = Annotated[
    float,
    BeforeValidator(_seconds, json_schema_input_type=Annotated[float, Field(gt=0)] | str),
]
Choices = Annotated[list[Any] | dict[str, Any], BeforeValidator(_one_or_more_choices)]
When = Annotated[
    dict[str, Any] | None,
    Field(description="Vary only where other parameters have these values; elsewhere base."),
]


class ValuesParameter(Part):
    """A parameter with its values listed, each with or without a label."""

    values: Choices = Field(description="A list of values, or a mapping label: value.")
    when: When = None


class RangeParameter(Part):
    """A parameter with a range of values; ``count`` makes it an axis of a grid."""

    min: Finite = Field(description="Smallest value.")
    max: Finite = Field(description="Largest value.")
    distribution: (
        Literal[
            "uniform", "log_uniform_values", "int_uniform", "q_uniform", "q_log_uniform_values"
        ]
        | None
    ) = Field(default=None, description="How values lie between min and max; by default evenly.")
    count: Annotated[int, Field(ge=2)] | None = Field(
        default=None,
        description="How many values a grid takes, both ends among them; not for studies.",
    )
    q: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None, description="Values are multiples of this (q_uniform, q_log_uniform_values)."
    )
    when: When = None

    @model_validator(mode="after")
    def _range_makes_sense(self) -> "RangeParameter":
        distribution = self.distribution or "uniform"
        if self.min >= self.max:
            raise PydanticCustomError("range", "allowed: a min below max")
        if "log" in distribution and self.min <= 0:
            raise PydanticCustomError("range", "allowed with a log distribution: a min above 0")
        if distribution.startswith("q_") != (self.q is not None):
            raise PydanticCustomError("range", "q goes with q_uniform and q_log_uniform_values")
        return self


class ZipParameter(Part):
    """Parameters whose values move together, under a free label."""

    zip: Annotated[dict[str, Choices], Field(min_length=1)] = Field(
        description="Values by parameter; all of one length."
    )
    labels: tuple[Annotated[str, Field(min_length=1)], ...] | None = Field(
        default=None, description="A name for each position; by default its values."
    )
    when: When = None

    @field_validator("labels")
    @classmethod
    def _labels_are_names(cls, labels: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if labels is not None and not all(map(str.isprintable, labels)):
            raise PydanticCustomError("label", "allowed as a label: one line of printable text")
        if labels is not None and len(set(labels)) < len(labels):
            raise PydanticCustomError("label", "allowed: labels that differ from each other")
        return labels


FORMS: dict[str, type[Part]] = {
    "values": ValuesParameter,
    "range": RangeParameter,
    "zip": ZipParameter,
}


def _form(value: Any) -> str | None:
    """Tell which form a parameter has, by the first key that only that form has."""
    keys = value.keys() if isinstance(value, dict) else set()
    if "zip" in keys or "values" in keys:
        return "zip" if "zip" in keys else "values"
    return "range" if keys & {"min", "max", "distribution", "count", "q"} else None


Parameter = Annotated[
    Annotated[ValuesParameter, Tag("values")]
    | Annotated[RangeParameter, Tag("range")]
    | Annotated[ZipParameter, Tag("zip")],
    Discriminator(
        _form,
        custom_error_type="form",
        custom_error_message="allowed: {values: […]}, {min: …, max: …, count: …} or {zip: {…}}",
    ),
]


class CaseRules(Part):
    """The pictures and seeds that every variant is tried on."""

    content: OneOrMoreTexts = Field(
        description="builtin:NAME, files or globs, relative to the sweep file."
    )
    style: StyleEntries = Field(
        description="Likewise; or several pictures as one style: {label: {picture: weight, …}}."
    )
    pairing: Literal["product", "zip"] = Field(
        default="product",
        description="product: every content with every style; zip: first with first.",
    )
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)] = Field(
        default=(0,), description="Seeds of the random numbers."
    )

    @field_validator("seeds")
    @classmethod
    def _seeds_differ(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        return all_different(seeds)


class Limits(Part):
    """Where a sweep stops."""

    max_variants: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="More variants are an error for a grid, and the budget of a study.",
    )
    time: Seconds | None = Field(
        default=None, description="For the whole sweep: seconds, or 2h, 1h30m."
    )
    time_per_run: Seconds | None = Field(
        default=None, description="For one run: seconds, or 90s, 5m."
    )
    # One more try: a killed worker or a moment without memory should not cost a run.
    retries: Annotated[int, Field(ge=0)] = Field(
        default=1, description="Tries after a failed first one."
    )


class Layout(Part):
    """Rows and columns of the contact sheet."""

    rows: str = Field(
        default="pair", description="A parameter, or pair, variant, content, style or seed."
    )
    columns: str = Field(
        default="variant", description="A parameter, or pair, variant, content, style or seed."
    )


class Evaluation(Part):
    """Who judges the pictures, at what size and when."""

    evaluator: Literal["auto", "imagenet-vgg19", "imagenet-alexnet", "kmeans"] = Field(
        default="auto",
        description="The network that scores; auto takes the first that is independent.",
    )
    size: Annotated[int, Field(ge=32, le=8192)] = Field(
        default=256, description="Long side in pixels at which pictures are scored."
    )
    balance: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.6,
        description="Share of the style in the metric balance; the rest is the content's.",
    )
    snapshots: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(), description="Iterations whose pictures are also kept and scored."
    )

    @field_validator("snapshots")
    @classmethod
    def _snapshots_differ(cls, snapshots: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(all_different(snapshots)))


class SweepFileWithoutCases(Part):
    """A sweep file but for its cases: what is left to check where those are wrong."""

    schema_version: Literal[1] = Field(default=1, description="Version of this format.")
    name: str | None = Field(default=None, description="Name of the sweep; by default the file's.")
    question: str | None = Field(default=None, description="The question that the sweep answers.")
    description: str | None = Field(
        default=None, description="More about the sweep, in free text."
    )
    scales: dict[Annotated[str, Field(min_length=1)], dict[str, Any]] = Field(
        default={},
        description="Sizes of the sweep by name, each with keys as --set takes them and values "
        "that replace the file's; the name is added to the sweep's.",
    )
    scale: str | None = Field(
        default=None, description="Which of the scales is meant; by default the first."
    )
    method: Literal["grid", "random", "tpe", "gp", "cmaes", "nsga2", "qmc"] = Field(
        default="grid", description="How variants are chosen."
    )
    metric: OneOrMoreTexts = Field(
        default=("style/gain", "content/score"),
        description="What decides; a list means a Pareto front.",
    )
    base: dict[str, Any] = Field(
        default={}, description="A preset and settings that all variants share."
    )
    parameters: dict[str, Parameter] = Field(default={}, description="What is varied.")
    exclude: tuple[Annotated[dict[str, Any], Field(min_length=1)], ...] = Field(
        default=(), description="Combinations to leave out."
    )
    baseline: Annotated[dict[str, Any], Field(min_length=1)] | None = Field(
        default=None, description="The variant the others are compared with; by default the first."
    )
    chain: dict[Annotated[str, Field(min_length=1)], ChainRules] = Field(
        default={}, description="Further variants, by name, that go on from another one's results."
    )
    search: Search | None = Field(
        default=None, description="How a study searches (every method but grid)."
    )
    limits: Limits = Field(default_factory=Limits, description="Where the sweep stops.")
    layout: Layout = Field(
        default_factory=Layout, description="How the contact sheet is arranged."
    )
    evaluation: Evaluation = Field(
        default_factory=Evaluation, description="Who judges, at what size."
    )
    confirm: CaseRules | None = Field(
        default=None,
        description="Cases that judge a study's winner; none of its trials sees them.",
    )
    gate: GateRules | None = Field(
        default=None,
        description="When harness regress calls a grid REGRESSED; a sweep ignores it.",
    )

    @field_validator("name")
    @classmethod
    def _usable_name(cls, name: str | None) -> str | None:
        if name is None or is_sweep_name(name):
            return name
        raise PydanticCustomError(
            "name", "allowed: a letter or digit, then up to 99 characters without / \\ and :"
        )


class SweepFile(SweepFileWithoutCases):
    """A sweep file: one question, what is varied, on which pictures, how it is judged."""

    cases: CaseRules = Field(description="The pictures and seeds every variant is tried on.")
