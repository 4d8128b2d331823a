"""A sweep's page in a real browser: what a person does with keys, pointer and a phone."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page

from reports.figures.figure import Figure
from reports.findings import Findings
from reports.material import CURVE_COLUMNS, Material
from reports.page import render_page

pytestmark = pytest.mark.slow

NASTY = "<b onclick='x'>\"</script>`"
VARIANTS = ("start=content", "start=noise", NASTY)
PAIRS = (("cat", "waves"), ("cup", "glass"))
STYLE_GAINS = (1.0, 10.0, 2.0)  # by variant; as text they would sort otherwise
FAILED = 5  # the last row of the frame
DRAWING = '<svg viewBox="0 0 90 40"><text style="fill: currentColor" x="9" y="9">gain</text></svg>'

Browser = Any  # of conftest.py, which cannot be imported here


def draw(path: Path, seed: int, size: tuple[int, int] = (48, 64)) -> np.ndarray:
    """Write noise to a file."""
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def frame(folder: Path) -> pd.DataFrame:
    """Return three variants on two pairs; the last run failed."""
    rows = []
    for index, variant in enumerate(VARIANTS):
        for number, (content, style) in enumerate(PAIRS):
            at = len(rows)
            draw(folder / f"{at}.png", at)
            rows.append(
                {
                    "variant": variant,
                    "variant_index": index,
                    "case": f"{content} × {style}, seed 0",
                    "content": content,
                    "style": style,
                    "pair": f"{content} × {style}",
                    "seed": 0,
                    "status": "FAILED" if at == FAILED else "FINISHED",
                    "fingerprint": f"run {at}",
                    "style/gain": STYLE_GAINS[index] + number / 10,
                    "content/score": 0.5 - index / 10,
                    "content/ssim": 0.4,
                    "seconds": 30.0 + index,
                    "seconds_per_iteration": 0.2,
                    "loss/total": 10.0,
                    "loss_key": "same",
                    "timing_key": "here",
                    "numerics_key": "cpu",
                    "evaluator_id": "" if at == FAILED else "some@64px",
                    "picture": None if at == FAILED else folder / f"{at}.png",
                    "error": "out of memory" if at == FAILED else "",
                    "flags": "noisy" if at == 0 else "",
                    "run_id": f"r{at}",
                    "iterations": 90.0,
                }
            )
    made = pd.DataFrame(rows)
    made.loc[FAILED, ["style/gain", "content/score", "content/ssim", "seconds"]] = np.nan
    return made


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Write a page and return where it is."""
    runs = frame(tmp_path)
    material = Material(
        sweep="tiny",
        question=f"Does {NASTY} matter?",
        baseline=VARIANTS[0],
        runs=runs,
        curves=pd.DataFrame(columns=list(CURVE_COLUMNS)),
        axes={name: {"start": name.removeprefix("start=")} for name in VARIANTS[:2]},
        layout={},
        settings={VARIANTS[0]: "start: content\niterations: 90\n"},
        snapshots={"run 0": {30: tmp_path / "1.png", 60: tmp_path / "2.png"}},
        contents={name: draw(tmp_path / "c.png", 11) for name, _ in PAIRS},
        styles={name: draw(tmp_path / "s.png", 12, (40, 40)) for _, name in PAIRS},
        notes=(NASTY,),
        provenance={"made": "today"},
        command="harness sweep tiny.yaml",
        run_links={"r0": "http://127.0.0.1:5000/#/r0"},
        sweep_link="http://127.0.0.1:5000/#/",
    )
    findings = Findings.of(runs, material.baseline, absent={}, notes=material.notes)
    figure = Figure(name="front", title="Front", caption="What is drawn.", svg=DRAWING)
    path = tmp_path / "page.html"
    path.write_text(render_page(material, findings, [figure]), encoding="utf-8")
    return path.as_uri()


def heading(page: Page, key: str) -> Locator:
    """Return a heading of the table."""
    return page.locator(f'#variants th[data-key="{key}"]')


def order(page: Page) -> list[int]:
    """Return the rows of the table by their place in the sweep."""
    rows = page.locator("#variants tbody tr")
    return [int(rows.nth(at).get_attribute("data-order") or "") for at in range(rows.count())]


def open_viewer(page: Page, at: int = 0) -> Locator:
    """Open the viewer on a picture."""
    page.locator(".tile").nth(at).click()
    return page.locator("#viewer")


def test_page_opens_from_disk_without_a_complaint(browser: Browser, address: str) -> None:
    """Everything is in the one file; its script and its drawing's styles are allowed."""
    page = browser.open(address)

    page.locator(".tile img[src]").first.wait_for()
    assert 5 == page.locator(".tile img[src]").count()
    assert "currentColor" in str(page.locator(".svg text").get_attribute("style"))
    assert [address] == browser.requests
    assert [] == browser.errors


