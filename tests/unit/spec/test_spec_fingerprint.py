"""Fingerprints: what changes them, what does not, and that they are the same everywhere."""

import hashlib
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.spec.backbones import tap_names
from harness.spec.fingerprint import ENGINE_REVISION, draws_random_numbers, fingerprint
from harness.spec.loss_key import LOSS_KNOBS, loss_key
from harness.spec.neutral import NEUTRAL, with_neutral, without_neutral
from harness.spec.setting_keys import SETTING_KEYS, canonical_json
from harness.spec.setting_types import LossWeights
from harness.spec.settings import Settings

CONTENT, STYLE, START = (hashlib.sha256(name).hexdigest() for name in (b"c", b"s", b"start"))


def take(settings: Settings | None = None, **changes: Any) -> str:
    """Return a fingerprint with some arguments changed."""
    facts: dict[str, Any] = {
        "content_sha256": CONTENT,
        "style_sha256": STYLE,
        "start_sha256": None,
        "parameters_identity": "kmeans-1",
        "seed": 0,
    }
    return fingerprint(settings or resolved(), **(facts | changes))


def resolved(**changes: Any) -> Settings:
    """Return the house settings at a fixed precision, with some changed."""
    return Settings.model_validate_json(json.dumps({"precision": "float32"} | changes))


ORIGINAL = (
    '{"adam_betas":[0.9,0.99],"averaging":0.95,"backbone":"vgg19",'
    '"content_layers":{"relu4_2":1},"content_loss":"normalized_mse","image_size":256,'
    '"iterations":150,"lbfgs_history":20,"lr":0.02,"optimizer":"adam",'
    '"padding":"replicate","pooling":"avg","precision":"float32","start":"content",'
    '"style_layers":{"relu1_1":1,"relu2_1":1,"relu3_1":1,"relu4_1":1,"relu5_1":1,"rgb":1},'
    '"style_loss":"normalized_gram","weights":{"content":1,"style":30,"tv":4}}'
)
"""The knobs that were there first, in the house preset, as they enter a fingerprint."""


def test_the_fingerprint_is_the_hash_of_one_written_out_json() -> None:
    """Pinned by hand: sorted keys, whole floats as integers, nothing else in it."""
    settings = Settings(precision="float32").model_dump(mode="json")
    text = (
        '{"engine_revision":' + str(ENGINE_REVISION) + ',"parameters":"kmeans-1","pictures":'
        '{"content":"'
        + CONTENT
        + '","style":"'
        + STYLE
        + '"},"seed":null,"settings":'
        + ORIGINAL
        + "}"
    )
    expected = json.loads(ORIGINAL) | {"pretrained": "auto"}
    assert expected == without_neutral(settings), "a default moved: write it out anew"
    assert hashlib.sha256(text.encode()).hexdigest() == take()


EARLIER = {
    "house": (
        Settings(precision="float32"),
        "81bcb121af66d17ab4f03e42a85178d51e3fd05aa64b589e22b3ce474d3d24ca",
        "f9d788513541",
    ),
    "all else": (
        Settings(
            precision="bfloat16",
            backbone="vgg16",
            start="noise",
            optimizer="lbfgs",
            lr=1,
            lbfgs_history=10,
            averaging=0,
            weights=LossWeights(content=5, style=100, tv=0),
        ),
        "c643adb8ed37bddc0098f1baa1999dac6616bcd5b347123be38721aff35de4e3",
        "9c7dc210c3fe",
    ),
    "a file": (
        Settings(
            precision="float32",
            start="file:/x.png",
            style_layers={"relu1_1": 1, "conv2_1": 1},
            content_loss="mse",
            style_loss="gram",
            pooling="l2",
            padding="reflect",
        ),
        "8057b02c01a3b6462f06b1054a170e456da7660e9ae852fb3ba1caee32242c7b",
        "0ab783b36634",
    ),
}
"""Fingerprints and loss keys as they were before the engine had any later knob."""


@pytest.mark.parametrize(("settings", "taken", "key"), EARLIER.values(), ids=EARLIER)
def test_later_knobs_moved_no_fingerprint(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, taken: str, key: str
) -> None:
    """At the engine's revision of then, settings without them are what they were."""
    monkeypatch.setattr("harness.spec.fingerprint.ENGINE_REVISION", 1)

    found = fingerprint(
        settings,
        content_sha256="a" * 64,
        style_sha256="b" * 64,
        start_sha256="c" * 64 if settings.start.startswith("file:") else None,
        parameters_identity="kmeans-1",
        seed=3,
    )
    assert (taken, key) == (found, loss_key(settings))


def test_every_later_knob_has_a_neutral_value_and_no_other() -> None:
    """What is not in ``NEUTRAL`` moves every fingerprint there is."""
    first = json.loads(ORIGINAL).keys() | {"pretrained"} | {"weights"}
    later = {key for key in SETTING_KEYS if key not in first and "." not in key}

    assert set(NEUTRAL) == later | {"weights.balanced"}


