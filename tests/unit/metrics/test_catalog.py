"""The catalogue names every measurement once and costs nothing to import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import metrics
from metrics import CATALOG, Direction, Need, metric

EXPECTED_DIRECTIONS = {
    "content/lpips": Direction.MIN,
    "content/lpips_vgg": Direction.MIN,
    "content/lpips_squeeze": Direction.MIN,
    "content/ssim": Direction.MAX,
    "content/psnr": Direction.MAX,
    "content/gmsd": Direction.MIN,
    "content/ms_ssim": Direction.MAX,
    "content/edge_f1": Direction.MAX,
    "content/feature_distance": Direction.MIN,
    "content/score": Direction.MAX,
    "style/gram": Direction.MIN,
    "style/gram_cosine": Direction.MIN,
    "style/channel_stats": Direction.MIN,
    "style/feature_swd": Direction.MIN,
    "style/gain": Direction.MAX,
    "style/color_swd": Direction.MIN,
    "style/histogram": Direction.MIN,
    "style/gabor": Direction.MIN,
    "second/style/gain": Direction.MAX,
    "second/content/score": Direction.MAX,
    "balance": Direction.MAX,
    "picture/tv": Direction.NONE,
    "picture/noise": Direction.MIN,
    "picture/clipped": Direction.MIN,
    "picture/chroma": Direction.NONE,
    "picture/warmth": Direction.NONE,
    "picture/exposure": Direction.NONE,
    "picture/texture_scale": Direction.NONE,
    "start/left": Direction.MIN,
    "seeds/distance": Direction.NONE,
    "seconds": Direction.MIN,
    "seconds_per_iteration": Direction.MIN,
    "peak_memory_bytes": Direction.MIN,
}


def test_every_metric_has_its_better_direction() -> None:
    """The catalogue holds exactly the promised names with their directions."""
    actual = {name: entry.direction for name, entry in CATALOG.items()}

    assert actual == EXPECTED_DIRECTIONS


def test_names_are_the_keys() -> None:
    """An entry is found under its own name."""
    assert list(CATALOG) == [entry.name for entry in CATALOG.values()]


def test_labels_are_unique() -> None:
    """No two columns of a table can carry the same heading."""
    labels = {entry.label for entry in CATALOG.values()}

    assert len(CATALOG) == len(labels)


def test_label_points_to_the_better_direction() -> None:
    """A label is the short words and the arrow."""
    assert metric("style/gain").label == "style gain ↑"
    assert metric("content/lpips").label == "LPIPS ↓"


def test_label_without_a_better_direction_has_no_arrow() -> None:
    """Where neither end is better the label is the short words alone."""
    assert metric("picture/chroma").label == "chroma"


def test_what_describes_a_picture_is_never_ranked_on() -> None:
    """All that looks at the result alone, at the start or at the seeds is only logged."""
    logged = {name for name, entry in CATALOG.items() if not entry.ranked}
    described = {name for name in CATALOG if name.startswith(("picture/", "start/", "seeds/"))}

    assert described <= logged
    assert {"content/ssim", "content/psnr"} <= logged
    assert {"style/gain", "content/score", "balance"}.isdisjoint(logged)


def test_what_has_no_direction_is_never_ranked_on() -> None:
    """Variants cannot be ranked where neither end is better."""
    directionless = {name for name, entry in CATALOG.items() if entry.direction is Direction.NONE}

    assert directionless
    assert not any(CATALOG[name].ranked for name in directionless)


def test_costs_alone_need_nothing() -> None:
    """Everything measured on a picture has a need, if only the result; costs have none."""
    needless = [name for name, entry in CATALOG.items() if not entry.needs]

    assert needless == ["seconds", "seconds_per_iteration", "peak_memory_bytes"]
    assert all(
        (Need.RESULT in entry.needs) == name.startswith("picture/")
        for name, entry in CATALOG.items()
    )


def test_gram_distance_alone_is_logged_by_tap() -> None:
    """Taps show where a style was missed; one distance by tap is enough."""
    assert [name for name, entry in CATALOG.items() if entry.per_tap] == ["style/gram"]


@pytest.mark.parametrize("name", list(CATALOG))
def test_every_entry_is_complete(name: str) -> None:
    """Unit, source and meaning are written, the range is not empty, the version is positive."""
    entry = CATALOG[name]

    assert all([entry.unit, entry.source, entry.meaning, entry.short])
    assert entry.range[0] < entry.range[1]
    assert entry.version >= 1


def test_unknown_name_suggests_the_nearest() -> None:
    """A misspelt name is answered with the nearest one and the list of all."""
    with pytest.raises(
        ValueError, match=r"'style/gian'; did you mean 'style/gain'; known: .*seconds"
    ):
        metric("style/gian")


def test_unlike_name_gets_no_suggestion() -> None:
    """A name like no other is answered with the list alone."""
    with pytest.raises(ValueError, match=r"no metric 'zzz'; known: content/lpips"):
        metric("zzz")


def test_importing_the_catalogue_is_light() -> None:
    """Neither the package nor its catalogue imports NumPy, torch or scikit-image."""
    code = (
        "import sys, metrics.catalog, metrics.lpips_parameters;"
        "print({'torch', 'numpy', 'skimage', 'scipy', 'lpips'} & set(sys.modules))"
    )
    root = Path(metrics.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "set()"
