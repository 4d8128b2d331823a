"""All that a sweep's report is made of, read from the store."""

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import yaml

from harness.images.resize import shrink_long_side
from harness.images.strip import decode_strip
from harness.scoring.evaluators import evaluator_size
from harness.sweep.cells import external_cells, table_cells
from harness.sweep.early_end import WHOLE, early_ends_note
from harness.sweep.origin import sweep_origin
from harness.sweep.results import runs_frame, shared_styles_note
from harness.sweep.seed_distances import seed_distances
from harness.sweep.study.study_record import read_study
from harness.sweep.subject import Subject
from harness.sweep.tracking.artifacts import stored_file
from harness.sweep.tracking.curves import read_curves, read_snapshots
from harness.sweep.tracking.externals import find_externals
from harness.sweep.tracking.links import run_link
from harness.sweep.tracking.names import File, Tag
from harness.sweep.tracking.stored import StoredRun
from reports.material import Material

__all__ = ["collect_material"]

PICTURE_PX = 512  # long side of contents and styles in a report


def collect_material(subject: Subject) -> Material:
    """Read all that a report needs.

    Raises:
        StoreError: The store cannot be read or written (new scores are kept in it).
        NotComparableError: Scores are missing, and the evaluator cannot be had here.
    """
    rescorer = subject.rescorer
    membership, balance = subject.membership, float(subject.tags[Tag.BALANCE])
    cells = table_cells(subject.client, membership, subject.stored, subject.failures, rescorer)
    found = find_externals(subject.client, subject.name, membership)
    runs = runs_frame(
        membership,
        cells,
        subject.evaluator_id,
        balance=balance,
        externals=external_cells(subject.client, membership, found, rescorer),
        between_seeds=seed_distances(
            subject.client,
            subject.parent,
            membership,
            cells,
            size_px=evaluator_size(subject.evaluator_id),
        ),
    )
    finished = [cell.stored for cell in cells.values() if cell.stored is not None]
    shown = [*finished, *(one.stored for one in found)]
    snapshots = read_snapshots(subject.client, finished)
    return Material(
        sweep=subject.name,
        question=subject.tags.get(Tag.QUESTION, ""),
        baseline=subject.baseline,
        runs=runs,
        curves=read_curves(
            subject.client,
            finished,
            snapshots,
            evaluator_id=subject.evaluator_id,
            balance=balance,
        ),
        axes=dict(zip(membership.variants, map(dict, membership.assignments), strict=True)),
        layout=membership.layout,
        settings=_settings(subject, runs),
        snapshots=snapshots,
        contents=_pictures(subject, ((c.content, (c.content_sha256,)) for c in membership.cases)),
        styles=_pictures(subject, ((c.style, c.styles.files) for c in membership.cases)),
        absent=subject.absent,
        notes=(
            *subject.notes,
            *shared_styles_note(runs),
            *early_ends_note(_stop_reasons(finished)),
        ),
        provenance=sweep_origin(subject, finished),
        command=_command(subject),
        run_links={
            run.run_id: run_link(subject.location, run.experiment_id, run.run_id) for run in shown
        },
        sweep_link=run_link(
            subject.location, subject.parent.info.experiment_id, subject.parent.info.run_id
        ),
        study=read_study(subject.client, subject.parent),
    )


def _stop_reasons(runs: Iterable[StoredRun]) -> Iterator[str]:
    return (run.tags.get(Tag.REASON, WHOLE) for run in runs)


def _settings(subject: Subject, runs: pd.DataFrame) -> dict[str, str]:
    """Return the settings of every variant that has a finished run, as a sweep file has them."""
    found: dict[str, str] = {}
    for variant, fingerprint in zip(runs["variant"], runs["fingerprint"], strict=True):
        run = subject.stored.get(fingerprint)
        if variant in found or run is None:
            continue
        path = stored_file(subject.client, run, File.SETTINGS)
        if path is not None:
            settings = json.loads(path.read_text(encoding="utf-8"))
            found[variant] = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    return found


def _pictures(
    subject: Subject, named: Iterable[tuple[str, tuple[str, ...]]]
) -> dict[str, np.ndarray]:
    """Return contents or styles by name; each is decoded once, however many cases it is in."""
    return {name: _small(subject, name, files) for name, files in dict.fromkeys(named)}


def _small(subject: Subject, name: str, files: Iterable[str]) -> np.ndarray:
    pictures = (replace(subject.picture(sha256), name=name) for sha256 in files)
    return shrink_long_side(decode_strip(pictures), PICTURE_PX)


def _command(subject: Subject) -> str:
    file = subject.tags.get(Tag.FILE, f"{subject.name}.yaml")
    try:
        overrides = json.loads(subject.tags.get(Tag.OVERRIDES, "[]"))
    except ValueError:  # cut: a tag holds so much and no more
        return f"{shlex.join(['harness', 'sweep', file])}  # and --set, too long to be kept"
    changes = (word for override in overrides for word in ("--set", override))
    return shlex.join(["harness", "sweep", file, *changes])