LATER: tuple[dict[str, Any], ...] = (
    {"preprocessing": "none"},
    {"pooling_scale": 2},
    {"size_of": "square"},
    {"size_rounding": "down"},
    {"interpolation": "bicubic"},
    {"style_size": "never_larger"},
    {"style_scale": 0.5},
    {"color": "histogram"},
    {"layer_combination": "sum"},
    {"style_layer_scale": "inverse_squared_channels"},
    {"style_layer_decay": 0.5},
    {"tv_loss": "l1_sum"},
    {"tv_power": 2},
    {"weights": {"balanced": True, "style": 30}},
    {"start_blend": 0.5},
    {"noise_std": 0.5},
    {"noise_mean": "imagenet"},
    {"stripes_period": 8},
    {"stripes_angle": 0},
    {"pixel_range": 255},
    {"lr_schedule": "cosine"},
    {"lr_end": 0},
    {"adam_epsilon": 1e-7},
    {"adam_form": "tensorflow"},
    {"lbfgs_variant": "torch"},
    {"lbfgs_line_search": "strong_wolfe", "lbfgs_variant": "torch"},
    {"lbfgs_tolerance_gradient": 1e-7},
    {"lbfgs_tolerance_change": 1e-9},
    {"lbfgs_evaluations": 10},
    {"clamp": "none"},
    {"result": "best_loss", "averaging": 0},
    {"pyramid": "octave"},
    {"pyramid_min": 64},
    {"pyramid_first": 300},
    {"pyramid_carry": False},
    {"stop_plateau": 0.01},
    {"stop_window": 10},
    {"stop_loss": 1},
    {"stop_seconds": 60},
)
"""Every later knob at some other value than its neutral one."""


def test_every_later_knob_is_tried() -> None:
    """One that is not would be missing in ``test_every_setting_counts``."""
    tried = {key for change in LATER for key in change} - {"averaging"}

    assert tried == {key.split(".")[0] for key in NEUTRAL}


@pytest.mark.parametrize(
    "change",
    [
        {"backbone": "vgg16"},
        {"pooling": "max"},
        {"padding": "zeros"},
        {"image_size": 128},
        {"content_layers": {"relu4_2": 2}},
        {"content_layers": {"conv4_2": 1}},
        {"style_layers": ["relu1_1"]},
        {"style_layers": {"relu1_1": 1, "relu2_1": 0}},
        {"content_loss": "mse"},
        {"style_loss": "gram"},
        {"weights": {"tv": 0}},
        {"start": "style"},
        {"optimizer": "lbfgs"},
        {"lr": 0.021},
        {"adam_betas": [0.9, 0.999]},
        {"lbfgs_history": 10},
        {"averaging": 0},
        {"iterations": 151},
        {"precision": "bfloat16"},
        *LATER,
    ],
)
def test_every_setting_counts(change: dict[str, Any]) -> None:
    """Each knob that can change the picture changes the fingerprint."""
    assert take(resolved(**change)) != take()


@pytest.mark.parametrize("change", LATER, ids=lambda change: next(iter(change)))
def test_a_later_knob_counts_for_the_loss_where_it_changes_it(change: dict[str, Any]) -> None:
    """How pixels move says nothing of what is minimised."""
    is_of_loss = next(iter(change)) in LOSS_KNOBS

    assert is_of_loss is (loss_key(resolved(**change)) != loss_key(resolved()))


def test_what_was_written_before_a_knob_reads_as_its_neutral_value() -> None:
    """Whatever the knob's default is by then."""
    written = json.loads(ORIGINAL)

    filled = with_neutral(written)
    assert set(Settings.model_fields) - {"pretrained"} == set(filled)
    assert filled["weights"] == {"content": 1, "style": 30, "tv": 4, "balanced": False}
    assert without_neutral(filled) == written


def test_pictures_and_parameters_count() -> None:
    """Swapping content and style is another run, too."""
    others = [
        take(content_sha256=START),
        take(style_sha256=START),
        take(content_sha256=STYLE, style_sha256=CONTENT),
        take(parameters_identity="kmeans-2"),
    ]
    assert len({take(), *others}) == 5


def test_the_engines_revision_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers of another engine are not reused."""
    before = take()
    monkeypatch.setattr("harness.spec.fingerprint.ENGINE_REVISION", ENGINE_REVISION + 1)

    assert take() != before


@pytest.mark.parametrize(
    "same",
    [
        {"pretrained": "kmeans"},
        {"pretrained": "file:/somewhere/vgg.pth"},
        {"weights": {"content": 1, "style": 30.0, "tv": 4}},
        {"style_layers": ["relu5_1", "relu4_1", "relu3_1", "relu2_1", "relu1_1", "rgb"]},
        {"content_layers": "relu4_2"},
    ],
)
def test_names_and_spellings_do_not_count(same: dict[str, Any]) -> None:
    """The parameters' identity stands for their name; equal values are equal in any form."""
    assert take() == take(resolved(**same))


