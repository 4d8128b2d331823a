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
from harness.spec.setting_keys import canonical_json
from harness.spec.settings import LossWeights, Settings

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


def test_the_fingerprint_is_the_hash_of_one_written_out_json() -> None:
    """Pinned by hand: sorted keys, whole floats as integers, nothing else in it."""
    settings = Settings(precision="float32").model_dump(mode="json")
    text = (
        '{"engine_revision":' + str(ENGINE_REVISION) + ',"parameters":"kmeans-1","pictures":'
        '{"content":"' + CONTENT + '","style":"' + STYLE + '"},"seed":null,"settings":'
        '{"adam_betas":[0.9,0.99],"averaging":0.95,"backbone":"vgg19",'
        '"content_layers":{"relu4_2":1},"content_loss":"normalized_mse","image_size":256,'
        '"iterations":150,"lbfgs_history":20,"lr":0.02,"optimizer":"adam",'
        '"padding":"replicate","pooling":"avg","precision":"float32","start":"content",'
        '"style_layers":{"relu1_1":1,"relu2_1":1,"relu3_1":1,"relu4_1":1,"relu5_1":1,"rgb":1},'
        '"style_loss":"normalized_gram","weights":{"content":1,"style":30,"tv":4}}}'
    )
    expected = json.loads(text)["settings"]
    assert expected | {"pretrained": "auto"} == settings, "a default moved: write it out anew"
    assert hashlib.sha256(text.encode()).hexdigest() == take()


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
    ],
)
def test_every_setting_counts(change: dict[str, Any]) -> None:
    """Each knob that can change the picture changes the fingerprint."""
    assert take(resolved(**change)) != take()


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
