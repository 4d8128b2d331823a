"""``harness regress`` and ``harness baseline accept``: red, green, and never green by mistake."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from benchmarks.faults import NO_CHANGE, faulty_copy
from harness.cli.baseline import command as baseline
from harness.cli.regress import command as regress
from harness.cli.sweep import command as sweep
from harness.errors import HarnessError, InputError, StoreError
from harness.regression.session import experiment_of
from harness.sweep.tracking.names import Kind, Tag
from harness.sweep.tracking.store import connect, locate, search_everywhere
from harness.transfer.optimizers.adam import Adam
from reports.regression.model import Determinism
from tests.end_to_end.conftest import draw

PAIRS = 6
PANEL = """\
question: Is the tiny panel worse?
cases:
  content: [{contents}]
  style: [{styles}]
  pairing: zip
  seeds: [0]
base:
  pretrained: kmeans
  precision: float32
  image_size: 32
  iterations: 6
  lr: 0.1
  averaging: 0
  content_layers: relu1_1
  style_layers: [rgb, relu1_1]
parameters:
  start: {{values: [noise, content]}}
evaluation: {{evaluator: kmeans, size: 64}}
gate:
  margins: {{style/gain: 0.2, content/score: 0.1}}
  confirm_seeds: [1]
  breaks: 10
"""
SAME = Determinism(is_same=True, is_red=False, text="The engine computes the stored numbers.")

pytestmark = pytest.mark.slow


def run(command: Any, *words: str) -> Result:
    """Run a command in this process, on this process; its errors reach the test."""
    arguments = [*words, "--workers", "0"]
    return CliRunner().invoke(command, arguments, catch_exceptions=False, standalone_mode=False)


def regressed(*words: str) -> tuple[int, dict[str, Any]]:
    """Run a regression; return its exit code and its record."""
    done = run(regress, "panel.yaml", "--json", *words)
    return done.return_value, json.loads(done.stdout)


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    """Return a folder with a panel, its pictures and the baseline of it."""
    folder = tmp_path_factory.mktemp("accepted")
    shutil.copy(empty_store, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("HARNESS_CACHE", str(folder / "cache"))
        patch.setenv("TORCH_HOME", str(folder / "torch"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        contents, styles = ([f"{kind}{at}.png" for at in range(PAIRS)] for kind in "cs")
        for at, name in enumerate([*contents, *styles]):
            draw(folder / name, at)
        text = PANEL.format(contents=", ".join(contents), styles=", ".join(styles))
        Path("panel.yaml").write_text(text)
        done = run(baseline, "accept", "panel.yaml", "--reason", "the first one")
        assert 0 == done.return_value
    return folder


@pytest.fixture
def panel(
    accepted: Path, empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Work in a copy of it, with an empty store, and take determinism for granted."""
    ours = shutil.ignore_patterns("mlflow.db*", "mlruns", "results")
    shutil.copytree(accepted, tmp_path, ignore=ours, dirs_exist_ok=True)
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr("harness.regression.regress.check_determinism", lambda: SAME)
    return tmp_path