def test_table_is_sorted_by_numbers(browser: Browser, address: str) -> None:
    """The first press brings the best above, the second the worst, the third the sweep's order."""
    page = browser.open(address)
    gain = heading(page, "style/gain")
    gain.locator("button").click()
    first = order(page), gain.get_attribute("aria-sort")
    gain.locator("button").focus()
    page.keyboard.press("Enter")
    second = order(page), gain.get_attribute("aria-sort")
    page.keyboard.press("Enter")
    third = order(page), gain.get_attribute("aria-sort")

    assert ([1, 2, 0], "descending") == first
    assert ([0, 2, 1], "ascending") == second
    assert ([0, 1, 2], "none") == third


def test_reader_adds_and_removes_columns(browser: Browser, address: str) -> None:
    """A chosen measurement becomes a column that sorts; a link brings all of it back."""
    page = browser.open(address)
    page.locator("#more").click()
    box = page.locator('#choices input[value="content/ssim"]')
    box.check()
    heading(page, "content/ssim").locator("button").click()
    again = browser.open(page.url)

    assert "SSIM ↑" in heading(page, "content/ssim").inner_text()
    assert "local structure" in str(heading(page, "content/ssim").get_attribute("title"))
    assert "descending" == heading(again, "content/ssim").get_attribute("aria-sort")
    box.uncheck()
    assert 0 == heading(page, "content/ssim").count()
    assert [] == browser.errors


def test_rows_columns_and_pages_are_the_readers(browser: Browser, address: str) -> None:
    """Pictures are laid out anew, nothing is lost, and a link brings the layout back."""
    page = browser.open(address)
    page.select_option("#columns", "content")
    turned = page.locator("#rows").input_value(), page.locator(".tile").count()
    page.select_option("#rows", "start")
    page.select_option("#by", "style")
    on_first_page = page.locator(".tile").count()
    page.locator("#page-on").click()
    again = browser.open(page.url)

    assert ("pair", 6) == turned
    assert 3 == on_first_page == page.locator(".tile").count()
    assert "glass" == page.locator("#page").input_value() == again.locator("#page").input_value()
    assert "start" == again.locator("#rows").input_value()
    page.select_option("#by", "start")
    assert "style" == page.locator("#rows").input_value()
    assert [] == browser.errors


def test_failed_runs_have_their_reason_for_a_picture(browser: Browser, address: str) -> None:
    """In the grid, in the viewer, and in the list of failures."""
    page = browser.open(address)
    tile = page.locator(".tile.empty")

    assert "failed" in tile.inner_text()
    assert "out of memory" in tile.inner_text()
    tile.click()
    assert "out of memory" in page.locator("#nothing").inner_text()
    assert "out of memory" in page.locator("#failures td.reason").inner_text()
    assert "1 failed" in page.locator("#variants tbody").inner_text()
    assert "⚑ noisy" in page.locator("#grids").inner_text()


def test_viewer_zooms_and_pans(browser: Browser, address: str) -> None:
    """By keys, buttons and wheel; dragging moves a picture that is larger than its stage."""
    page = browser.open(address)
    open_viewer(page)
    zoom = page.locator("#zoom-value")
    page.keyboard.press("+")
    by_key = zoom.inner_text()
    page.locator("#zoom-in").click()
    by_button = zoom.inner_text()
    box = page.locator("#stage").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.wheel(0, -300)
    page.wait_for_function("document.getElementById('zoom-value').textContent !== '225 %'")
    before = page.locator("#under").get_attribute("style")
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 230)
    page.mouse.up()

    assert ("150 %", "225 %") == (by_key, by_button)
    assert before != page.locator("#under").get_attribute("style")
    page.keyboard.press("0")
    assert "100 %" == zoom.inner_text()
    assert [] == browser.errors


def test_viewer_compares_and_goes_through_snapshots(browser: Browser, address: str) -> None:
    """A slider parts result and content; another goes back to earlier iterations."""
    page = browser.open(address)
    open_viewer(page)
    result = page.locator("#under").get_attribute("src")
    page.select_option("#against", "content")
    divider = page.locator("#divider")
    box = divider.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 200, middle[1])
    page.mouse.up()
    dragged = int(divider.get_attribute("aria-valuenow") or "")
    divider.focus()
    page.keyboard.press("ArrowLeft")
    page.locator("#time").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")

    assert 60 < dragged < 90
    assert dragged - 2 == int(divider.get_attribute("aria-valuenow") or "")
    assert "1 of 6" == page.locator("#viewer-count").inner_text()
    assert "30" == page.locator("#time-value").inner_text()
    assert "result at iteration 30" == page.locator("#under-tag").inner_text()
    assert result != page.locator("#under").get_attribute("src")
    page.select_option("#against", "final result")
    assert result == page.locator("#over").get_attribute("src")
    page.locator("#stage").click()
    page.keyboard.press("s")
    assert "style: waves" == page.locator("#under-tag").inner_text()


