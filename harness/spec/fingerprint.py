"""The fingerprint of a run: SHA-256 of all that determines its picture."""

import hashlib
import re
from collections.abc import Mapping

from harness.spec.neutral import without_neutral
from harness.spec.setting_keys import canonical_json
from harness.spec.settings import FILE, Settings

__all__ = ["ENGINE_REVISION", "draws_random_numbers", "fingerprint"]

ENGINE_REVISION = 2
"""Raised whenever the engine's numbers change; a golden-trace test fails when it is forgotten."""

RANDOM_STARTS = ("noise", "gaussian", "truncated_normal", "style_statistics")

_SHA256 = re.compile(r"[0-9a-f]{64}")


def draws_random_numbers(settings: Settings) -> bool:
    """Tell whether the seed makes a difference to a run with these settings."""
    return settings.start in RANDOM_STARTS


def fingerprint(
    settings: Settings,
    *,
    content_sha256: str,
    style_sha256: str,
    start_sha256: str | None,
    parameters_identity: str,
    seed: int,
) -> str:
    """Return the SHA-256 of all that determines a run's picture, as 64 hexadecimal digits.

    Names, paths, device, threads and workers are not in it; the seed is, where the settings draw
    random numbers.

    Args:
        settings: Resolved: ``precision`` is not ``auto``.
        content_sha256: SHA-256 of the content's file.
        style_sha256: SHA-256 of the style's file; ``StyleFiles.sha256`` of several.
        start_sha256: SHA-256 of the file that ``start: file:PATH`` names; else None.
        parameters_identity: Which parameters the backbone has: a published hash, the SHA-256 of a
            file, or the version of their generator.
        seed: Seed of the case.

    Raises:
        ValueError: ``precision`` is ``auto``; a hash is none; a start file has no hash, or a start
            without a file has one; ``parameters_identity`` is empty.
    """
    if settings.precision == "auto":
        raise ValueError("precision is 'auto'; it must be resolved before a fingerprint is taken")
    if not parameters_identity:
        raise ValueError("parameters_identity is empty")
    if settings.start.startswith(FILE) != (start_sha256 is not None):
        raise ValueError(f"start {settings.start!r} with start_sha256 {start_sha256!r}")
    hashes = {"content": content_sha256, "style": style_sha256}
    if start_sha256 is not None:
        hashes["start"] = start_sha256
    _check_hashes(hashes)
    facts = {
        "engine_revision": ENGINE_REVISION,
        "settings": _without_paths(settings),
        "pictures": hashes,
        "parameters": parameters_identity,
        "seed": seed if draws_random_numbers(settings) else None,
    }
    return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


def _check_hashes(hashes: Mapping[str, str]) -> None:
    for name, value in hashes.items():
        if _SHA256.fullmatch(value) is None:
            raise ValueError(f"the hash of the {name} picture is no SHA-256: {value!r}")


def _without_paths(settings: Settings) -> dict[str, object]:
    """Return the settings without the names of files: hashes and identities stand for them."""
    values = without_neutral(settings.model_dump(mode="json"))
    del values["pretrained"]
    if settings.start.startswith(FILE):
        values["start"] = FILE
    return values
