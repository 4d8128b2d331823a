"""The experiments of the five reports, and the rules by which their claims are judged."""

import itertools
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from harness.spec.claims_file import read_claims
from harness.spec.sweep_spec import SweepSpec, load_sweep
from metrics.catalog import CATALOG
from reports.claims.rules import Claim, Operand, Part, Question, Rules

FOLDER = Path(__file__).parents[3] / "sweeps" / "reports"
CLAIMS = FOLDER / "claims.yaml"
NAMES = (
    *("a-1", "a-2", "a-3", "a-4", "a-5", "b-1", "b-2"),
    *("c-1", "c-2", "c-3", "c-4", "c-5", "d-1"),
    *("e-1", "e-2", "e-3", "e-4", "e-5", "e-6", "e-7"),
)
SCALES = ("small", "full")
PRESETS = {"a": "isotton", "b": "tran", "c": "chadebec", "d": "thakur", "e": "peng-baseline"}
HEADER = ("# Question   ", "# Expected   ", "# Cost       ", "# Command    ")
BOTH = tuple(itertools.product(NAMES, SCALES))
PAIRS = 6  # fewer give no verdict
LOSSES = ("loss/total", "loss/content", "loss/style")
JUDGED = {"A": 9, "B": 3, "C": 9, "D": 3, "E": 9}
"""How many claims each report makes."""


@cache
def _sweep(name: str, scale: str) -> SweepSpec:
    return load_sweep(FOLDER / f"{name}.yaml", [f"scale={scale}"])


@cache
def _rules() -> Rules:
    return read_claims(CLAIMS).rules


def _owned_parts() -> Iterator[tuple[Claim | Question, Part]]:
    owners: tuple[Claim | Question, ...] = (*_rules().claims, *_rules().questions)
    for owner in owners:
        for part in owner.parts:
            yield owner, part


def _named(operand: Operand, spec: SweepSpec) -> Iterator[Mapping[str, int]]:
    """Yield the iterations of every variant that an operand names, by its name."""
    for variant in spec.variants:
        known = {**variant.assignment, "variant": variant.name}
        if all(known.get(axis) == label for axis, label in operand.where.items()):
            yield {variant.name: variant.settings.iterations}


def test_there_is_a_file_for_every_experiment() -> None:
    """All that need neither a feed-forward model nor a video, and no other."""
    assert sorted((*NAMES, "claims")) == sorted(path.stem for path in FOLDER.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_header_says_what_a_reader_wants_to_know(name: str) -> None:
    """Question, expectation with a claim of the report, cost at both scales, and the command."""
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    head = list(itertools.takewhile(lambda line: line.startswith("#"), lines))
    text = "\n".join(head)

    assert HEADER == tuple(line[:13] for line in head if not line.startswith("#  "))
    assert f"{name[0].upper()}" in text.split("# Expected")[1]
    assert "small" in text.split("# Cost")[1]
    assert "full" in text.split("# Cost")[1]
    assert f"harness sweep reports/{name}" in text.split("# Command")[1]


@pytest.mark.parametrize(("name", "scale"), BOTH)
def test_every_file_loads_at_both_scales(name: str, scale: str) -> None:
    """On the preset of its report, with built-in pictures only, six pairs and a layout."""
    spec = _sweep(name, scale)

    assert (f"{name}-{scale}", scale) == (spec.name, spec.scale)
    assert PRESETS[name[0]] == spec.preset
    contents = [pair.content for pair in spec.pairs]
    styles = [part for pair in spec.pairs for part, _ in pair.style.parts]
    assert [] == [one.text for one in (*contents, *styles) if one.path is not None]
    assert spec.question
    assert "columns" in (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "scale"), BOTH)
def test_pairs_are_independent(name: str, scale: str) -> None:
    """No content and no style serves twice, so that six pairs are six independent ones."""
    pairs = _sweep(name, scale).pairs

    assert len(pairs) >= PAIRS
    assert len(pairs) == len({pair.content.name for pair in pairs})
    assert len(pairs) == len({pair.style.name for pair in pairs})


