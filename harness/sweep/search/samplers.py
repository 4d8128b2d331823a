"""The samplers of Optuna: made anew for every trial, so that a study can be resumed anywhere.

The seed of a sampler is made of the study's seed and the trial's number. A sampler kept over
trials would, in a second session, begin again with the first session's random points.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import (
    BaseSampler,
    CmaEsSampler,
    GPSampler,
    NSGAIISampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from harness.sweep.search.methods import start_size
from harness.sweep.search.points import Dimension

__all__ = ["case_order", "distribution_of", "sampler_for"]

POINTS, CASES = 0, 1  # streams of random numbers that must not be the same


def distribution_of(dimension: Dimension) -> BaseDistribution:
    """Return a dimension as Optuna knows it.

    Optuna has no logarithmic range with a step: there it draws any number of the range.
    """
    interval = dimension.interval
    if interval is None:
        return CategoricalDistribution(dimension.labels)
    if interval.is_whole and (not interval.is_log or interval.step == 1):
        return IntDistribution(
            int(interval.low),
            int(interval.high),
            log=interval.is_log,
            step=int(interval.step or 1),
        )
    step = None if interval.is_log else interval.step
    return FloatDistribution(interval.low, interval.high, log=interval.is_log, step=step)


def sampler_for(
    method: str, dimensions: Sequence[Dimension], *, seed: int, number: int, metrics: int
) -> BaseSampler:
    """Return the sampler that chooses the point of one trial.

    Args:
        method: A name of ``methods.METHODS``.
        dimensions: Of the space.
        seed: Of the study, at least 0.
        number: Of the trial, counted from 0.
        metrics: How many there are.
    """
    own = int(np.random.SeedSequence([seed, number, POINTS]).generate_state(1)[0])
    start = start_size(dimensions)
    always = {one.name: distribution_of(one) for one in dimensions if not one.when}
    sampler: BaseSampler
    match method:
        case "tpe":
            sampler = _tpe(
                own, start, always, metrics, has_conditions=len(always) < len(dimensions)
            )
        case "gp":
            gp = GPSampler(seed=own, n_startup_trials=start, warn_independent_sampling=False)
            sampler = _Spanning(gp, always)
        case "cmaes":
            cmaes = CmaEsSampler(seed=own, warn_independent_sampling=False)
            sampler = _Spanning(cmaes, _ranges(always))
        case "nsga2":
            sampler = _Spanning(NSGAIISampler(seed=own, population_size=start), always)
        case "qmc":
            whole = {one.name: distribution_of(one) for one in dimensions}
            sampler = _Spanning(_NumberedQMCSampler(seed=seed, number=number, drawn_by=own), whole)
        case _:
            sampler = RandomSampler(seed=own)
    return sampler


def _tpe(
    seed: int,
    start: int,
    always: Mapping[str, BaseDistribution],
    metrics: int,
    *,
    has_conditions: bool,
) -> BaseSampler:
    """Return TPE: over all dimensions together for one metric, each alone for several.

    Optuna's defaults; groups are how it learns dimensions with conditions.
    """
    if metrics > 1:
        return TPESampler(seed=seed, n_startup_trials=start)
    if has_conditions:
        return TPESampler(seed=seed, n_startup_trials=start, multivariate=True, group=True)
    return _Spanning(TPESampler(seed=seed, n_startup_trials=start, multivariate=True), always)


def _ranges(distributions: Mapping[str, BaseDistribution]) -> dict[str, BaseDistribution]:
    """Return the dimensions that are no choices."""
    return {
        name: one
        for name, one in distributions.items()
        if not isinstance(one, CategoricalDistribution)
    }


def case_order(seed: int, number: int, n_cases: int) -> tuple[int, ...]:
    """Return the order in which a trial should take its cases: another one for each trial."""
    stream = np.random.default_rng([seed, number, CASES])
    return tuple(int(index) for index in stream.permutation(n_cases))


class _Spanning(BaseSampler):
    """A sampler told which dimensions it may choose together.

    Optuna looks for dimensions that every finished trial has with the very same range; after a
    range was widened it would find none and draw that dimension alone or at random.
    """

    def __init__(self, sampler: BaseSampler, together: Mapping[str, BaseDistribution]) -> None:
        self._sampler = sampler
        self._together = {name: one for name, one in together.items() if not one.single()}

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        del study, trial
        return self._together

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        self._sampler.before_trial(study, trial)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        self._sampler.after_trial(study, trial, state, values)


class _NumberedQMCSampler(QMCSampler):
    """A Sobol sequence whose place is the trial's number.

    Optuna counts the place in the study, which is lost with the file; a rebuilt study would begin
    the sequence again.
    """

    def __init__(self, *, seed: int, number: int, drawn_by: int) -> None:
        super().__init__(
            scramble=True,
            seed=seed,
            independent_sampler=RandomSampler(seed=drawn_by),
            warn_independent_sampling=False,
        )
        self._number = number

    def _find_sample_id(self, study: Study, search_space: dict[str, BaseDistribution]) -> int:
        del study, search_space
        return self._number
