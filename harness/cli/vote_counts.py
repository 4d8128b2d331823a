"""What a vote's choices say, as text for a terminal and as plain data."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from harness.cli.columns import columns, one_line
from harness.sweep.vote_files import AimVotes
from reports.vote_page import AIMS
from reports.votes import (
    Share,
    metric_agreements,
    variant_wins,
    voter_agreements,
    voters_agreement,
)

__all__ = ["count_facts", "count_lines"]

FEW_CHOICES = 20  # the interval of a share of one half is then 40 points wide
ABSENT = "—"
INTERVALS = ("95 % by choice", "95 % by picture")


def count_facts(aim: AimVotes) -> dict[str, object]:
    """Return everything as plain data; null where a number cannot be given."""
    return {
        "aim": aim.aim,
        "voters": aim.voters,
        "choices": len(aim.votes),
        "decided": _decided(aim),
        "unknown": aim.unknown,
        "repeated": aim.repeated,
        "unscored": aim.unscored,
        "metrics": [
            {"metric": one.metric, "ties": one.ties, **_share_facts(one.agreement)}
            for one in metric_agreements(aim.votes)
        ],
        "variants": [
            {"variant": one.variant, **_share_facts(one.wins)} for one in variant_wins(aim.votes)
        ],
        "voters_agreement": _share_facts(voters_agreement(aim.votes)),
        "voter_pairs": [
            {"voters": [one.first, one.second], **_share_facts(one.agreement)}
            for one in voter_agreements(aim.votes)
        ],
        "notes": list(_notes(aim)),
    }


def _share_facts(share: Share) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in asdict(share).items()}


def count_lines(aim: AimVotes) -> Iterator[str]:
    """Yield the lines of a report on one aim."""
    voters = f"{len(aim.voters)} voter{'s' * (len(aim.voters) != 1)}: {', '.join(aim.voters)}"
    decided = f"{_decided(aim)} of {len(aim.votes)} questions decided"
    yield f"{AIMS[aim.aim]}  {decided}; {one_line(voters)}"
    if metrics := metric_agreements(aim.votes):
        yield ""
        rows = [(one.metric, *_cells(one.agreement), str(one.ties)) for one in metrics]
        yield from columns([("metric", "agrees", *INTERVALS, "choices", "ties"), *rows])
    if variants := variant_wins(aim.votes):
        yield ""
        wins = [(one.variant, *_cells(one.wins)) for one in variants]
        yield from columns([("variant", "chosen", *INTERVALS, "choices"), *wins])
    if len(aim.voters) > 1:
        yield ""
        yield from columns([("voters", "agree", *INTERVALS, "questions"), *_voter_rows(aim)])
    yield ""
    yield from (f"- {note}" for note in _notes(aim))


def _voter_rows(aim: AimVotes) -> Sequence[tuple[str, ...]]:
    of_two = voter_agreements(aim.votes)
    rows = [(f"{one.first}, {one.second}", *_cells(one.agreement)) for one in of_two]
    return rows if len(rows) == 1 else [("any two", *_cells(voters_agreement(aim.votes))), *rows]


def _cells(share: Share) -> tuple[str, str, str, str]:
    return (
        ABSENT if math.isnan(share.share) else f"{share.share:.0%}".replace("%", " %"),
        _interval(share.low, share.high),
        _interval(share.picture_low, share.picture_high),
        str(share.count),
    )


def _interval(low: float, high: float) -> str:
    return ABSENT if math.isnan(low) else f"{100 * low:.0f} … {100 * high:.0f} %"


def _decided(aim: AimVotes) -> int:
    return sum(vote.is_decided for vote in aim.votes)


def _notes(aim: AimVotes) -> Iterator[str]:
    """Yield what a reader of the numbers must know."""
    decided = _decided(aim)
    contents, styles = ({vote.pair[at] for vote in aim.votes if vote.is_decided} for at in (0, 1))
    if not decided:
        yield "nothing was decided, so nothing can be counted"
        return
    if decided < FEW_CHOICES:
        yield f"fewer than {FEW_CHOICES} choices: the intervals are wide, and say little"
    yield "a metric that knows nothing agrees with 50 %; ties of a metric count half"
    metrics = len(metric_agreements(aim.votes))
    if metrics > 1:
        yield (
            f"the first of {metrics} metrics owes its place partly to luck: try it on new choices"
        )
    made_of = f"{len(contents)} contents and {len(styles)} styles"
    if min(len(contents), len(styles)) > 1:
        yield (
            f"the choices repeat {made_of}: `by choice` takes each as independent, `by picture` "
            "does not; trust the wider"
        )
    else:
        yield (
            f"the choices are about {made_of}: they say little about others, and no interval by "
            "picture can be given"
        )
    yield "the intervals are about other pictures, not about other people" + (
        "" if len(aim.voters) > 1 else ": one person voted"
    )
    if aim.repeated:
        yield f"{aim.repeated} choices were taken back by a later one of the same voter"
    if aim.unknown:
        yield f"{aim.unknown} choices left out: the sweep does not have their runs (any more)"
    if aim.unscored:
        yield (
            f"{aim.unscored} choices count for no metric: the sweep's evaluator has not scored "
            "both pictures; `harness report` has them scored"
        )
