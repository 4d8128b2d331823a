"""``harness init`` and ``harness completion``, and what all the small commands have in common."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from harness.cli.completion import (
    command as completion,
)
from harness.cli.completion import (
    complete_presets,
    complete_sweep_files,
    complete_sweeps,
)
from harness.cli.init import TEMPLATE
from harness.cli.init import command as init
from harness.cli.list import command as list_command
from harness.errors import InputError, PictureError
from harness.spec.presets import PRESETS
from harness.spec.sweep_spec import SweepSpec, load_sweep
from harness.sweep.pictures import load_with_pictures

MakeSweep = Callable[..., Path]

MODULES = ("list", "remove", "init", "doctor", "completion")
HEAVY = ("torch", "torchvision", "mlflow", "psutil", "pandas")
A_MINUTE_OF_WORK = 18 * 40 * 128 * 128  # runs × iterations × pixels, on two cores


@pytest.fixture(autouse=True)
def working_directory(make_sweep: MakeSweep) -> None:
    """Work in a folder with four made-up pictures."""
    del make_sweep


def run_init(*arguments: str) -> str:
    """Run ``harness init`` in the working directory; return what it printed."""
    done = CliRunner().invoke(init, list(arguments))
    if done.exception is not None:
        raise done.exception
    return done.stdout


def texts(spec: SweepSpec) -> list[tuple[str, str]]:
    """Return the pairs of a sweep."""
    return [(pair.content.text, pair.style.text) for pair in spec.pairs]


@pytest.mark.parametrize("module", MODULES)
def test_commands_are_light(module: str) -> None:
    """Asking for help imports none of the libraries that take seconds."""
    code = (
        f"import sys; from harness.cli.{module} import command\n"
        "try: command.main(['--help'], standalone_mode=False)\n"
        "except SystemExit: pass\n"
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.splitlines()[-1]


def test_starter_loads_and_can_give_a_verdict() -> None:
    """The starter has no problem, and six pairs that share no picture."""
    said = run_init()

    spec, _ = load_with_pictures(Path("sweep.yaml"))
    assert 6 == len(spec.pairs)
    assert 12 == len({picture for pair in texts(spec) for picture in pair})
    assert () == spec.notes
    assert "harness sweep sweep.yaml --dry-run" in said


def test_starter_is_cheap() -> None:
    """What the starter asks for stays within a minute's work."""
    run_init()

    spec = load_sweep(Path("sweep.yaml"))
    work = sum(
        variant.settings.iterations * variant.settings.image_size**2 for variant in spec.variants
    )
    assert work * len(spec.cases) <= A_MINUTE_OF_WORK


def test_what_is_commented_out_works() -> None:
    """The lines that a reader is invited to uncomment are right too."""
    run_init()
    text = Path("sweep.yaml").read_text()
    for key in ("limits:", "  style_layers:", "    values:", "      fine"):
        text = re.sub(rf"^( *)# ({key.strip()}.*)$", r"\1\2", text, flags=re.MULTILINE)
    text = re.sub(r"^  #     (fine.*)$", r"      \1", text, flags=re.MULTILINE)
    text = re.sub(r"^  #   (values:)$", r"    \1", text, flags=re.MULTILINE)
    text = text.replace("baseline: {", "baseline: {style_layers: fine, ")
    Path("more.yaml").write_text(text)

    spec = load_sweep(Path("more.yaml"))

    assert 6 == len(spec.variants)
    assert 7200 == spec.limits.time


def test_starter_explains_itself() -> None:
    """Every key of the file has a comment above it or beside it."""
    lines = TEMPLATE.read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r"[a-z]+:", line):
            assert "#" in lines[number - 1] + line, line


def test_own_pictures() -> None:
    """Pictures of the user's own stand in the file as seen from its folder."""
    run_init("new folder/mine.yaml", "--content", "c0.png", "--style", "s0.png")

    spec, _ = load_with_pictures(Path("new folder/mine.yaml"))
    assert [("../c0.png", "../s0.png")] == texts(spec)


def test_patterns_and_odd_names() -> None:
    """Patterns stay patterns; names with quotes, brackets and spaces are quoted as YAML wants."""
    Path('it\'s a "photo" [1].png').write_bytes(Path("c0.png").read_bytes())
    run_init("mine.yaml", "--content", "c*.png", "--content", 'it\'s a "photo" [1].png')

    spec, _ = load_with_pictures(Path("mine.yaml"))
    contents = {content for content, _ in texts(spec)}
    assert {"c0.png", "c1.png", 'it\'s a "photo" [1].png'} == contents
    assert 3 * 6 == len(spec.pairs)


