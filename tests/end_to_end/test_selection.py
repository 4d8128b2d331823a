"""``--only`` and ``--fresh``: some of a sweep, and all of it anew."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.entities import ViewType

from harness.errors import InputError
from harness.sweep.coordinator import Outcome
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep
from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("store")

SHORT = ("iterations=1", "evaluation.snapshots=[]")


def sweep(path: Path, *, only: tuple[str, ...] = (), fresh: bool = False) -> Outcome:
    """Run the tiny sweep in this process."""
    options = Options(only=only, fresh=fresh)
    return run_sweep(*load_with_pictures(path, SHORT), options)


def runs(experiment: str, view: int = ViewType.ACTIVE_ONLY) -> Counter[str]:
    """Count a sweep's finished runs by variant."""
    client = connect(locate(None))
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    text = "tags.`harness.kind` = 'run' AND attributes.status = 'FINISHED'"
    return Counter(
        run.data.tags["harness.variant"]
        for run in client.search_runs([found.experiment_id], text, run_view_type=view)
    )


@pytest.mark.slow
@pytest.mark.parametrize("pattern", ["weights.style=10", "*=10"])
def test_only_one_variant(make_sweep: MakeSweep, pattern: str) -> None:
    """Only the named variant is run, nothing else counts as missing, and the rest can follow."""
    path = make_sweep()

    outcome = sweep(path, only=(pattern,))

    assert (0, 0) == (outcome.failed, outcome.missing)
    assert {"weights.style=10": 2} == runs("tiny")
    sweep(path)
    assert {"weights.style=10": 2, "weights.style=1": 2} == runs("tiny")


def test_only_an_unknown_variant(make_sweep: MakeSweep) -> None:
    """A name that fits no variant is refused with the nearest one."""
    with pytest.raises(InputError, match=r"did you mean 'weights\.style=10'"):
        sweep(make_sweep(), only=("weight.style=10",))


@pytest.mark.slow
def test_fresh_does_everything_anew(make_sweep: MakeSweep) -> None:
    """``--fresh`` sets the finished runs aside, where MLflow can restore them, and repeats all."""
    path = make_sweep()
    sweep(path)

    outcome = sweep(path, fresh=True)

    assert (0, 0) == (outcome.failed, outcome.missing)
    assert {"weights.style=1": 2, "weights.style=10": 2} == runs("tiny")
    assert {"weights.style=1": 2, "weights.style=10": 2} == runs("tiny", ViewType.DELETED_ONLY)


@pytest.mark.slow
def test_fresh_takes_nothing_from_other_sweeps(make_sweep: MakeSweep) -> None:
    """A fresh sweep makes its own runs, also when it is continued later."""
    sweep(make_sweep("other"))
    path = make_sweep()

    sweep(path, fresh=True, only=("weights.style=1",))
    sweep(path)

    assert {"weights.style=1": 2, "weights.style=10": 2} == runs("tiny")
