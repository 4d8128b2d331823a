"""Presets and the flat form of settings."""

import subprocess
import sys

from harness.spec.flatten import flatten_settings
from harness.spec.presets import PRESETS
from harness.spec.settings import Settings


def test_every_value_of_every_preset_has_a_source() -> None:
    """``harness presets NAME`` prints it beside the value."""
    for preset in PRESETS.values():
        assert all(preset.source_of(key) for key in flatten_settings(preset.settings))
        keys = {*Settings.model_fields, *flatten_settings(preset.settings)}
        assert keys >= {*preset.sources, *preset.assumptions}


def test_house_is_the_defaults_of_the_settings() -> None:
    """A default lives in one place."""
    assert Settings() == PRESETS["house"].settings
    assert PRESETS["house"].name == "house"


def test_flat_settings_are_scalars_under_dotted_keys() -> None:
    """Nested maps become dotted keys, lists become text."""
    flat = flatten_settings(Settings())

    assert (
        flat["weights.style"],
        flat["style_layers.rgb"],
        flat["content_layers.relu4_2"],
    ) == (30.0, 1.0, 1.0)
    assert (flat["adam_betas"], flat["iterations"], flat["pooling"]) == ("[0.9, 0.99]", 150, "avg")
    assert {str, int, float, bool} >= {type(value) for value in flat.values()}
    assert "weights" not in flat


def test_reading_sweep_files_needs_neither_torch_nor_mlflow() -> None:
    """Input errors, presets and the schema come at once."""
    code = (
        "import sys, harness.spec.sweep_spec, harness.spec.schema\n"
        "print(sorted({'torch', 'mlflow', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
