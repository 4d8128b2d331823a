"""The page of claims as GitHub's Markdown, its pictures beside it; readable as plain text too."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from reports.claims.sections import (
    PART_COLUMNS,
    READING,
    SUMMARY_COLUMNS,
    ClaimSection,
    Page,
    PartRow,
    QuestionSection,
    Strip,
)
from reports.claims.walk_table import WalkTable
from reports.markdown_text import markdown_code, markdown_sentence
from reports.text import render_markdown

__all__ = ["TRACES_FILE", "render_markdown_page"]

TRACES_FILE = "iterations.png"
SIGNS: Mapping[str, str] = {"supported": "✓", "contradicted": "✗", "cannot tell": "?"}


def render_markdown_page(page: Page, folder: str) -> str:
    """Return the page as Markdown.

    Args:
        page: What is on it.
        folder: Relative address of the folder with its pictures.
    """
    blocks = [
        f"# {markdown_sentence(page.title)}",
        *_head(page),
        *_summary(page),
        *_questions(page, folder),
        *_walk(page.walk),
        _strip(page.stations, folder),
        *_traces(page, folder),
        *_reports(page, folder),
        *_rest(page),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(page: Page) -> Iterator[str]:
    yield markdown_sentence(page.about)
    yield f"Made by {markdown_code(page.command)}."
    yield "\n".join(
        f"- **{markdown_sentence(label)}**: {markdown_sentence(text)}"
        for label, text in page.facts.items()
    )
    if page.limits:
        yield "What these verdicts cannot say:"
        yield _listed(page.limits)


def _summary(page: Page) -> Iterator[str]:
    yield "## Verdicts"
    yield f"{markdown_sentence(page.counts)}."
    if page.claims:
        rows = [
            (
                f"[{markdown_sentence(one.name)}](#{one.name.lower()})",
                markdown_sentence(one.says),
                _state(one.verdict),
                markdown_sentence(one.mean),
            )
            for one in page.claims
        ]
        yield _table(SUMMARY_COLUMNS, rows)
    yield "How to read it:"
    yield _listed(READING)


def _questions(page: Page, folder: str) -> Iterator[str]:
    if not page.questions:
        return
    yield "## Where the reports contradict each other"
    for one in page.questions:
        yield from _question(one, folder)


def _question(one: QuestionSection, folder: str) -> Iterator[str]:
    yield f"### {markdown_sentence(one.asks)}"
    yield "\n".join(
        f"- {markdown_sentence(letter)}: {markdown_sentence(answer)}"
        for letter, answer in one.answers.items()
    )
    yield f"**Measured:** {markdown_sentence(one.answer)}"
    yield from _parts(one.parts)
    yield _strip(one.strip, folder)


def _walk(found: WalkTable | None) -> Iterator[str]:
    if found is None:
        return
    yield f"## {markdown_sentence(found.says)}"
    yield markdown_sentence(found.wrote)
    yield f"**Measured:** {markdown_sentence(found.headline)}"
    yield _frame(found.table, found.table_notes)
    yield f"**Causes:** {markdown_sentence(found.sentence)}"
    yield _frame(found.causes, found.causes_notes)


def _traces(page: Page, folder: str) -> Iterator[str]:
    if page.traces is None:
        return
    figure = page.traces.figure
    yield f"## {markdown_sentence(figure.title)}"
    yield f"![{markdown_sentence(figure.title)}]({folder}/{TRACES_FILE})"
    yield markdown_sentence(figure.caption)


def _reports(page: Page, folder: str) -> Iterator[str]:
    for heading, claims in page.reports.items():
        yield f"## {markdown_sentence(heading)}"
        for claim in claims:
            yield from _claim(claim, folder)


def _claim(one: ClaimSection, folder: str) -> Iterator[str]:
    yield f"### {markdown_sentence(one.name)}"
    reason = f" ({markdown_sentence(one.reason)})" if one.reason else ""
    yield f"{markdown_sentence(one.says)}"
    yield f"**{_state(one.verdict)}**{reason}"
    yield from _parts(one.parts)
    if one.caveat:
        yield f"Caveat: {markdown_sentence(one.caveat)}"
    yield _strip(one.strip, folder)


def _parts(parts: Sequence[PartRow]) -> Iterator[str]:
    """The measurements as a table, and under it what each rests on."""
    if not parts:
        return
    rows = [
        (
            markdown_sentence(one.cells[0]),
            *map(markdown_sentence, one.cells[1:-1]),
            _state(one.verdict),
        )
        for one in parts
    ]
    yield _table(PART_COLUMNS, rows)
    lines = dict.fromkeys(
        f"{one.basis}{f' ({one.reason})' if one.reason else ''}" for one in parts
    )
    yield _listed(list(lines))


def _strip(strip: Strip | None, folder: str) -> str:
    """The pictures side by side, their captions above them."""
    if strip is None:
        return ""
    captions = [markdown_sentence(caption) for caption, _ in strip.pictures]
    pictures = [
        f"![{caption}]({folder}/{stored.name})" if stored is not None else "missing"
        for caption, (_, stored) in zip(captions, strip.pictures, strict=True)
    ]
    return f"{_table(captions, [pictures])}\n\n{markdown_sentence(strip.title)}"


def _rest(page: Page) -> Iterator[str]:
    if page.waiting:
        yield "## What waits"
        rows = [tuple(map(markdown_sentence, one)) for one in page.waiting]
        yield _table(("claim", "what the report says", "waits for"), rows)
    if page.not_run:
        yield "## Not run here"
        yield _listed(
            [f"{name}: needs {', '.join(sweeps)}" for name, sweeps in page.not_run.items()]
        )


def _state(verdict: str) -> str:
    return f"{SIGNS[verdict]} {verdict}" if verdict in SIGNS else verdict


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {markdown_sentence(line)}" for line in lines)


def _frame(table: pd.DataFrame, notes: Sequence[str]) -> str:
    """A table of plain texts with its notes."""
    rows = [
        [markdown_sentence(str(cell)) for cell in row] for row in table.itertuples(index=False)
    ]
    return f"{_table(list(map(str, table.columns)), rows)}\n\n{_listed(notes)}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts that are Markdown already; columns may share a name."""
    frame = pd.DataFrame(rows, columns=list(columns), dtype="str")
    return render_markdown(frame, [])
