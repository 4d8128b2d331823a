"""Measured rates in the cache."""

import json
from pathlib import Path

import pytest

from harness.spec.settings import Settings
from harness.sweep.rates import SCHEMA_VERSION, Rates, evaluations_per_iteration, workload

MACHINE = {"device": "cpu", "threads": "2"}
MACHINE_KEY = json.dumps(MACHINE)  # as the cache names it


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the cache into a folder of the test's own."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path))
    return tmp_path


def test_learned_rates_are_found_again() -> None:
    """What was learned and saved is there in the next process; the median of several counts."""
    rates = Rates.load(MACHINE)
    for value in (1.0, 5.0, 2.0):
        rates.learn("key", value)
    rates.save()

    assert {"key": 2.0} == Rates.load(MACHINE).values


def test_machines_do_not_mix() -> None:
    """Rates of one machine are not taken for another's."""
    rates = Rates.load(MACHINE)
    rates.learn("key", 1.0)
    rates.save()

    assert {} == Rates.load({**MACHINE, "threads": "1"}).values


def said_of_machines(rates_of_machines: object) -> bytes:
    """Return a cache that is valid up to what it says of machines."""
    return json.dumps({"schema_version": SCHEMA_VERSION, "rates": rates_of_machines}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\x00garbage",
        b"\xff\xfe\x00",
        b'{"schema_version": 99, "rates": {}}',
        said_of_machines("fast"),
        said_of_machines({MACHINE_KEY: "fast"}),
        said_of_machines({MACHINE_KEY: ["fast"]}),
        said_of_machines({MACHINE_KEY: {"key": 1.0}, "a machine": "fast"}),
        said_of_machines({MACHINE_KEY: {"key": 1.0}, "a machine": ["fast"]}),
    ],
)
def test_damaged_cache_is_empty_and_mended(cache: Path, content: bytes) -> None:
    """A damaged or foreign cache costs time, nothing else; what is learned replaces it."""
    (cache / "rates.json").write_bytes(content)

    rates = Rates.load(MACHINE)
    assert {} == rates.values
    rates.learn("key", 2.0)
    rates.save()

    assert {"key": 2.0} == Rates.load(MACHINE).values


@pytest.mark.parametrize("number", ['"fast"', "null", "[1]", "NaN", "-1", "0", "Infinity"])
def test_a_speed_that_is_no_speed_is_not_believed(cache: Path, number: str) -> None:
    """It is unknown, as if never measured; the sound ones beside it stay."""
    content = said_of_machines({MACHINE_KEY: {"sound": 3.0, "key": "WRONG"}})
    (cache / "rates.json").write_text(content.decode().replace('"WRONG"', number))

    rates = Rates.load(MACHINE)
    assert {"sound": 3.0} == rates.values
    rates.learn("key", 2.0)
    rates.save()

    assert {"sound": 3.0, "key": 2.0} == Rates.load(MACHINE).values


def test_workload_tells_depth_apart() -> None:
    """A deeper tap is more work, so it has a rate of its own."""
    shallow = Settings(content_layers={"relu1_1": 1.0}, style_layers={"relu1_1": 1.0})
    deep = Settings(content_layers={"relu5_1": 1.0}, style_layers={"relu1_1": 1.0})

    assert workload(shallow) != workload(deep)


def test_workload_tells_apart_what_costs_more_and_nothing_else() -> None:
    """What was measured before there were such settings is still known."""
    plain = "vgg19 conv5_1 avg replicate adam auto 6 style taps 256 px"
    assert plain == workload(Settings(style_loss="gatys", pyramid="octave", color="original"))
    assert f"{plain} sliced_wasserstein" == workload(Settings(style_loss="sliced_wasserstein"))
    lbfgs = Settings(optimizer="lbfgs")
    scipy = lbfgs.model_copy(update={"lbfgs_variant": "scipy"})
    found = {workload(one) for one in (Settings(), lbfgs, scipy)}
    assert 3 == len(found)
    assert workload(scipy) != workload(scipy.model_copy(update={"lbfgs_evaluations": 10}))


def test_an_iteration_may_evaluate_often() -> None:
    """SciPy's L-BFGS as often as it is allowed; the others once, or a little more."""
    changes = {"lbfgs_variant": "scipy", "lbfgs_evaluations": 7}
    searched = {"lbfgs_variant": "torch", "lbfgs_line_search": "strong_wolfe"}

    assert 1 == evaluations_per_iteration(Settings(**changes))
    assert 7 == evaluations_per_iteration(Settings(optimizer="lbfgs", **changes))
    assert 1 < evaluations_per_iteration(Settings(optimizer="lbfgs", **searched))
