"""The JSON schema of a sweep file, for completion and checks in editors."""

from typing import Any

from harness.spec.models import SweepFile
from harness.spec.presets import PRESETS
from harness.spec.ranked import GATED
from harness.spec.scales import SCALABLE
from harness.spec.settings import Settings
from metrics.catalog import RANKED

__all__ = ["json_schema"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
LAYER_PATTERN = r"^(content|style)_layers\..+$"
PART_PATTERN = rf"^({'|'.join(SCALABLE)})\..+$"

Schema = dict[str, Any]


def json_schema() -> Schema:
    """Return the schema (Draft 2020-12) of a sweep file.

    It knows keys, types, ranges and names. What goes together (a tap and its backbone, a baseline
    and the variants) only ``load_sweep`` knows.
    """
    schema = SweepFile.model_json_schema()
    settings = Settings.model_json_schema()
    schema["$defs"] |= settings["$defs"]
    keys = settings["properties"] | _weight_properties(settings["$defs"]["LossWeights"])
    properties = schema["properties"]
    properties["base"] |= _base(keys)
    properties["parameters"] |= _parameters(keys)
    properties["scales"]["additionalProperties"] = _scale(properties, properties["base"])
    schema["$defs"]["ChainRules"]["properties"]["changes"] |= _settings(keys)
    schema["$defs"]["Halving"] = _halving(schema["$defs"]["Halving"], keys)
    schema["$defs"]["Search"]["properties"]["constraints"] |= _constraints()
    schema["$defs"]["GateRules"]["properties"]["margins"] |= _margins(schema["$defs"]["GateRules"])
    name = {"type": "string", "enum": list(RANKED)}
    names = {"type": "array", "items": name, "minItems": 1}
    properties["metric"] = properties["metric"] | {"anyOf": [name, names]}
    del properties["metric"]["minLength"]
    return {"$schema": DRAFT, **schema}


def _scale(properties: Schema, base: Schema) -> Schema:
    """Return the rules of a mapping with keys as ``--set`` takes them."""
    whole = {key: {"description": properties[key]["description"]} for key in SCALABLE}
    return {
        "type": "object",
        "properties": base["properties"] | whole,
        "patternProperties": base["patternProperties"] | {PART_PATTERN: {}},
        "additionalProperties": False,
    }


def _weight_properties(weights: Schema) -> Schema:
    return {f"weights.{name}": value for name, value in weights["properties"].items()}


def _base(keys: Schema) -> Schema:
    preset = {"type": "string", "enum": list(PRESETS), "description": "Settings to start from."}
    return _settings({"preset": preset, **keys})


def _settings(properties: Schema) -> Schema:
    """Return the rules of a mapping of these keys, weights of single layers and nothing else."""
    weight = {"type": "number", "minimum": 0, "description": "Weight of one layer."}
    return {
        "properties": properties,
        "patternProperties": {LAYER_PATTERN: weight},
        "additionalProperties": False,
    }


def _halving(halving: Schema, keys: Schema) -> Schema:
    return halving | _settings(halving["properties"] | keys)


def _constraints() -> Schema:
    bounds = {"$ref": "#/$defs/Bounds"}
    return {"properties": dict.fromkeys(RANKED, bounds), "additionalProperties": False}


def _margins(gate: Schema) -> Schema:
    margin = gate["properties"]["margins"]["additionalProperties"]
    return {"properties": dict.fromkeys(GATED, margin), "additionalProperties": False}


def _parameters(keys: Schema) -> Schema:
    forms = [{"$ref": f"#/$defs/{form}"} for form in ("ValuesParameter", "RangeParameter")]
    varied = {
        key: {"anyOf": forms, "description": value.get("description", key)}
        for key, value in keys.items()
    }
    return {
        "properties": varied,
        "patternProperties": {LAYER_PATTERN: {"anyOf": forms}},
        "additionalProperties": {"$ref": "#/$defs/ZipParameter"},
    }