def test_equally_many_are_paired() -> None:
    """As many contents as styles go in pairs, other numbers each with each."""
    run_init("two.yaml", "--content", "c0.png", "--content", "c1.png", "--style", "s0.png")
    style = ("--style", "s0.png", "--style", "builtin:wave")
    run_init("pairs.yaml", "--content", "c0.png", "--content", "c1.png", *style)

    assert 2 == len(load_sweep(Path("two.yaml")).pairs)
    pairs = texts(load_sweep(Path("pairs.yaml")))
    assert [("c0.png", "s0.png"), ("c1.png", "builtin:wave")] == pairs


def test_folder_gets_the_usual_name(tmp_path: Path) -> None:
    """A folder as PATH means a sweep.yaml in it."""
    (tmp_path / "there").mkdir()

    assert "there" in run_init("there")
    assert load_sweep(Path("there/sweep.yaml")).name == "sweep"


def test_nothing_is_overwritten() -> None:
    """A file that is there is left as it is."""
    Path("sweep.yaml").write_text("mine")

    with pytest.raises(InputError, match="left alone"):
        run_init()

    assert "mine" == Path("sweep.yaml").read_text()


def test_file_that_appears_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file made by another program after the check is not overwritten either."""
    Path("sweep.yaml").write_text("mine")
    monkeypatch.setattr("harness.cli.init._target", lambda path: path)

    with pytest.raises(InputError, match="cannot be written"):
        run_init()

    assert "mine" == Path("sweep.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (["x.yaml", "--content", "lost.png"], PictureError, "lost.png"),
        (["x.yaml", "--style", "*.jpg"], InputError, "no file matches"),
        (["x.yaml", "--content", "chelsea"], PictureError, "builtin:chelsea"),
        (["x.yaml", "--content", "builtin:chelsae"], PictureError, "builtin:chelsea"),
        (["notes"], InputError, "notes.yaml"),
        (["-x-.yaml"], InputError, "no name for a sweep"),
    ],
)
def test_wrong_input_writes_nothing(
    arguments: list[str], error: type[Exception], words: str
) -> None:
    """What cannot be used is refused before a file is written."""
    before = sorted(Path().iterdir())

    with pytest.raises(error, match=re.escape(words)):
        run_init(*(["--", *arguments] if arguments[0].startswith("-") else arguments))

    assert before == sorted(Path().iterdir())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each shell's script calls back as this program expects; $SHELL is the default."""
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")

    by_name = CliRunner().invoke(completion, [shell]).stdout

    assert f"_HARNESS_COMPLETE={shell}_complete" in by_name
    assert by_name == CliRunner().invoke(completion, []).stdout


@pytest.mark.parametrize("shell", ["", "/bin/tcsh"])
def test_unknown_shell(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that cannot be guessed is asked for by name."""
    monkeypatch.setenv("SHELL", shell)

    done = CliRunner().invoke(completion, [])

    assert isinstance(done.exception, InputError)
    assert "bash|zsh|fish" in str(done.exception)


def completed(line: str) -> list[str]:
    """Ask the program as bash would, in a process of its own; return what it offers."""
    code = "import sys; sys.argv = ['harness']; from harness.cli.main import main; main()"
    words = line.split(" ")
    environment = {
        **os.environ,
        "_HARNESS_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert "" == done.stderr
    return [offer.removeprefix("plain,") for offer in done.stdout.splitlines()]


def test_bash_completes_commands_and_options() -> None:
    """The environment's protocol offers the commands that begin so, and their options."""
    assert {"sweep", "schema"} <= set(completed("harness s"))
    assert "--dry-run" in completed("harness sweep --")


def test_sweeps_complete(stored_sweeps: None) -> None:
    """Names of sweeps come from the store, without MLflow; no store completes nothing."""
    del stored_sweeps
    context = click.Context(list_command, info_name="list")

    def offers(incomplete: str) -> list[Any]:
        items = complete_sweeps(context, list_command.params[0], incomplete)
        return [item.value for item in items]

    assert ["layers", "large"] == offers("la") == completed("harness list la")
    assert [] == offers("x")
    Path("mlflow.db").write_text("a diary of some length")
    assert [] == offers("la")
    Path("mlflow.db").unlink()
    assert [] == offers("la")


@pytest.fixture
def stored_sweeps(store: None) -> None:
    """Write two sweeps' parents to the store."""
    from harness.sweep.tracking.store import connect, locate  # noqa: PLC0415 - after make_sweep

    del store
    client = connect(locate(None))
    for name in ("large", "layers"):
        run = client.create_run(client.create_experiment(name), tags={"harness.kind": "sweep"})
        client.set_terminated(run.info.run_id)


def test_presets_and_shipped_sweeps_complete() -> None:
    """Presets complete by name; so do shipped sweeps, beside files."""
    context = click.Context(list_command, info_name="list")
    parameter = list_command.params[0]

    assert set(PRESETS) == {item.value for item in complete_presets(context, parameter, "")}
    items = complete_sweep_files(context, parameter, "qui")
    assert [("quick", "plain"), ("qui", "file")] == [(item.value, item.type) for item in items]