@pytest.fixture
def slow_adam(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break the optimiser: it takes a tenth of the step."""
    update = Adam.update

    def tenth(self: Adam, evaluation: Any) -> None:
        self.lr /= 10  # the loop sets it anew
        update(self, evaluation)

    monkeypatch.setattr(Adam, "update", tenth)


def test_the_same_code_is_equivalent(panel: Path) -> None:
    """Nothing changed: green, every difference zero, everything in MLflow, nothing reused."""
    code, record = regressed()

    assert (0, "EQUIVALENT") == (code, record["state"])
    assert {0.0} == {pair["worse_by"] for one in record["findings"] for pair in one["pairs"]}
    files = {path.name for path in (panel / "results/panel/regress").iterdir()}
    assert {"regress.html", "regress.json", "summary.md", "junit.xml"} <= files
    client = connect(locate(None))
    runs = list(search_everywhere(client, f"tags.`{Tag.KIND}` = '{Kind.CHECK}'"))
    assert 2 * PAIRS == len(runs)
    assert client.get_experiment_by_name(experiment_of("panel")) is not None


def test_a_sweep_does_not_take_runs_of_a_regression(panel: Path) -> None:
    """What was run for a check may be of broken code: a sweep runs its own."""
    del panel
    done = run(sweep, "panel.yaml", "--dry-run")

    assert "done       0" in done.stdout


def test_a_fault_is_red_and_fresh_seeds_were_asked(panel: Path, slow_adam: None) -> None:
    """A broken optimiser: exit code 1, a failure for CI, and the first red was confirmed."""
    del slow_adam
    code, record = regressed()

    assert (1, "REGRESSED") == (code, record["state"])
    red = [one for one in record["findings"] if one["state"] == "REGRESSED"]
    assert "style/gain" in {one["metric"] for one in red}
    assert 2 == max(one["n_seeds"] for one in record["findings"])
    assert any("fresh seeds" in note for note in record["notes"])
    junit = ET.parse(panel / "results/panel/regress/junit.xml").getroot()  # noqa: S314 - ours
    assert int(junit.get("failures", "0")) == len(red)


def test_history_grows_and_keeps_verdicts(panel: Path, slow_adam: None) -> None:
    """A second regression has the first one's levels before its own."""
    del panel, slow_adam
    regressed()
    _, record = regressed()

    assert 2 == len({row["occasion"] for row in record["history"]})
    assert {"REGRESSED"} <= {row["state"] for row in record["history"]}


def test_what_one_call_alone_changes_has_a_history_of_its_own(panel: Path) -> None:
    """A try-out with another setting leaves no row in the history of the nights."""
    del panel
    regressed("--set", "lr=0.01")
    _, record = regressed()

    assert 1 == len({row["occasion"] for row in record["history"]})


def test_a_copy_that_cannot_be_timed_costs_no_verdict(panel: Path) -> None:
    """Pictures that were judged stay judged where the other copy turns out not to run."""
    broken = panel / "copy" / "harness"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise RuntimeError('broken copy')")
    code, record = regressed("--against", str(broken.parent))

    assert (3, "NOT COMPARABLE") == (code, record["state"])
    states = {one["metric"]: one["state"] for one in record["findings"]}
    assert ("EQUIVALENT", "NOT COMPARABLE") == (states["style/gain"], states["seconds"])


def test_time_is_judged_beside_another_copy(panel: Path) -> None:
    """The same code in another folder takes as long, give or take a factor of eleven."""
    copy = faulty_copy(NO_CHANGE, panel / "copy")
    code, record = regressed("--against", str(copy), "--set", "gate.seconds=10")

    states = {(one["variant"], one["metric"]): one["state"] for one in record["findings"]}
    assert (0, "EQUIVALENT") == (code, states["start=noise", "seconds"])
    assert ("start=content", "seconds") not in states
    assert any("Seconds were measured here" in note for note in record["notes"])


def test_a_panel_that_can_tell_nothing_is_refused(panel: Path) -> None:
    """Five pairs are too few for any verdict: said before the first run."""
    del panel
    few = ["c0.png,c1.png,c2.png,c3.png,c4.png", "s0.png,s1.png,s2.png,s3.png,s4.png"]
    with pytest.raises(InputError, match="NOT COMPARABLE"):
        regressed("--set", f"cases.content=[{few[0]}]", "--set", f"cases.style=[{few[1]}]")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "no such baseline"),
        (lambda path: path.write_text(path.read_text()[:2000]), "cut off"),
        (lambda path: path.write_text(path.read_text().replace("first", "last")), "by hand"),
    ],
    ids=["missing", "truncated", "edited"],
)
def test_damaged_baselines_are_errors(
    panel: Path, spoil: Callable[[Path], object], message: str
) -> None:
    """A baseline that is missing, truncated or edited is exit code 2 before any run."""
    earlier = panel / "results/panel/regress/junit.xml"
    earlier.parent.mkdir(parents=True, exist_ok=True)
    earlier.write_text("<green/>")
    spoil(panel / "baselines/panel.json")
    with pytest.raises(InputError, match=message):
        regressed()

    assert not earlier.exists()  # what an earlier night said is not what this one says


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("cases.content=[c1.png,c0.png,c2.png,c3.png,c4.png,c5.png]", "pairs"),
        ("evaluation.size=80", "evaluator"),
        ("pretrained=random", "parameters"),
        ("parameters.start.values=[noise]", "variants"),
    ],
)
def test_what_does_not_go_together_is_not_comparable(
    panel: Path, override: str, reason: str
) -> None:
    """Other pairs, evaluators, parameters or variants: exit code 3, said in every file."""
    code, record = regressed("--set", override)

    assert (3, "NOT COMPARABLE") == (code, record["state"])
    assert reason in record["refusal"]
    client = connect(locate(None))
    text = f"tags.`{Tag.VERDICT}` = 'NOT COMPARABLE'"
    assert 1 == len(list(search_everywhere(client, text)))
    junit = ET.parse(panel / "results/panel/regress/junit.xml").getroot()  # noqa: S314 - ours
    assert int(junit.get("errors", "0")) > 0


