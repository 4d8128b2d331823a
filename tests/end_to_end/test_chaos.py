"""A few faults of the chaos script; ``python tests/chaos/kill.py`` goes on with it for hours."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "chaos" / "kill.py"
FAULTS = 3
KINDS = ("kill-coordinator", "kill-worker", "sigterm")


@pytest.mark.slow
def test_a_few_faults(tmp_path: Path) -> None:
    """Killed three times in some way, a sweep loses nothing and does nothing twice."""
    words = [sys.executable, str(SCRIPT), "--minutes", "5", "--faults", str(FAULTS), "--seed", "4"]
    words += [word for kind in KINDS for word in ("--only", kind)]

    done = subprocess.run(
        [*words, "--folder", str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert FAULTS <= int(last.split()[0])
    assert last.endswith("0 violations")
