"""The timed process: a script that performs transfers of one copy of the project, on demand.

It is started as ``python -P timing_child.py FOLDER THREADS`` with the copy first on PYTHONPATH.
The copy may be older than this file, so that only what every revision has is asked of it. The
clock is this file's, the same for both sides: a revision may measure itself otherwise.

Lines are JSON. It answers when the copy is loaded; then to a request with the seconds of the first
iteration. There it waits: to every further line it does one more iteration and answers with its
seconds, or says that the run is done. So two such processes can take turns at every iteration.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TextIO

__all__ = ["known_settings", "load", "main", "perform", "serve", "strangers"]

PACKAGES = ("harness", "metrics", "reports")
INPUT_ERROR = 2  # exit code that errors about what the user gave carry

Answer = dict[str, Any]


def load(folder: Path, threads: int) -> Answer:
    """Load the copy of the project and return what its seconds hang on.

    Raises:
        RuntimeError: Another copy was loaded.
    """
    import harness  # noqa: PLC0415 - an error of the copy must be answered

    _check_origin(folder)
    if not hasattr(harness, "stylize"):
        text = "it has no harness.stylize, which performs the timed runs; take a later revision"
        return {"error": text, "is_input": True}
    import torch  # noqa: PLC0415 - as above, and last: it takes seconds

    torch.set_num_threads(threads)
    return {
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),
        "version": str(getattr(harness, "__version__", "")),
    }


def perform(request: Mapping[str, Any], folder: Path, pause: Callable[[Answer], None]) -> Answer:
    """Perform one transfer, with a pause after every iteration.

    Args:
        request: ``content`` and ``style`` (a path or ``builtin:NAME``), ``seed``, ``device``,
            ``settings``, key by key, and their ``defaults`` in the revision that asks.
        folder: The copy of the project.
        pause: Takes the ``seconds`` of an iteration, those of the first with all that comes
            before it, and returns when the next may begin.

    Raises:
        RuntimeError: Another copy was loaded.
    """
    import harness  # noqa: PLC0415 - the copy's, see load

    begun = time.perf_counter()

    def on_step(_event: object) -> None:
        nonlocal begun
        _finish_on_device()
        pause({"seconds": time.perf_counter() - begun})
        begun = time.perf_counter()

    harness.stylize(
        request["content"],
        request["style"],
        seed=request["seed"],
        device=request["device"],
        on_step=on_step,
        **known_settings(request["settings"], request["defaults"]),
    )
    _check_origin(folder)
    return {"is_done": True}


def known_settings(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out settings that the copy does not know and that have their default.

    What became a setting later was done the default's way before. Any other setting stays, for
    the copy to refuse.

    Args:
        given: Every setting.
        defaults: Those of the revision that asks.
    """
    try:
        from harness.spec.settings import Settings  # noqa: PLC0415 - the copy's, see load
    except ImportError:
        return dict(given)
    return _known(given, defaults, Settings)


def _known(given: Mapping[str, Any], defaults: Mapping[str, Any], model: Any) -> dict[str, Any]:
    kept = {}
    for key, value in given.items():
        field = model.model_fields.get(key)
        if field is None and key in defaults and value == defaults[key]:
            continue
        is_group = field is not None and hasattr(field.annotation, "model_fields")
        kept[key] = _known(value, defaults.get(key, {}), field.annotation) if is_group else value
    return kept


def _finish_on_device() -> None:
    """Wait for what a GPU still computes: the iteration has not ended before."""
    import torch  # noqa: PLC0415 - the one that the copy loaded

    if torch.cuda.is_available():
        torch.cuda.synchronize()


def strangers(folder: Path) -> list[str]:
    """Return the files of the project's modules that were loaded from elsewhere."""
    files = [
        Path(file)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in PACKAGES and (file := getattr(module, "__file__", None))
    ]
    return [str(file) for file in files if not file.resolve().is_relative_to(folder.resolve())]


def _check_origin(folder: Path) -> None:
    foreign = strangers(folder)
    if foreign:
        raise RuntimeError(f"it should be run from {folder}, but {foreign[0]} was loaded")


def serve(folder: Path, threads: int, lines: Iterator[str], answers: TextIO) -> None:
    """Load the copy, then answer line after line until there are no more."""

    def pause(answer: Answer) -> None:
        _send(answers, answer)
        if next(lines, None) is None:  # nobody is there any more
            raise SystemExit

    _send(answers, _answer_of(partial(load, folder, threads)))
    for line in lines:
        _send(answers, _answer_of(partial(perform, json.loads(line), folder, pause)))


def _send(answers: TextIO, answer: Answer) -> None:
    sys.stdout.flush()  # what the copy printed belongs before the answer
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _answer_of(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - whatever a copy raises is for the parent to tell
        traceback.print_exc()
        is_input = getattr(error, "exit_code", None) == INPUT_ERROR
        text = str(error) if hasattr(error, "exit_code") else f"{type(error).__name__}: {error}"
        return {"error": text, "is_input": is_input}


def main() -> None:
    """Serve standard input; what libraries print goes to standard error, not between answers."""
    folder, threads = sys.argv[1:]
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        serve(Path(folder), int(threads), iter(sys.stdin), answers)


if __name__ == "__main__":
    main()
