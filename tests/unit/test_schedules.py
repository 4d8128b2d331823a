"""The examples for cron, systemd and GitHub Actions in docs/scheduled work as they are."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from harness import errors
from harness.cli.main import cli

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "docs" / "scheduled"
FILES = sorted(path for path in FOLDER.iterdir() if path.is_file())
UNITS = sorted(path for path in FILES if path.suffix in {".service", ".timer"})
COMMAND = re.compile(r"\bharness ((?:regress|baseline) [^|&;<>`\n]+)")
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")
LAUNCH = "uv run --no-project --with-requirements requirements.lock --with-editable . harness"


def workflow() -> dict[str, Any]:
    """Return the workflow of GitHub Actions."""
    data: dict[str, Any] = yaml.safe_load((FOLDER / "github-actions.yml").read_text())
    return data


def steps() -> list[dict[str, Any]]:
    """Return the steps of its one job."""
    found: list[dict[str, Any]] = workflow()["jobs"]["regress"]["steps"]
    return found


def commands(path: Path) -> list[str]:
    """Return the words after ``harness`` of each command in a file."""
    text = path.read_text()
    if path.suffix == ".yml":
        text = "\n".join(step.get("run", "") for step in steps())
    return COMMAND.findall(text)


def cron_lines() -> list[str]:
    """Return the jobs of the crontab: no comment, no variable."""
    lines = (FOLDER / "crontab").read_text().splitlines()
    return [line for line in lines if line and not re.match(r"#|[A-Z]+=", line)]


def test_every_file_but_the_timer_has_a_command() -> None:
    """A file whose commands are not found would pass every test of commands."""
    without = {path.name for path in FILES if not commands(path)}

    assert {"style-harness-regress.timer"} == without


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_commands_are_ones_that_the_program_takes(path: Path) -> None:
    """Every subcommand, argument and option in the examples is there."""
    for text in commands(path):
        words = shlex.split(text)
        command: click.Command = cli
        while isinstance(command, click.Group):
            name = words.pop(0)
            found = command.get_command(click.Context(command), name)
            assert found is not None, text
            command = found
        command.make_context(command.name, words)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_named_in_the_examples_are_there(path: Path) -> None:
    """Sweep, lock and pages; what a regression writes is not there yet."""
    text = path.read_text()
    named = re.findall(r"\b(?:sweeps|docs)/[\w./{},-]*\w|requirements\.lock", text)
    named = [one.split("{")[0].rstrip(".") for one in named]

    assert [] == [one for one in named if not list(ROOT.glob(f"{one}*"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_example_names_a_host(path: Path) -> None:
    """Packages come from wherever a machine gets its packages."""
    assert "://" not in path.read_text()


@pytest.mark.parametrize(
    "name", ["crontab", "style-harness-regress.service", "github-actions.yml"]
)
def test_the_program_is_started_as_the_readme_does(name: str) -> None:
    """With the pinned versions, and after a pull with the new ones."""
    text = " ".join((FOLDER / name).read_text().split())

    assert f"{LAUNCH} regress sweeps/regression.yaml" in text
    assert f"{LAUNCH} " in (ROOT / "README.md").read_text()


def test_cron_lines_have_five_fields_of_time() -> None:
    """Minute, hour, day, month, weekday; and no % in a command, which ends it for cron."""
    assert 2 == len(cron_lines())
    for line in cron_lines():
        *times, command = line.split(maxsplit=5)
        ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
        for field, (low, high) in zip(times, ranges, strict=True):
            assert field == "*" or low <= int(field) <= high, line
        assert "%" not in command


@pytest.mark.parametrize(("code", "printed"), [(0, ""), (1, "harness regress: exit code 1\n")])
def test_cron_mails_on_red_only_and_keeps_the_log(tmp_path: Path, code: int, printed: str) -> None:
    """What the job prints is the mail; everything the program says is in the log."""
    checkout, binaries = tmp_path / "style-harness", tmp_path / ".local" / "bin"
    checkout.mkdir()
    binaries.mkdir(parents=True)
    uv = binaries / "uv"
    uv.write_text(f"#!/bin/sh\necho verdict of $PWD\necho progress >&2\nexit {code}\n")
    uv.chmod(0o755)
    command = cron_lines()[-1].split(maxsplit=5)[-1]

    done = subprocess.run(
        ["/bin/bash", "-c", command],
        env={"HOME": str(tmp_path), "PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    said = f"verdict of {checkout}\nprogress\n"
    assert said == (checkout / "results" / "regress.log").read_text()
    assert (printed + (said if code else ""), "") == (done.stdout, done.stderr)


@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="no systemd-analyze here")
def test_systemd_finds_nothing_wrong_with_the_units() -> None:
    """It warns of unknown keys and values, which it would then ignore."""
    done = subprocess.run(
        [str(SYSTEMD_ANALYZE), "verify", "--man=no", *map(str, UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )

    # Whether this machine has git is no matter of the units.
    ours = [line for line in done.stderr.splitlines() if "style-harness" in line]
    assert [] == [line for line in ours if "is not executable" not in line]


def test_timer_starts_the_service_beside_it() -> None:
    """By its name; and catches up on a night for which the machine was off."""
    service, timer = (path.read_text() for path in UNITS)

    assert ["style-harness-regress"] * 2 == [path.stem for path in UNITS]
    assert "\nType=oneshot\n" in service
    assert "\nPersistent=true\n" in timer


def test_workflow_starts_by_night_and_by_hand() -> None:
    """YAML 1.1 reads the key ``on`` as true."""
    triggers = workflow()[True]  # type: ignore[index]

    assert {"schedule", "workflow_dispatch"} == set(triggers)
    assert all(5 == len(one["cron"].split()) for one in triggers["schedule"])


def test_workflow_shows_and_keeps_everything_when_red() -> None:
    """What comes after the regression runs whatever became of it, and swallows no exit code."""
    names = [step.get("name") for step in steps()]
    at = names.index("Regress")
    later = steps()[at + 1 :]

    assert not {"if", "continue-on-error", "shell"} & steps()[at].keys()
    assert ["always()"] * 3 == [step.get("if") for step in later]
    assert "results/regression/regress" == later[1]["with"]["path"]


def test_workflow_saves_the_store_where_it_restores_it() -> None:
    """A cache is found again only under the same paths; each night has a key of its own."""
    restore, save = (step["with"] for step in steps() if "cache/" in step.get("uses", ""))

    assert restore["path"] == save["path"] == "${{ env.STORE }}"
    assert "mlflow.db\nmlruns\n" == workflow()["env"]["STORE"]
    assert restore["key"] == save["key"]
    assert "github.run_id" in save["key"]
    assert save["key"].startswith(restore["restore-keys"])


@pytest.mark.parametrize("text", [None, "# REGRESSED\n"])
def test_workflow_shows_the_summary_where_there_is_one(tmp_path: Path, text: str | None) -> None:
    """A regression that could not begin has none, and the step must not hide why."""
    if text is not None:
        (tmp_path / "results/regression/regress").mkdir(parents=True)
        (tmp_path / "results/regression/regress/summary.md").write_text(text)
    (script,) = (step["run"] for step in steps() if step.get("name") == "Show the summary")
    page = tmp_path / "page"
    page.touch()

    subprocess.run(
        ["/bin/bash", "-e", "-c", script],
        cwd=tmp_path,
        env={"GITHUB_STEP_SUMMARY": str(page), "PATH": "/usr/bin:/bin"},
        check=True,
    )

    assert (text or "") == page.read_text()


def test_readme_says_what_every_exit_code_means() -> None:
    """Those of the errors, of success and of interruption."""
    table = re.findall(r"^\| ([\d, ]+) \|", (FOLDER / "README.md").read_text(), re.MULTILINE)
    documented = {int(code) for row in table for code in row.split(",")}
    codes = {getattr(errors, name).exit_code for name in errors.__all__ if "Error" in name}

    assert {0, 130, 143} | codes == documented


def test_readme_has_every_file() -> None:
    """Each with where it goes."""
    text = (FOLDER / "README.md").read_text()

    for path in FILES:
        assert f"`{path.name}`" in text or f"`{path.suffix}`" in text or path.name == "README.md"
