"""Settings as a file of an earlier version may have written them."""

import json

from harness.spec.neutral import with_neutral
from harness.spec.settings import Settings

__all__ = ["settings_from_json"]


def settings_from_json(text: str) -> Settings:
    """Read settings that were written whole; knobs that came later have their neutral value.

    Raises:
        pydantic.ValidationError: The text is no JSON, or not that of settings.
    """
    try:
        data = json.loads(text)
    except ValueError:
        return Settings.model_validate_json(text)  # raises what callers expect
    written = with_neutral(data) if isinstance(data, dict) else data
    return Settings.model_validate_json(json.dumps(written))
