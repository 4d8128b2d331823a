"""The files of a regression: the page, the record, a CI summary and a test report."""

from dataclasses import dataclass
from pathlib import Path

from reports.atomic import write_atomically
from reports.regression.junit import regression_junit
from reports.regression.markdown import regression_markdown
from reports.regression.model import Result
from reports.regression.page import render_page
from reports.regression.record import record_of
from reports.strict import strict_json

__all__ = ["Files", "files_in", "write_result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where a regression was written."""

    page: Path
    json: Path
    markdown: Path
    junit: Path

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of them, the page first."""
        return (self.page, self.json, self.markdown, self.junit)


def files_in(folder: Path) -> Files:
    """Return where a regression is written, whether it is or not."""
    return Files(
        page=folder / "regress.html",
        json=folder / "regress.json",
        markdown=folder / "summary.md",
        junit=folder / "junit.xml",
    )


def write_result(result: Result, folder: Path, *, strict: bool = False) -> Files:
    """Write ``regress.html``, ``regress.json``, ``summary.md`` and ``junit.xml``.

    Each appears whole or not at all, and none before all are made.

    Args:
        result: What was found.
        folder: Where to write; made if absent.
        strict: Whether INCONCLUSIVE is an error in the test report.

    Raises:
        OSError: The disk refused.
    """
    files = files_in(folder)
    texts = {
        files.page: render_page(result),
        files.json: strict_json(record_of(result)),
        files.markdown: regression_markdown(result),
    }
    # Python writes bytes of a file's name that are no letters as such; UTF-8 cannot hold them.
    contents = {path: text.encode(errors="replace") for path, text in texts.items()}
    contents[files.junit] = regression_junit(result, strict=strict)
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in contents.items():
        write_atomically(path, content)
    return files
