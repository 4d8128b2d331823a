"""What every measurement means: direction, unit, range, needs, source. Imports nothing heavy."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = ["CATALOG", "Direction", "Metric", "Need", "metric"]


class Direction(StrEnum):
    """Whether a smaller (MIN) or a larger (MAX) value is better."""

    MIN = "min"
    MAX = "max"

    @property
    def arrow(self) -> str:
        """The sign tables put behind a label."""
        return "↓" if self is Direction.MIN else "↑"


class Need(StrEnum):
    """What must be at hand, beside the result itself, to compute a measurement."""

    CONTENT = "content picture"
    STYLE = "style picture"
    EVALUATOR = "features of the evaluator's network"
    LPIPS_PARAMETERS = "AlexNet's published ImageNet parameters"
    CONTENT_ANCHOR = "measurement of the style picture in place of the result"
    STYLE_ANCHOR = "measurement of the content picture in place of the result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measurement of a run.

    Attributes:
        name: Key in records, MLflow and sweep files.
        version: Raised whenever a change of the code may alter a value.
        short: Words for a table's column, without the arrow.
        direction: Whether smaller or larger is better.
        unit: ``1`` for a pure number, else ``nats``, ``Lab/100``, ``s`` or ``B``.
        range: Smallest and largest value possible; infinite where there is no bound.
        needs: What must be at hand beside the result.
        source: Paper, equation or package the measurement comes from.
        meaning: One line for the reader of a table.
    """

    name: str
    version: int
    short: str
    direction: Direction
    unit: str
    range: tuple[float, float]
    needs: frozenset[Need]
    source: str
    meaning: str

    @property
    def label(self) -> str:
        """Heading of a table's column: the short words and the arrow of the better direction."""
        return f"{self.short} {self.direction.arrow}"


_CONTENT = (
    Metric(
        name="content/lpips",
        version=1,
        short="LPIPS",
        direction=Direction.MIN,
        unit="1",
        range=(0.0, math.inf),
        needs=frozenset({Need.CONTENT, Need.LPIPS_PARAMETERS}),
        source="Zhang et al. 2018, arXiv 1801.03924, eq. 1; package lpips, AlexNet, v0.1",
        meaning="perceptual distance between result and content; 0 = equal pictures",
    ),
    Metric(
        name="content/ssim",
        version=1,
        short="SSIM",
        direction=Direction.MAX,
        unit="1",
        range=(-1.0, 1.0),
        needs=frozenset({Need.CONTENT}),
        source="Wang et al. 2004, IEEE TIP 13(4), eq. 13; scikit-image, on luminance",
        meaning="local structure shared with the content; not for ranking",
    ),
    Metric(
        name="content/ms_ssim",
        version=1,
        short="MS-SSIM",
        direction=Direction.MAX,
        unit="1",
        range=(0.0, 1.0),
        needs=frozenset({Need.CONTENT}),
        source="Wang, Simoncelli, Bovik 2003, Asilomar, eq. 7; torchmetrics, on luminance",
        meaning="structure shared with the content over several scales; 1 = equal luminance",
    ),
    Metric(
        name="content/edge_f1",
        version=1,
        short="edge F1",
        direction=Direction.MAX,
        unit="1",
        range=(0.0, 1.0),
        needs=frozenset({Need.CONTENT}),
        source="Martin, Fowlkes, Malik 2004, IEEE PAMI 26(5), on Canny edges; scikit-image",
        meaning="share of edges that result and content have in common within 2 pixels",
    ),
    Metric(
        name="content/feature_distance",
        version=1,
        short="feature distance",
        direction=Direction.MIN,
        unit="1",
        range=(0.0, 4.0),
        needs=frozenset({Need.CONTENT, Need.EVALUATOR}),
        source="Zhang et al. 2018, arXiv 1801.03924, eq. 1 without the learned weights",
        meaning="distance of the evaluator's features of result and content, place by place",
    ),
    Metric(
        name="content/score",
        version=1,
        short="content",
        direction=Direction.MAX,
        unit="1",
        range=(-math.inf, 1.0),
        needs=frozenset({Need.CONTENT, Need.STYLE, Need.EVALUATOR, Need.CONTENT_ANCHOR}),
        source="K = 1 - d / L0, L0 = d of the resized style; ours",
        meaning="1 = the content unchanged, 0 = no more of it left than in the style picture",
    ),
)

