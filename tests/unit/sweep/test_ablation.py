"""A walk between two settings: what differs, in which order, and the sweep file that does it."""

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