@pytest.mark.parametrize("start", ["content", "style", "stripes", "file:a.png"])
def test_the_seed_counts_only_where_random_numbers_are_drawn(start: str) -> None:
    """A start that is no noise with three seeds is one run."""
    settings = resolved(start=start)
    sha256 = START if start.startswith("file:") else None

    assert not draws_random_numbers(settings)
    assert take(settings, start_sha256=sha256) == take(settings, start_sha256=sha256, seed=1)


def test_the_seed_of_a_noise_start_counts() -> None:
    """Another seed is another noise."""
    settings = resolved(start="noise")

    assert draws_random_numbers(settings)
    assert take(settings) != take(settings, seed=1)


def test_a_start_files_content_counts_and_not_its_path() -> None:
    """The hash of the picture replaces its path."""
    here, there = resolved(start="file:a.png"), resolved(start="file:/b/c.png")

    assert take(here, start_sha256=START) == take(there, start_sha256=START)
    assert take(here, start_sha256=START) != take(here, start_sha256=STYLE)


@pytest.mark.parametrize(
    ("settings", "changes", "message"),
    [
        (Settings(), {}, "precision is 'auto'"),
        (resolved(start="file:a.png"), {}, "start_sha256 None"),
        (resolved(), {"start_sha256": START}, "start 'content'"),
        (resolved(), {"content_sha256": "abc"}, "content picture is no SHA-256: 'abc'"),
        (resolved(), {"style_sha256": STYLE.upper()}, "style picture"),
        (resolved(), {"parameters_identity": ""}, "parameters_identity is empty"),
    ],
)
def test_what_is_not_resolved_has_no_fingerprint(
    settings: Settings, changes: dict[str, Any], message: str
) -> None:
    """A fingerprint of half the facts would make different runs equal."""
    with pytest.raises(ValueError, match=message):
        take(settings, **changes)


SCRIPT = f"""
from harness.spec.fingerprint import fingerprint
from harness.spec.settings import Settings
print(fingerprint(Settings(precision="float32"), content_sha256="{CONTENT}",
    style_sha256="{STYLE}", start_sha256=None, parameters_identity="kmeans-1", seed=0))
"""


def test_two_processes_with_other_hash_seeds_agree() -> None:
    """Nothing depends on ``hash()`` or on the order of sets."""
    found = set()
    for seed in ("1", "2"):
        result = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(result.stdout.strip())
    assert {take()} == found


LAYERS = st.dictionaries(
    st.sampled_from(tap_names("vgg16")), st.floats(0.001, 1e6), min_size=1, max_size=5
)
WEIGHTS = st.builds(
    LossWeights, content=st.floats(0, 1e9), style=st.floats(0, 1e9), tv=st.floats(0, 1e9)
)
SETTINGS = st.builds(
    Settings,
    backbone=st.sampled_from(["vgg16", "vgg19"]),
    pooling=st.sampled_from(["max", "avg", "l2"]),
    image_size=st.integers(32, 8192),
    content_layers=LAYERS,
    style_layers=LAYERS,
    weights=WEIGHTS,
    start=st.sampled_from(["content", "style", "noise", "stripes", "file:x.png"]),
    lr=st.floats(1e-9, 1e3),
    adam_betas=st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)),
    iterations=st.integers(1, 1_000_000),
    precision=st.sampled_from(["float32", "bfloat16"]),
)


@given(SETTINGS)
def test_settings_survive_json(settings: Settings) -> None:
    """What is stored with a run reads back as the same settings, by value and by text."""
    text = settings.model_dump_json()
    again = Settings.model_validate_json(text)

    assert settings == again
    assert text == again.model_dump_json()


@given(SETTINGS)
def test_canonical_json_keeps_every_value(settings: Settings) -> None:
    """Only the spelling changes: reading it back gives equal settings and equal text."""
    text = canonical_json(settings.model_dump(mode="json"))
    again = Settings.model_validate_json(text)

    assert settings == again
    assert text == canonical_json(again.model_dump(mode="json"))


def test_canonical_json_refuses_what_is_no_number() -> None:
    """NaN equals nothing, itself included."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": float("nan")})


@pytest.mark.parametrize(
    "change", [{"start": "noise"}, {"start_blend": 0.5}, {"pyramid": "octave"}]
)
def test_balanced_losses_compare_with_equal_starts_only(change: dict[str, Any]) -> None:
    """A balanced weight is taken at the start, so another start is another loss."""
    plain, balanced = ({"weights": {"balanced": is_balanced}} for is_balanced in (False, True))

    assert loss_key(resolved(**plain)) == loss_key(resolved(**plain, **change))
    assert loss_key(resolved(**balanced)) != loss_key(resolved(**balanced, **change))