def test_viewer_goes_on_and_closes(browser: Browser, address: str) -> None:
    """Arrows go through the pictures; Esc closes and the focus is on the picture last seen."""
    page = browser.open(address)
    page.locator(".tile").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    viewer = page.locator("#viewer")
    opened = page.locator("#viewer-count").inner_text(), "run=" in page.url
    page.keyboard.press("ArrowRight")
    name = page.locator("#viewer-title").inner_text()
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || "
            "document.getElementById('viewer').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    page.wait_for_function("!location.hash.includes('run=')")

    assert ("2 of 6", True) == opened
    assert NASTY in name
    assert not viewer.is_visible()
    assert NASTY in str(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert [] == browser.errors


def test_viewer_tells_scores_settings_and_the_run(browser: Browser, address: str) -> None:
    """All that is known of a run is there, and its page in MLflow is a link."""
    page = browser.open(address)
    side = open_viewer(page).locator(".side")
    side.locator("summary").click()

    assert "style gain ↑" in side.inner_text()
    assert "SSIM" in side.inner_text()
    assert "start: content" in side.locator("#settings").inner_text()
    assert "http://127.0.0.1:5000/#/r0" == side.locator("a").get_attribute("href")
    page.keyboard.press("ArrowRight")
    assert not page.locator("#viewer-settings").is_visible()
    assert 0 == side.locator("a").count()


def test_command_and_settings_are_copied(browser: Browser, address: str) -> None:
    """By the clipboard where there is one, else the text is selected."""
    browser.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = browser.open(address)
    button = page.locator('[data-copies="command"]')
    button.click()
    page.get_by_text("Copied", exact=True).first.wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    open_viewer(page)
    page.locator('[data-copies="settings"]').click()
    page.get_by_text("Selected: copy with the keyboard").first.wait_for()

    assert "harness sweep tiny.yaml" == copied
    assert "iterations: 90" in str(page.evaluate("getSelection().toString()"))


def test_theme_is_the_readers(browser: Browser, address: str) -> None:
    """Auto, light, dark; the choice is still there on the next visit."""
    page = browser.open(address)
    colour = "getComputedStyle(document.body).backgroundColor"
    toggle = page.locator("#theme")
    automatic = toggle.inner_text()
    toggle.click()
    light = page.evaluate(colour)
    toggle.click()
    dark = page.evaluate(colour)
    page.reload()

    assert "Theme: auto" == automatic
    assert light != dark == page.evaluate(colour)
    assert "Theme: dark" == toggle.inner_text()


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_page_never_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    """Wide tables scroll in boxes of their own; the viewer's buttons are within reach."""
    page = browser.open(address, width=width, height=740)
    page.locator("#more").click()
    page.locator("#choices input").first.check()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    with_menu = page.evaluate(overflow)
    page.keyboard.press("Escape")
    open_viewer(page)
    page.select_option("#against", "style")
    close = page.locator("#close").bounding_box()

    assert 0 == with_menu == page.evaluate(overflow)
    assert close is not None
    assert close["x"] + close["width"] <= width
    page.locator("#close").click()
    assert not page.locator("#viewer").is_visible()
    assert [] == browser.errors


def test_print_has_every_picture_and_no_buttons(browser: Browser, address: str) -> None:
    """On paper nothing is left that only a screen can do."""
    page = browser.open(address)
    page.locator(".tile img[src]").first.wait_for()
    page.evaluate(
        "() => { for (const one of document.querySelectorAll('.tile img')) "
        "{ one.removeAttribute('src'); } }"  # as if none had come into view
    )
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert 5 == page.locator(".tile img[src]").count()
    assert not page.locator("nav").is_visible()
    assert not page.locator("#layout").is_visible()
    assert not page.locator("#more").is_visible()


def test_hostile_names_stay_text(browser: Browser, address: str) -> None:
    """Nothing that a name says becomes an element."""
    page = browser.open(address)
    open_viewer(page, 2)

    assert 0 == page.locator("[onclick]").count()
    assert NASTY in page.locator("h1").inner_text()
    assert NASTY in page.locator("#viewer-title").inner_text()
