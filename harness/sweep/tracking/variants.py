"""Settings of a sweep's variants, read back from the store."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

from harness.errors import InputError, StoreError
from harness.spec.diagnosis import nearest
from harness.spec.settings import Settings
from harness.spec.stored_settings import settings_from_json
from harness.sweep.tracking.artifacts import artifact_text
from harness.sweep.tracking.lookup import stored_sweep
from harness.sweep.tracking.names import File, Tag

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["run_settings", "unchained_settings", "variant_settings"]

NEXT_STEP = {
    "start": "the same again with --set start=file:RESULT.png",
    "content": "RESULT.png as the content",
    "style": "RESULT.png as the style",
}
"""What to do with the picture of the first step, by what it is to the second."""


def variant_settings(client: "MlflowClient", sweep: str, variant: str | None = None) -> Settings:
    """Return the settings of a variant, as its first finished run had them: nothing is ``auto``.

    Args:
        client: A client of the store; nothing is written to it.
        sweep: Name of a sweep.
        variant: Name of one of its variants, as in its table; None is its baseline.

    Raises:
        InputError: There is no such sweep or variant, or none of its runs has finished.
        StoreError: A file of the store is damaged or of another version.
    """
    return run_settings(client, _finished_run(client, sweep, variant))


def unchained_settings(client: "MlflowClient", sweep: str, variant: str | None = None) -> Settings:
    """Return the settings of a variant that needs no other run's result; see the function above.

    Raises:
        InputError: Also where the variant goes on from the results of another one.
        StoreError: A file of the store is damaged or of another version.
    """
    run_id = _finished_run(client, sweep, variant)
    chained = client.get_run(run_id).data.tags.get(Tag.RESULT_AS)
    if chained is not None:
        raise InputError(
            f"{sweep}/{variant} takes the result of another run as its {chained}, and settings "
            "alone do not hold that; do it in two steps: first --from the variant that it goes on "
            f"from, then {NEXT_STEP[chained]}"
        )
    return run_settings(client, run_id)


def _finished_run(client: "MlflowClient", sweep: str, variant: str | None) -> str:
    _, membership = stored_sweep(client, sweep)
    names = list(membership.variants)
    if variant is not None and variant not in names:
        raise InputError(_no_such_variant(sweep, variant, names))
    index = membership.baseline if variant is None else names.index(variant)
    finished = (one.run_id for one in membership.members if one.variant == index and one.run_id)
    run_id = next(finished, None)
    if run_id is None:
        raise InputError(
            f"the sweep {sweep!r} has no finished run of {names[index]}; run the sweep again"
        )
    return run_id


def _no_such_variant(sweep: str, variant: str, names: list[str]) -> str:
    """Say what there is, a line each: names of variants are long and hold commas."""
    close = nearest(variant, names)
    hint = f"\ndid you mean {sweep}/{close}?" if close else ""
    listed = "".join(f"\n  {sweep}/{name}" for name in names)
    return f"the sweep {sweep!r} has no variant {variant!r}; there are:{listed}{hint}"


def run_settings(client: "MlflowClient", run_id: str) -> Settings:
    """Return the settings of a finished run.

    Raises:
        StoreError: They are gone, damaged or of another version.
    """
    text = artifact_text(client, client.get_run(run_id), File.SETTINGS)
    if text is None:
        raise StoreError(f"the run {run_id} has no {File.SETTINGS}; it was removed from the store")
    try:
        return settings_from_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise StoreError(
            f"{File.SETTINGS} of the run {run_id} is not of this version ({place}: "
            f"{first['msg']}); run the sweep again"
        ) from error
