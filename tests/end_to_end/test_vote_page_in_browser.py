"""The vote page in a real browser: keys and clicks become the file that is counted."""

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.vote import command
from harness.sweep.options import Options
from harness.sweep.pictures import load_with_pictures
from harness.sweep.run import run_sweep

pytestmark = pytest.mark.slow

CHROMIUM = os.environ.get("HARNESS_CHROMIUM") or shutil.which("chromium") or "chromium"
# What a person would do. The file's text is left where --dump-dom shows it.
ACT = """
const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key: key }));
const at = (id) => document.getElementById(id);
document.querySelector("input[value=content]").checked = true;
at("voter").value = "Ann <b>";
at("setup").requestSubmit();
const left = at("left").querySelector("img");
const shown = [left.src];
press("ArrowLeft");
shown.push(left.src);
press("u");
shown.push(left.src);
press("ArrowDown");
at("right").click();
const result = document.createElement("pre");
result.id = "result";
result.textContent = JSON.stringify({
  file: at("text").value,
  turned: shown[0] !== shown[1],
  undone: shown[0] === shown[2],
  ended: !at("end").hidden,
});
document.body.append(result);
"""


def acted(page: Path, script: str, folder: Path) -> dict[str, Any]:
    """Open a copy of the page that has a script more, and return what that script left."""
    text = re.sub(r"script-src '[^']*'", "script-src 'unsafe-inline'", page.read_text(), count=1)
    copy = folder / "acted.html"
    copy.write_text(text.replace("</body>", f"<script>{script}</script></body>"))
    dumped = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=3000",
            "--dump-dom",
            copy.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    found = re.search(r'<pre id="result">(.*?)</pre>', dumped, re.DOTALL)
    assert found is not None, dumped[-2000:]
    left: dict[str, Any] = json.loads(html.unescape(found[1]))
    return left


@pytest.mark.usefixtures("store")
def test_choices_by_key_and_click_are_counted(
    make_sweep: Callable[..., Path], tmp_path: Path
) -> None:
    """A real sweep's page: start, left, undo, cannot say, click; the file is counted."""
    short = ["iterations=1", "evaluation.snapshots=[]"]
    run_sweep(*load_with_pictures(make_sweep(), short), Options())
    written = CliRunner().invoke(command, ["tiny"], catch_exceptions=False)
    assert 0 == written.exit_code

    result = acted(tmp_path / "results" / "tiny" / "vote.html", ACT, tmp_path)

    assert result["turned"]
    assert result["undone"]
    assert result["ended"]
    Path("votes.json").write_text(result["file"])
    counted = CliRunner().invoke(
        command, ["tiny", "--json", "--count", "votes.json"], catch_exceptions=False
    )
    (aim,) = json.loads(counted.stdout)["aims"]
    assert ("content", ["Ann <b>"], 2, 1) == (
        aim["aim"],
        aim["voters"],
        aim["choices"],
        aim["decided"],
    )
    assert ["neither", "right"] == [one["choice"] for one in json.loads(result["file"])["votes"]]
    assert {"style/gain", "content/score"} <= {one["metric"] for one in aim["metrics"]}
