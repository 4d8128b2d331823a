"""Timing in turns: its order, its medians and its processes, with copies that compute nothing."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from harness.errors import HarnessError, InputError, NotComparableError
from harness.regression.checkout import Source, this_copy
from harness.regression.timing import (
    TimingProgress,
    measure,
    order_of_steps,
    request_of,
    timing_frame,
    turns_of,
)
from harness.regression.timing_child import known_settings
from harness.regression.timing_process import TimedProcess, timed_process
from harness.spec.cases import Pair, PictureRef
from harness.spec.sweep_spec import SweepSpec, load_sweep

SWEEP = """\
cases: {content: [c.png, builtin:coffee], style: ['builtin:ink'], seeds: [5, 6]}
base: {pretrained: kmeans, image_size: 32, weights.style: 7}
parameters: {lr: {values: [0.1, 0.2]}}
"""
COPY = """\
import sys, os, time
__version__ = "0"
class HarnessError(Exception):
    exit_code = 1
class InputError(HarnessError):
    exit_code = 2
def stylize(content, style, *, seed, on_step, device, **settings):
    print("chatter on standard output")
    BODY
    for _ in range(settings["iterations"]):
        on_step(None)
"""
TORCH = """\
__version__ = "VERSION"
class cuda:
    is_available = staticmethod(lambda: False)
def set_num_threads(number):
    global threads
    threads = number
def get_num_threads():
    return threads
"""

MakeCopy = Callable[..., Source]


@pytest.fixture
def make_copy(tmp_path: Path) -> MakeCopy:
    """Return a function that writes a project that computes nothing, and a PyTorch beside it."""

    def make(
        body: str = "pass", *, name: str = "copy", torch: str = "2.0", init: str = ""
    ) -> Source:
        folder = tmp_path / name
        (folder / "harness").mkdir(parents=True)
        (folder / "harness" / "__init__.py").write_text(init + COPY.replace("BODY", body))
        (folder / "torch.py").write_text(TORCH.replace("VERSION", torch))
        return Source(path=folder, title=name, commit="")

    return make


@pytest.fixture
def spec(tmp_path: Path) -> SweepSpec:
    """A panel of two variants, two pairs and two seeds; one content is a file."""
    (tmp_path / "c.png").write_bytes(b"never opened here")
    path = tmp_path / "panel.yaml"
    path.write_text(SWEEP)
    return load_sweep(path)


@contextmanager
def started(source: Source, *, time_limit_s: float = 60) -> Iterator[TimedProcess]:
    """Start the process of a copy and wait until it is loaded."""
    with timed_process(source, threads=1, time_limit_s=time_limit_s) as process:
        process.wait_until_loaded()
        yield process


def children() -> list[psutil.Process]:
    """Return the processes that this one has started."""
    return psutil.Process().children(recursive=True)


def request(spec: SweepSpec) -> dict[str, object]:
    """Return a request for the first pair of the panel."""
    return request_of(spec.variants[0].settings, spec.pairs[0], seed=0, iterations=4, device="cpu")


def pair(content: str) -> Pair:
    """Return a pair of a content and always the same style."""
    one, two = (PictureRef(text=name, path=None, name=name) for name in (content, "style"))
    return Pair(content=one, style=two)


def test_what_an_older_copy_does_anyway_is_left_out() -> None:
    """A setting that it does not know is left out where it has its default, else kept."""
    defaults = {"new": 1, "newer": 2, "weights": {"histogram": 0.0}}
    given = {"lr": 0.1, "new": 1, "newer": 3, "weights": {"style": 5.0, "histogram": 0.0}}

    kept = known_settings(given, defaults)

    assert {"lr": 0.1, "newer": 3, "weights": {"style": 5.0}} == kept


def test_turns_are_all_pairs_in_rounds_after_a_warm_up() -> None:
    """A first run that does not count, then every pair, again and again."""
    first, second = pair("first"), pair("second")

    turns = turns_of([first, second], rounds=2)

    assert [True, False, False, False, False] == [turn.is_warm_up for turn in turns]
    assert [first, first, second, first, second] == [turn.pair for turn in turns]


def test_steps_are_balanced() -> None:
    """Neither side is earlier than the other on the whole; both have as many steps."""
    assert "cbbccbbccb" == "".join(side[0] for side in order_of_steps(5))


def test_a_frame_has_the_median_of_a_pair() -> None:
    """One slow iteration of a pair does not move its seconds."""
    frame = timing_frame("base", 3, {pair("a"): [1.0, 2.0, 90.0], pair("b"): [4.0, 6.0]})

    assert ["variant", "seeded", "pair", "content", "style", "seed", "seconds"] == list(frame)
    assert ["base", False, "a × style", "a", "style", 3, 2.0] == frame.iloc[0].tolist()
    assert [2.0, 5.0] == frame["seconds"].tolist()


def test_a_request_names_pictures_and_settings_by_what_any_revision_knows(
    spec: SweepSpec, tmp_path: Path
) -> None:
    """Files by their path, built-in pictures by their name, settings as the variant has them."""
    settings = spec.variants[0].settings

    told = [request_of(settings, pair, seed=5, iterations=12, device="cpu") for pair in spec.pairs]

    assert [str(tmp_path / "c.png"), "builtin:coffee"] == [one["content"] for one in told]
    assert {"builtin:ink"} == {one["style"] for one in told}
    assert settings.model_dump(mode="json") | {"iterations": 12} == told[0]["settings"]


def test_copies_take_turns_at_every_iteration(spec: SweepSpec, make_copy: MakeCopy) -> None:
    """One works at a time, in the order ABBA; the slower has more seconds on every pair."""
    seen: list[TimingProgress] = []
    log = spec.path.with_name("steps.txt")
    step = (
        "real = on_step; on_step = lambda event: (time.sleep(PAUSE), "
        f"open({str(log)!r}, 'a').write(__file__ + chr(10)), real(event))"
    )
    before = make_copy(step.replace("PAUSE", "0"), name="before")
    after = make_copy(step.replace("PAUSE", "0.03"), name="after")

    result = measure(
        spec, before, candidate=after, iterations=5, rounds=1, on_progress=seen.append
    )

    a_run = ["after", "before", *(2 * ["after", "before", "before", "after"])]
    steps = [Path(line).parent.parent.name for line in log.read_text().splitlines()]
    assert a_run * 3 == steps
    assert [(1, 3), (2, 3), (3, 3)] == [(one.done, one.total) for one in seen]
    assert (result.candidate["seconds"] > result.baseline["seconds"]).all()
    assert [pair.name for pair in spec.pairs] == result.baseline["pair"].tolist()
    assert {spec.variants[0].name} == set(result.candidate["variant"])
    assert {5} == set(result.candidate["seed"])
    assert {"threads": "1", "torch": "2.0"} == result.facts
    assert "in turns with before: 2 pairs, 1 run of 5 iterations each" in result.note
    assert not children()


def test_a_pause_is_not_counted(spec: SweepSpec, make_copy: MakeCopy) -> None:
    """What the other side takes is nobody's but its own."""
    waits = "real = on_step; on_step = lambda event: (time.sleep(0.2), real(event))"
    slow, quick = make_copy(waits, name="slow"), make_copy(name="quick")

    result = measure(spec, slow, candidate=quick, iterations=3, rounds=1)

    assert result.candidate["seconds"].max() < 0.2 <= result.baseline["seconds"].min()


