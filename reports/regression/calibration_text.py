"""The calibration of a panel for a terminal."""

import pandas as pd

from reports.numbers import counted, fixed
from reports.regression.calibration import Calibration, GateCalibration
from reports.regression.reasons import amount
from reports.text import render_text

__all__ = ["calibration_text"]


def calibration_text(calibration: Calibration, *, width: int = 100) -> str:
    """The calibration as a table with sentences under it.

    Args:
        calibration: what ``calibrate`` returned.
        width: characters of a line.
    """
    table = pd.DataFrame([_row(gate) for gate in calibration.gates])
    panel = f"{counted(calibration.n_pairs, 'pair')} × {counted(calibration.seeds, 'seed')}"
    fresh = counted(calibration.confirm_seeds, "fresh seed")
    drawn = counted(calibration.false_alarms.of, "resample")
    low, high = calibration.false_alarms.interval
    notes = [
        f"A panel of {panel}, and {fresh} where it is undecided or red; {drawn} from "
        f"{counted(calibration.pool_seeds, 'seed')}, nothing changed.",
        f"False alarms: {_percent(calibration.false_alarms.share)} of panels are red "
        f"(95 % interval {_percent(low)} to {_percent(high)}); "
        f"{_percent(calibration.undecided.share)} are inconclusive; "
        f"{_percent(calibration.confirmed.share)} need fresh seeds.",
        "Seed deviation: of one run. Standard error: of the panel's mean between two sets of "
        "seeds. Found from: smallest uniform worsening that is red in 95 % of panels. "
        "Proposed margin: twice the standard error, and the file's at least.",
    ]
    return render_text(table, notes, width=width)


def _row(gate: GateCalibration) -> dict[str, str]:
    values = {
        "seed deviation": gate.seed_deviation,
        "standard error": gate.error,
        "found from": gate.detectable,
        "margin": gate.margin,
        "proposed": gate.proposed,
    }
    smallest = min(value for value in (gate.margin, gate.error) if value > 0)
    cells = {name: amount(gate.metric, value, smallest) for name, value in values.items()}
    names = {"variant": gate.variant, "metric": gate.metric}
    return names | cells | {"false alarms": _percent(gate.false_alarms.share)}


def _percent(share: float) -> str:
    return f"{fixed(100 * share, 1)} %"
