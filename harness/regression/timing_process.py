"""The other end of a timed process: starts it, asks it, and ends it whatever happens."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from harness.errors import HarnessError, InputError
from harness.regression import timing_child
from harness.regression.checkout import Source
from harness.sweep.progress import duration

__all__ = ["TimedProcess", "timed_process"]

TAIL_CHARACTERS = 2000
CHUNK_BYTES = 65536


class TimedProcess:
    """Performs transfers of one copy of the project, step by step, and says how long they took.

    Args:
        source: The copy.
        process: Runs ``timing_child.py``; its pipes are not buffered.
        messages: What it writes to standard error.
        time_limit_s: Most seconds that an answer may take.
    """

    def __init__(
        self,
        source: Source,
        process: subprocess.Popen[bytes],
        messages: IO[bytes],
        time_limit_s: float,
    ) -> None:
        self._source = source
        self._process = process
        self._messages = messages
        self._time_limit_s = time_limit_s
        self._has_more = False

    def wait_until_loaded(self) -> dict[str, str]:
        """Return what seconds hang on (``threads``, ``torch``), and the ``version`` of the copy.

        Raises:
            InputError: The copy cannot be used.
            HarnessError: It was not loaded in time, or the process ended.
        """
        answer = self._answer("loading it")
        return {name: str(value) for name, value in answer.items()}

    def begin(self, request: Mapping[str, Any]) -> None:
        """Begin a transfer and do its first iteration, which prepares.

        Args:
            request: As ``timing_child.perform`` takes it.

        Raises:
            InputError: The copy does not know a setting or a picture.
            HarnessError: The transfer failed, took too long, or the process ended.
        """
        self._send(request)
        self._has_more = "seconds" in self._answer("the first iteration")

    def step(self) -> float | None:
        """Do one more iteration and return its seconds; None if the transfer is done.

        Raises:
            HarnessError: The transfer failed, took too long, or the process ended.
        """
        if not self._has_more:
            return None
        self._send({})
        answer = self._answer("an iteration")
        self._has_more = "seconds" in answer
        return float(answer["seconds"]) if self._has_more else None

    def _send(self, request: Mapping[str, Any]) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - it was started with a pipe
        try:
            stdin.write((json.dumps(request) + "\n").encode())
        except BrokenPipeError as error:
            raise self._ended() from error

    def _answer(self, what: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._line(what))
        if "error" not in answer:
            return answer
        text = f"{self._source.title}: {answer['error']}"
        if answer["is_input"]:
            raise InputError(text)
        raise HarnessError(text + self._last_words())

    def _line(self, what: str) -> bytes:
        """Return the next line that the process writes."""
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - it was started with a pipe
        deadline = time.monotonic() + self._time_limit_s
        line = b""
        while not line.endswith(b"\n"):
            left = max(deadline - time.monotonic(), 0.0)
            if not select.select([stdout], [], [], left)[0]:
                raise HarnessError(
                    f"{self._source.title}: {what} took more than {duration(self._time_limit_s)}; "
                    "give it more time, or a smaller image_size" + self._last_words()
                )
            chunk = os.read(stdout.fileno(), CHUNK_BYTES)
            if not chunk:
                raise self._ended()
            line += chunk
        return line

    def _ended(self) -> HarnessError:
        code = self._process.wait()
        how = f"with code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
        return HarnessError(
            f"{self._source.title}: its process ended {how} before it answered"
            + self._last_words()
        )

    def _last_words(self) -> str:
        """Return the end of what the process wrote to standard error."""
        size = self._messages.seek(0, os.SEEK_END)
        self._messages.seek(max(size - TAIL_CHARACTERS, 0))
        words = self._messages.read().decode(errors="replace").strip()
        return f"\nIts last words:\n{words}" if words else ""


@contextmanager
def timed_process(source: Source, *, threads: int, time_limit_s: float) -> Iterator[TimedProcess]:
    """Start a process that performs transfers of a copy; end it when the context ends.

    Args:
        source: The copy.
        threads: Threads that PyTorch gets.
        time_limit_s: Most seconds that an answer may take.
    """
    # -P: the script's own folder must not be searched for modules, its names are not for that.
    command = [sys.executable, "-P", timing_child.__file__, str(source.path), str(threads)]
    with (
        tempfile.TemporaryFile() as messages,
        subprocess.Popen(  # noqa: S603 - our own script
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
            bufsize=0,
            env=_environment(source),
            start_new_session=True,  # Ctrl-C is this process's to answer
        ) as process,
    ):
        try:
            yield TimedProcess(source, process, messages, time_limit_s)
        finally:
            process.kill()  # it has nothing to tidy up; without us it would end as well


def _environment(source: Source) -> dict[str, str]:
    """Return an environment in which the copy is found before any other."""
    paths = [str(source.path), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONDONTWRITEBYTECODE": "1",  # a folder that the user lends us stays as it is
    }
