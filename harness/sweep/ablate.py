"""``harness ablate``: make the sweep of a walk from stored settings, and judge what it found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InputError
from harness.scoring.evaluators import evaluator_size
from harness.sweep.ablation import Walk, plan_walk, walk_file
from harness.sweep.addresses import Address, Place
from harness.sweep.answer import Answer
from harness.sweep.output import explained
from harness.sweep.side import Side, stored_side
from harness.sweep.tracking.names import File, Tag
from harness.sweep.tracking.variants import run_settings
from reports.atomic import write_atomically
from reports.frame import non_empty
from reports.text import render_text
from reports.walk.files import write_walk
from reports.walk.strides import Walked, measure_walk
from reports.walk.words import notes_of, sentence_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from harness.spec.settings import Settings

__all__ = ["Ablation", "Found", "judge_ablation", "prepare_ablation"]

PICTURES = "pictures"
UNSAFE = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """A walk that is ready to be done: its sweep file, and what it is called."""

    path: Path
    walk: Walk
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an ablation found: a sentence, the walk, the lines under its table, its files."""

    sentence: str
    walked: Walked
    notes: tuple[str, ...]
    paths: dict[str, Path]

    def text(self, width: int) -> str:
        """Return the table and the lines under it, for so many characters a line."""
        return render_text(self.walked.display, self.notes, width=width)


def prepare_ablation(
    client: "MlflowClient",
    baseline: Address,
    final: Address,
    *,
    order: Sequence[Sequence[str]],
    name: str | None,
    out: Path,
) -> Ablation:
    """Write the sweep file of a walk, with its pictures beside it.

    The cases are those of the baseline.

    Args:
        client: The store; only read.
        baseline: Where the walk begins: a sweep, a variant or a run.
        final: Where it ends.
        order: Keys of what is changed first, those of one step together.
        name: Of the sweep; None for one made of the baseline's.
        out: Folder of all results.

    Raises:
        InputError: An address means nothing, is a folder, or the two have the same settings.
        StoreError: The store cannot be read, or the folder cannot be written.
    """
    for address in (baseline, final):
        if address.place is Place.FOLDER:
            raise InputError(f"{address}: the settings of pictures in a folder are not known")
    before, after = (stored_side(client, address) for address in (baseline, final))
    walk = plan_walk(_settings(client, before), _settings(client, after), order)
    title = f"From {before.label} to {after.label}"
    sweep = name or f"ablate-{_sweep(baseline, before)}"
    folder = (out / sweep).resolve()
    path = folder / f"{sweep}.yaml"
    with explained(folder):
        text = walk_file(
            walk,
            question=f"{title}: which change paid?",
            cases=(one.case for one in before.runs),
            pictures=_write_pictures(before, folder / PICTURES),
            evaluation={
                "evaluator": before.evaluator.partition("@")[0],
                "size": evaluator_size(before.evaluator),
                "balance": before.balance,
            },
            folder=folder,
        )
        write_atomically(path, text.encode())
    return Ablation(path=path, walk=walk, title=title)


def judge_ablation(ablation: Ablation, answer: Answer, *, command: str) -> Found:
    """Compare the stations of a walk that has been done, and write what was found.

    Args:
        ablation: What ``prepare_ablation`` returned.
        answer: Of its sweep.
        command: What does the same again.

    Raises:
        StoreError: The folder cannot be written.
    """
    runs = answer.material.runs
    walked = measure_walk(
        runs, ablation.walk.variants, tuple(change.text for change in ablation.walk.changes)
    )
    notes = (*ablation.walk.notes, *notes_of(walked, non_empty(runs["evaluator_id"])))
    folder = answer.json_path.parent
    with explained(folder):
        paths = write_walk(
            walked,
            answer.material,
            notes,
            folder,
            title=ablation.title,
            command=command,
            report=File.REPORT,
        )
    return Found(sentence=sentence_of(walked), walked=walked, notes=notes, paths=paths)


def _sweep(address: Address, side: Side) -> str:
    return address.name if address.place is Place.SWEEP else side.stored[0].occasion


def _settings(client: "MlflowClient", side: Side) -> "Settings":
    if not side.settings or not side.stored:
        raise InputError(f"{side.label}: its settings are not known; name what a sweep has made")
    if Tag.RESULT_AS in side.stored[0].tags:
        raise InputError(
            f"{side.label} goes on from the result of another run, which is no setting that could "
            "be changed alone; harness compare sets the two side by side"
        )
    return run_settings(client, side.stored[0].run_id)


def _write_pictures(side: Side, folder: Path) -> dict[str, Path]:
    """Write contents and styles under their names; return their paths by SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    named = _by_name(side)
    return {sha256: _write_picture(side, sha256, folder / name) for sha256, name in named.items()}


def _write_picture(side: Side, sha256: str, stem: Path) -> Path:
    picture = side.inputs(sha256)  # named as the store keeps it, with the ending of its format
    path = stem.with_name(f"{stem.name}{Path(picture.name).suffix}")
    write_atomically(path, picture.data)
    return path


def _by_name(side: Side) -> dict[str, str]:
    """Return file names without ending, by the pictures' SHA-256; equal names are told apart."""
    named: dict[str, str] = {}
    for sha256, name in _inputs(side):
        safe = name.translate(UNSAFE)
        if sha256 not in named:
            named[sha256] = f"{safe}-{sha256[:8]}" if safe in named.values() else safe
    return named


def _inputs(side: Side) -> Iterable[tuple[str, str]]:
    for run in side.runs:
        yield run.case.content_sha256, run.case.content
        files = run.case.styles.files
        for number, sha256 in enumerate(files, start=1):
            yield sha256, f"{run.case.style} {number}" if len(files) > 1 else run.case.style
