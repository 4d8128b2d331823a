"""What a panel can tell: its noise measured on fresh seeds, and margins that fit it."""

import numpy as np

from harness.errors import HarnessError, InputError
from harness.regression.baseline_values import baseline_frame
from harness.regression.lock import alone
from harness.regression.panel import Panel, fingerprints
from harness.regression.session import open_session
from harness.spec.fingerprint import draws_random_numbers
from harness.sweep.options import Options
from harness.sweep.progress import Watch
from reports.regression.calibration import Calibration, calibrate

__all__ = ["calibrate_panel"]

CALIBRATION = "calibration"
SIDES = 2
LEAST_SEEDS = 8  # of which resamples differ enough
DRAWS_SEED = 70


def calibrate_panel(panel: Panel, options: Options, *, watch: Watch | None = None) -> Calibration:
    """Run the seeded variants of a panel with many seeds and see how far the dice carry.

    Args:
        panel: What is run; its own seeds are what a regression would take.
        options: Store, output folder, device, workers.
        watch: Is told of every change of the progress.

    Raises:
        InputError: No variant draws random numbers, or nothing may be inferred from the pairs.
        HarnessError: Runs failed.
        StoreError: Another regression of the panel is at work, or store or disk failed.
    """
    many = _with_enough_seeds(panel)
    seeded = [
        variant.name for variant in many.spec.variants if draws_random_numbers(variant.settings)
    ]
    if not seeded:
        raise InputError(
            "no variant of the panel draws random numbers, so it has no noise to measure; a "
            "variant with start: noise does"
        )
    with (
        alone(options.out, panel.spec.name),
        open_session(many, options, watch=watch) as session,
    ):
        with session.begin(CALIBRATION):
            session.perform(fingerprints(session.plan, many.seeds, seeded))
        if session.failures:
            reason = next(iter(session.failures.values()))
            raise HarnessError(f"{len(session.failures)} runs failed: {reason}")
        made = session.numbers()
    try:
        return calibrate(
            baseline_frame(made),
            panel.gates,
            breaks=panel.gate.breaks,
            seeds=len(panel.seeds),
            confirm_seeds=len(panel.confirm_seeds),
            silent=(len(many.spec.variants) - len(seeded)) * len(panel.gates),
            rng=np.random.default_rng(DRAWS_SEED),
        )
    except ValueError as error:
        raise InputError(str(error)) from error


def _with_enough_seeds(panel: Panel) -> Panel:
    """Return a panel with as many seeds as a calibration needs; all of them are run."""
    each = len(panel.seeds) + len(panel.confirm_seeds)
    return panel.with_seeds(max(SIDES * each, LEAST_SEEDS))
