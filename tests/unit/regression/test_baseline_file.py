"""A baseline file: what it says, how it reads, and every way in which it can be wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import InputError, NotComparableError, StoreError
from harness.regression import baseline_file
from harness.regression.baseline_file import (
    accepted_path,
    baseline_path,
    read_baseline,
    write_baseline,
)
from harness.regression.baseline_layout import checksum_of, layout
from harness.regression.baseline_models import Baseline
from harness.regression.baseline_values import (
    baseline_frame,
    make_baseline,
    present_provenance,
    rounded,
)
from harness.spec.fingerprint import ENGINE_REVISION
from harness.spec.shipped import shipped_sweeps
from harness.sweep.plan import Plan
from reports.regression.judging import judge
from reports.regression.model import Gate

MakePanel = Callable[..., Plan]
MakeAccepted = Callable[..., Baseline]
Shown = dict[tuple[str, str], np.ndarray]

CONTENT_START, NOISE_START = "start=content", "start=noise"
PAIRS = ("a × s", "b × s")


def _edit(path: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Change a baseline's content as a tool would: its checksum fits again."""
    document = json.loads(path.read_text())
    change(document)
    document["checksum"] = checksum_of(document)
    path.write_text(json.dumps(document))


def test_what_is_written_is_read(make_accepted: MakeAccepted, path: Path, pictures: Shown) -> None:
    """A baseline comes back equal, with its pictures named."""
    baseline = make_accepted()

    written = write_baseline(baseline, path, pictures)

    assert written == read_baseline(path)
    assert baseline == written.model_copy(update={"pictures": ()})
    assert 4 == len(written.pictures)


def test_a_content_start_has_one_value_a_pair(make_accepted: MakeAccepted) -> None:
    """What draws no random numbers is kept once, without a seed; noise once for every seed."""
    runs = make_accepted().runs
    seeds = {
        variant: [(run.pair, run.seed) for run in runs if run.variant == variant]
        for variant in (CONTENT_START, NOISE_START)
    }

    assert [(pair, None) for pair in PAIRS] == seeds[CONTENT_START]
    assert [(pair, seed) for pair in PAIRS for seed in (0, 1)] == seeds[NOISE_START]


def test_values_are_those_of_the_catalogue(make_accepted: MakeAccepted) -> None:
    """Losses and what is no number are left out; six digits are kept, each with its version."""
    baseline = make_accepted()

    assert {"style/gain": 1.23457, "content/score": 0.5} == baseline.runs[0].scores
    assert {"style/gain": 1, "content/score": 1} == baseline.metric_versions


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_rounded_values_stay_as_they_are(value: float) -> None:
    """Rounding twice is rounding once: a side of a comparison may be rounded at any time."""
    once = rounded({"style/gain": value})

    assert once == rounded(once)
    assert once == json.loads(json.dumps(once))


def test_the_same_numbers_compare_as_equal(make_panel: MakePanel, path: Path) -> None:
    """A panel that is run again on the same machine differs by nothing at all."""
    plan = make_panel(("[a.png, b.png]", "[a.png, b.png, c.png, d.png, e.png, f.png]"))
    numbers = np.random.default_rng(5).random(len(plan.spec.cases))
    scores = {
        (variant.name, case): {"style/gain": float(number)}
        for variant in plan.spec.variants
        for case, number in enumerate(numbers)
    }
    provenance = present_provenance("cpu", "float32")
    baseline = make_baseline(plan, scores, reason="first", provenance=provenance)
    write_baseline(baseline, path, {})
    again = make_baseline(plan, scores, reason="", provenance=provenance)

    findings = judge(
        baseline_frame(read_baseline(path)),
        baseline_frame(again),
        [Gate(metric="style/gain", margin=0.05)],
        breaks=4.0,
    )
    assert {0.0} == {pair.worse_by for finding in findings for pair in finding.pairs}
    assert [0, 2] == [finding.n_seeds for finding in findings]


