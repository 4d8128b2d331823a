"""The command line as a user meets it: exit codes, messages, nothing left behind."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from harness import __version__
from harness.spec.presets import PRESETS
from harness.spec.settings import Settings

MakeSweep = Callable[..., Path]

CASES = "cases: {content: [c0.png], style: [s0.png]}\n"

WRONG_FILES = {
    "unknown key": (CASES + "parametres: {}\n", ":2: parametres", "parameters"),
    "duplicate key": (CASES + CASES, ":2", "cases"),
    "no such tap": (CASES + "base: {style_layers: [relu9_1]}\n", ":2", "relu9_1"),
    "wrong type": (CASES + "base: {iterations: many}\n", ":2: base.iterations", "many"),
    "out of range": (CASES + "base: {averaging: 1.5}\n", ":2: base.averaging", "1.5"),
    "empty glob": ("cases: {content: ['*.bmp'], style: [s0.png]}\n", ":1", "*.bmp"),
    "missing file": ("cases: {content: [lost.png], style: [s0.png]}\n", ":1", "lost.png"),
    "not a picture": ("cases: {content: [bad.png], style: [s0.png]}\n", ":1", "bad.png"),
    "unknown built-in": (
        "cases: {content: ['builtin:chelsae'], style: [s0.png]}\n",
        "",
        "chelsea",
    ),
    "two baselines": (
        CASES + "parameters: {lr: {values: [0.1, 0.2]}}\nbaseline: {lr: 0.3}\n",
        ":3: baseline",
        "0.3",
    ),
    "code in YAML": (CASES + "base: !!python/object/apply:os.getcwd []\n", ":2", "tag"),
    "study of nothing": (CASES + "method: tpe\n", ":2: method", "needs something to vary"),
    "not YAML": ("cases: [\n", ":", "YAML"),
}


@pytest.fixture
def pictures(make_sweep: MakeSweep, tmp_path: Path) -> Path:
    """Return a folder with the made-up pictures and one file that is none."""
    del make_sweep
    (tmp_path / "bad.png").write_text("not a picture")
    return tmp_path


def harness(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, in the working directory."""
    command = [sys.executable, "-m", "harness", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", WRONG_FILES)
def test_wrong_file(pictures: Path, name: str) -> None:
    """A wrong file ends with exit code 2, says where and what, and leaves nothing behind."""
    text, place, word = WRONG_FILES[name]
    (pictures / "wrong.yaml").write_text(text)
    before = sorted(pictures.iterdir())

    done = harness("sweep", "wrong.yaml")

    assert 2 == done.returncode, done.stderr
    assert "Traceback" not in done.stderr
    assert place in done.stderr
    assert word in done.stderr
    assert before == sorted(pictures.iterdir())


def test_all_errors_at_once(pictures: Path) -> None:
    """Mistakes of every kind, broken pictures among them, are told in one go."""
    text = "cases: {content: [bad.png, '*.bmp'], style: ['builtin:inc']}\n"
    text += "base: {iterations: 0, poling: max}\nlimits: {time: soon}\n"
    (pictures / "wrong.yaml").write_text(text)

    done = harness("sweep", "wrong.yaml")

    for word in ("iterations", "pooling", "limits.time", "bad.png", "*.bmp", "builtin:ink"):
        assert word in done.stderr


def test_billion_laughs(pictures: Path) -> None:
    """A file that would expand to billions of values is refused at once."""
    lines = ["a0: &a0 [lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (pictures / "wrong.yaml").write_text("\n".join(lines))

    assert 2 == harness("sweep", "wrong.yaml").returncode


def test_version() -> None:
    """``--version`` says the package's version."""
    assert __version__ in harness("--version").stdout


@pytest.mark.parametrize("arguments", [["--help"], ["presets", "house"], ["schema"]])
def test_light_commands_import_neither_torch_nor_mlflow(arguments: list[str]) -> None:
    """Help, presets and schema come without the libraries that take seconds to import."""
    code = (
        "import sys; from harness.cli.main import cli\n"
        f"try: cli.main({arguments!r}, standalone_mode=False)\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch', 'mlflow', 'torchvision') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.splitlines()[-1]


def test_presets_say_where_values_come_from() -> None:
    """Every setting of a preset is listed with a source, in groups, within 100 columns."""
    lines = harness("presets", "house").stdout.splitlines()

    assert {"network", "sizes and colours", "losses", "start", "optimisation"} <= set(lines)
    assert any(line.startswith("  style_layers.rgb  ") for line in lines)
    settings = lines[lines.index("network") + 1 : lines.index("canonical weights")]
    assert all(len(line.split(maxsplit=2)) == 3 for line in settings if re.match("  [a-z]", line))
    assert max(map(len, lines)) <= 100


def test_presets_are_listed_and_printed_for_programs() -> None:
    """A line each; as JSON all of them with sources, or the settings of one."""
    listed = harness("presets").stdout
    facts = json.loads(harness("presets", "--json").stdout)
    settings = json.loads(harness("presets", "house", "--json").stdout)

    assert all(f"{name} " in listed for name in PRESETS)
    assert max(map(len, listed.splitlines())) <= 100
    assert list(PRESETS) == [one["name"] for one in facts]
    assert settings == facts[0]["settings"] == Settings().model_dump(mode="json")
    assert {"loss", "tap", "weight", "per"} == set(facts[0]["canonical_weights"][0])
    assert all(set(one["assumed"]) <= set(one["sources"]) for one in facts)


def test_a_preset_that_there_is_not_names_the_nearest() -> None:
    """The exit code is that of wrong input."""
    done = harness("presets", "hous")

    assert 2 == done.returncode
    assert "did you mean house?" in done.stderr


def test_schema_is_json() -> None:
    """The schema is strict JSON that knows the top-level keys."""
    schema = json.loads(harness("schema").stdout)

    assert {"cases", "parameters", "baseline"} <= set(schema["properties"])


@pytest.mark.slow
def test_whole_job(pictures: Path, make_sweep: MakeSweep) -> None:
    """A sweep prints its table to standard output, progress to standard error, and exits 0."""
    path = make_sweep()

    done = harness("sweep", str(path), "--set", "iterations=2")

    assert 0 == done.returncode, done.stderr
    assert "style gain" in done.stdout
    assert "[4/4]" in done.stderr
    assert str(pictures / "results" / "tiny" / "contact-sheet.png") in done.stdout


@pytest.mark.slow
def test_second_writer_is_refused(make_sweep: MakeSweep) -> None:
    """A second sweep on the same store gets a clear error and exit code 4."""
    path = make_sweep()
    with FileLock("mlflow.db.lock"):
        done = harness("sweep", str(path))

    assert 4 == done.returncode, done.stderr
    assert "another harness" in done.stderr
