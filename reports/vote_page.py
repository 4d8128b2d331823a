"""One page that shows pairs of pictures blind and keeps what a person chooses; needs no server."""

import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template
from types import MappingProxyType

import numpy as np

from reports.embedding import PictureFormat, as_data_uri, embed_within, policy_hash, script_json

__all__ = ["AIMS", "VotePage", "VoteQuestion", "render_vote_page"]

AIMS: Mapping[str, str] = MappingProxyType(
    {
        "overall": "Which one is better overall?",
        "style": "Which one is closer to the style?",
        "content": "Which one keeps the content better?",
    }
)
"""What a voter may be asked, by the word that a votes file has."""

FOLDER = Path(__file__).parent
BUDGET_BYTES = 17 << 20  # of all results; as data URIs they take a third more
INPUT_FORMAT = PictureFormat(name="JPEG", quality=90)
# All results in one format, the first in which they fit: none may look worse than another.
RESULT_FORMATS = (
    PictureFormat(name="PNG"),
    *(PictureFormat(name="JPEG", quality=quality) for quality in (95, 90, 82, 70)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteQuestion:
    """Two results of one content and style; which variants made them is not told."""

    content: str
    style: str
    seed: int
    left_run_id: str
    right_run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VotePage:
    """All that a page shows.

    Attributes:
        sweep: The sweep's name.
        evaluator: Id of the evaluator that the sweep is judged by; kept in the file of choices.
        command: What counts the choices, without the names of the files.
        questions: In the order in which they are asked.
        contents: By name, (H, W, 3) uint8, sRGB; a style may have the name of a content.
        styles: By name, likewise.
        results: Results by run id, (H, W, 3) uint8, sRGB.
    """

    sweep: str
    evaluator: str
    command: str
    questions: Sequence[VoteQuestion]
    contents: Mapping[str, np.ndarray]
    styles: Mapping[str, np.ndarray]
    results: Mapping[str, np.ndarray]


def render_vote_page(page: VotePage) -> str:
    """Return the page as one HTML text: pictures, script and style are inside.

    Its content security policy lets it load nothing and run no script but its own.
    """
    script, style = (_read(f"vote_page.{kind}") for kind in ("js", "css"))
    return Template(_read("vote_page.html")).substitute(
        title=html.escape(f"vote: {page.sweep}"),
        style=style,
        style_hash=policy_hash(style),
        script=script,
        script_hash=policy_hash(script),
        ballot=script_json(_ballot(page)),
    )


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _ballot(page: VotePage) -> dict[str, object]:
    questions = [asdict(question) for question in page.questions]
    return {
        "id": _identity(page),
        "sweep": page.sweep,
        "evaluator": page.evaluator,
        "command": page.command,
        "aims": dict(AIMS),
        "questions": questions,
        "contents": {name: as_data_uri(one, INPUT_FORMAT) for name, one in page.contents.items()},
        "styles": {name: as_data_uri(one, INPUT_FORMAT) for name, one in page.styles.items()},
        "results": embed_within(page.results, BUDGET_BYTES, RESULT_FORMATS),
        "aspects": {name: one.shape[1] / one.shape[0] for name, one in page.results.items()},
    }


def _identity(page: VotePage) -> str:
    """Return what tells this page's questions from others', where a browser keeps choices."""
    asked = json.dumps([page.sweep, [asdict(question) for question in page.questions]])
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
