"""``harness report``: the page, tables and figures of a sweep from MLflow alone."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.report import command
from harness.sweep.executor import Executor, InProcessExecutor, OnStart, OnStep, Records
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.record import RunRecord
from harness.sweep.run import run_sweep
from harness.sweep.work_queue import WorkQueue

from .conftest import Browser

MakeSweep = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("store")


def report(*arguments: str) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(command, arguments, standalone_mode=False)


class Failing(InProcessExecutor):
    """Returns every run as failed."""

    def run(self, queue: WorkQueue, *, on_start: OnStart, on_step: OnStep) -> Records:
        """Yield FAILED records only."""
        del on_start, on_step
        while (bundle := queue.take()) is not None:
            for task in bundle.tasks:
                yield RunRecord(fingerprint=task.fingerprint, status="FAILED", reason="NaN <b>")


def run_tiny(make_sweep: MakeSweep, executor: Executor | None = None) -> int:
    """Run a sweep called tiny; return how many runs failed."""
    loaded = load_with_pictures(make_sweep("tiny"))
    return run_sweep(*loaded, Options(), executor=executor).failed


@pytest.mark.slow
@pytest.mark.figures
def test_page_tables_and_figures_come_from_the_store_alone(
    make_sweep: MakeSweep, tmp_path: Path
) -> None:
    """With file, pictures and results gone, everything is written again, and the page is whole."""
    run_tiny(make_sweep)
    first = (tmp_path / "results" / "tiny" / "report.html").read_text()
    for path in (*tmp_path.glob("*.png"), *tmp_path.glob("*.yaml")):
        path.unlink()
    for path in sorted((tmp_path / "results").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()

    result = report("tiny")

    assert result.exception is None, result.exception
    folder = tmp_path / "results" / "tiny"
    names = {path.name for path in folder.iterdir()}
    assert {"report.html", "table.csv", "table.tex", "contact-sheet.png", "figures"} <= names
    assert {"front.png", "front.svg", "front.pdf", "iterations-1.pdf", "captions.txt"} <= {
        path.name for path in (folder / "figures").iterdir()
    }
    page = (folder / "report.html").read_text()
    assert "Does the style weight matter?" in page
    assert page.count("<svg") == first.count("<svg") > 0
    assert "harness sweep" in page


@pytest.mark.slow
def test_report_loads_no_torch(make_sweep: MakeSweep, tmp_path: Path) -> None:
    """Scores, losses and pictures are in the store: the engine's libraries are not needed."""
    run_tiny(make_sweep)
    code = (
        "import sys\n"
        "from harness.cli.main import cli\n"
        "cli(['report', 'tiny'], standalone_mode=False)\n"
        "print(sorted({'torch', 'torchvision', 'lpips', 'optuna'} & sys.modules.keys()))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert "[]" == done.stdout.splitlines()[-1]


def test_a_sweep_whose_runs_all_failed_has_an_honest_page(
    make_sweep: MakeSweep, tmp_path: Path
) -> None:
    """Every run fails: page and table say so, and why, as text."""
    failed = run_tiny(make_sweep, Failing())
    assert 4 == failed

    result = report("tiny")

    assert result.exception is None, result.exception
    assert "no run has finished" in result.stdout
    page = (tmp_path / "results" / "tiny" / "report.html").read_text()
    assert "no run has finished" in page
    assert "NaN &lt;b&gt;" in page
    variants = json.loads((tmp_path / "results" / "tiny" / "table.json").read_text())["variants"]
    assert [2, 2] == [variant["failed"] for variant in variants]


@pytest.mark.parametrize("sweep", ["nothing", "tyni"])
def test_an_unknown_sweep_is_an_input_error(make_sweep: MakeSweep, sweep: str) -> None:
    """The message names what there is, or the nearest."""
    run_tiny(make_sweep)

    result = report(sweep)

    assert "tiny" in str(result.exception)
    assert 2 == getattr(result.exception, "exit_code", None)


@pytest.mark.slow
@pytest.mark.figures
def test_the_page_of_a_real_sweep_opens_without_a_word(
    make_sweep: MakeSweep, tmp_path: Path, browser: Browser
) -> None:
    """In Chromium: no error, no request but the page itself, pictures decoded, figures there."""
    run_tiny(make_sweep)
    address = (tmp_path / "results" / "tiny" / "report.html").as_uri()

    page = browser.open(address)

    assert [address] == browser.requests
    assert [] == browser.errors
    assert page.locator("figure svg, section svg").count() > 0
    pictures = page.locator("img:visible")
    assert pictures.count() > 4
    for place in range(pictures.count()):
        picture = pictures.nth(place)
        picture.scroll_into_view_if_needed()
        page.wait_for_function("image => image.naturalWidth > 0", arg=picture.element_handle())
