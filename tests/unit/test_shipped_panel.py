"""The panel that ships for scheduled regressions can be judged, and means the same everywhere."""

from collections import Counter
from pathlib import Path

import pytest

from harness.images.builtin import builtin_names
from harness.spec.fingerprint import draws_random_numbers
from harness.spec.sweep_spec import SweepSpec, load_sweep
from reports.clusters import sharing_of

PATH = Path(__file__).parent.parent.parent / "sweeps" / "regression.yaml"


@pytest.fixture(scope="module")
def panel() -> SweepSpec:
    """Load the panel."""
    return load_sweep(PATH)


def test_twelve_different_pairs_use_every_builtin_picture_evenly(panel: SweepSpec) -> None:
    """Every photograph twice; no style more than once more often than another."""
    contents = Counter(pair.content.text.removeprefix("builtin:") for pair in panel.pairs)
    styles = Counter(pair.style.text.removeprefix("builtin:") for pair in panel.pairs)

    assert 12 == len(panel.pairs)
    assert dict.fromkeys(builtin_names("content"), 2) == contents
    assert set(builtin_names("style")) == set(styles)
    assert max(styles.values()) - min(styles.values()) <= 1


def test_pairs_that_share_pictures_are_enough_for_a_verdict(panel: SweepSpec) -> None:
    """At least four contents and styles, used evenly, or the statistics refuse."""
    pictures = tuple((pair.content.text, pair.style.text) for pair in panel.pairs)

    assert "" == sharing_of(pictures).refusal


def test_nothing_in_it_is_left_to_the_machine(panel: SweepSpec) -> None:
    """Precision, parameters and evaluator do not depend on what a machine has."""
    for variant in panel.variants:
        assert ("float32", "kmeans") == (variant.settings.precision, variant.settings.pretrained)
    assert "kmeans" == panel.evaluation.evaluator


def test_one_variant_is_seeded_and_one_is_not(panel: SweepSpec) -> None:
    """Several seeds, and fresh ones to confirm with, for the variant that draws numbers."""
    seeded = {one.settings.start: draws_random_numbers(one.settings) for one in panel.variants}

    assert {"noise": True, "content": False} == seeded
    assert len(panel.seeds) >= 2
    assert panel.gate is not None
    assert panel.gate.confirm_seeds


def test_few_gates(panel: SweepSpec) -> None:
    """Style and content; seconds have a margin of their own."""
    assert panel.gate is not None
    assert ["style/gain", "content/score"] == list(panel.gate.margins)
