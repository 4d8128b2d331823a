"""Does the gate find faults, and is it quiet where nothing changed? Writes docs/regression.md.

``python -m benchmarks.regression`` judges the stored pool in seconds; ``--measure`` first measures
what the pool lacks (45 minutes for the whole on two cores), ``--time`` the timing pool anew.
"""

import argparse
import csv
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.faults import EVALUATOR, FAULTS, NO_CHANGE, SLOWER, Fault, faulty_copy
from benchmarks.regression_pool import PANEL, POOL, measure_pool
from harness.regression.checkout import Source
from harness.regression.panel import Panel, load_panel
from harness.regression.timing import measure
from harness.transfer.precision import numerics
from reports.regression.model import SECONDS, State
from reports.regression.resampling import Pool, resample
from reports.regression.rule import SEVERITY, infer, states

HERE = Path(__file__).parent
TIMES = HERE / "regression_times.csv"
TIME_COLUMNS = ("fault", "round", "pair", "baseline", "candidate")
PAGE = HERE.parent / "docs" / "regression.md"

RESAMPLES = 1000
DRAWS_SEED = 7
ROUNDS = 4
ITERATIONS = 8
ENOUGH = {"style/gain": 0.1, "content/score": 0.03}  # a fault that lowers these must be found
FOUND, QUIET = 0.95, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the gate says of one fault.

    ``effects`` are the differences of the reference measurement, ``shares`` those of resamples
    by state.
    """

    fault: Fault
    effects: dict[str, float]
    shares: dict[State, float]
    determinism: str
    must_be_found: bool


SHOWN = (
    State.REGRESSED,
    State.INCONCLUSIVE,
    State.EQUIVALENT,
    State.IMPROVED,
    State.NOT_COMPARABLE,
)
NOT_COMPARABLE = 3  # exit code
REGRESSION = HERE.parent / "sweeps" / "regression.yaml"
BASELINE = HERE.parent / "baselines" / "regression.json"
DETERMINISM = (
    "from harness.regression.determinism import check_determinism as c; f = c(); "
    "print('reproduced' if f.is_same else 'RED' if f.is_red else 'differs')"
)
PAGE_TEXT = """\
# What the regression gate finds

Made by `python -m benchmarks.regression`; a row says how often, in {resamples} resamples, the gate
came to each verdict. Measured on {machine}.

- **The panel**: `benchmarks/regression_panel.yaml`, {pairs} pairs × {seeds} seeds at {size} pixels and
  {iterations} iterations; {confirm} fresh seeds where the first cannot tell or say REGRESSED. Margins:
  {margins}; seconds {seconds:.0%}. One pair is red by itself beyond {breaks:g} margins.
- **The faults** are edits of a copy of the engine (`benchmarks/faults.py`); its runs are real, {runs}
  of them in `benchmarks/regression_pool.csv`: {unchanged} seeds of the engine as it is, {faulty} of
  every fault.
- A fault is judged on the baseline's seeds, as `harness regress` does; *no change* on seeds other than
  the baseline's. That is harsher than any night: equal seeds of equal code give equal pictures.
- *Effect* is a reference measurement over twelve pairs. What lowers style gain by 0.1 or the content
  score by 0.03 must be REGRESSED in 95 % of resamples; *no change* may be red in 1 %.
- Seconds are judged from {rounds} rounds of the timing tier, in alternation with the engine as it is.
- Margins and the number of fresh seeds were chosen on this same pool, which flatters *no change* a
  little. One seed's noise is shared by all pairs and moves them together, which no test over pairs
  sees: here more seeds help more than more pairs.
- *Determinism* is the first tier, which compares golden numbers; the verdicts here do without it.

| fault | effect | REGRESSED | INCONCLUSIVE | EQUIVALENT | IMPROVED | NOT COMPARABLE | determinism | must be found | |
|---|---|---:|---:|---:|---:|---:|---|---|---|
{rows}
"""  # noqa: E501 - a table of Markdown has no line breaks


def _pool(frame: pd.DataFrame, panel: Panel, fault: str) -> Pool:
    rows = frame[frame["fault"] == fault]
    pairs = [(pair.content.text, pair.style.text) for pair in panel.spec.pairs]
    tables = {}
    for metric in ENOUGH:
        wide = rows.pivot_table(index=["content", "style"], columns="seed", values=metric)
        tables[metric] = wide.loc[pairs].dropna(axis=1).to_numpy(dtype=np.float64)
    return tables


def _effects(frame: pd.DataFrame, fault: str) -> dict[str, float]:
    """Mean over the reference's pairs of the difference that a fault makes, on common seeds."""
    key = ["content", "style", "seed"]
    both = (
        frame[frame["fault"] == NO_CHANGE.name]
        .merge(frame[frame["fault"] == fault], on=key, suffixes=("", " fault"))
        .query("seed < 2")
    )
    found = {}
    for metric in ENOUGH:
        difference = both[f"{metric} fault"] - both[metric]
        found[metric] = float(difference.groupby([both["content"], both["style"]]).mean().mean())
    return found


