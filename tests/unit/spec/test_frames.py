"""What a result shows of its content, by the setting ``size_of``."""

from typing import get_args

import pytest

from harness.spec.frames import Frame, frame_of_size
from harness.spec.settings import Settings


def test_every_size_has_a_frame() -> None:
    """No value of the setting is unknown to the rule, and every frame has one."""
    sizes = get_args(Settings.model_fields["size_of"].annotation)

    assert set(get_args(Frame)) == {frame_of_size(one) for one in sizes}


def test_an_unknown_size_is_refused() -> None:
    """Settings of a stored run may be another version's; they are no whole content then."""
    with pytest.raises(ValueError, match="no size_of 'width'; allowed: long_side, short_side"):
        frame_of_size("width")