def test_frame_has_a_row_a_value(make_accepted: MakeAccepted) -> None:
    """The table has names, whether seeds matter, the seed where it does, and the metrics."""
    frame = baseline_frame(make_accepted())

    assert ["variant", "seeded", "pair", "content", "style", "seed"] == list(frame.columns[:6])
    assert {"style/gain", "content/score"} == set(frame.columns[6:])
    assert (6, [False, False, True, True, True, True]) == (len(frame), list(frame["seeded"]))
    assert [pd.NA, pd.NA, 0, 1, 0, 1] == list(frame["seed"])
    assert ("b", "s") == tuple(frame.loc[1, ["content", "style"]])


def test_provenance_is_of_this_machine_and_code() -> None:
    """Revision of the engine, versions and numerics are those that would make runs now."""
    provenance = present_provenance("cpu", "float32")

    assert ENGINE_REVISION == provenance.engine_revision
    assert provenance.numerics["torch"].startswith(provenance.versions["torch"])
    assert provenance.processor == provenance.numerics["device_name"]


def test_a_run_is_a_line(make_accepted: MakeAccepted, path: Path) -> None:
    """One changed value changes the line of its case, and the checksum's."""
    baseline = make_accepted()
    write_baseline(baseline, path, {})
    before = path.read_text().splitlines()
    first = baseline.runs[0].model_copy(update={"scores": {"style/gain": 9.0}})
    changed = baseline.model_copy(update={"runs": (first, *baseline.runs[1:])})
    write_baseline(changed, path, {})
    after = path.read_text().splitlines()

    differing = [new for old, new in zip(before, after, strict=True) if old != new]
    assert 2 == len(differing)
    assert ' "checksum":' == differing[0][:12]
    assert (
        '  {"pair": "a × s", "seed": null, "variant": "start=content", '
        '"scores": {"style/gain": 9.0}},'
    ) == differing[1]


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
            ),
            max_leaves=12,
        ).filter(lambda value: "Infinity" not in json.dumps(value)),
        max_size=4,
    )
)
def test_the_layout_reads_back_as_it_was(document: dict[str, object]) -> None:
    """However a document looks, its text is JSON of equal value, and no sign in it is unseen."""
    text = layout(document)

    assert document == json.loads(text)
    assert text.replace("\n", "").isprintable()


def test_the_short_comes_first(make_accepted: MakeAccepted, path: Path) -> None:
    """The order of a file does not depend on what made it; who opens it reads the reason first."""
    write_baseline(make_accepted(), path, {})
    keys = list(json.loads(path.read_text()))
    short, long = keys[: keys.index("metric_versions")], keys[keys.index("metric_versions") :]

    assert "reason" in short
    assert (sorted(short), sorted(long)) == (short, long)


