"""What a stored study may not change, and what is said when a sweep file changed it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    distribution_to_json,
    json_to_distribution,
)

from harness.errors import InputError, StoreError
from harness.sweep.search.methods import METHODS
from harness.sweep.search.points import Space
from harness.sweep.search.samplers import distribution_of

__all__ = ["ATTRIBUTE", "SCHEMA", "Identity"]

ATTRIBUTE = "style-harness"  # of the study: all of the identity, as JSON
SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What makes two searches the same.

    Attributes:
        signature: Of the space.
        dimensions: Name to Optuna's distribution, as JSON; intervals may change in some methods.
        method: A name of ``methods.METHODS``.
        metrics: Pairs (metric, direction); their order is that of the values.
        constraints: Each in words, sorted.
        seed: Of the samplers.
        context: What else results depend on, each by its key in the sweep file.
        schema: Of what we keep in a study.
    """

    signature: str
    dimensions: Mapping[str, str]
    method: str
    metrics: Sequence[Sequence[str]]
    constraints: Sequence[str]
    seed: int
    context: Mapping[str, str]
    schema: int = SCHEMA

    @classmethod
    def of(
        cls,
        space: Space,
        *,
        method: str,
        metrics: Mapping[str, str],
        constraints: Sequence[str],
        seed: int,
        context: Mapping[str, str],
    ) -> "Identity":
        """Return the identity of what a sweep file asks for."""
        return cls(
            signature=space.signature,
            dimensions={
                one.name: distribution_to_json(distribution_of(one)) for one in space.dimensions
            },
            method=method,
            metrics=[[name, str(direction)] for name, direction in metrics.items()],
            constraints=sorted(constraints),
            seed=seed,
            context=dict(context),
        )

    @classmethod
    def stored(cls, text: Any, *, study: str) -> "Identity":
        """Read what a study keeps.

        Raises:
            StoreError: A later version of the harness wrote it, or it is damaged.
        """
        try:
            facts = json.loads(text)
            schema = facts["schema"]
        except (TypeError, ValueError, KeyError) as error:
            raise StoreError(f"the study {study!r} has a note that cannot be read") from error
        if schema != SCHEMA:
            raise StoreError(
                f"the study {study!r} was made by another version of the harness "
                f"(its study format is {schema}, ours {SCHEMA}); use that version, or another "
                "`name:`"
            )
        try:
            return cls(**facts)
        except TypeError as error:
            raise StoreError(f"the study {study!r} has a note that cannot be read") from error

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    def refuse(self, wanted: "Identity", *, study: str) -> None:
        """Stop where a sweep file asks a stored study for something else than before.

        Raises:
            InputError: All that differs, and what to do.
        """
        found = [
            *_changes("method", self.method, wanted.method),
            *_changes("metric", _metrics(self.metrics), _metrics(wanted.metrics)),
            *_changes(
                "search.constraints", _listed(self.constraints), _listed(wanted.constraints)
            ),
            *_changes("search.seed", str(self.seed), str(wanted.seed)),
            *self._dimension_changes(wanted),
            *(
                change
                for key in sorted(self.context.keys() | wanted.context.keys())
                for change in _changes(
                    key, self.context.get(key, "nothing"), wanted.context.get(key, "nothing")
                )
            ),
        ]
        if not found and self.signature != wanted.signature:
            found = ["parameters: what labels or conditions stand for is not what it was"]
        if found:
            listed = "\n".join(f"  {one}" for one in found)
            raise InputError(
                f"the study {study!r} was begun with another file:\n{listed}\n"
                "Give the sweep another `name:` to begin a new study, or undo the change; "
                "nothing was changed."
            )

    def _dimension_changes(self, wanted: "Identity") -> list[str]:
        """Return what differs in the parameters, one sentence each."""
        found = [
            f"parameters: {one} is gone" for one in self.dimensions if one not in wanted.dimensions
        ]
        found += [
            f"parameters: {one} is new" for one in wanted.dimensions if one not in self.dimensions
        ]
        may_change = METHODS[self.method].intervals_may_change
        for name in self.dimensions.keys() & wanted.dimensions.keys():
            old = json_to_distribution(self.dimensions[name])
            new = json_to_distribution(wanted.dimensions[name])
            if _is_other(old, new) or (old != new and not may_change):
                hint = "" if _is_other(old, new) else f" ({self.method} cannot go on elsewhere)"
                found += _changes(f"parameters.{name}", _words(old), _words(new) + hint)
        return sorted(found)


def _is_other(old: BaseDistribution, new: BaseDistribution) -> bool:
    """Whether Optuna would refuse the two for one dimension."""
    if isinstance(old, CategoricalDistribution) or isinstance(new, CategoricalDistribution):
        return old != new
    return type(old) is not type(new) or getattr(old, "log", None) != getattr(new, "log", None)


def _changes(key: str, old: str, new: str) -> list[str]:
    """Return one sentence where two texts differ."""
    return [] if old == new else [f"{key}: it has {old}, the file says {new}"]


def _metrics(metrics: Sequence[Sequence[str]]) -> str:
    """Return metrics with their directions in words."""
    return ", ".join(f"{name} ({direction})" for name, direction in metrics)


def _listed(texts: Sequence[str]) -> str:
    """Return texts in one line."""
    return ", ".join(texts) or "none"


def _words(distribution: BaseDistribution) -> str:
    """Return a distribution as a reader of sweep files would say it."""
    match distribution:
        case CategoricalDistribution():
            return _listed([str(choice) for choice in distribution.choices])
        case FloatDistribution() | IntDistribution():
            is_whole = isinstance(distribution, IntDistribution)
            kind = "whole numbers " if is_whole else ""
            scale = ", logarithmic" if distribution.log else ""
            step = None if is_whole and distribution.step == 1 else distribution.step
            steps = f" in steps of {step:g}" if step is not None else ""
            return f"{kind}{distribution.low:g} to {distribution.high:g}{steps}{scale}"
        case _:
            return str(distribution)
