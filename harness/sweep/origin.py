"""Where a sweep's numbers come from, in words for the reader of its report."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime

from harness.sweep.progress import duration
from harness.sweep.subject import Subject
from harness.sweep.tracking.names import Tag
from harness.sweep.tracking.stored import StoredRun
from reports.numbers import counted

__all__ = ["sweep_origin"]


def sweep_origin(subject: Subject, finished: Collection[StoredRun]) -> dict[str, str]:
    """Return label → text: when, where and by what a sweep was made; what is unknown is left out.

    Args:
        subject: The sweep.
        finished: Its finished runs, each once.
    """
    tags = subject.tags
    facts = {
        "sweep": subject.name,
        "begun": _moment(subject.parent.info.start_time),
        "optimised for": _seconds(finished),
        "runs": ", ".join(_shares(subject.name, finished)),
        "code": _code(tags),
        "versions": ", ".join(
            f"{name} {number}" for name, number in _object(tags, Tag.VERSIONS).items()
        ),
        "machine": ", ".join(_distinct(finished, Tag.HOST)),
        "numerics": "; ".join(map(_numerics, _distinct(finished, Tag.NUMERICS))),
        "chosen for auto": _listed(_object(tags, Tag.RESOLVED)),
        "evaluator": subject.evaluator_id,
        "second evaluator": tags.get(Tag.SECOND_EVALUATOR, ""),
        "store": subject.location.uri,
    }
    return {label: text for label, text in facts.items() if text}


def _moment(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    return f"{datetime.fromtimestamp(milliseconds / 1000, tz=UTC):%Y-%m-%d %H:%M} UTC"


def _seconds(finished: Collection[StoredRun]) -> str:
    """Return the sum over the runs: with workers it is more than the clock on the wall shows."""
    total = sum(run.metrics.get("seconds", 0.0) for run in finished)
    return f"{duration(total)}, the runs' times added up" if finished else ""


def _shares(sweep: str, finished: Collection[StoredRun]) -> Iterator[str]:
    """Say whose runs these are: a run may serve several sweeps."""
    own = sum(run.occasion == sweep for run in finished)
    yield counted(own, "run") + " of its own"
    others = sorted({run.occasion for run in finished} - {sweep})
    if others:
        names = ", ".join(repr(name) for name in others)
        yield f"{len(finished) - own} taken from {names}"


def _code(tags: Mapping[str, str]) -> str:
    commit = tags.get(Tag.GIT_COMMIT, "")
    changed = " with changes" if commit and tags.get(Tag.GIT_DIRTY) == "true" else ""
    revision = tags.get(Tag.ENGINE_REVISION, "")
    known = {f"commit {commit[:12]}{changed}": commit, f"engine revision {revision}": revision}
    return ", ".join(text for text, fact in known.items() if fact)


def _distinct(finished: Collection[StoredRun], tag: Tag) -> list[str]:
    return list(dict.fromkeys(run.tags[tag] for run in finished if run.tags.get(tag)))


def _numerics(text: str) -> str:
    return _listed(json.loads(text))


def _object(tags: Mapping[str, str], tag: Tag) -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads(tags.get(tag, "{}"))
    return found


def _listed(facts: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())
