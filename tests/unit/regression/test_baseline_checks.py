"""What may be compared with a baseline, what a reader is told, and every reason against it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import NotComparableError
from harness.regression.baseline_checks import check_comparable, numerics_notes
from harness.regression.baseline_models import Baseline
from harness.sweep.pictures import load_with_pictures
from harness.sweep.plan import Plan, make_plan

MakePanel = Callable[..., Plan]
MakeAccepted = Callable[..., Baseline]
Paint = Callable[[str, int], None]

OTHER_HASH = "0" * 64


def _notes(baseline: Baseline, plan: Plan) -> list[str]:
    return check_comparable(baseline, plan, plan.spec, baseline.provenance)


def _reasons(baseline: Baseline, plan: Plan) -> list[str]:
    with pytest.raises(NotComparableError) as caught:
        _notes(baseline, plan)
    head, *reasons, advice = str(caught.value).splitlines()
    assert "the panel cannot be compared with its baseline:" == head
    assert "harness baseline accept" in advice
    return [reason.removeprefix("- ") for reason in reasons]


def _with_settings(baseline: Baseline, **changes: object) -> Baseline:
    """Change the settings that the baseline has of its last variant; None takes one away."""
    *others, last = baseline.variants
    values = last.settings | changes
    kept = {key: value for key, value in values.items() if value is not None}
    return baseline.model_copy(
        update={"variants": (*others, last.model_copy(update={"settings": kept}))}
    )


def test_the_same_panel_may_be_compared(
    make_accepted: MakeAccepted, make_panel: MakePanel
) -> None:
    """Nothing has changed: there is nothing to say."""
    assert [] == _notes(make_accepted(), make_panel())


def test_a_baseline_may_have_the_fresh_seeds(
    make_accepted: MakeAccepted, make_panel: MakePanel
) -> None:
    """Seeds that are run in doubt belong to the baseline; without them nothing is compared."""
    fresh = ("gate:", "gate:\n  confirm_seeds: [8, 9]")
    plan = make_panel(fresh)

    assert [] == _notes(make_accepted(("[0, 1]", "[0, 1, 8, 9]")), plan)
    assert ["seeds that the baseline does not have: 8; 9"] == _reasons(make_accepted(), plan)


@pytest.mark.parametrize(
    ("change", "kind", "names"),
    [
        (("[content, noise]", "[content, noise, stripes]"), "variants", "start=stripes"),
        (("[a.png, b.png]", "[a.png, b.png, c.png]"), "pairs", "c × s"),
        (("[0, 1]", "[0, 1, 5]"), "seeds", "5"),
    ],
)
def test_both_sides_have_the_same_runs(
    make_accepted: MakeAccepted,
    make_panel: MakePanel,
    change: tuple[str, str],
    kind: str,
    names: str,
) -> None:
    """A variant, a pair or a seed that only one side has is a reason, either way round."""
    new = f"{kind} that the baseline does not have: {names}"
    gone = f"{kind} of the baseline that the panel does not have: {names}"

    assert [new] == _reasons(make_accepted(), make_panel(change))
    assert [gone] == _reasons(make_accepted(change), make_panel())


def test_many_names_are_cut_short(make_accepted: MakeAccepted, make_panel: MakePanel) -> None:
    """A panel that shares nothing with its baseline does not fill the screen."""
    seeds = "[{}]".format(", ".join(map(str, range(2, 102))))

    assert [
        "seeds that the baseline does not have: 2; 3; 4; 5; 6; 7; and 94 more",
        "seeds of the baseline that the panel does not have: 0; 1",
    ] == _reasons(make_accepted(), make_panel(("[0, 1]", seeds)))


def test_other_pictures_are_a_reason(
    make_accepted: MakeAccepted, make_panel: MakePanel, paint: Paint
) -> None:
    """A file that is another one under its old name is named once, however many pairs it has."""
    baseline = make_accepted()
    plan = make_panel()
    paint("s", 255)
    paint("b", 254)

    assert ["files of pictures that are not those of the baseline: style s; content b"] == (
        _reasons(baseline, _plan_again(plan))
    )


def _plan_again(plan: Plan) -> Plan:
    """Plan the sweep file anew, with the pictures that lie there now."""
    spec, pictures = load_with_pictures(plan.spec.path)
    return make_plan(spec, plan.choices, plan.evaluator, pictures)


def test_another_start_picture_is_a_reason(
    make_accepted: MakeAccepted, make_panel: MakePanel, paint: Paint
) -> None:
    """The file that a variant starts from determines its result as content and style do."""
    start = ("[content, noise]", '["file:c.png"]')
    baseline = make_accepted(start)
    plan = make_panel(start)
    assert [] == _notes(baseline, plan)
    paint("c", 200)

    (reason,) = _reasons(baseline, _plan_again(plan))
    assert reason.endswith("the file that it starts from is not that of the baseline")


def test_settings_name_no_folder(make_accepted: MakeAccepted, tmp_path: Path) -> None:
    """The same panel in another folder is the same: no path of a machine is in a baseline."""
    baseline = make_accepted(("[content, noise]", '["file:c.png"]'))

    assert "file:c.png" == baseline.variants[0].settings["start"]
    assert str(tmp_path) not in baseline.variants[0].model_dump_json()


def test_another_evaluator_is_a_reason(make_accepted: MakeAccepted, make_panel: MakePanel) -> None:
    """Scores of two evaluators never meet, of the first or of the second."""
    baseline, plan = make_accepted(), make_panel(size_px=32)

    first, second = _reasons(baseline, plan)
    assert f"the evaluator is {plan.evaluator.id}, the baseline's {baseline.evaluator}" == first
    assert second.startswith("the second evaluator is weight-free@32px")


def test_another_version_of_a_gated_metric_is_a_reason(
    make_accepted: MakeAccepted, make_panel: MakePanel
) -> None:
    """So is a gated metric that the baseline lacks; what is not gated may change."""
    versions = {"style/gain": 7, "style/gram": 7}
    baseline = make_accepted().model_copy(update={"metric_versions": versions})

    assert [
        "style/gain is measured by its version 1, the baseline's by version 7",
        "the baseline has no values of content/score, which is gated",
    ] == _reasons(baseline, make_panel())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"parameters": "kmeans:engine-other"},
            "start=noise: the backbone's parameters are kmeans:engine-",
        ),
        ({"start_sha256": OTHER_HASH}, "start=noise: the file that it starts from"),
        (
            {"is_seeded": False},
            "start=noise: its runs draw random numbers now, the baseline's did not",
        ),
    ],
)
def test_what_a_variant_depends_on_is_a_reason(
    make_accepted: MakeAccepted,
    make_panel: MakePanel,
    change: dict[str, object],
    reason: str,
) -> None:
    """Parameters, a start picture and randomness are the same on both sides."""
    baseline = make_accepted()
    first, last = baseline.variants
    changed = baseline.model_copy(update={"variants": (first, last.model_copy(update=change))})

    (found,) = _reasons(changed, make_panel())
    assert found.startswith(reason)


def test_every_reason_is_given_at_once(make_accepted: MakeAccepted, make_panel: MakePanel) -> None:
    """Nobody has to find the reasons one by one."""
    baseline = _with_settings(make_accepted(), news=1)
    plan = make_panel(("[0, 1]", "[0, 1, 5]"), ("[a.png, b.png]", "[a.png]"), size_px=32)

    assert 5 == len(_reasons(baseline, plan))


def test_settings_that_differ_are_judged(
    make_accepted: MakeAccepted, make_panel: MakePanel
) -> None:
    """They are what a regression is about: named in a note, with both values."""
    plan = make_panel(
        ("precision: float32", "precision: float32, lr: 0.025, weights.style: 3"),
    )

    assert [
        f"settings of start={start} differ from the baseline's: "
        "weights.style 30 → 3, lr 0.02 → 0.025"
        for start in ("content", "noise")
    ] == _notes(make_accepted(), plan)


def test_layers_that_differ_are_named(make_accepted: MakeAccepted, make_panel: MakePanel) -> None:
    """The order in which a file has them is no difference, a weight is one."""
    layers = ("precision: float32", "precision: float32, style_layers: [relu2_1, relu1_1]")
    baseline, plan = make_accepted(layers), make_panel(layers)
    assert [] == _notes(baseline, plan)
    changed = _with_settings(baseline, style_layers={"relu1_1": 1.0, "relu2_1": 0.5})

    assert [
        "settings of start=noise differ from the baseline's: "
        "style_layers relu1_1+relu2_1*0.5 → relu1_1+relu2_1"
    ] == _notes(changed, plan)


def test_settings_that_the_baseline_does_not_know_take_their_default(
    make_accepted: MakeAccepted, make_panel: MakePanel
) -> None:
    """A setting that is newer than the baseline was at its default then."""
    old = _with_settings(make_accepted(), averaging=None)

    assert [] == _notes(old, make_panel())
    plan = make_panel(("precision: float32", "precision: float32, averaging: 0.5"))
    assert "settings of start=noise differ from the baseline's: averaging 0.95 → 0.5" in (
        _notes(old, plan)
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"news": 1}, "this version knows no setting news, the baseline does"),
        (
            {"weights": {"content": 1.0, "news": 2.0}},
            "this version knows no setting weights.news, the baseline does",
        ),
        ({"pooling": "median"}, "this version does not have the baseline's pooling: Input"),
    ],
)
def test_settings_that_this_version_does_not_know_are_a_reason(
    make_accepted: MakeAccepted,
    make_panel: MakePanel,
    change: dict[str, object],
    reason: str,
) -> None:
    """What a baseline of another version did cannot be told."""
    (found,) = _reasons(_with_settings(make_accepted(), **change), make_panel())

    assert found.startswith(f"start=noise: {reason}")


def test_other_machines_and_versions_are_a_note(
    make_accepted: MakeAccepted, make_panel: MakePanel
) -> None:
    """Torch, processor and engine may differ: the judgement says what they did."""
    baseline, plan = make_accepted(), make_panel()
    then = baseline.provenance
    now = then.model_copy(
        update={
            "engine_revision": 2,
            "versions": then.versions | {"numpy": "2.2.0", "mlflow": "9"},
            "numerics": then.numerics | {"torch": "2.10.0", "threads": "2"},
            "processor": "Another",
        }
    )

    assert [
        "not made as the baseline was: engine revision 1 → 2, numpy 2.1.0 → 2.2.0, "
        "processor A processor → Another"
    ] == check_comparable(baseline, plan, plan.spec, now)
    assert ["not made as the baseline was: threads 1 → 2, torch 2.9.0 → 2.10.0"] == numerics_notes(
        then, now
    )