def test_the_warm_up_is_not_counted(spec: SweepSpec, make_copy: MakeCopy) -> None:
    """A first run that is slow, because everything is new, moves no median."""
    first = "globals().setdefault('runs', []).append(1); is_first = len(runs) == 1"
    waits = (
        "real = on_step; on_step = lambda event: (time.sleep(0.2 if is_first else 0), real(event))"
    )
    late = make_copy(f"{first}; {waits}", name="late")

    result = measure(spec, make_copy(name="before"), candidate=late, iterations=5, rounds=1)

    assert result.candidate["seconds"].max() < 0.1


def test_a_run_that_ends_early_is_measured_as_far_as_it_goes(
    spec: SweepSpec, make_copy: MakeCopy
) -> None:
    """The other goes on to its end, so that the next pair begins with a new run on both sides."""
    short = make_copy("settings['iterations'] -= 2", name="short")

    result = measure(spec, make_copy(name="before"), candidate=short, iterations=6)

    assert 2 == len(result.candidate) == len(result.baseline)


def test_a_setting_that_a_revision_does_not_know_is_wrong_input(
    spec: SweepSpec, make_copy: MakeCopy
) -> None:
    """The message names the revision and what the revision said of the key."""
    old = make_copy("raise InputError('averaging: no such setting')", name="v0.1")

    with started(old) as process, pytest.raises(InputError) as caught:
        process.begin(request(spec))

    assert "v0.1: averaging: no such setting" == str(caught.value)


def test_any_other_failure_of_a_run_shows_what_the_process_wrote(
    spec: SweepSpec, make_copy: MakeCopy
) -> None:
    """A bug of the revision is told with its traceback, and is not called wrong input."""
    old = make_copy("raise ZeroDivisionError('half of nothing')", name="v0.1")

    with started(old) as process, pytest.raises(HarnessError) as caught:
        process.begin(request(spec))

    assert not isinstance(caught.value, InputError)
    assert str(caught.value).startswith("v0.1: ZeroDivisionError: half of nothing\nIts last words")
    assert "Traceback" in str(caught.value)
    assert "chatter on standard output" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "how"), [("os._exit(3)", "with code 3"), ("os.kill(os.getpid(), 9)", "by SIGKILL")]
)
def test_a_process_that_dies_is_told_with_its_last_words(
    spec: SweepSpec, make_copy: MakeCopy, body: str, how: str
) -> None:
    """An end without an answer is an error at once, not at the time limit."""
    dying = make_copy(f"sys.stderr.write('out of paint'); sys.stderr.flush(); {body}")

    with started(dying) as process, pytest.raises(HarnessError) as caught:
        process.begin(request(spec))

    assert f"copy: its process ended {how} before it answered" in str(caught.value)
    assert "out of paint" in str(caught.value)


