"""Timing against a revision: real copies of the project, of which one waits in every iteration."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.faults import NO_CHANGE, SLOWER, faulty_copy
from harness.errors import InputError
from harness.regression.checkout import Source, checkout
from harness.regression.timing import measure
from harness.spec.sweep_spec import load_sweep
from tests.repositories import commit_all

PANEL = """\
cases: {content: ['builtin:chelsea', 'builtin:rocket'], style: ['builtin:ink'], seeds: [3]}
base:
  pretrained: kmeans
  precision: float32
  image_size: 48
  start: noise
  content_layers: {relu1_1: 0.5}
  style_layers: [rgb, relu2_1]
"""


@pytest.mark.slow
def test_a_slower_engine_is_found_in_turns_with_a_revision(tmp_path: Path) -> None:
    """A loop that waits for half of its own time has more seconds; the revision's copy goes."""
    panel = tmp_path / "panel.yaml"
    panel.write_text(PANEL)
    spec = load_sweep(panel)
    repository = faulty_copy(NO_CHANGE, tmp_path / "repository")
    commit = commit_all(repository)
    slow = faulty_copy(SLOWER, tmp_path / "slow")

    with checkout("HEAD", root=repository) as before:
        result = measure(
            spec, before, candidate=Source(path=slow, title="slow", commit=""), device="cpu"
        )

    ratios = np.log(result.candidate["seconds"] / result.baseline["seconds"])
    assert ratios.mean() > 0
    assert [pair.name for pair in spec.pairs] == result.candidate["pair"].tolist()
    assert commit == before.commit
    assert "1" == result.facts["threads"]
    assert not before.path.exists()


@pytest.mark.slow
def test_a_revision_without_a_setting_names_itself_and_the_key(tmp_path: Path) -> None:
    """A panel that uses what an older revision lacks is wrong input, not a traceback."""
    panel = tmp_path / "panel.yaml"
    panel.write_text(f"{PANEL}  stop_window: 7\n")
    old = faulty_copy(NO_CHANGE, tmp_path / "old")
    settings = old / "harness" / "spec" / "settings.py"
    text = settings.read_text()
    assert 1 == text.count("    stop_window: ")
    settings.write_text(text.replace("    stop_window: ", "    stop_patience: "))

    with checkout(str(old)) as before, pytest.raises(InputError) as caught:
        measure(load_sweep(panel), before, device="cpu")

    assert str(caught.value).startswith(f"{old}: stop_window: ")
