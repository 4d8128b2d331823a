"""A baseline and a final model compared: read from the store or a folder, scored, written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from harness.errors import InputError, NotComparableError, StoreError
from harness.images.decode import Picture
from harness.images.resize import resize_long_side
from harness.images.strip import decode_strip
from harness.spec.models import Evaluation
from harness.sweep.addresses import Address, Place
from harness.sweep.folder_side import LIST, folder_side
from harness.sweep.output import check_writable, explained
from harness.sweep.results import shared_styles_note
from harness.sweep.side import Side, stored_side
from harness.sweep.side_frame import Cases, Pair, changes_between, frame_of, named_cases
from harness.sweep.side_scores import CommonEvaluator, Scoring, SideScores, common_evaluator
from harness.sweep.tracking.names import Status
from reports.versus.comparison import Versus, compare_sides
from reports.versus.files import record_of, write_comparison
from reports.versus.pictures import Inputs
from reports.versus.sides import quoted

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["Compared", "compare_addresses", "read_side", "results_folder"]

INPUT_PX = 512
LONGEST_NAME = 90  # of one side in the name of a folder
MOST_PAIRS = 6  # that a message lists
UNSAFE = re.compile(r"[^\w .,=()+@-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A comparison and its files, by suffix."""

    found: Versus
    files: Mapping[str, Path]

    @property
    def record(self) -> dict[str, object]:
        """All of it as strict JSON has it, with the paths of the files."""
        return record_of(self.found) | {
            "files": {suffix.lstrip("."): str(path) for suffix, path in self.files.items()}
        }


def compare_addresses(
    client: "MlflowClient | None",
    addresses: tuple[Address, Address],
    *,
    scoring: Scoring,
    out: Path,
    command: str,
) -> Compared:
    """Compare what two addresses name, and write the files.

    Args:
        client: The store, with its writer lock held if ``scoring`` asks for new scores; None
            if both addresses are folders.
        addresses: The baseline's and the other's.
        scoring: Who is to score both anew, if anybody.
        out: Folder of all results; the comparison gets a folder of its own in it.
        command: What makes the files again.

    Raises:
        InputError: An address names nothing, both name the same, or nothing of one has finished.
        NotComparableError: They have no pair in common, or no common evaluator.
        ParametersError: The evaluator has no parameters on this machine.
        StoreError: The store or the folder cannot be read or written.
    """
    folder = results_folder(out, addresses)
    check_writable(folder)
    sides = _read(client, addresses)
    common = _common_pairs(sides)
    evaluator = common_evaluator(sides, scoring)
    scores = _scores(client, sides, evaluator, may_write=scoring.is_asked)
    cases = named_cases(sides)
    runs = frame_of(sides, cases, common, scores)
    _refuse_unscored(runs)
    found = compare_sides(
        runs,
        sides[0].label,
        changes=changes_between(*sides),
        absent={"content/lpips": evaluator.lpips_reason} if evaluator.lpips_reason else {},
        notes=_notes(sides, runs, addresses),
    )
    inputs = _inputs(cases, common, scores)
    with explained(folder):
        files = write_comparison(found, inputs, folder, command=command)
    return Compared(found=found, files=files)


def results_folder(out: Path, addresses: tuple[Address, Address]) -> Path:
    """Return the folder of a comparison's files inside that of all results."""
    names = " against ".join(_safe(address) for address in addresses)
    return out / f"compare {names}"


def read_side(client: "MlflowClient | None", address: Address) -> Side:
    """Read what an address names; scores and writes nothing.

    Raises:
        InputError: There is no such thing, or nothing of it has finished.
        StoreError: The store is damaged.
    """
    if address.place is Place.FOLDER:
        return folder_side(Path(address.name))
    if client is None:
        raise InputError(f"found {address}; there is no store")
    return stored_side(client, address)


def _read(client: "MlflowClient | None", addresses: tuple[Address, Address]) -> tuple[Side, Side]:
    """Read both sides, under names that tell them apart and no longer than it takes."""
    ours, theirs = (read_side(client, address) for address in addresses)
    made = [{(one.pair, one.fingerprint) for one in side.runs} for side in (ours, theirs)]
    if ours.label == theirs.label or made[0] == made[1]:
        raise InputError(
            f"both sides are the same: {addresses[0]} and {addresses[1]} name {ours.label}"
            + ("" if ours.label == theirs.label else f" and {theirs.label}, made by the same runs")
        )
    for side, address in ((ours, addresses[0]), (theirs, addresses[1])):
        if not any(one.is_finished for one in side.runs):
            raise InputError(f"{address}: nothing of {side.label} has finished")
    prefix = f"{addresses[0].name}/"
    if addresses[0].name == addresses[1].name and addresses[0].place is Place.SWEEP:
        ours, theirs = (
            replace(side, label=side.label.removeprefix(prefix)) for side in (ours, theirs)
        )
    return ours, theirs


