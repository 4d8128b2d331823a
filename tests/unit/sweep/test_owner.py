"""Who owns a RUNNING run."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.sweep import owner as owner_module
from harness.sweep.owner import Owner

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own mark of a start")

CLOCK_SET_BACK_S = 7200.0
PATIENCE_S = 10.0


@pytest.fixture
def clock_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shift what psutil says of every process's start, as setting the clock does."""
    true_time = psutil.Process.create_time

    def shifted(process: psutil.Process) -> float:
        return float(true_time(process)) - CLOCK_SET_BACK_S

    monkeypatch.setattr(psutil.Process, "create_time", shifted)


@pytest.fixture
def without_kernel_mark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide /proc, as on macOS and Windows."""
    monkeypatch.setattr(owner_module, "PROC", tmp_path)
    monkeypatch.setattr(owner_module, "BOOT_ID", tmp_path / "boot_id")


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process whose name has spaces and parentheses."""
    program = tmp_path / "odd) (name 1 2"
    sleep = shutil.which("sleep")
    assert sleep is not None
    program.symlink_to(sleep)
    process = subprocess.Popen([program, "60"])
    yield process
    process.kill()
    process.wait()


def of(process: subprocess.Popen[bytes]) -> Owner:
    """Return another process as an owner."""
    start = owner_module._kernel_start(process.pid)
    assert start is not None
    return Owner(host=Owner.this_process().host, pid=process.pid, start=start)


def test_this_process_is_not_gone() -> None:
    """The process that asks is alive, also after a round trip through text."""
    owner = Owner.parse(str(Owner.this_process()))

    assert Owner.this_process() == owner
    assert os.getpid() == owner.pid
    assert not owner.is_gone()


def test_ended_process_is_gone() -> None:
    """A process that has ended no longer owns anything."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    owner = Owner(host=Owner.this_process().host, pid=done.pid, start="0.0")

    assert owner.is_gone()


def test_reused_process_id_is_gone() -> None:
    """A process id that now belongs to a later process is another owner."""
    now = Owner.this_process()
    ticks, at, boot = now.start.partition("@")
    start = f"{int(ticks) - 1}@{boot}" if at else f"{float(now.start) - 3600}"
    earlier = Owner(host=now.host, pid=now.pid, start=start)

    assert earlier.is_gone()


@on_linux
def test_earlier_boot_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After a restart of the machine the same id and the same ticks are another process."""
    before = Owner.this_process()
    (tmp_path / "boot_id").write_text("another-boot\n")
    monkeypatch.setattr(owner_module, "BOOT_ID", tmp_path / "boot_id")

    assert before.is_gone()
    assert before.start.partition("@")[0] == Owner.this_process().start.partition("@")[0]


def test_other_host_is_not_judged() -> None:
    """Nothing is known of processes on another host."""
    owner = Owner(host="elsewhere.invalid", pid=1, start="0.0")

    assert not owner.is_on_this_host
    assert not owner.is_gone()


@on_linux
def test_setting_the_clock_changes_nothing(clock_set_back: None) -> None:
    """On Linux the identity of a process does not depend on the wall clock."""
    del clock_set_back
    recorded = Owner.parse(str(Owner.this_process()))

    assert not recorded.is_gone()


@on_linux
def test_clock_set_between_record_and_question(request: pytest.FixtureRequest) -> None:
    """An owner recorded before the clock was set is still known after it."""
    before = str(Owner.this_process())
    request.getfixturevalue("clock_set_back")

    assert before == str(Owner.this_process())
    assert not Owner.parse(before).is_gone()


@on_linux
def test_name_with_parentheses_and_spaces(sleeper: subprocess.Popen[bytes]) -> None:
    """What a process is called does not hide when it began."""
    stat = Path(f"/proc/{sleeper.pid}/stat").read_text()
    assert ") (" in stat
    assert not of(sleeper).is_gone()

    sleeper.kill()
    sleeper.wait()

    assert owner_module._kernel_start(sleeper.pid) is None


@on_linux
def test_start_is_that_of_the_process(sleeper: subprocess.Popen[bytes]) -> None:
    """The ticks are those of the process in question: as psutil has it, to one tick."""
    ticks = int(of(sleeper).start.partition("@")[0])
    since_boot = ticks / os.sysconf("SC_CLK_TCK")

    assert pytest.approx(
        psutil.Process(sleeper.pid).create_time() - psutil.boot_time(), abs=1.5
    ) == (since_boot)


@on_linux
def test_ended_process_nobody_waited_for_is_gone(sleeper: subprocess.Popen[bytes]) -> None:
    """A killed process that still stands in the process table owns nothing."""
    owner = of(sleeper)
    sleeper.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline

    assert owner.is_gone()


def test_text_of_an_earlier_version() -> None:
    """Seconds since 1970, as older stores have them, are read and judged with a tolerance."""
    process = psutil.Process()
    host = Owner.this_process().host
    alive = Owner.parse(f"{host}:{process.pid}:{process.create_time() + 0.5:.2f}")
    gone = Owner.parse(f"{host}:{process.pid}:{process.create_time() - 3600:.2f}")

    assert not alive.is_gone()
    assert gone.is_gone()


@pytest.mark.usefixtures("without_kernel_mark")
def test_without_proc() -> None:
    """Where there is no /proc the start is in seconds, and is found again."""
    owner = Owner.parse(str(Owner.this_process()))

    assert "@" not in owner.start
    assert not owner.is_gone()


@pytest.mark.parametrize("text", ["", "host", "host:pid:1.0", "host:1:yesterday"])
def test_foreign_text_is_refused(text: str) -> None:
    """What is no owner is a ValueError, as documented."""
    with pytest.raises(ValueError, match=r".+"):
        Owner.parse(text)