_STYLE = (
    Metric(
        name="style/gram",
        version=1,
        short="Gram distance",
        direction=Direction.MIN,
        unit="1",
        range=(0.0, 1.0),
        needs=frozenset({Need.STYLE, Need.EVALUATOR}),
        source="balanced form of Cheng et al. 2021, arXiv 2104.10064; ours",
        meaning="distance of feature correlations of result and style; 0 = the same",
    ),
    Metric(
        name="style/gain",
        version=1,
        short="style gain",
        direction=Direction.MAX,
        unit="nats",
        range=(-math.inf, math.inf),
        needs=frozenset({Need.STYLE, Need.CONTENT, Need.EVALUATOR, Need.STYLE_ANCHOR}),
        source="S = ln(D0 / D), D0 = style/gram of the content picture; ours",
        meaning="how much closer to the style than the content is; 0.69 = half the distance",
    ),
    Metric(
        name="style/color_swd",
        version=1,
        short="colour distance",
        direction=Direction.MIN,
        unit="Lab/100",
        range=(0.0, math.inf),
        needs=frozenset({Need.STYLE}),
        source="Bonneel et al. 2015, JMIV 51, sliced Wasserstein-1 of CIELab colours",
        meaning="distance of the colour distributions of result and style; 0 = the same colours",
    ),
    Metric(
        name="style/gabor",
        version=1,
        short="Gabor distance",
        direction=Direction.MIN,
        unit="1",
        range=(0.0, 1.0),
        needs=frozenset({Need.STYLE}),
        source="filters of Manjunath & Ma 1996, IEEE PAMI 18(8); Canberra distance",
        meaning="distance of stroke strengths by size and direction; 0 = the same",
    ),
)

_SECOND = (
    Metric(
        name="second/style/gain",
        version=1,
        short="style gain, 2nd",
        direction=Direction.MAX,
        unit="nats",
        range=(-math.inf, math.inf),
        needs=frozenset({Need.STYLE, Need.CONTENT, Need.STYLE_ANCHOR}),
        source="mean of the log gains of style/color_swd and style/gabor; ours",
        meaning="style gain without a network: from colours and stroke statistics",
    ),
    Metric(
        name="second/content/score",
        version=1,
        short="content, 2nd",
        direction=Direction.MAX,
        unit="1",
        range=(-math.inf, 1.0),
        needs=frozenset({Need.CONTENT, Need.STYLE, Need.CONTENT_ANCHOR}),
        source="mean of content/ms_ssim and content/edge_f1, each (v - m0) / (1 - m0); ours",
        meaning="content score without a network: from structure and edges",
    ),
)

_COST = (
    Metric(
        name="seconds",
        version=1,
        short="seconds",
        direction=Direction.MIN,
        unit="s",
        range=(0.0, math.inf),
        needs=frozenset(),
        source="wall clock",
        meaning="wall time of the optimisation, without loading and scoring",
    ),
    Metric(
        name="seconds_per_iteration",
        version=1,
        short="s/iteration",
        direction=Direction.MIN,
        unit="s",
        range=(0.0, math.inf),
        needs=frozenset(),
        source="wall clock",
        meaning="wall time of one step of the optimisation",
    ),
    Metric(
        name="peak_memory_bytes",
        version=1,
        short="peak memory",
        direction=Direction.MIN,
        unit="B",
        range=(0.0, math.inf),
        needs=frozenset(),
        source="the device's allocator, else the process's resident memory",
        meaning="largest memory in use during the optimisation",
    ),
)

CATALOG: Mapping[str, Metric] = MappingProxyType(
    {entry.name: entry for entry in (*_CONTENT, *_STYLE, *_SECOND, *_COST)}
)


def metric(name: str) -> Metric:
    """Look a measurement up by its name.

    Raises:
        ValueError: ``name`` is not in ``CATALOG``; the message has the nearest name and all names.
    """
    if name in CATALOG:
        return CATALOG[name]
    nearest = difflib.get_close_matches(name, CATALOG, n=1, cutoff=0.4)
    hint = f"; did you mean {nearest[0]!r}" if nearest else ""
    raise ValueError(f"there is no metric {name!r}{hint}; known: {', '.join(CATALOG)}")
