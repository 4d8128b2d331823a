"""Settings as a flat map of dotted keys, for MLflow's params and for tables."""

import json

from harness.spec.settings import Settings

__all__ = ["flatten_settings"]


def flatten_settings(settings: Settings) -> dict[str, str | int | float | bool]:
    """Return every knob as a scalar under its dotted key.

    Nested maps become dotted keys (``weights.style``, ``style_layers.relu3_1``); lists become
    JSON text (``adam_betas`` is ``"[0.9, 0.99]"``).
    """
    flat: dict[str, str | int | float | bool] = {}
    for key, value in settings.model_dump(mode="json").items():
        if isinstance(value, dict):
            flat |= {f"{key}.{name}": inner for name, inner in value.items()}
        else:
            flat[key] = json.dumps(value) if isinstance(value, list) else value
    return flat
