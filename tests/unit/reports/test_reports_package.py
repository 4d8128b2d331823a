import subprocess
import sys
from pathlib import Path

import pytest

import reports


@pytest.mark.parametrize("name", reports.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Each name that the package lists can be imported from it."""
    assert getattr(reports, name).__name__ == name


def test_unknown_names_raise_as_usual() -> None:
    """A misspelt name is an AttributeError that says what was asked for."""
    with pytest.raises(AttributeError, match="'reports' has no attribute 'sumarize'"):
        _ = reports.sumarize


def test_importing_the_package_costs_nothing() -> None:
    """Neither pandas nor Pillow is loaded before a name of the package is used."""
    program = "import reports, sys; print({'pandas', 'PIL', 'numpy'} & set(sys.modules))"

    printed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(reports.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert printed == "set()\n"
