"""A walk between two settings: what differs, in which order, and the sweep file that does it."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from harness.errors import InputError
from harness.spec.settings import Settings
from harness.spec.sweep_spec import load_sweep
from harness.sweep.ablation import plan_walk, walk_file
from harness.sweep.tracking.membership import MemberCase

BASE = Settings(iterations=100)
FINAL = BASE.model_copy(
    update={
        "iterations": 20,
        "pooling": "max",
        "weights": BASE.weights.model_copy(update={"style": 7.0}),
    }
)


def case(pair: int, seed: int = 0) -> MemberCase:
    """Return a made-up case."""
    return MemberCase(
        name=f"{pair}/{seed}",
        pair=f"c{pair} × s{pair}",
        content=f"c{pair}",
        style=f"s{pair}",
        seed=seed,
        content_sha256=f"content{pair}",
        style_sha256=f"style{pair}",
    )


def test_a_style_of_several_pictures_is_written_as_one(tmp_path: Path) -> None:
    """With its label and weights, so that its runs are the same."""
    (tmp_path / "pictures").mkdir()
    paths = {}
    for name in ("content0", "one", "two", "style1", "content1"):
        paths[name] = tmp_path / "pictures" / f"{name}.png"
        Image.new("RGB", (32, 32)).save(paths[name])
    mixed = replace(case(0), style="both", style_weights=(("one", 3), ("two", 1)))
    path = tmp_path / "walk.yaml"
    path.write_text(
        walk_file(
            plan_walk(BASE, FINAL),
            question="Which?",
            cases=[mixed, case(1)],
            pictures=paths,
            evaluation={},
            folder=tmp_path,
        )
    )
    first, second = load_sweep(path).pairs

    assert "both" == first.style.name
    assert [("pictures/one.png", 3.0), ("pictures/two.png", 1.0)] == [
        (one.text, weight) for one, weight in first.style.parts
    ]
    assert "style1" == second.style.name


def test_every_setting_that_differs_is_a_step_in_the_order_of_presets() -> None:
    """Three settings differ; weights change one by one."""
    walk = plan_walk(BASE, FINAL)

    assert ["pooling", "weights.style", "iterations"] == [one.keys[0] for one in walk.changes]
    assert ("0 baseline", "1 pooling avg → max", "2 weights.style 30 → 7") == walk.labels[:3]


def test_the_order_can_be_named_and_keys_can_go_together() -> None:
    """Named keys come first, those of one step in one change; the rest follows."""
    walk = plan_walk(BASE, FINAL, [("iterations", "pooling")])

    assert [("iterations", "pooling"), ("weights.style",)] == [one.keys for one in walk.changes]
    assert "iterations 100 → 20, pooling avg → max" == walk.changes[0].text


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([("poolin",)], "pooling"),
        ([("lr",)], "lr"),
        ([("pooling",), ("pooling",)], "named twice"),
    ],
)
def test_a_wrong_order_is_refused(order: list[tuple[str, ...]], message: str) -> None:
    """A key that does not differ or is named twice is an input error that names it."""
    with pytest.raises(InputError, match=message):
        plan_walk(BASE, FINAL, order)


def test_equal_settings_have_no_walk() -> None:
    """There is nothing to do between equal settings."""
    with pytest.raises(InputError, match="the same"):
        plan_walk(BASE, BASE)


def clashing() -> tuple[Settings, Settings]:
    """Return Adam that clamps, and a torch L-BFGS with a line search that returns its best."""
    return (
        Settings(clamp="step", lr=0.5),
        Settings(
            optimizer="lbfgs",
            lr=1,
            lbfgs_variant="torch",
            lbfgs_line_search="strong_wolfe",
            averaging=0,
            result="best_loss",
        ),
    )


def test_changes_that_need_each_other_are_one_step() -> None:
    """L-BFGS cannot clamp steps, so that goes with it; what goes by itself is a step."""
    walk = plan_walk(*clashing())
    keys = [one.keys for one in walk.changes]

    assert ("optimizer", "clamp") == keys[0]
    assert (("lr",), ("lbfgs_variant",), ("lbfgs_line_search",)) == tuple(keys[1:4])
    assert (
        "optimizer and clamp change in one step: one does not go without the other"
        == (walk.notes[0])
    )
    assert 1 == len(walk.notes)


def test_an_order_that_cannot_be_walked_takes_in_what_it_waits_for() -> None:
    """A step is never lost, nor is one that was named together split."""
    walk = plan_walk(*clashing(), [("lbfgs_line_search",), ("result", "lr")])
    keys = [one.keys for one in walk.changes]

    assert [("lbfgs_line_search", "lbfgs_variant"), ("result", "lr", "averaging")] == keys[:2]
    assert 2 == len([note for note in walk.notes if note.startswith(("lbfgs", "result"))])


def test_every_station_of_such_a_walk_is_a_variant_that_can_be_run(tmp_path: Path) -> None:
    """Settings that do not go together would end the sweep before it began."""
    before, after = clashing()
    pictures = {"content0": tmp_path / "content.png", "style0": tmp_path / "style.png"}
    for path in pictures.values():
        Image.new("RGB", (8, 8)).save(path)
    walk = plan_walk(before, after)
    text = walk_file(
        walk, question="?", cases=[case(0)], pictures=pictures, evaluation={}, folder=tmp_path
    )
    path = tmp_path / "walk.yaml"
    path.write_text(text, encoding="utf-8")
    spec = load_sweep(path)

    assert list(walk.variants) == [variant.name for variant in spec.variants]
    assert (before, after) == (spec.variants[0].settings, spec.variants[-1].settings)


def test_a_tap_that_the_other_backbone_lacks_changes_with_it() -> None:
    """The taps of one network are not those of another."""
    walk = plan_walk(Settings(content_layers={"relu3_4": 1}), Settings(backbone="vgg16"))

    assert [("backbone", "content_layers")] == [one.keys for one in walk.changes]


def test_the_file_is_a_sweep_whose_variants_are_the_stations(tmp_path: Path) -> None:
    """Loaded again, the first variant has the baseline's settings, the last the final ones."""
    pictures = {}
    for name in ("content0", "style0", "content1", "style1"):
        pictures[name] = tmp_path / "pictures" / f"{name}.png"
        pictures[name].parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8)).save(pictures[name])
    walk = plan_walk(BASE, FINAL)

    text = walk_file(
        walk,
        question="Which change paid?",
        cases=[case(0, 3), case(0, 4), case(1, 3), case(1, 4)],
        pictures=pictures,
        evaluation={"evaluator": "kmeans", "size": 64, "balance": 0.5},
        folder=tmp_path,
    )
    path = tmp_path / "walk.yaml"
    path.write_text(text, encoding="utf-8")
    spec = load_sweep(path)

    assert list(walk.variants) == [variant.name for variant in spec.variants]
    assert BASE == spec.variants[0].settings
    assert FINAL == spec.variants[-1].settings
    assert 0 == spec.baseline_index
    assert (3, 4) == spec.seeds
    assert 2 == len(spec.pairs)


def test_cases_must_cross_pairs_and_seeds() -> None:
    """A pair that lacks a seed cannot be said in a sweep file."""
    with pytest.raises(InputError, match="same seeds"):
        walk_file(
            plan_walk(BASE, FINAL),
            question="",
            cases=[case(0, 0), case(0, 1), case(1, 0)],
            pictures={},
            evaluation={},
            folder=Path(),
        )
