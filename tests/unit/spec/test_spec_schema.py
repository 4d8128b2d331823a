"""The JSON schema for editors, against the documented example and against wrong files."""

import re
from typing import Any

import pytest
import yaml

from harness.spec.models import SweepFile
from harness.spec.schema import json_schema
from harness.spec.setting_keys import SETTING_KEYS

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "any": object,
}


def accepts(schema: dict[str, Any], value: Any, root: dict[str, Any]) -> bool:
    """Check a value by the part of Draft 2020-12 that the schema uses."""
    if "$ref" in schema:
        return accepts(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], value, root)
    checks = [
        isinstance(value, TYPES[schema.get("type", "any")]),
        "anyOf" not in schema or any(accepts(one, value, root) for one in schema["anyOf"]),
        value in schema.get("enum", [value]),
        value == schema.get("const", value),
    ]
    if isinstance(value, dict):
        checks.append(accepts_object(schema, value, root))
    if isinstance(value, list):
        checks += [accepts(schema.get("items", {}), one, root) for one in value]
    if isinstance(value, int | float):
        checks.append(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    return all(checks)


def accepts_object(schema: dict[str, Any], value: dict[str, Any], root: dict[str, Any]) -> bool:
    """Check the keys of a mapping, and each value by its key's schema."""
    if not set(schema.get("required", ())) <= value.keys():
        return False
    for key, inner in value.items():
        patterns = schema.get("patternProperties", {})
        matching = [one for pattern, one in patterns.items() if re.search(pattern, key)]
        rules = [schema["properties"][key]] if key in schema.get("properties", {}) else matching
        others = schema.get("additionalProperties", True)
        if not rules and others is False:
            return False
        rules = rules or ([others] if isinstance(others, dict) else [])
        if not all(accepts(rule, inner, root) for rule in rules):
            return False
    return True


EXAMPLE = """\
question: Which content layer and how many style layers give the best balance?
method: grid
metric: style/gain
cases:
  content: [builtin:chelsea, "photos/*.jpg"]
  style: [builtin:strokes, builtin:glass]
  pairing: product
  seeds: [0]
base: {preset: house, image_size: 128, iterations: 150, style_layers.rgb: 2}
parameters:
  content_layers: {values: [relu2_2, relu4_2]}
  style_layers:
    values: {up to block 1: [relu1_1], up to block 3: [relu1_1, relu2_1, relu3_1]}
  weights.style: {min: 1, max: 100, distribution: log_uniform_values, count: 2}
  opening:
    zip: {start: [content, noise], weights.content: [1, 5]}
  weights.tv: {values: [0, 1], when: {start: noise}}
exclude: [{content_layers: relu2_2, start: noise}]
baseline: {content_layers: relu4_2, weights.style: 1, start: content, weights.content: 1}
chain:
  fed back: {after: baseline, result_as: style}
  polished: {after: {weights.style: 10}, result_as: start, changes: {style_layers.rgb: 0}}
search:
  seed: 3
  first: [{weights.style: 30}]
  constraints: {content/score: {min: 0.4}}
  prune: true
  halving: {image_size: 96, style_layers.rgb: 0, keep: 0.25}
limits: {max_variants: 40, time: 2h, time_per_run: 5m, retries: 1}
layout: {rows: style_layers, columns: weights.style}
gate:
  margins: {style/gain: 0.05, content/score: 0.015}
  seconds: 0.2
  confirm_seeds: [2, 3]
  breaks: 4
"""

WRONG: dict[str, dict[str, Any]] = {
    "unknown key": {"metod": "grid"},
    "unknown setting": {"base": {"iteratons": 5}},
    "setting out of range": {"base": {"image_size": 8}},
    "unknown metric": {"metric": "style/gian"},
    "unknown method": {"method": "girrd"},
    "unknown preset": {"base": {"preset": "hous"}},
    "misspelt form": {"parameters": {"lr": {"valeus": [1]}}},
    "unknown case key": {"cases": {"content": "a", "style": "b", "seed": 1}},
    "no style": {"cases": {"content": "a"}},
    "list for a limit": {"limits": {"time": [1]}},
    "unknown key of a search": {"search": {"sed": 1}},
    "negative seed of a search": {"search": {"seed": -1}},
    "constraint on an unknown metric": {"search": {"constraints": {"style/gian": {"min": 1}}}},
    "constraint misspelt": {"search": {"constraints": {"style/gain": {"mn": 1}}}},
    "halving of an unknown setting": {"search": {"halving": {"size": 96}}},
    "halving out of range": {"search": {"halving": {"image_size": 8}}},
    "gate without margins": {"gate": {"seconds": 0.2}},
    "unknown key of a gate": {"gate": {"margins": {"style/gain": 1}, "seed": [1]}},
    "margin of an unknown metric": {"gate": {"margins": {"style/gian": 1}}},
    "margin of what a run costs": {"gate": {"margins": {"seconds": 1}}},
    "margin that is no number": {"gate": {"margins": {"style/gain": "5 %"}}},
    "negative fresh seed": {"gate": {"margins": {"style/gain": 1}, "confirm_seeds": [-1]}},
    "chain without a role": {"chain": {"a": {"after": "baseline"}}},
    "chain in an unknown role": {"chain": {"a": {"after": "baseline", "result_as": "stile"}}},
    "chain after a number": {"chain": {"a": {"after": 1, "result_as": "style"}}},
    "chain with an unknown setting": {
        "chain": {"a": {"after": "baseline", "result_as": "style", "changes": {"iteratons": 1}}}
    },
    "break below one margin": {"gate": {"margins": {"style/gain": 1}, "breaks": 0.5}},
}


def example() -> dict[str, Any]:
    """Return the example's data."""
    data: dict[str, Any] = yaml.safe_load(EXAMPLE)
    return data


def test_the_schema_accepts_the_example() -> None:
    """What the documentation shows, an editor must not underline."""
    schema = json_schema()
    assert accepts(schema, example(), schema)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_the_schema_refuses_what_the_loader_refuses(wrong: dict[str, Any]) -> None:
    """Unknown keys and names, wrong types and ranges."""
    schema = json_schema()
    assert not accepts(schema, example() | wrong, schema)


def test_a_full_validator_agrees_where_one_is_installed() -> None:
    """The package ``jsonschema``, if it is there, says the same of schema and files."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = json_schema()
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema)

    assert validator(schema).is_valid(example())
    assert not any(validator(schema).is_valid(example() | wrong) for wrong in WRONG.values())


def test_every_key_is_described() -> None:
    """Editors show the description beside the key."""
    schema = json_schema()
    parts = [schema, schema["properties"]["base"]]
    parts += [one for name, one in schema["$defs"].items() if name != "LossWeights"]
    bare = [
        key
        for part in parts
        for key, value in part.get("properties", {}).items()
        if "description" not in value and not key.startswith("weights.")
    ]
    assert bare == []


def test_the_schema_knows_every_key() -> None:
    """Of the file, and of the settings in ``base`` and ``parameters``."""
    properties = json_schema()["properties"]

    assert set(SweepFile.model_fields) == set(properties)
    assert {"preset", *SETTING_KEYS} == set(properties["base"]["properties"])
    assert set(SETTING_KEYS) == set(properties["parameters"]["properties"])


@pytest.mark.parametrize(
    ("weights", "is_sound"),
    [
        ("balanced", True),
        ({"balanced": True, "style": 0.1}, True),
        ({"style": 3}, True),
        ("balancd", False),
        ({"balanced": "yes"}, False),
    ],
)
def test_weights_may_be_balanced(weights: Any, is_sound: bool) -> None:
    """As the word, or as one of the weights."""
    schema = json_schema()
    data = example() | {"base": {"weights": weights}}

    assert is_sound is accepts(schema, data, schema)
    dotted = example() | {"base": {"weights.balanced": True}}
    assert accepts(schema, dotted, schema)
