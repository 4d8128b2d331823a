"""The files of judged claims: Markdown with pictures beside it, a page, and every number."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from reports.atomic import write_atomically
from reports.claims.judged import JudgedClaim, JudgedPart, JudgedQuestion
from reports.claims.markdown import TRACES_FILE, render_markdown_page
from reports.claims.page import render_page
from reports.claims.rules import Expectation, Operand
from reports.claims.sections import Page, build_page
from reports.claims.verdicts import JudgedClaims
from reports.claims.words import finding, question_sentence
from reports.material import Material
from reports.strict import strict, strict_json
from reports.walk.strides import Walked

__all__ = ["SCHEMA_VERSION", "record_of", "write_claims"]

SCHEMA_VERSION = 1
STEM = "claims"
PICTURES = "pictures"
# What an earlier page may have left; a file that somebody else put there is left alone.
OURS = re.compile(rf"[a-z0-9-]+-[0-9a-f]{{12}}\.jpg|{re.escape(TRACES_FILE)}")


def write_claims(
    judged: JudgedClaims,
    materials: Mapping[str, Material],
    walked: Walked | None,
    folder: Path,
    *,
    title: str,
    command: str,
    facts: Mapping[str, str],
    limits: Sequence[str],
) -> dict[str, Path]:
    """Write ``claims.md``, ``.html``, ``.json`` and ``pictures/``, each file whole or not at all.

    Pictures that an earlier page left and that are shown no more are removed.

    Args:
        judged: The verdicts.
        materials: Name of an experiment's file → its sweep.
        walked: What came of the walk of the rules; None where it was not run.
        folder: Where to write; made if absent.
        title: Of the page.
        command: What makes the files again.
        facts: Label → text: backbone, evaluator, machine, scale and the like, in reading order.
        limits: What the verdicts do not say, in plain words.

    Returns:
        The paths by their suffix: ``.md``, ``.html`` and ``.json``.

    Raises:
        OSError: The disk refused.
    """
    page = build_page(
        judged, materials, walked, title=title, command=command, facts=facts, limits=limits
    )
    texts = {
        ".md": render_markdown_page(page, PICTURES),
        ".html": render_page(page),
        ".json": strict_json(record_of(judged, page)),
    }
    _write_pictures(page, folder / PICTURES)
    paths = {suffix: folder / f"{STEM}{suffix}" for suffix in texts}
    for suffix, text in texts.items():
        write_atomically(paths[suffix], text.encode(errors="replace"))
    return paths


def record_of(judged: JudgedClaims, page: Page) -> dict[str, object]:
    """Return every number as strict JSON has it: null for what is not known.

    Args:
        judged: The verdicts.
        page: Made of them.
    """
    record: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "title": page.title,
        "command": page.command,
        "facts": dict(page.facts),
        "limits": list(page.limits),
        "claims": [_claim(one) for one in judged.claims],
        "questions": [_question(one) for one in judged.questions],
        "walk": None if page.walk is None else page.walk.record,
        "waiting": [
            {"claim": one.name, "says": one.says, "waits_for": one.waits} for one in judged.waiting
        ],
        "not_run": {name: list(sweeps) for name, sweeps in judged.not_run.items()},
    }
    return {name: strict(value) for name, value in record.items()}


def _claim(judged: JudgedClaim) -> dict[str, object]:
    return {
        "claim": judged.claim.name,
        "says": judged.claim.says,
        "verdict": str(judged.verdict),
        "caveat": judged.claim.caveat,
        "parts": [_part(one) for one in judged.parts],
    }


def _question(judged: JudgedQuestion) -> dict[str, object]:
    return {
        "asks": judged.question.asks,
        "answers": dict(judged.question.answers),
        "claims": {one.claim.name: str(one.verdict) for one in judged.claims},
        "answer": question_sentence(judged),
        "parts": [_part(one) for one in judged.parts],
        "not_run": list(judged.not_run),
    }


def _part(judged: JudgedPart) -> dict[str, object]:
    """A measurement; ratios are natural logarithms here, as in the rules."""
    part, effect = judged.part, judged.effect
    return {
        "says": part.says,
        "experiment": part.sweep,
        "sweep": judged.sweep,
        "metric": part.metric,
        "of": _operand(part.of, judged.of),
        "less": None if part.less is None else _operand(part.less, judged.less),
        "how": str(part.how),
        "expected": _expected(part.expect),
        "verdict": None if effect.verdict is None else str(effect.verdict),
        "mean": effect.mean,
        "interval": [effect.low, effect.high],
        "level": effect.level,
        "pairs": effect.n_pairs,
        "values": dict(judged.by_pair),
        "reason": effect.reason,
        "could_have_found": effect.least,
        "could_have_found_with_pairs": effect.least_pairs,
        "notes": list(judged.notes),
        "finding": finding(judged),
    }


def _operand(operand: Operand, variants: Sequence[str]) -> dict[str, object]:
    return {
        "where": dict(operand.where),
        "iteration": operand.iteration,
        "regret": operand.regret,
        "variants": list(variants),
    }


def _expected(expected: Expectation | None) -> dict[str, object] | None:
    if expected is None:
        return None
    return {"region": str(expected.region), "margin": expected.margin}


def _write_pictures(page: Page, folder: Path) -> None:
    """Write the pictures; those of an earlier page that are no more are removed."""
    files = dict(page.files)
    if page.traces is not None:
        files[TRACES_FILE] = page.traces.png
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(folder / name, content)
    for path in folder.iterdir():
        if OURS.fullmatch(path.name) and path.name not in files:
            path.unlink()
