"""Named settings with the source of each value, one file a family."""

from collections.abc import Mapping
from types import MappingProxyType

from harness.spec.presets.chadebec import CHADEBEC
from harness.spec.presets.crowsonkb import CROWSONKB_2021, CROWSONKB_2023
from harness.spec.presets.gatys import GATYS_2016, GATYS_NOTEBOOK
from harness.spec.presets.gordicaleksa import GORDICALEKSA
from harness.spec.presets.house import HOUSE
from harness.spec.presets.isotton import ISOTTON, ISOTTON_CONTENT
from harness.spec.presets.neural_style import JCJOHNSON, NEURAL_STYLE_PT
from harness.spec.presets.peng import PENG_BASELINE, PENG_FINAL
from harness.spec.presets.preset import Preset
from harness.spec.presets.pystiche import PYSTICHE
from harness.spec.presets.pytorch_tutorial import PYTORCH_TUTORIAL
from harness.spec.presets.thakur import THAKUR
from harness.spec.presets.tran import TRAN

__all__ = ["PRESETS", "Preset"]

_REPORTS = (
    ISOTTON,
    ISOTTON_CONTENT,
    TRAN,
    CHADEBEC,
    THAKUR,
    PENG_BASELINE,
    PENG_FINAL,
)
_ENGINES = (
    GATYS_2016,
    GATYS_NOTEBOOK,
    NEURAL_STYLE_PT,
    CROWSONKB_2023,
    CROWSONKB_2021,
    PYTORCH_TUTORIAL,
    JCJOHNSON,
    PYSTICHE,
    GORDICALEKSA,
)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {one.name: one for one in (HOUSE, *_REPORTS, *_ENGINES)}
)
"""Every preset by name, in the order in which they are listed."""
