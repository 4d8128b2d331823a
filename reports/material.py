"""What a sweep's report is made of: read once from the store, for every part of the report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from reports.study import StudyRecord

__all__ = ["CURVE_COLUMNS", "Material"]

CURVE_COLUMNS = ("fingerprint", "name", "iteration", "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A sweep as its reports need it.

    Attributes:
        sweep: Its name.
        question: What it asks, in its author's words; may be empty.
        baseline: Name of the variant the others are compared with.
        runs: One row per (variant, case), see ``reports.frame``, with ``picture`` (Path or None),
            ``error``, ``flags`` (joined by ";") and ``run_id`` (empty where no run finished).
        curves: Columns ``CURVE_COLUMNS``, one row per value: losses (``loss/total``,
            ``loss/content``, …) from iteration 0 on, thinned, and style gain, content score and
            balance at the iterations that have a snapshot, the last included.
        axes: Variant → swept axis → the variant's label on it; a picture made elsewhere has none.
        layout: ``rows`` and ``columns`` of the contact sheet, as far as the sweep says so.
        settings: Variant → all its settings as text for a sweep file's ``base:`` (YAML); a
            variant without a finished run has none.
        snapshots: Fingerprint → iteration → picture file, the result itself left out.
        contents: Name → (H, W, 3) uint8, sRGB, long side at most 512.
        styles: Name → the same; a style may have the name of a content.
        absent: Metric → why it has no values.
        notes: What belongs under every table.
        provenance: Label → text: when, where and by what the sweep was made; in reading order.
        command: What does the sweep again.
        run_links: Run id → address of its page in MLflow.
        sweep_link: Address of the sweep's page in MLflow; empty if it has none.
        study: What its search tried; None where every variant was named in the sweep file.
    """

    sweep: str
    question: str
    baseline: str
    runs: pd.DataFrame
    curves: pd.DataFrame
    axes: Mapping[str, Mapping[str, str]]
    layout: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    snapshots: Mapping[str, Mapping[int, Path]] = field(default_factory=dict)
    contents: Mapping[str, np.ndarray]
    styles: Mapping[str, np.ndarray]
    absent: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    run_links: Mapping[str, str] = field(default_factory=dict)
    sweep_link: str = ""
    study: StudyRecord | None = None