def test_a_process_that_has_died_takes_no_more_work(spec: SweepSpec, make_copy: MakeCopy) -> None:
    """A second request after the end is the same error, not a broken pipe."""
    with started(make_copy("os._exit(3)")) as process:
        for _ in range(2):
            with pytest.raises(HarnessError, match="ended with code 3"):
                process.begin(request(spec))


def test_a_run_that_takes_too_long_is_given_up(spec: SweepSpec, make_copy: MakeCopy) -> None:
    """The time limit ends the wait, and a process that hangs ends with it."""
    hanging = make_copy("time.sleep(600)")
    with timed_process(hanging, threads=1, time_limit_s=1) as process:
        process.wait_until_loaded()
        with pytest.raises(HarnessError, match="the first iteration took more than 1 s"):
            process.begin(request(spec))

    assert not children()


@pytest.fixture
def _ctrl_c() -> Iterator[None]:
    """Let SIGINT interrupt: a process that was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ctrl_c")
def test_processes_end_when_the_wait_is_interrupted(spec: SweepSpec, make_copy: MakeCopy) -> None:
    """Ctrl-C while a run is under way leaves no process behind."""
    before = make_copy(name="before")
    # Interrupts us, its parent, as soon as its run has begun.
    after = make_copy("os.kill(os.getppid(), 2); time.sleep(600)", name="after")

    with pytest.raises(KeyboardInterrupt):
        measure(spec, before, candidate=after)

    assert not children()


def test_a_copy_that_cannot_be_imported_is_told(make_copy: MakeCopy) -> None:
    """What is wrong with it stands in the message."""
    broken = make_copy(init="import a_package_that_nobody_has\n")

    with (
        timed_process(broken, threads=1, time_limit_s=60) as process,
        pytest.raises(HarnessError, match="No module named 'a_package_that_nobody_has'"),
    ):
        process.wait_until_loaded()


def test_a_revision_before_the_python_api_is_wrong_input(make_copy: MakeCopy) -> None:
    """What it lacks is told before anything is run."""
    ancient = make_copy()
    (ancient.path / "harness" / "__init__.py").write_text('__version__ = "0"')

    with (
        timed_process(ancient, threads=1, time_limit_s=60) as process,
        pytest.raises(InputError, match=r"copy: it has no harness\.stylize"),
    ):
        process.wait_until_loaded()


def test_a_copy_that_is_not_the_one_that_is_loaded_is_refused(make_copy: MakeCopy) -> None:
    """Another copy's modules under the name of this one would make every verdict EQUIVALENT."""
    other = make_copy(name="other")
    devious = make_copy(
        init=f"import sys; sys.path.insert(0, {str(other.path)!r})\n"
        "import importlib.util as u\n"
        f"s = u.spec_from_file_location('harness.api', {str(other.path / 'torch.py')!r})\n"
        "sys.modules['harness.api'] = u.module_from_spec(s)\n"
    )

    with (
        timed_process(devious, threads=1, time_limit_s=60) as process,
        pytest.raises(HarnessError, match=r"should be run from .*copy, but .*other.torch\.py"),
    ):
        process.wait_until_loaded()


def test_copies_that_compute_with_different_libraries_are_not_compared(
    spec: SweepSpec, make_copy: MakeCopy
) -> None:
    """Seconds of two versions of PyTorch would be blamed on the code."""
    before, after = make_copy(name="before"), make_copy(name="after", torch="2.1")

    with pytest.raises(NotComparableError, match=r"PyTorch 2\.1 and 1 thread, the baseline"):
        measure(spec, before, candidate=after)


def test_a_run_without_a_second_iteration_leaves_nothing_to_time(
    spec: SweepSpec, make_copy: MakeCopy
) -> None:
    """A start that needs no change is an error, not a median of nothing."""
    idle = make_copy("settings['iterations'] = 0")

    with pytest.raises(HarnessError, match="candidate's run ended before its second iteration"):
        measure(spec, make_copy(name="before"), candidate=idle)


def test_too_few_iterations_are_refused(spec: SweepSpec) -> None:
    """Nothing is started for less than three iterations."""
    with pytest.raises(InputError, match="iterations: found 2; allowed: 3 or more"):
        measure(spec, this_copy(), iterations=2)


def test_a_copy_that_is_lent_stays_as_it_is(
    spec: SweepSpec, make_copy: MakeCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No compiled files are left in the user's folder."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    source = make_copy()
    with started(source) as process:
        process.begin(request(spec))

    left = {str(path.relative_to(source.path)) for path in source.path.rglob("*")}
    assert {"harness", "harness/__init__.py", "torch.py"} == left


@pytest.mark.parametrize("is_under_way", [False, True])
def test_the_process_ends_by_itself_when_nobody_asks_any_more(
    spec: SweepSpec, make_copy: MakeCopy, *, is_under_way: bool
) -> None:
    """A killed command leaves no process behind: the end of its input is the end of its work."""
    with started(make_copy()) as process:
        if is_under_way:
            process.begin(request(spec))
        inner: subprocess.Popen[bytes] = process._process
        assert inner.stdin is not None
        inner.stdin.close()

        assert 0 == inner.wait(60)
