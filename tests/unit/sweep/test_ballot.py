"""Drawing questions: balanced, blind, repeatable."""

from collections import Counter

from harness.sweep.ballot import Entry, draw_ballot
from harness.sweep.tracking.membership import MemberCase
from harness.sweep.tracking.stored import StoredRun


def case(pair: int, seed: int) -> MemberCase:
    """Return a case whose content is named after the pair."""
    return MemberCase(
        name=f"c{pair} × s, seed {seed}",
        pair=f"c{pair} × s",
        content=f"c{pair}",
        style="s",
        seed=seed,
        content_sha256="",
        style_sha256="",
    )


def table(variants: int, pairs: int, seeds: int = 1, *, shared: bool = False) -> list[Entry]:
    """Return the entries of a full table; ``shared``: one run serves all seeds of a pair."""
    return [
        Entry(
            variant=f"v{variant}",
            case=case(pair, seed),
            run=StoredRun(
                run_id=f"{variant}-{pair}" if shared else f"{variant}-{pair}-{seed}",
                fingerprint="f",
                occasion="o",
                evaluator="e",
                metrics={},
                tags={},
                artifact_uri="",
                experiment_id="1",
            ),
            metrics={},
        )
        for variant in range(variants)
        for pair in range(pairs)
        for seed in range(seeds)
    ]


def variant_of(run_id: str) -> str:
    """Return the variant that a run's name begins with."""
    return run_id.split("-", maxsplit=1)[0]


def test_questions_are_balanced() -> None:
    """Pairs, variants and sides come about equally often."""
    ballot = draw_ballot(table(6, 5), 30, seed=0)
    pairs = Counter(one.content for one in ballot.questions)
    sides = [
        (variant_of(one.left_run_id), variant_of(one.right_run_id)) for one in ballot.questions
    ]
    variants = Counter(variant for both in sides for variant in both)
    meetings = Counter(frozenset(both) for both in sides)
    left = Counter(one for one, _right in sides)

    assert {6} == set(pairs.values())
    assert 5 * 6 * 5 // 2 == ballot.possible
    assert max(variants.values()) - min(variants.values()) <= 2
    assert max(meetings.values()) <= 3
    assert all(0 < left[name] < count for name, count in variants.items())


def test_no_question_twice() -> None:
    """Even when all are asked for, each comes once, between runs of one case."""
    ballot = draw_ballot(table(3, 2, seeds=2), 100, seed=0)
    asked = {frozenset({one.left_run_id, one.right_run_id}) for one in ballot.questions}

    assert 12 == ballot.possible == len(ballot.questions) == len(asked)
    for one in ballot.questions:
        ending = f"-{one.content[1:]}-{one.seed}"
        assert one.left_run_id.endswith(ending)
        assert one.right_run_id.endswith(ending)


def test_runs_shared_by_seeds_are_asked_of_once() -> None:
    """Where the seed makes no difference, the pictures of its cases are the same."""
    assert 3 * 2 == draw_ballot(table(3, 2, seeds=4, shared=True), 100, seed=0).possible


def test_seed_decides() -> None:
    """Equal seeds ask every voter the same, in the same order; others do not."""
    first, again, other = (draw_ballot(table(5, 4), 12, seed=seed) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_one_variant_is_no_question() -> None:
    """Nothing can be chosen between fewer than two variants."""
    assert () == draw_ballot(table(1, 3), 10, seed=0).questions
