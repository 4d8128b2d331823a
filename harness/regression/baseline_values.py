"""From a panel's runs to the data of a baseline, and from a baseline to a table."""

import json
import math
import platform
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

import pandas as pd

from harness.regression.baseline_models import Baseline, PanelVariant, Provenance, Scores
from harness.regression.panel_facts import panel_pairs, panel_variants
from harness.sweep.plan import Plan
from harness.sweep.provenance import provenance_tags
from harness.sweep.tracking.names import Tag
from harness.sweep.tracking.stored import StoredRun
from harness.transfer.precision import numerics
from metrics.catalog import CATALOG

__all__ = [
    "DIGITS",
    "baseline_frame",
    "make_baseline",
    "performed_with",
    "present_provenance",
    "rounded",
]

DIGITS = 6
"""Significant digits of the values: far finer than any margin, and short enough to be read."""

StoredScores = Mapping[tuple[str, int], Mapping[str, float]]
"""Metric → value by name of the variant and index of the case."""


def make_baseline(
    plan: Plan, stored_scores: StoredScores, *, reason: str, provenance: Provenance
) -> Baseline:
    """Gather the numbers of a panel's runs.

    Values are ``rounded``; with the other side's rounded too, a run that is done again on the
    same machine compares as equal.

    Args:
        plan: Of the panel.
        stored_scores: Of every run that finished. Kept is what the catalogue knows and is finite;
            of a variant that draws no random numbers, one value a pair.
        reason: Why the numbers are accepted; empty for numbers that are to be compared.
        provenance: What made the numbers.
    """
    variants, pairs = panel_variants(plan), panel_pairs(plan)
    runs = tuple(_runs(plan, variants, stored_scores))
    names = sorted({name for one in runs for name in one.scores})
    return Baseline(
        name=plan.spec.name,
        question=plan.spec.question,
        made=datetime.now(UTC).date(),
        reason=reason,
        provenance=provenance,
        evaluator=plan.evaluator.id,
        second_evaluator=plan.evaluator.second_id,
        metric_versions={name: CATALOG[name].version for name in names},
        seeds=plan.spec.seeds,
        variants=variants,
        pairs=pairs,
        runs=runs,
    )


def present_provenance(device: str, precision: str) -> Provenance:
    """Return what makes the numbers of runs that are done now, on this machine.

    Args:
        device: That the runs use.
        precision: Of their trunk.
    """
    tags = provenance_tags()
    return Provenance(
        commit=tags.get(Tag.GIT_COMMIT),
        is_dirty=tags.get(Tag.GIT_DIRTY) == "true",
        engine_revision=int(tags[Tag.ENGINE_REVISION]),
        versions=json.loads(tags[Tag.VERSIONS]),
        numerics=numerics(device, precision),
        processor=numerics("cpu", "float32")["device_name"],
        system=f"{platform.system()} {platform.machine()}",
        host=tags[Tag.HOST],
    )


def performed_with(provenance: Provenance, runs: Iterable[StoredRun]) -> Provenance:
    """Return a provenance with the numerics that runs were performed with, wherever that was.

    Args:
        provenance: Of this process, which may have other threads, or be on another machine.
        runs: That finished; the first speaks for all.
    """
    tags = next((run.tags for run in runs if Tag.NUMERICS in run.tags), None)
    if tags is None:
        return provenance
    return provenance.model_copy(update={"numerics": json.loads(tags[Tag.NUMERICS])})


def baseline_frame(baseline: Baseline) -> pd.DataFrame:
    """Return one row per value: variant, seeded, pair, content, style, seed, and the metrics.

    ``seed`` is missing (``<NA>``) where it makes no difference, a metric NaN where there is none.
    """
    pairs = {pair.name: pair for pair in baseline.pairs}
    seeded = {variant.name: variant.is_seeded for variant in baseline.variants}
    rows = [
        {
            "variant": one.variant,
            "seeded": seeded[one.variant],
            "pair": one.pair,
            "content": pairs[one.pair].content,
            "style": pairs[one.pair].style,
            "seed": one.seed,
            **one.scores,
        }
        for one in baseline.runs
    ]
    columns = ["variant", "seeded", "pair", "content", "style", "seed", *baseline.metric_versions]
    frame = pd.DataFrame(rows, columns=columns)
    frame["seed"] = frame["seed"].astype("Int64")
    return frame


def rounded(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the numbers that a baseline keeps of a run, with ``DIGITS`` significant digits.

    Args:
        scores: By name; those that the catalogue does not know, or that are not finite, are
            left out.
    """
    return {
        name: float(f"{value:.{DIGITS}g}")
        for name, value in scores.items()
        if name in CATALOG and math.isfinite(value)
    }


def _runs(
    plan: Plan, variants: tuple[PanelVariant, ...], stored_scores: StoredScores
) -> Iterator[Scores]:
    seen: set[tuple[str, str]] = set()
    for variant in variants:
        for index, case in enumerate(plan.spec.cases):
            scores = stored_scores.get((variant.name, index))
            key = variant.name, case.pair.name
            if scores is None or (not variant.is_seeded and key in seen):
                continue
            seen.add(key)
            yield Scores(
                variant=variant.name,
                pair=case.pair.name,
                seed=case.seed if variant.is_seeded else None,
                scores=rounded(scores),
            )
