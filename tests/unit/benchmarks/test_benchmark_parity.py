"""Parity, really measured, at small size: number formats and lanes make equally good pictures."""

import argparse

import pytest

from benchmarks.parity import FORMATS, measure
from benchmarks.quality_figures import MARGINS

OPTIONS = argparse.Namespace(pairs=6, size=64, lanes_size=48, lanes=2, iterations=16)


@pytest.mark.slow
def test_scores_of_formats_and_lanes_are_alike() -> None:
    """On six pairs, by the margins of the benchmark; and there is something to compare."""
    _, found = measure(OPTIONS)

    assert [FORMATS, "2 lanes beside alone, float32", "2 lanes beside alone, bfloat16"] == [*found]
    for differences in found.values():
        assert MARGINS.keys() == differences.keys()
        for name, values in differences.items():
            assert max(map(abs, values)) < MARGINS[name]
    assert any(found[FORMATS]["style/gain"]), "bfloat16 left no trace: was it used?"
    assert [6, 12, 12] == [len(one["style/gain"]) for one in found.values()]