def picture_line(frame: pd.DataFrame, panel: Panel, fault: Fault, determinism: str) -> Line:
    """Judge a fault that changes pictures, on seeds drawn from the pool.

    Args:
        frame: The pool.
        panel: What is run and gated.
        fault: What was measured.
        determinism: What the first tier says of it.
    """
    unchanged = _pool(frame, panel, NO_CHANGE.name)
    is_change = fault is not NO_CHANGE
    theirs = _pool(frame, panel, fault.name) if is_change else unchanged
    count = theirs["style/gain"].shape[1]
    ours = {name: table[:, :count] for name, table in unchanged.items()}
    verdicts = resample(
        ours,
        theirs,
        panel.gates,
        breaks=panel.gate.breaks,
        sharing=panel.sharing,
        seeds=len(panel.seeds),
        confirm_seeds=len(panel.confirm_seeds),
        resamples=RESAMPLES,
        same_seeds=is_change,
        rng=np.random.default_rng(DRAWS_SEED),
    )
    effects = _effects(frame, fault.name) if is_change else {}
    counts = verdicts.counts()
    return Line(
        fault=fault,
        effects=effects,
        shares={state: counts[state] / RESAMPLES for state in State},
        determinism=determinism,
        must_be_found=any(-effects.get(name, 0.0) >= least for name, least in ENOUGH.items()),
    )


def _time_line(panel: Panel, fault: Fault, name: str, determinism: str) -> Line:
    """Judge seconds: in each resample every pair has the time of one of its rounds."""
    times = pd.read_csv(TIMES).query("fault == @name")
    ratio = np.log(times["candidate"] / times["baseline"])
    by_pair = times.assign(ratio=ratio).pivot_table("ratio", "pair", "round").to_numpy()
    rng = np.random.default_rng(DRAWS_SEED)
    rounds = rng.integers(by_pair.shape[1], size=(RESAMPLES, by_pair.shape[0]))
    worse = np.take_along_axis(by_pair[None], rounds[..., None], axis=2)[..., 0]
    found = infer(worse, panel.sharing)
    codes = states(found, found.p, math.log1p(panel.gate.seconds), math.inf)
    return Line(
        fault=fault,
        effects={SECONDS: float(np.expm1(by_pair.mean()))},
        shares={state: float((codes == SEVERITY.index(state)).mean()) for state in State},
        determinism=determinism,
        must_be_found=name == SLOWER.name,
    )


def _evaluator_line(fault: Fault, copy: Path, determinism: str) -> Line:
    """Run the command in the faulty copy: it must refuse before the first run."""
    words = ["-m", "harness", "regress", str(REGRESSION), "--baseline", str(BASELINE), "--json"]
    with tempfile.TemporaryDirectory() as folder:
        done = _python(copy, *words, cwd=Path(folder))
    state = State(json.loads(done.stdout)["state"])
    if done.returncode != NOT_COMPARABLE:
        raise RuntimeError(f"exit code {done.returncode}: {done.stdout} {done.stderr}")
    return Line(
        fault=fault,
        effects={},
        shares={one: float(one == state) for one in State},
        determinism=determinism,
        must_be_found=False,
    )


def _determinism(copy: Path) -> str:
    done = _python(copy, "-c", DETERMINISM)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout.strip()


