"""``harness claims``: experiments are run once, judged by rules, and written on one page."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from harness.cli.claims import command
from harness.sweep.tracking.store import connect, locate
from harness.transfer.pretrained import published
from tests.published.network import random_state

from .conftest import SWEEP

MakeSweep = Callable[..., Path]
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("store")]

SCALES = "scales: {small: {iterations: 3}, full: {}}\n"
WALK = SWEEP.replace(
    "  weights.style: {values: [1, 10]}",
    "  step: {zip: {pooling: [max, avg, avg], weights.style: [1, 1, 5]}, "
    "labels: [base, average, weight]}",
)
CLAIMS = """\
claims:
  A4:
    says: More style weight gives more style.
    parts:
      - says: ten times the weight is nearer to the style
        sweep: weight
        metric: style/gain
        of: {weights.style: 10}
        less: {weights.style: 1}
        expect: {above: 0.05}
  B3: {says: It is fast., waits: the feed-forward model}
  D1:
    says: The loss falls to the end.
    parts:
      - says: it is lower than half way
        sweep: walk
        metric: loss/total
        of: {}
        less: {iteration: 2}
        how: ratio
        expect: {below: 0}
questions:
  - {asks: "Does weight matter?", answers: {A: yes, C: no}, claims: [A4]}
walk: {sweep: walk, says: Which change paid}
"""


@pytest.fixture
def rules(make_sweep: MakeSweep, tmp_path: Path) -> Path:
    """Write two sweeps with two scales, and rules on them, in a folder of their own."""
    folder = tmp_path / "own"
    folder.mkdir()
    for picture in tmp_path.glob("?[01].png"):
        shutil.move(picture, folder)
    for name, text in (("weight", SWEEP), ("walk", WALK)):
        make_sweep(name, text + SCALES).rename(folder / f"{name}.yaml")
    path = folder / "claims.yaml"
    path.write_text(CLAIMS)
    return path


def claims(rules: Path, *arguments: str) -> Result:
    """Call the command in this process."""
    given = ["--rules", str(rules), "--workers", "0", *arguments]
    return CliRunner().invoke(command, given, standalone_mode=False)


def finished() -> dict[str, int]:
    """Return how many runs each sweep of the store has finished."""
    client = connect(locate(None))
    found = {}
    for experiment in client.search_experiments():
        text = "tags.`harness.kind` = 'run' AND attributes.status = 'FINISHED'"
        runs = client.search_runs([experiment.experiment_id], text, max_results=100)
        if runs:
            found[experiment.name] = len(runs)
    return found


def test_claims_are_measured_once_and_written(rules: Path, tmp_path: Path) -> None:
    """Twice the same verdicts, no run twice; the files say what they rest on."""
    done = claims(rules)

    assert 0 == done.return_value, done.output
    runs = {"walk-small": 6, "weight-small": 2}  # the other two are the walk's
    assert runs == finished()
    folder = tmp_path / "results" / "claims-small"
    assert (folder / "claims.html").stat().st_size > 0
    text = (folder / "claims.md").read_text()
    for word in ("A4", "D1", "cannot tell", "feed-forward model", "k-means", "Which change paid"):
        assert word in text, word
    json.loads((folder / "claims.json").read_text())
    assert (tmp_path / "results" / "walk-small" / "report.html").exists()
    assert "A4" in done.stdout
    assert "claims.html" in done.stdout

    again = claims(rules)
    assert done.stdout == again.stdout
    assert runs == finished()
    assert 2 == again.stderr.count("done already")
    page = tmp_path / "results" / "walk-small" / "report.html"
    page.unlink()
    assert 1 == claims(rules).stderr.count("done already")
    assert page.exists()


def test_an_experiment_alone_and_its_price(rules: Path) -> None:
    """A plan runs nothing; only what is named is run, at the scale that is named."""
    planned = claims(rules, "--dry-run", "--json", "--set", "image_size=48")
    record = json.loads(planned.stdout)
    assert ["walk", "weight"] == [one["name"] for one in record["experiments"]]
    assert (10, 0) == (record["all"]["runs"], record["all"]["done"])
    assert record["all"]["seconds"] > 0
    assert {} == finished()

    done = claims(rules, "WEIGHT", "--scale", "full", "--json")

    assert 0 == done.return_value, done.output
    json.loads(done.stdout)
    assert {"weight-full": 4} == finished()
    table = claims(rules, "weight", "--scale", "full", "--dry-run").stdout.splitlines()
    assert ["experiment", "weight", "all"] == [line.split()[0] for line in table[:3]]
    assert ["2", "2", "4", "4", "0", "s"] == table[1].split()[1:7]


def test_the_same_with_imagenet_parameters(
    rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where published parameters are on the machine, verdicts are about these, and say so."""
    saved = tmp_path / "made.pth"
    torch.save(random_state("vgg19", seed=0), saved)
    prefix = hashlib.sha256(saved.read_bytes()).hexdigest()[:8]
    name = f"vgg19-{prefix}.pth"
    there = published.PublishedFile(weights="", file_name=name, size_mib=1)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(published, "PUBLISHED", {**published.PUBLISHED, "vgg19": there})
    there.path.parent.mkdir(parents=True)
    saved.rename(there.path)

    done = claims(rules, "weight", "--set", "pretrained=auto")

    assert 0 == done.return_value, done.output
    text = (tmp_path / "results" / "claims-small" / "claims.md").read_text()
    assert "vgg19 (imagenet)" in text
    assert "k-means" not in text