@pytest.mark.parametrize("name", NAMES)
def test_scales_ask_the_same(name: str) -> None:
    """The small scale has the variants, pairs and seeds of the full one, in less of a picture."""
    small, full = (_sweep(name, scale) for scale in SCALES)

    assert [one.name for one in full.variants] == [one.name for one in small.variants]
    assert (full.pairs, full.seeds, full.axes) == (small.pairs, small.seeds, small.axes)
    assert small.base.image_size <= 128 < full.base.image_size


def test_every_claim_of_the_reports_is_there() -> None:
    """A1 to E9 in order: each with parts, or with what it waits for."""
    expected = [
        f"{letter}{number}" for letter, count in JUDGED.items() for number in range(1, count + 1)
    ]

    assert expected == [claim.name for claim in _rules().claims]
    assert {"B3", "C6", "C9"} == {claim.name for claim in _rules().claims if claim.waits}
    assert set(NAMES) == {part.sweep for _, part in _owned_parts()}


def test_every_claim_can_be_lost() -> None:
    """Each that is judged has a part with an expectation; none of a question's is of itself."""
    for claim in _rules().claims:
        assert claim.waits or any(part.expect is not None for part in claim.parts), claim.name


def test_contradictions_name_both_sides() -> None:
    """Seven questions, each with claims that bear on it and measurements of its own."""
    questions = _rules().questions

    assert 7 == len(questions)
    assert all(one.claims and one.parts for one in questions)
    assert set("ABCDE") == {letter for one in questions for letter in one.answers}


@pytest.mark.parametrize("scale", SCALES)
def test_rules_fit_the_sweeps(scale: str) -> None:
    """Every axis and label that a rule names is in its sweep."""
    file = read_claims(CLAIMS)

    file.check_sweeps({name: _sweep(name, scale) for name in file.sweeps})


@pytest.mark.parametrize("scale", SCALES)
def test_measurements_exist(scale: str) -> None:
    """Every metric is known, and what is measured on the way is kept there."""
    for owner, part in _owned_parts():
        spec = _sweep(part.sweep, scale)
        assert part.metric in CATALOG or part.metric in LOSSES, owner
        for operand in (part.of, part.less):
            if operand is None or operand.iteration is None:
                continue
            ends = [end for one in _named(operand, spec) for end in one.values()]
            assert ends, (owner, operand)
            if operand.iteration == "best":
                assert spec.evaluation.snapshots
                continue
            assert isinstance(operand.iteration, int)
            if part.metric in LOSSES:
                assert all(operand.iteration <= end for end in ends), (owner, operand)
            else:
                kept = (*spec.evaluation.snapshots, *ends)
                assert operand.iteration in kept, (owner, operand)


def test_seeds_serve_what_needs_them() -> None:
    """Where pictures of seeds are compared, or a regret is taken from noise, there are several."""
    for owner, part in _owned_parts():
        if part.metric == "seeds/distance" or part.of.regret:
            assert len(_sweep(part.sweep, "small").seeds) > 1, owner


def test_regret_has_several_settings_to_choose_from() -> None:
    """One weight for all is compared with each pair's own best of at least three."""
    for owner, part in _owned_parts():
        if part.of.regret:
            chosen = list(_named(part.of, _sweep(part.sweep, "small")))
            assert len(chosen) >= 3, owner


def test_margins_say_why() -> None:
    """Every expectation has its reason beside it."""
    lines = CLAIMS.read_text(encoding="utf-8").splitlines()

    bare = [line for line in lines if line.strip().startswith("expect:") and "#" not in line]
    assert [] == bare


def test_stations_of_the_walk_change_one_thing_each() -> None:
    """Every step of E's walk moves one setting, and the last leads to the final model."""
    spec = _sweep("e-7", "full")
    final = load_sweep(FOLDER / "e-7.yaml", ["scale=full", "preset=peng-final"]).variants[-1]

    steps = itertools.pairwise([one.settings.model_dump(mode="json") for one in spec.variants])
    moved = [[key for key in before if before[key] != after[key]] for before, after in steps]
    expected = [["pooling"], ["content_layers"], ["style_layers"], ["weights"], ["iterations"]]
    assert expected == moved
    assert final.settings == spec.variants[-1].settings
