"""MLflow's page in a real browser: what a person looks for is a click or two away."""

import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page, expect

from harness.cli.ui import command as ui_command
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep

from .conftest import SWEEP

pytestmark = pytest.mark.slow

Browser = Any  # of conftest.py, which cannot be imported here
START_S = 90
PAGE_MS = 60_000  # MLflow's page is large, and the machine may be busy
VARIANTS, PICTURES, CASES = "Variants", "Pictures", "Cases of each variant"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory,
    empty_store: Path,
    draw_inputs: Callable[[Path], None],
) -> Iterator[Path]:
    """Run a tiny sweep in a folder of its own, and work there."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copy(empty_store, folder / "mlflow.db")
    draw_inputs(folder)
    path = folder / "tiny.yaml"
    path.write_text(SWEEP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE", str(folder / "cache"))
        patch.setenv("TORCH_HOME", str(folder / "torch"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(folder)
        run_sweep(*load_with_pictures(path), Options(workers=0, device="cpu"))
        yield folder


@pytest.fixture(scope="module")
def links(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the store of the sweep with ``harness ui``; yield what it says is where."""
    port = free_port()
    said = folder / "ui.txt"
    with said.open("w") as out:
        command = [sys.executable, "-m", "harness", "ui", "--port", str(port)]
        server = subprocess.Popen(command, stdout=out)
        try:
            wait_for(f"http://127.0.0.1:{port}")
            yield read_links(said.read_text())
        finally:
            server.terminate()
            server.wait()


def read_links(text: str) -> dict[str, str]:
    """Return what is seen where, as the command printed it."""
    return {
        what.strip(): page
        for what, page in re.findall(r"^ {2}(.+?) {2,}(http\S+)$", text, re.MULTILINE)
    }


def wait_for(address: str) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/health", timeout=2)  # noqa: S310 - our own server
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise TimeoutError(address)


def at(browser: Browser, address: str) -> Page:
    """Open an address, without the assistant that MLflow puts beside its page the first time."""
    browser.context.add_init_script(
        "localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true')"
    )
    page: Page = browser.open(address)
    page.set_default_timeout(PAGE_MS)
    return page


def columns(page: Page) -> list[str]:
    """Return the headings of a table of runs."""
    return [
        text.strip() for text in page.locator(".ag-header-cell").all_inner_texts() if text.strip()
    ]


def test_each_thing_is_a_click_away(links: dict[str, str], browser: Browser) -> None:
    """Scores of variants, pictures by step, cases, curves, the report: all are shown."""
    expect.set_options(timeout=PAGE_MS)
    page = at(browser, links["variants: mean scores, verdict"])

    # One line a variant, with our columns.
    expect(page.get_by_role("link", name="weights.style=10", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="baseline: weights.style=1", exact=True)).to_be_visible()
    expect(page.get_by_text("2 matching runs")).to_be_visible()
    assert {"style/gain", "content/score", "balance", "harness.verdict"} <= set(columns(page))

    # The head of the page leads on: the pictures of both variants, a row a case, by iteration.
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=PICTURES, exact=True).click()
    pictures = opened.value
    pictures.set_default_timeout(PAGE_MS)
    for case in ("c0 x s0", "c1 x s1"):
        expect(pictures.get_by_text(case, exact=True)).to_be_visible()
    grid = pictures.locator("img[src*='get-artifact'], img[src^='blob:']")
    expect(grid.nth(3)).to_be_visible()
    assert grid.evaluate_all("all => all.every(one => one.naturalWidth > 0)")
    expect(pictures.get_by_role("slider")).to_have_attribute("aria-valuenow", "4")

    # A variant's page leads to its runs, and to its losses beside the baseline's.
    page.get_by_role("link", name="weights.style=10", exact=True).click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="beside the baseline").first.click()
    curves = opened.value
    expect(curves.locator(".scatterlayer .trace").nth(1)).to_be_visible(timeout=PAGE_MS)
    expect(curves.get_by_role("link", name="| c0 × s0, seed 0")).to_have_count(2)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="2 runs, a case each").click()
    expect(opened.value.get_by_text("2 matching runs")).to_be_visible(timeout=PAGE_MS)

    # Cases are grouped by variant; the curves of runs are charts.
    cases = at(browser, links["cases of each variant"])
    expect(cases.get_by_text("Group: weights.style=10")).to_be_visible()
    expect(cases.get_by_role("link", name="weights.style=10 | c0 × s0, seed 0")).to_be_visible()
    losses = at(browser, links["curves of runs: losses, scores"])
    expect(losses.get_by_text("Losses and scores by iteration")).to_be_visible()
    expect(losses.locator(".scatterlayer .trace").first).to_be_visible()

    # The report opens inside the page, and the parent's page has the answer.
    report = at(browser, links["report"])
    expect(report.frame_locator("iframe").first.locator("h1").first).to_be_visible()
    answer = at(browser, links["answer, table, files"])
    expect(answer.get_by_text("2 pairs are too few").first).to_be_visible()


def test_links_of_a_server(links: dict[str, str]) -> None:
    """Asked for a server, the command prints its addresses, and starts nothing."""
    server = links["report"].partition("/#/")[0]
    done = CliRunner().invoke(
        ui_command, ["tiny", "--tracking-uri", server], catch_exceptions=False
    )

    assert done.exit_code == 0
    assert read_links(done.output) == links