def _common_pairs(sides: tuple[Side, Side]) -> frozenset[Pair]:
    """Return the pairs of which both sides have a picture.

    Raises:
        NotComparableError: There is none.
    """
    ours, theirs = (
        {one.pair: one.case.pair for one in side.runs if one.is_finished} for side in sides
    )
    common = frozenset(ours) & frozenset(theirs)
    if not common:
        listed = "".join(
            f"\n  {side.label}: {_listed(list(pairs.values()))}"
            for side, pairs in zip(sides, (ours, theirs), strict=True)
        )
        faults = "".join(
            f"\n{note}" for side in sides if not side.evaluator for note in side.notes
        )
        raise NotComparableError(
            "the sides have no pair of a content and a style in common (equal bytes of both "
            f"files):{listed}{faults}"
        )
    return common


def _scores(
    client: "MlflowClient | None",
    sides: tuple[Side, Side],
    evaluator: CommonEvaluator,
    *,
    may_write: bool,
) -> SideScores:
    def inputs(digest: str) -> Picture:
        failures = []
        for side in sides:
            try:
                return side.inputs(digest)
            except StoreError as error:
                failures.append(error)
        if client is None:
            raise InputError(f"{failures[0]}; a {LIST} in one of them can say where it is")
        raise failures[0]

    shares = [side.balance for side in sides if side.balance is not None]
    return SideScores(
        client=client,
        evaluator=evaluator,
        inputs=inputs,
        balance=shares[0] if shares else Evaluation().balance,
        may_write=may_write,
    )


def _refuse_unscored(runs: pd.DataFrame) -> None:
    """Stop where no picture of a side could be scored on a pair that the other has.

    Raises:
        InputError: With what is wrong with the pictures.
    """
    done = runs[runs["status"] == Status.FINISHED]
    if done.drop_duplicates(["pair", "variant"])["pair"].duplicated().any():
        return
    errors = [str(text) for text in runs["error"].unique() if text]
    raise InputError("\n".join(["no picture could be scored:", *errors[:MOST_PAIRS]]))


def _notes(
    sides: tuple[Side, Side], runs: pd.DataFrame, addresses: tuple[Address, Address]
) -> list[str]:
    """What a reader of this comparison should know, most needed first."""
    chosen = [
        f"{quoted(address.name)} alone names the baseline of that sweep, {quoted(side.label)}."
        for side, address in zip(sides, addresses, strict=True)
        if address.place is Place.SWEEP and address.variant is None
    ]
    unknown = [
        f"The settings of {quoted(side.label)} are not known."
        for side in sides
        if not side.settings
    ]
    failed = [f"Left out: {quoted(text)}." for text in runs["error"].unique() if text]
    return [
        *chosen,
        *unknown,
        *failed,
        *shared_styles_note(runs),
        *dict.fromkeys(chain.from_iterable(side.notes for side in sides)),
    ]


def _inputs(cases: Cases, common: frozenset[Pair], scores: SideScores) -> Inputs:
    """Return the contents and styles that are compared, small, by name."""
    shown = [case for (pair, _seed), case in cases.items() if pair in common]
    contents = {case.content: case.content_sha256 for case in shown}
    styles = {case.style: case.styles for case in shown}

    def small(digests: Iterable[str]) -> np.ndarray:
        return resize_long_side(decode_strip(map(scores.inputs, digests)), INPUT_PX)

    return Inputs(
        contents={name: small([digest]) for name, digest in contents.items()},
        styles={name: small(style.files) for name, style in styles.items()},
    )


def _listed(pairs: Sequence[str]) -> str:
    more = f" and {len(pairs) - MOST_PAIRS} more" if len(pairs) > MOST_PAIRS else ""
    return ", ".join(pairs[:MOST_PAIRS]) + more


def _safe(address: Address) -> str:
    """Return an address as a part of a folder's name; what is lost is told apart by its hash."""
    text = str(address)
    if address.place is Place.FOLDER:
        text = str(Path(address.name).resolve())
    name = Path(text).name if address.place is Place.FOLDER else text.replace("/", " ")
    cleaned = UNSAFE.sub("-", name.replace(":", " ")).strip(". ")
    if cleaned and len(cleaned) <= LONGEST_NAME and cleaned == name.replace(":", " "):
        return cleaned
    return f"{cleaned[:LONGEST_NAME]} {sha256(text.encode()).hexdigest()[:6]}"