def _python(
    copy: Path, *words: str, cwd: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONPATH": str(copy)}
    return subprocess.run(  # noqa: S603 - our own code
        [sys.executable, *words],
        env=environment,
        cwd=cwd or copy,
        capture_output=True,
        text=True,
        check=False,
    )


def measure_times(panel: Panel) -> None:
    """Time the panel with and without the slowdown, in alternation with the engine as it is."""
    with TIMES.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(TIME_COLUMNS)
        for fault in (NO_CHANGE, SLOWER):
            for number in range(ROUNDS):
                for pair, ours, theirs in _timed(panel, fault):
                    writer.writerow([fault.name, number, pair, f"{ours:.6f}", f"{theirs:.6f}"])
                file.flush()
                print(f"{fault.name}, round {number}", flush=True)


def _timed(panel: Panel, fault: Fault) -> Iterator[tuple[str, float, float]]:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        found = measure(
            panel.spec,
            Source(path=faulty_copy(NO_CHANGE, Path(one)), title="as it is", commit=""),
            candidate=Source(path=faulty_copy(fault, Path(other)), title=fault.name, commit=""),
            iterations=ITERATIONS,
            rounds=1,
            device="cpu",
        )
    both = found.baseline.merge(found.candidate, on="pair", suffixes=("", " candidate"))
    for pair, ours, theirs in zip(
        both["pair"], both[SECONDS], both[f"{SECONDS} candidate"], strict=True
    ):
        yield str(pair), float(ours), float(theirs)


def _lines(panel: Panel) -> Iterator[Line]:
    frame = pd.read_csv(POOL)
    for fault in FAULTS:
        with tempfile.TemporaryDirectory() as folder:
            copy = faulty_copy(fault, Path(folder))
            determinism = _determinism(copy)
            if fault is EVALUATOR:
                yield _evaluator_line(fault, copy, determinism)
            elif fault is SLOWER:
                yield _time_line(panel, fault, fault.name, determinism)
            else:
                yield picture_line(frame, panel, fault, determinism)
    unchanged = Fault(name="no change, timed", what="the engine as it is, beside itself")
    yield _time_line(panel, unchanged, NO_CHANGE.name, "reproduced")


def _effect_text(line: Line) -> str:
    if not line.effects:
        return "—"
    if SECONDS in line.effects:
        return f"seconds {line.effects[SECONDS]:+.0%}"
    style, content = (line.effects[name] for name in ENOUGH)
    return f"style gain {style:+.2f}, content {content:+.3f}"


def is_right(line: Line) -> bool:
    """Tell whether the gate does what is promised of it."""
    red = line.shares[State.REGRESSED]
    if line.fault is EVALUATOR:
        return line.shares[State.NOT_COMPARABLE] == 1
    if line.fault.name.startswith(NO_CHANGE.name):
        return red <= QUIET
    return red >= FOUND or not line.must_be_found


def _page(panel: Panel, lines: list[Line]) -> str:
    machine = numerics("cpu", "float32")
    rows = [
        f"| {line.fault.name}: {line.fault.what} | {_effect_text(line)} | "
        + " | ".join(f"{line.shares[state]:.1%}" for state in SHOWN)
        + f" | {line.determinism} | {'yes' if line.must_be_found else '—'} | "
        f"{'✓' if is_right(line) else '✗'} |"
        for line in lines
    ]
    margins = ", ".join(f"{name} {margin:g}" for name, margin in panel.gate.margins.items())
    pool = pd.read_csv(POOL)
    return PAGE_TEXT.format(
        rows="\n".join(rows),
        margins=margins,
        seconds=panel.gate.seconds,
        breaks=panel.gate.breaks,
        pairs=len(panel.spec.pairs),
        seeds=len(panel.seeds),
        confirm=len(panel.confirm_seeds),
        size=panel.spec.base.image_size,
        iterations=panel.spec.base.iterations,
        resamples=RESAMPLES,
        runs=len(pool),
        unchanged=pool.query("fault == @NO_CHANGE.name")["seed"].nunique(),
        faulty=pool.query("fault != @NO_CHANGE.name")["seed"].nunique(),
        rounds=ROUNDS,
        machine=f"{machine['device_name']}, torch {machine['torch']}, {platform.system()}",
    )


def main() -> None:
    """Measure what is asked for, judge, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true", help="measure what the pool lacks")
    parser.add_argument("--time", action="store_true", help="measure the timing pool anew")
    asked = parser.parse_args()
    panel = load_panel(PANEL, ())
    if asked.measure:
        measure_pool()
    if asked.time:
        measure_times(panel)
    lines = list(_lines(panel))
    page = _page(panel, lines)
    PAGE.write_text(page, encoding="utf-8")
    print(page)
    if not all(map(is_right, lines)):
        sys.exit(1)


if __name__ == "__main__":
    main()