def test_writing_fails_whole(
    make_accepted: MakeAccepted,
    path: Path,
    pictures: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A disk that refuses leaves the earlier baseline as it was, and says so."""
    write_baseline(make_accepted(), path, {})
    before = path.read_bytes()

    def refuse(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(baseline_file, "write_atomically", refuse)
    with pytest.raises(StoreError, match="no space is left"):
        write_baseline(make_accepted(("question: ", "question: Now ")), path, pictures)
    assert before == path.read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reason": " "}, "the reason is empty"),
        ({"runs": ()}, r"no values of start=content on a × s; .*; and 1 more; .*every run"),
    ],
)
def test_nothing_is_accepted_that_lacks_something(
    make_accepted: MakeAccepted, path: Path, change: dict[str, object], message: str
) -> None:
    """A baseline has a reason, and values of every run."""
    with pytest.raises(InputError, match=message):
        write_baseline(make_accepted().model_copy(update=change), path, {})
    assert not path.exists()


def test_a_missing_baseline_says_how_to_make_one(path: Path, make_accepted: MakeAccepted) -> None:
    """The message has the command, and the nearest name where one is there."""
    with pytest.raises(InputError, match=r"no such baseline\. .*baseline accept FILE --reason"):
        read_baseline(path)
    write_baseline(make_accepted(), path, {})
    with pytest.raises(InputError, match=r"did you mean .*night\.json\?"):
        read_baseline(path.with_name("nigth.json"))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_truncated_file_is_refused(
    make_accepted: MakeAccepted, path: Path, share: float
) -> None:
    """A file that was cut off is an error of the input, wherever the cut is."""
    write_baseline(make_accepted(), path, {})
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    with pytest.raises(InputError, match=r"night\.json: no JSON, or cut off"):
        read_baseline(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "found \\[\\], no baseline"),
        ("[" * 100_000, "no JSON, or cut off"),
        ('{"schema_version": NaN}', "NaN is no number"),
        ("\ud800", "no JSON"),
        ("{}", "checksum"),
        ('{"made": 1e999}', "by hand"),
        ('{"made": ' + "[" * 900 + "]" * 900 + "}", "by hand"),
    ],
)
def test_other_files_are_refused(path: Path, text: str, message: str) -> None:
    """What is no baseline is an error of the input, never a crash."""
    path.parent.mkdir()
    path.write_bytes(text.encode(errors="surrogatepass"))

    with pytest.raises(InputError, match=message):
        read_baseline(path)


def test_a_folder_and_a_flood_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be read, or is far too large, is an error of the input."""
    path.mkdir(parents=True)
    with pytest.raises(InputError, match="cannot be read"):
        read_baseline(path)
    path.rmdir()
    path.write_text(" " * 20)
    monkeypatch.setattr(baseline_file, "MAX_BYTES", 10)
    with pytest.raises(InputError, match="too large"):
        read_baseline(path)


def test_an_edit_by_hand_is_refused(make_accepted: MakeAccepted, path: Path) -> None:
    """One digit is enough; another layout of the same content is no edit."""
    write_baseline(make_accepted(), path, {})
    text = path.read_text()
    path.write_text(json.dumps(json.loads(text)))
    read_baseline(path)
    path.write_text(text.replace("1.23457", "1.23447", 1))

    with pytest.raises(InputError, match="edited by hand"):
        read_baseline(path)


def test_a_newer_schema_is_not_comparable(make_accepted: MakeAccepted, path: Path) -> None:
    """A file of a newer version is no wrong input, whatever else is in it."""
    write_baseline(make_accepted(), path, {})
    _edit(path, lambda document: document.update(schema_version=2, news=[1]))

    with pytest.raises(NotComparableError, match=r"found schema_version 2.*reads 1"):
        read_baseline(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.pop("runs"), "runs: Field required"),
        (lambda one: one.update(schema_version="1"), "schema_version: "),
        (lambda one: one.update(extra=1), "extra: Extra inputs"),
        (lambda one: one["pictures"][0].update(file="../../secret.jpg"), "pictures.0.file"),
        (lambda one: one["runs"].pop(), "no values of start=noise on b × s, seed 1"),
        (lambda one: one["runs"].append(one["runs"][0]), "start=content on a × s twice"),
        (lambda one: one["runs"][0].update(pair="c × s"), "unknown start=content on c × s"),
        (lambda one: one["pairs"].append(one["pairs"][0]), "the pair a × s twice"),
    ],
)
def test_malformed_content_is_refused(
    make_accepted: MakeAccepted,
    path: Path,
    pictures: Shown,
    change: Callable[[dict[str, object]], None],
    message: str,
) -> None:
    """What no harness writes is an error of the input even where its checksum fits."""
    write_baseline(make_accepted(), path, pictures)
    _edit(path, change)

    with pytest.raises(InputError, match=message):
        read_baseline(path)


def test_where_a_baseline_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one given, else that of the working folder, else for a shipped sweep the shipped one."""
    name, sweep = next(iter(shipped_sweeps().items()))
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / f"{name}.json").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(baseline_file, "PLACES", (tmp_path / "none", shipped))
    own = Path("baselines") / f"{name}.json"

    assert shipped / own.name == baseline_path(sweep, name, None)
    assert own == baseline_path(tmp_path / f"{name}.yaml", name, None)
    assert Path("given.json") == baseline_path(sweep, name, Path("given.json"))
    own.parent.mkdir()
    own.touch()
    assert own == baseline_path(sweep, name, None)
    assert own == accepted_path(name, None)


def test_a_baseline_has_a_name_that_leaves_room_for_its_pictures() -> None:
    """A path without .json would be that of the pictures' folder."""
    with pytest.raises(InputError, match=r"found 'night'; allowed: .*\.json"):
        accepted_path("night", Path("night"))
