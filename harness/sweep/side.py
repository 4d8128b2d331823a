"""One side of a comparison, read from the store: a variant of a sweep, or one run."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InputError, StoreError
from harness.images.decode import Picture
from harness.spec.flatten import flatten_settings
from harness.spec.settings import Settings
from harness.sweep.addresses import Address, Place
from harness.sweep.tracking.externals import find_externals
from harness.sweep.tracking.lookup import stored_sweep
from harness.sweep.tracking.membership import MemberCase, Membership, read_membership
from harness.sweep.tracking.names import Kind, Status, Tag
from harness.sweep.tracking.picture_files import KeptPictures
from harness.sweep.tracking.reader import finished_runs, picture_path
from harness.sweep.tracking.store import search_everywhere
from harness.sweep.tracking.stored import StoredRun
from harness.sweep.tracking.variants import run_settings, variant_settings

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["Side", "SideRun", "flat_settings", "stored_side"]

SHORT_ID = 8
MOST_RUNS = 6  # that a message lists


@dataclass(frozen=True, slots=True, kw_only=True)
class SideRun:
    """One picture of a side, or the place where one is lacking.

    ``stored`` is the run that made it, None for a picture of a folder and where none finished;
    ``picture`` is its file. ``error`` says why there is none.
    """

    case: MemberCase
    status: str
    fingerprint: str
    stored: StoredRun | None = None
    picture: Path | None = None
    error: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """The SHA-256 of the content's and of the style's file."""
        return self.case.content_sha256, self.case.style_sha256

    @property
    def is_finished(self) -> bool:
        """Whether there is a picture."""
        return self.status == Status.FINISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """All that is known of one side.

    Attributes:
        label: What the reader is told it is.
        runs: Its pictures.
        evaluator: Who scored them; empty for a folder.
        settings: Every knob as text under its dotted key; empty where they are not known.
        inputs: Finds a content or a style by the SHA-256 of its file; raises ``StoreError``
            where it has none.
        balance: Share of the style in ``balance``; None where nobody said.
        lpips_reason: Why LPIPS has no values; empty where it has, or where nobody knows.
        notes: What belongs under every table.
    """

    label: str
    runs: tuple[SideRun, ...]
    evaluator: str = ""
    settings: Mapping[str, str]
    inputs: Callable[[str], Picture]
    balance: float | None = None
    lpips_reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def stored(self) -> list[StoredRun]:
        """The runs that made its pictures."""
        return [one.stored for one in self.runs if one.stored is not None]


def flat_settings(settings: Settings) -> dict[str, str]:
    """Return every knob as text under its dotted key."""
    return {key: str(value) for key, value in flatten_settings(settings).items()}


def stored_side(client: "MlflowClient", address: Address) -> Side:
    """Read a side from the store; writes nothing.

    Args:
        client: The store.
        address: Of a sweep, a variant or a run.

    Raises:
        InputError: There is no such thing, or nothing of it has finished.
        StoreError: The store is damaged.
    """
    if address.place is Place.RUN:
        return _of_run(client, address.name)
    return _of_variant(client, address.name, address.variant)


def _of_variant(client: "MlflowClient", sweep: str, variant: str | None) -> Side:
    parent, membership = stored_sweep(client, sweep)
    if variant is not None and variant not in membership.variants:
        elsewhere = _made_elsewhere(client, sweep, variant, membership)
        if elsewhere:
            return _side(f"{sweep}/{variant}", elsewhere, {}, client, parent)
    settings = variant_settings(client, sweep, variant)  # refuses what there is not
    name = membership.variants[membership.baseline] if variant is None else variant
    members = [one for one in membership.members if membership.variants[one.variant] == name]
    stored = finished_runs(
        client,
        prefer=sweep,
        only_own=bool(parent.data.tags.get(Tag.ONLY_OWN)),
        wanted={one.fingerprint for one in members},
    )
    runs = tuple(
        _side_run(
            client,
            membership.cases[one.case],
            one.fingerprint,
            stored.get(one.fingerprint),
        )
        for one in members
    )
    known = flat_settings(settings) | _chained(runs, membership)
    return _side(f"{sweep}/{name}", runs, known, client, parent)


def _chained(runs: tuple[SideRun, ...], membership: Membership) -> dict[str, str]:
    """Say what a chained variant goes on from; nothing of any other."""
    tags = next((one.stored.tags for one in runs if one.stored is not None), {})
    if Tag.RESULT_AS not in tags:
        return {}
    before = (one for one in membership.members if one.fingerprint == tags.get(Tag.AFTER))
    names = (membership.variants[one.variant] for one in before)
    return {"chain.after": next(names, ""), "chain.result_as": tags[Tag.RESULT_AS]}


def _made_elsewhere(
    client: "MlflowClient", sweep: str, name: str, membership: Membership
) -> tuple[SideRun, ...]:
    """Return the pictures that were logged beside a sweep under a name."""
    return tuple(
        _side_run(client, membership.cases[one.case], one.stored.fingerprint, one.stored)
        for one in find_externals(client, sweep, membership)
        if one.name == name
    )


def _of_run(client: "MlflowClient", beginning: str) -> Side:
    run = _find_run(client, beginning)
    if str(run.info.status) != Status.FINISHED:
        reason = run.data.tags.get(Tag.REASON, "")
        why = f" ({reason})" if reason else ""
        raise InputError(f"run:{beginning} has not finished: {run.info.status}{why}")
    stored = StoredRun.of(run)
    parent = client.get_run(stored.tags[Tag.PARENT])
    membership = read_membership(client, parent)
    cases = _cases(stored, membership) if membership is not None else []
    if membership is None or not cases:
        raise InputError(
            f"run:{beginning} is in no table of the sweep {stored.occasion!r} any more, so what "
            "it was made of is not known; name a variant of a sweep instead"
        )
    runs = tuple(_side_run(client, case, stored.fingerprint, stored) for case in cases)
    label = f"run:{stored.run_id[:SHORT_ID]}"
    is_own = run.data.tags[Tag.KIND] == Kind.RUN
    settings = flat_settings(run_settings(client, stored.run_id)) if is_own else {}
    settings |= _chained(runs, membership)
    return _side(label, runs, settings, client, parent)


def _cases(stored: StoredRun, membership: Membership) -> list[MemberCase]:
    """Return the cases that a run fills; a run without random numbers fills those of all seeds."""
    if Tag.CONTENT_SHA256 in stored.tags:  # made elsewhere
        wanted = (stored.tags[Tag.CONTENT_SHA256], stored.tags[Tag.STYLE_SHA256])
        found = [
            case for case in membership.cases if (case.content_sha256, case.style_sha256) == wanted
        ]
        return found[:1]
    places = {one.case for one in membership.members if one.fingerprint == stored.fingerprint}
    return [membership.cases[place] for place in sorted(places)]


def _find_run(client: "MlflowClient", beginning: str) -> "Run":
    kinds = (Kind.RUN, Kind.EXTERNAL)
    found = [
        run
        for kind in kinds
        for run in search_everywhere(client, f"tags.`{Tag.KIND}` = '{kind}'")
        if str(run.info.run_id).startswith(beginning)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(
            f"found run:{beginning}; the store has no such run of a sweep. Ids stand in "
            "`harness ui`, on the page of a run"
        )
    listed = "".join(
        f"\n  run:{run.info.run_id}  {run.data.tags.get('mlflow.runName', '')}"
        for run in found[:MOST_RUNS]
    )
    more = f"\n  and {len(found) - MOST_RUNS} more" if len(found) > MOST_RUNS else ""
    raise InputError(f"run:{beginning} is the beginning of {len(found)} ids:{listed}{more}")


def _side_run(
    client: "MlflowClient", case: MemberCase, fingerprint: str, stored: StoredRun | None
) -> SideRun:
    if stored is None:
        return SideRun(case=case, status="MISSING", fingerprint=fingerprint)
    return SideRun(
        case=case,
        status=str(Status.FINISHED),
        fingerprint=fingerprint,
        stored=stored,
        picture=picture_path(client, stored),
    )


def _side(
    label: str,
    runs: tuple[SideRun, ...],
    settings: Mapping[str, str],
    client: "MlflowClient",
    parent: "Run",
) -> Side:
    tags = parent.data.tags
    try:
        evaluator, balance = tags[Tag.EVALUATOR], float(tags[Tag.BALANCE])
        notes = tuple(map(str, json.loads(tags.get(Tag.NOTES, "[]"))))
    except (KeyError, ValueError) as error:
        name = tags.get(Tag.OCCASION, parent.info.run_id)
        raise StoreError(f"the parent run of {name!r} is damaged ({error!r})") from error
    return Side(
        label=label,
        runs=runs,
        evaluator=evaluator,
        settings=settings,
        inputs=KeptPictures(client, parent),
        balance=balance,
        lpips_reason=tags.get(Tag.LPIPS, ""),
        notes=notes,
    )
