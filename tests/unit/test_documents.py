"""README, CHANGELOG and sweep headers say what the code does."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness import __version__
from harness.cli.main import COMMANDS, cli
from harness.spec.sweep_spec import load_sweep

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
SWEEPS = sorted((ROOT / "sweeps").glob("*.yaml"))


@pytest.mark.parametrize("command", COMMANDS)
def test_command_has_help_and_a_line_in_the_readme(command: str) -> None:
    """Every command explains itself and stands in README."""
    done = CliRunner().invoke(cli, [command, "--help"])

    assert 0 == done.exit_code
    assert len(done.output.splitlines()) > 4
    assert f"harness {command}" in README


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`harness (\w+)", README))))
def test_readme_names_no_command_that_is_not_there(command: str) -> None:
    """README promises nothing that the program lacks."""
    assert command in COMMANDS


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_shipped_sweep_has_a_header(path: Path) -> None:
    """A shipped sweep loads, and says question, expectation, cost and command on top."""
    header = [line for line in path.read_text().splitlines() if line.startswith("#")]

    for word in ("Question", "Expected", "Cost", "Command"):
        assert any(line.startswith(f"# {word}") for line in header), word
    spec = load_sweep(path)
    command = "sweep" if spec.gate is None else "regress"
    assert f"harness {command} sweeps/{path.name}" in "\n".join(header)
    assert spec.question
    assert path.stem in README


@pytest.mark.parametrize(
    "path", [one for one in SWEEPS if one.stem not in {"quick", "regression"}], ids=str
)
def test_shipped_sweep_has_independent_pairs(path: Path) -> None:
    """At least six pairs that share no picture, so that a verdict may be given."""
    pairs = load_sweep(path).pairs

    assert len(pairs) >= 6
    assert len(pairs) == len({pair.content.text for pair in pairs})
    assert len(pairs) == len({pair.style.text for pair in pairs})


def test_changelog_knows_this_version() -> None:
    """The newest section of CHANGELOG is the version that ``--version`` prints, or unreleased."""
    heading = re.search(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert heading is not None
    assert heading.group(1) in (__version__, "Unreleased")


def test_no_file_names_a_package_host() -> None:
    """The lock pins versions and hashes, never addresses."""
    assert "://" not in (ROOT / "requirements.lock").read_text()
