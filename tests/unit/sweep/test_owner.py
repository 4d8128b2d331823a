"""Who owns a RUNNING run."""

import os
import subprocess
import sys

from harness.sweep.owner import Owner


def test_this_process_is_not_gone() -> None:
    """The process that asks is alive, also after a round trip through text."""
    owner = Owner.parse(str(Owner.this_process()))

    assert os.getpid() == owner.pid
    assert not owner.is_gone()


def test_ended_process_is_gone() -> None:
    """A process that has ended no longer owns anything."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    owner = Owner(host=Owner.this_process().host, pid=done.pid, started=0.0)

    assert owner.is_gone()


def test_reused_process_id_is_gone() -> None:
    """A process id that now belongs to a later process is another owner."""
    now = Owner.this_process()
    earlier = Owner(host=now.host, pid=now.pid, started=now.started - 3600)

    assert earlier.is_gone()


def test_other_host_is_not_judged() -> None:
    """Nothing is known of processes on another host."""
    owner = Owner(host="elsewhere.invalid", pid=1, started=0.0)

    assert not owner.is_gone()
