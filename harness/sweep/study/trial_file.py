"""A study as a file of its parent run: what MLflow keeps of its trials and of the search."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from harness.errors import StoreError
from harness.spec.space import Space
from harness.sweep.search.records import Importances, State, TrialRecord
from metrics.catalog import Direction
from reports.study import Parameter

__all__ = ["TrialFile", "parameters_of"]

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFile:
    """All that a study is rebuilt from, and all that its report says of it.

    Attributes:
        method: How it was searched.
        budget: How many variants it may try; None where only time limits it.
        metrics: What the values are, in order, and their better directions.
        parameters: What is varied.
        is_halved: Whether variants are tried small first.
        importances: How much each parameter mattered by now.
        variants: A trial's number → name of the variant that the table has for it.
        trials: Every trial, in order.
    """

    method: str
    budget: int | None
    metrics: Mapping[str, Direction]
    parameters: tuple[Parameter, ...]
    is_halved: bool
    importances: Importances
    variants: Mapping[int, str]
    trials: tuple[TrialRecord, ...]

    def dumps(self) -> str:
        """Return the file's text."""
        content = {
            "schema_version": SCHEMA_VERSION,
            "method": self.method,
            "budget": self.budget,
            "metrics": {name: str(direction) for name, direction in self.metrics.items()},
            "parameters": [_plain_parameter(one) for one in self.parameters],
            "is_halved": self.is_halved,
            "importances": {
                "shares": dict(self.importances.shares),
                "reason": self.importances.reason,
            },
            "trials": [
                _plain(record) | {"variant": self.variants.get(record.number)}
                for record in self.trials
            ],
        }
        return json.dumps(content, indent=1, ensure_ascii=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the file's text.

        Raises:
            StoreError: It is damaged or of another version.
        """
        try:
            content = json.loads(text)
            if content["schema_version"] != SCHEMA_VERSION:
                raise ValueError(f"version {content['schema_version']}")  # noqa: TRY301 - one message
            return cls._read(content)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise StoreError(
                f"the list of trials in the store cannot be read: {error!r}"
            ) from error

    @classmethod
    def _read(cls, content: Mapping[str, Any]) -> Self:
        trials = content["trials"]
        shares = content["importances"]["shares"]
        return cls(
            method=str(content["method"]),
            budget=None if content["budget"] is None else int(content["budget"]),
            metrics={name: Direction(word) for name, word in content["metrics"].items()},
            parameters=tuple(map(_parameter, content["parameters"])),
            is_halved=bool(content["is_halved"]),
            importances=Importances(
                shares={name: float(share) for name, share in shares.items()},
                reason=str(content["importances"]["reason"]),
            ),
            variants={
                int(one["number"]): str(one["variant"])
                for one in trials
                if one["variant"] is not None
            },
            trials=tuple(map(_record, trials)),
        )


def parameters_of(space: Space) -> tuple[Parameter, ...]:
    """Return what a space varies, as reports name it."""
    return tuple(
        Parameter(name=one.name, labels=one.labels)
        if one.interval is None
        else Parameter(
            name=one.name,
            low=one.interval.low,
            high=one.interval.high,
            is_log=one.interval.is_log,
        )
        for one in space.dimensions
    )


def _plain_parameter(parameter: Parameter) -> dict[str, Any]:
    """Return choices or an interval: strict JSON has no NaN for the ends that choices lack."""
    if parameter.labels:
        return {"name": parameter.name, "labels": list(parameter.labels)}
    ends = {"low": parameter.low, "high": parameter.high, "is_log": parameter.is_log}
    return {"name": parameter.name, **ends}


def _parameter(plain: Mapping[str, Any]) -> Parameter:
    if "labels" in plain:
        return Parameter(name=str(plain["name"]), labels=tuple(map(str, plain["labels"])))
    return Parameter(
        name=str(plain["name"]),
        low=float(plain["low"]),
        high=float(plain["high"]),
        is_log=bool(plain["is_log"]),
    )


def _plain(record: TrialRecord) -> dict[str, Any]:
    plain = asdict(record)
    for name in ("begun", "ended"):
        moment: datetime | None = plain[name]
        plain[name] = None if moment is None else moment.isoformat()
    return plain


def _record(plain: Mapping[str, Any]) -> TrialRecord:
    moments = {
        name: None if plain[name] is None else datetime.fromisoformat(plain[name])
        for name in ("begun", "ended")
    }
    return TrialRecord(
        number=int(plain["number"]),
        state=State(plain["state"]),
        point=dict(plain["point"]),
        values=tuple(map(float, plain["values"])),
        constraints=dict(plain["constraints"]),
        reason=str(plain["reason"]),
        intermediate={int(case): float(value) for case, value in plain["intermediate"].items()},
        repeats=plain["repeats"],
        **moments,
    )
