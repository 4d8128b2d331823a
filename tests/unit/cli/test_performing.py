"""What is said at the end of a sweep."""

from typing import TYPE_CHECKING, cast

import pytest

from harness.cli.performing import exit_code
from harness.sweep.coordinator import Outcome

if TYPE_CHECKING:
    from harness.sweep.answer import Answer


@pytest.mark.parametrize(
    ("is_study", "expected"),
    [
        (False, "interrupted; 2 runs left. To go on: harness sweep a.yaml\n"),
        (True, "interrupted. To go on: harness sweep a.yaml\n"),
    ],
)
def test_an_interruption_says_what_is_left(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_study: bool,
    expected: str,
) -> None:
    """A study has not asked for most of its runs yet, so it cannot count them."""
    monkeypatch.setattr("sys.argv", ["harness", "sweep", "a.yaml", "--fresh"])
    outcome = Outcome(
        answer=cast("Answer", None),
        failed=0,
        missing=2,
        interruption=KeyboardInterrupt(),
        is_study=is_study,
    )

    assert 130 == exit_code(outcome)
    assert expected == capsys.readouterr().err
