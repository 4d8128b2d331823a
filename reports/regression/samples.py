"""From two frames of runs to what is judged: one value per pair on both sides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.clusters import Sharing
from reports.comparison import sharing as sharing_of_pairs
from reports.numbers import counted
from reports.regression.model import SECONDS, PairFinding
from reports.regression.rule import refusal_of, worse_by
from reports.statistics import Values

__all__ = ["Sample", "iter_samples"]

KEY = ["variant", "pair", "seed"]
NO_SEED = -1
SIDES = ("baseline", "candidate")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """One metric of one variant on the pairs that both sides have.

    Attributes:
        variant: Its name.
        metric: Its name.
        pairs: Names, in the baseline's order.
        n_expected: Pairs that the side with more of them has.
        n_seeds: The fewest seeds that a pair has; 0 where seeds make no difference.
        baseline: (n,) means over the seeds.
        candidate: (n,) likewise.
        worse_by: (n,) how much worse the candidate is.
        sharing: What the pairs share.
        missing: Why the values cannot be compared: one side lacks some; empty if neither does.
    """

    variant: str
    metric: str
    pairs: tuple[str, ...]
    n_expected: int
    n_seeds: int
    baseline: Values
    candidate: Values
    worse_by: Values
    sharing: Sharing
    missing: str

    @property
    def refusal(self) -> str:
        """Why nothing may be inferred; empty if something may."""
        return self.missing or refusal_of(self.sharing)

    @property
    def size(self) -> str:
        """What it consists of, as in "11 of 12 pairs × 2 seeds"."""
        few = len(self.pairs) < self.n_expected
        pairs = counted(self.n_expected, "pair")
        text = f"{len(self.pairs)} of {pairs}" if few else pairs
        return f"{text} × {counted(self.n_seeds, 'seed')}" if self.n_seeds else text

    def findings(self) -> tuple[PairFinding, ...]:
        """What became of every pair, the worst first."""
        columns = (self.baseline, self.candidate, self.worse_by)
        found = [
            PairFinding(pair=pair, baseline=ours, candidate=theirs, worse_by=worse)
            for pair, ours, theirs, worse in zip(
                self.pairs, *(column.tolist() for column in columns), strict=True
            )
        ]
        return tuple(sorted(found, key=lambda pair: -pair.worse_by))


def iter_samples(
    baseline: pd.DataFrame, candidate: pd.DataFrame, metrics: Sequence[str]
) -> Iterator[Sample]:
    """Every metric of every variant, the variants in the baseline's order.

    Args:
        baseline: one row per run: ``variant``, ``pair``, ``content``, ``style``, ``seed``,
            ``seeded`` (whether seeds make a difference), and a column per metric, NaN where
            there is no value.
        candidate: likewise.
        metrics: catalogue names; an absent column counts as all NaN.

    Raises:
        ValueError: a run occurs twice in a frame, or the catalogue lacks a metric.
    """
    sides = [_by_run(runs, metrics) for runs in (baseline, candidate)]
    pictures = pd.concat([runs[["pair", "content", "style"]] for runs in (baseline, candidate)])
    variants = pd.unique(pd.concat([baseline["variant"], candidate["variant"]]))
    for variant in variants:
        ours, theirs = (side[side["variant"] == variant] for side in sides)
        for metric in metrics:
            yield _sample(str(variant), metric, ours, theirs, pictures)


def _by_run(runs: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """The runs by what identifies them; values that are none are NaN."""
    table = runs.reindex(columns=[*KEY, "seeded", *metrics])
    table["seed"] = table["seed"].where(table["seeded"].astype(bool), NO_SEED)
    twice = table[table.duplicated(KEY)]
    if len(twice):
        variant, pair, seed = twice.iloc[0][KEY]
        raise ValueError(f"variant {variant!r}, pair {pair!r}, seed {seed} occurs twice")
    for metric in metrics:
        values = table[metric].astype("float64")
        exists = np.isfinite(values) & ((values > 0) | (metric != SECONDS))
        table[metric] = values.where(exists)
    return table


def _sample(
    variant: str, metric: str, ours: pd.DataFrame, theirs: pd.DataFrame, pictures: pd.DataFrame
) -> Sample:
    columns = [*KEY, "seeded", metric]
    runs = ours[columns].merge(theirs[columns], on=KEY, suffixes=(" ours", " theirs"))
    values = runs[[f"{metric} ours", f"{metric} theirs"]].set_axis(list(SIDES), axis=1)
    both = values.notna().all(axis=1)
    by_pair = values[both].groupby(runs["pair"][both], sort=False)
    means = by_pair.mean()
    baseline, candidate = (means[side].to_numpy(dtype=np.float64) for side in SIDES)
    is_seeded = bool(runs["seeded ours"].any())
    return Sample(
        variant=variant,
        metric=metric,
        pairs=tuple(map(str, means.index)),
        n_expected=max(ours["pair"].nunique(), theirs["pair"].nunique()),
        n_seeds=int(by_pair.size().min()) if is_seeded and len(means) else 0,
        baseline=baseline,
        candidate=candidate,
        worse_by=worse_by(metric, baseline, candidate),
        sharing=sharing_of_pairs(pictures, means.index),
        missing=_missing(ours, theirs, runs["pair"], values),
    )


def _missing(
    ours: pd.DataFrame, theirs: pd.DataFrame, pairs: "pd.Series[str]", values: pd.DataFrame
) -> str:
    """Why the values cannot be compared; empty if they can."""
    for side, runs in zip(SIDES, (ours, theirs), strict=True):
        if runs.empty:
            return f"the {side} has no runs of this variant"
    if pairs.empty:
        return "no run of this variant is in both the baseline and the candidate"
    for side, other in (SIDES, SIDES[::-1]):
        lacking = pairs[values[side].isna() & values[other].notna()]
        if lacking.size == pairs.size:
            return f"the {side} has no values"
        if lacking.size:
            return f"the {side} has no value on {lacking.iloc[0]}, the {other} has"
    return "" if values.notna().any(axis=None) else "neither side has values"
