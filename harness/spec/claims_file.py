"""Read a file of rules (``claims.yaml``): all of its errors at once, before anything runs."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from harness.spec.claims_models import (
    ClaimRules,
    ClaimsRules,
    ExpectRules,
    PartRules,
    QuestionRules,
    WalkRules,
)
from harness.spec.claims_parts import (
    check_part,
    check_sweep,
    check_where,
    expand_part,
    operands,
)
from harness.spec.diagnosis import Diagnosis, KeyPath, found_text, refusal
from harness.spec.faults import explain_error, explain_key
from harness.spec.shipped import CLAIMS, SUFFIXES
from harness.spec.sweep_spec import SweepSpec
from harness.spec.yaml_loader import Document, load_yaml, read_yaml
from reports.claims.rules import Claim, Part, Question, Rules, Walk

__all__ = ["ClaimsFile", "read_claims"]

CLAIM_NAME = re.compile(r"[A-Z][0-9]{1,3}")
NO_FILE = "no such file; allowed: a file of rules (YAML), with its sweep files beside it"
STATIONS = 2  # the fewest that a walk has

_Place = tuple[KeyPath, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsFile:
    """A file of rules that is sound, as far as that is known without its sweeps.

    ``sweeps`` are the sweep files that the rules name, by name and in order of name.
    """

    path: Path
    rules: Rules
    sweeps: Mapping[str, Path]
    _document: Document

    def check_sweeps(self, specs: Mapping[str, SweepSpec]) -> None:
        """Check that what the rules measure is in the sweeps: axes, labels, variants.

        Args:
            specs: Sweeps by the name that the rules call them; parts on others are passed over.

        Raises:
            SpecError: carries every problem.
        """
        diagnosis = Diagnosis(str(self.path), self._document.lines)
        for place, part in _parts(self._document.data):
            if part["sweep"] in specs:
                for inner, operand in operands(part, place):
                    check_where(operand, inner, specs[part["sweep"]], diagnosis)
        if self.rules.walk_sweep in specs:
            _check_walk(specs[self.rules.walk_sweep], diagnosis)
        diagnosis.stop_if_any()


def read_claims(path: Path) -> ClaimsFile:
    """Read a file of rules and check all that it says.

    Args:
        path: The YAML file; the sweep files that it names lie in its folder.

    Raises:
        SpecError: carries every problem of the file.
    """
    raw = read_yaml(
        path,
        absent=lambda _: NO_FILE,
        folder=f"found a folder; allowed: a file of rules, such as {path / CLAIMS}",
    )
    document = load_yaml(raw, str(path))
    diagnosis = Diagnosis(str(path), document.lines, document.problems)
    beside = _sweep_files(path)
    _check_structure(document.data, diagnosis)
    for place, part in _parts(document.data):
        check_part(part, place, beside, diagnosis)
    _check_claims(document.data, diagnosis)
    _check_questions(document.data, diagnosis)
    walk = document.data.get("walk")
    if isinstance(walk, dict):
        check_sweep(walk.get("sweep"), ("walk", "sweep"), beside, diagnosis)
    diagnosis.stop_if_any()
    rules = _rules(ClaimsRules.model_validate_json(json.dumps(document.data)))
    return ClaimsFile(
        path=path,
        rules=rules,
        sweeps={name: beside[name] for name in sorted(_named(rules))},
        _document=document,
    )


def _sweep_files(path: Path) -> dict[str, Path]:
    """Return what may be sweep files beside a file of rules, by name."""
    found = (one for suffix in SUFFIXES for one in path.parent.glob(f"*{suffix}"))
    return {one.stem: one for one in sorted(found) if one.name not in (path.name, CLAIMS)}


def _check_structure(data: Mapping[str, Any], diagnosis: Diagnosis) -> None:
    try:
        ClaimsRules.model_validate_json(json.dumps(data))
    except ValidationError as error:
        for one in error.errors(include_url=False):
            place = one["loc"]
            if one["type"] == "extra_forbidden":
                allowed = tuple(_model_at(place[:-1]).model_fields)
                diagnosis.add(place, explain_key(place[-1], allowed))
            else:
                diagnosis.add(place, explain_error(one))


def _model_at(place: KeyPath) -> type[BaseModel]:
    """Return the model of the mapping at a place of the file."""
    if place[-1:] == ("expect",):
        return ExpectRules
    if place[-2:-1] == ("parts",):
        return PartRules
    models: dict[str, type[BaseModel]] = {
        "claims": ClaimRules,
        "questions": QuestionRules,
        "walk": WalkRules,
    }
    return models[str(place[0])] if place else ClaimsRules


def _parts(data: Mapping[str, Any]) -> Iterator[_Place]:
    """Yield every part of claims and questions with its place, as far as they are mappings."""
    claims, questions = data.get("claims"), data.get("questions")
    owners: list[tuple[KeyPath, Any]] = []
    if isinstance(claims, dict):
        owners += [(("claims", name), one) for name, one in claims.items()]
    if isinstance(questions, list):
        owners += [(("questions", at), one) for at, one in enumerate(questions)]
    for place, owner in owners:
        parts = owner.get("parts") if isinstance(owner, dict) else None
        for at, part in enumerate(parts if isinstance(parts, list) else ()):
            if isinstance(part, dict):
                yield (*place, "parts", at), part


def _check_claims(data: Mapping[str, Any], diagnosis: Diagnosis) -> None:
    claims = data.get("claims")
    for name, claim in claims.items() if isinstance(claims, dict) else ():
        place = ("claims", name)
        if not CLAIM_NAME.fullmatch(name):
            allowed = "allowed: the report's letter and a number, such as A3"
            diagnosis.add(place, f"found {found_text(name)}; {allowed}")
        if not isinstance(claim, dict):
            continue
        parts = claim.get("parts")
        if bool(parts) is bool(claim.get("waits")):
            found = "both parts and waits" if parts else "neither parts nor waits"
            allowed = "allowed: parts that decide it, or waits: what it waits for"
            diagnosis.add(place, f"found {found}; {allowed}")
        elif isinstance(parts, list) and not any(map(_is_judged, parts)):
            allowed = "allowed: at least one part with expect: {above: …} or the like"
            diagnosis.add((*place, "parts"), f"nothing could contradict it; {allowed}")


def _is_judged(part: Any) -> bool:
    return not isinstance(part, dict) or part.get("expect") is not None


def _check_questions(data: Mapping[str, Any], diagnosis: Diagnosis) -> None:
    questions, claims = data.get("questions"), data.get("claims")
    if not isinstance(questions, list) or not isinstance(claims, dict):
        return
    for at, question in enumerate(questions):
        names = question.get("claims") if isinstance(question, dict) else None
        for inner, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str) and name not in claims:
                place = ("questions", at, "claims", inner)
                diagnosis.add(place, refusal(name, claims))


def _check_walk(spec: SweepSpec, diagnosis: Diagnosis) -> None:
    """Note why the variants of a sweep are no walk, if they are none."""
    reasons = {
        f"it varies {', '.join(spec.axes) or 'nothing'}": len(spec.axes) != 1,
        f"it has {len(spec.variants)} variant": len(spec.variants) < STATIONS,
        "its baseline is not its first variant": spec.baseline_index != 0,
    }
    wrong = "; ".join(reason for reason, is_so in reasons.items() if is_so)
    if wrong:
        allowed = "allowed: one parameter whose values are the stations, from the baseline on"
        diagnosis.add(("walk", "sweep"), f"{spec.path.name} is no walk: {wrong}; {allowed}")


def _named(rules: Rules) -> set[str]:
    """Return the names of the sweeps that rules rest on."""
    owners: tuple[Claim | Question, ...] = (*rules.claims, *rules.questions)
    named = {part.sweep for owner in owners for part in owner.parts}
    return named | ({rules.walk_sweep} if rules.walk_sweep else set())


def _expanded(parts: Iterable[PartRules]) -> tuple[Part, ...]:
    return tuple(part for one in parts for part in expand_part(one))


def _rules(model: ClaimsRules) -> Rules:
    return Rules(
        claims=tuple(
            Claim(
                name=name,
                says=one.says,
                parts=_expanded(one.parts),
                waits=one.waits,
                caveat=one.caveat,
            )
            for name, one in model.claims.items()
        ),
        questions=tuple(
            Question(
                asks=one.asks,
                answers=dict(one.answers),
                claims=one.claims,
                parts=_expanded(one.parts),
            )
            for one in model.questions
        ),
        about=model.about,
        reports=dict(model.reports),
        walk=None if model.walk is None else Walk(**model.walk.model_dump()),
    )
