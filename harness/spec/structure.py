"""Check the structure of a sweep file; keep what is sound where something is not."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.spec.diagnosis import Diagnosis, KeyPath
from harness.spec.faults import sweep_file_faults
from harness.spec.models import CaseRules, SweepFileWithoutCases

__all__ = ["Structure", "check_structure"]

DIVISIBLE = ("parameters", "cases", "chain", "search", "limits", "layout", "evaluation", "gate")
"""Keys of which one entry can be wrong and the others still be checked."""

METRICS_IN = ("search", "gate")
"""Keys with a mapping inside of which, again, one entry can be wrong and the others not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What is sound in a sweep file.

    ``unsound`` names the parameters that are varied in the file but missing in ``rules``, and
    ``unsound_chain`` the entries of ``chain``, so that nobody complains of them twice.
    """

    rules: SweepFileWithoutCases
    cases: CaseRules | None
    unsound: frozenset[str]
    unsound_chain: frozenset[str] = frozenset()


def check_structure(data: Mapping[str, Any], diagnosis: Diagnosis) -> Structure:
    """Note every fault of a file's structure and return the rest of the file."""
    sound = copy.deepcopy(dict(data))
    unsound: set[str] = set()
    for fault in sweep_file_faults(data):
        diagnosis.add(fault.path, fault.message)
        unsound |= _removed_names(sound, fault.path)
        _remove(sound, fault.path)
    cases = _sound_cases(sound.pop("cases", None))
    rules = SweepFileWithoutCases.model_validate_json(json.dumps(sound))
    chain = data.get("chain")
    return Structure(
        rules=rules,
        cases=cases,
        unsound=frozenset(unsound),
        unsound_chain=frozenset(chain if isinstance(chain, dict) else ()) - rules.chain.keys(),
    )


def _sound_cases(cases: Any) -> CaseRules | None:
    """Return the rules; pictures that are missing or faulty in the file are an empty tuple."""
    if cases is None:
        return None
    missing = {"content", "style"} - cases.keys()
    whole = cases | dict.fromkeys(missing, "builtin:missing")
    rules = CaseRules.model_validate_json(json.dumps(whole))
    return rules.model_copy(update=dict.fromkeys(missing, ()))


def _remove(data: dict[str, Any], path: KeyPath) -> None:
    top = str(path[0])
    if path == ("parameters",):  # without it, these could only be complained of in vain
        for name in ("exclude", "baseline", "chain", "layout"):
            data.pop(name, None)
        if isinstance(data.get("search"), dict):
            data["search"].pop("first", None)
    whole = data.get(top)
    if top not in DIVISIBLE or len(path) == 1 or not isinstance(whole, dict):
        data.pop(top, None)
    elif top in METRICS_IN and len(path) > 2 and isinstance(whole.get(path[1]), dict):  # noqa: PLR2004 - search, constraints, metric
        whole[path[1]].pop(path[2], None)
    else:
        whole.pop(path[1], None)
    if top == "gate" and not (isinstance(whole, dict) and whole.get("margins")):
        data.pop(top, None)  # nothing is left that could be judged


def _removed_names(data: Mapping[str, Any], path: KeyPath) -> set[str]:
    """Return the names of the parameters that go away with the entry at this path."""
    parameters = data.get("parameters")
    if path[0] != "parameters" or not isinstance(parameters, dict) or len(path) == 1:
        return set()
    name = str(path[1])
    form = parameters.get(name)
    members = form.get("zip") if isinstance(form, dict) else None
    return {name, *(members if isinstance(members, dict) else ())}
