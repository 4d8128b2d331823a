"""Knobs that do nothing beside the choice of another one, and which choice they go with."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from harness.spec.settings import Settings

__all__ = ["idle_reason"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """A knob, and the values of it beside which another one does something."""

    key: str
    values: Collection[object]

    def meets(self, settings: Settings) -> bool:
        return getattr(settings, self.key) in self.values

    def __str__(self) -> str:
        return f"{self.key}: {' or '.join(str(value) for value in self.values)}"


_ADAM = _Choice(key="optimizer", values=("adam",))
_LBFGS = _Choice(key="optimizer", values=("lbfgs",))
_TORCH = _Choice(key="lbfgs_variant", values=("torch",))
_PYRAMID = _Choice(key="pyramid", values=("octave", "sqrt2"))
_STRIPES = (_Choice(key="start", values=("stripes",)),)
_TOLERANCES = (_LBFGS, _Choice(key="lbfgs_variant", values=("torch", "scipy")))

_NEEDED: Mapping[str, tuple[_Choice, ...]] = {
    "tv_power": (_Choice(key="tv_loss", values=("power_sum",)),),
    "noise_std": (_Choice(key="start", values=("gaussian", "truncated_normal")),),
    "noise_mean": (_Choice(key="start", values=("gaussian", "gray")),),
    "stripes_period": _STRIPES,
    "stripes_angle": _STRIPES,
    "lr_end": (_Choice(key="lr_schedule", values=("linear", "cosine")),),
    "adam_betas": (_ADAM,),
    "adam_epsilon": (_ADAM,),
    "adam_form": (_ADAM,),
    "lbfgs_history": (_LBFGS,),
    "lbfgs_variant": (_LBFGS,),
    "lbfgs_line_search": (_LBFGS, _TORCH),
    "lbfgs_tolerance_gradient": _TOLERANCES,
    "lbfgs_tolerance_change": _TOLERANCES,
    "lbfgs_evaluations": (_LBFGS, _Choice(key="lbfgs_variant", values=("scipy",))),
    "pyramid_min": (_PYRAMID,),
    "pyramid_first": (_PYRAMID,),
    "pyramid_carry": (_PYRAMID, _ADAM),
}
"""What must hold for a knob to do anything, by key; knobs that are not here always do."""

_RATES = ("lr", "lr_schedule", "lr_end")


def idle_reason(settings: Settings, key: str) -> str | None:
    """Say why the setting at a dotted key does nothing here; None if it does something.

    Example:
        ``idle: in use with optimizer: lbfgs``
    """
    missing = [one for one in _NEEDED.get(key, ()) if not one.meets(settings)]
    if missing:
        return f"idle: in use with {' and '.join(map(str, missing))}"
    if key in _RATES and (settings.optimizer, settings.lbfgs_variant) == ("lbfgs", "scipy"):
        return "idle: SciPy's L-BFGS has no learning rate"
    if key == "start_blend" and settings.start == "content":
        return "idle: the start is the content"
    if key == "stop_window" and settings.stop_plateau == 0:
        return "idle: in use with stop_plateau above 0"
    if key == "tv_loss" and settings.weights.tv == 0:
        return "idle: in use with weights.tv above 0"
    return None
