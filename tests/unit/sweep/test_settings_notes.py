"""What a reader is told of settings that do nothing, or less than they seem to."""

from harness.spec.settings import Settings
from harness.sweep.settings_notes import idle_notes, pyramid_notes


def test_a_pyramid_of_one_scale_is_told_of() -> None:
    """With pyramid_min at its default there is no second scale below 256 pixels."""
    flat = Settings(image_size=160, pyramid="octave", pyramid_first=7)
    whole = Settings(image_size=256, pyramid="octave")

    (note,) = pyramid_notes([flat, flat, whole, Settings()])

    assert (
        "pyramid: octave has one scale only, of 160 pixels with 7 iterations: the next smaller "
        "one is below pyramid_min: 128"
    ) == note


def test_what_is_varied_and_does_nothing_is_told_of() -> None:
    """Only where it does nothing in any of the runs."""
    adam, lbfgs = Settings(), Settings(optimizer="lbfgs", lr=1.0)

    assert ["lbfgs_history does nothing here (in use with optimizer: lbfgs)"] == idle_notes(
        [adam, adam], ["lbfgs_history", "lr"]
    )
    assert [] == idle_notes([adam, lbfgs], ["lbfgs_history"])
