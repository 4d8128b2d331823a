"""The verdicts for a terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reports.claims.effects import Verdict
from reports.claims.judged import JudgedClaim, JudgedQuestion
from reports.claims.rules import Claim
from reports.claims.words import finding, part_reason, question_sentence
from reports.numbers import counted
from reports.versus.sides import on_one_line
from reports.wrapping import wrap

__all__ = ["counts_text", "render_claims"]

GAP = "  "
NARROWEST = 30
HEADING = ("claim", "verdict", "what was claimed, and what was measured")


def counts_text(claims: Sequence[JudgedClaim], waiting: Sequence[Claim]) -> str:
    """How many claims have each verdict, as in "12 supported, 3 contradicted, 5 cannot tell"."""
    counts = [f"{sum(one.verdict is verdict for one in claims)} {verdict}" for verdict in Verdict]
    said = f"{counted(len(claims), 'claim')} judged: {', '.join(counts)}"
    return f"{said}; {len(waiting)} waiting" if waiting else said


def render_claims(
    claims: Sequence[JudgedClaim],
    questions: Sequence[JudgedQuestion],
    waiting: Sequence[Claim],
    not_run: Mapping[str, Sequence[str]],
    *,
    width: int,
) -> str:
    """Lay the verdicts out in lines: claims, then questions, what waits, what was not run.

    Args:
        claims: With their verdicts.
        questions: With what answers them.
        waiting: Claims that wait.
        not_run: Claim → experiments that are not there.
        width: Characters of a line.
    """
    rows = [_row(one) for one in claims]
    widths = [
        max(len(heading), *(len(row[column]) for row in rows)) if rows else len(heading)
        for column, heading in enumerate(HEADING[:2])
    ]
    rest = max(NARROWEST, width - sum(widths) - 2 * len(GAP))
    lines = [*_lines((HEADING[0], HEADING[1], (HEADING[2],)), widths, rest)] if rows else []
    if rows:
        lines.append(GAP.join("─" * column for column in (*widths, rest)))
    for row in rows:
        lines += _lines(row, widths, rest)
    lines += ["", *wrap(f"{counts_text(claims, waiting)}.", width)]
    for question in questions:
        said = f"{question.question.asks} {question_sentence(question)}"
        lines += ["", *wrap(on_one_line(said), width)]
    lines += _listed("Waiting", [f"{one.name} ({one.waits})" for one in waiting], width)
    absent = [f"{name} ({', '.join(sweeps)})" for name, sweeps in not_run.items()]
    lines += _listed("Not run", absent, width)
    return "\n".join(line.rstrip() for line in lines)


def _row(judged: JudgedClaim) -> tuple[str, str, tuple[str, ...]]:
    """Name, verdict, and the sentences beside them: the claim and the part that decided."""
    said = [judged.claim.says]
    if (part := judged.deciding) is not None:
        others = len(judged.parts) - 1
        more = f" (and {counted(others, 'more measurement')})" if others else ""
        said.append(f"{finding(part)}{more}")
        if judged.verdict is Verdict.CANNOT_TELL:
            said.append(part_reason(part))
    sentences = tuple(on_one_line(one) for one in said if one)
    return on_one_line(judged.claim.name), str(judged.verdict), sentences


def _lines(row: tuple[str, str, Iterable[str]], widths: Sequence[int], rest: int) -> Iterator[str]:
    """A row, its sentences under each other."""
    name, verdict, sentences = row
    texts = [line for sentence in sentences for line in wrap(sentence, rest)]
    for place, text in enumerate(texts):
        first = (name, verdict) if not place else ("", "")
        cells = (cell.ljust(column) for cell, column in zip(first, widths, strict=True))
        yield GAP.join((*cells, text))


def _listed(title: str, names: Sequence[str], width: int) -> list[str]:
    return ["", *wrap(on_one_line(f"{title}: {', '.join(names)}."), width)] if names else []