def test_changed_settings_are_judged_and_named(panel: Path) -> None:
    """Another learning rate is no refusal: what it does is judged."""
    del panel
    code, record = regressed("--set", "lr=0.01")

    assert (1, "REGRESSED") == (code, record["state"])
    assert any("lr 0.1 → 0.01" in note for note in record["notes"])


def test_failed_runs_are_red(panel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that fails cannot hide behind the others."""
    del panel

    def fail(*_: object, **__: object) -> None:
        raise ValueError("made to fail")

    monkeypatch.setattr("harness.sweep.worker.run_transfer", fail)
    code, record = regressed("--set", "limits.retries=0")

    assert 1 == code
    assert 2 * PAIRS == len(record["failures"])


def test_determinism_is_a_tier_of_its_own(panel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that computes other numbers is red though the panel is equivalent."""
    del panel
    red = Determinism(is_same=False, is_red=True, text="The engine computes other numbers.")
    monkeypatch.setattr("harness.regression.regress.check_determinism", lambda: red)
    code, record = regressed()

    assert (1, "REGRESSED") == (code, record["state"])
    assert {"EQUIVALENT"} == {one["state"] for one in record["findings"]}


def test_one_at_a_time(panel: Path) -> None:
    """A second regression of the panel ends with a message while the first is at work."""
    folder = panel / "results/panel/regress"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"), pytest.raises(StoreError, match="at work"):
        regressed()


def test_strict_makes_doubt_an_exit_code(panel: Path) -> None:
    """With margins that nothing can prove, INCONCLUSIVE is 0, and 3 where it must not pass."""
    del panel
    doubtful = ["--set", "lr=0.101", "--set", "gate.margins={style/gain: 1e-9}"]
    relaxed = [*doubtful, "--set", "gate.breaks=1e12"]
    code, record = regressed(*relaxed)

    assert (0, "INCONCLUSIVE") == (code, record["state"])
    assert 3 == regressed(*relaxed, "--strict")[0]


def test_pruning_keeps_numbers(panel: Path) -> None:
    """Pictures of older occasions go, their verdicts stay in the history."""
    regressed()
    before = len(list((panel / "mlruns").rglob("result.png")))
    _, record = regressed("--prune", "1")

    assert 2 * PAIRS == before
    assert 2 * PAIRS == len(list((panel / "mlruns").rglob("result.png")))
    assert 2 == len({row["occasion"] for row in record["history"]})


def test_accepting_tells_what_changed(panel: Path, slow_adam: None) -> None:
    """A new baseline replaces the old one, with its reason, and says what moved."""
    del slow_adam
    done = run(baseline, "accept", "panel.yaml", "--reason", "Adam is slower on purpose")

    assert "REGRESSED" in done.stdout
    assert "Adam is slower on purpose" in (panel / "baselines/panel.json").read_text()
    assert "EQUIVALENT" == regressed()[1]["state"]


def test_failed_runs_make_no_baseline(panel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A baseline lacks nothing: the old one stays where a run failed."""

    def fail(*_: object, **__: object) -> None:
        raise ValueError("made to fail")

    before = (panel / "baselines/panel.json").read_text()
    monkeypatch.setattr("harness.sweep.worker.run_transfer", fail)
    with pytest.raises(HarnessError, match="no baseline is written"):
        run(baseline, "accept", "panel.yaml", "--reason", "x", "--set", "limits.retries=0")

    assert before == (panel / "baselines/panel.json").read_text()


def test_calibration_measures_the_noise(panel: Path) -> None:
    """Only what draws random numbers is run, on fresh seeds, and margins are proposed."""
    del panel
    done = run(regress, "panel.yaml", "--calibrate")

    assert 0 == done.return_value
    assert "start=noise" in done.stdout
    assert "start=content" not in done.stdout
    client = connect(locate(None))
    purposes = [
        run.data.tags.get(Tag.PURPOSE)
        for run in search_everywhere(client, f"tags.`{Tag.KIND}` = '{Kind.REGRESSION}'")
    ]
    assert ["calibration"] == [one for one in purposes if one == "calibration"]
