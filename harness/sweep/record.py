"""The plain data that travels between coordinator and workers: bundles in, records out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.scoring.evaluators import EvaluatorSpec
from harness.spec.chain_models import ResultAs
from harness.spec.settings import Settings
from harness.spec.style_files import FileWeights, StyleFiles

__all__ = ["Bundle", "Earlier", "RunRecord", "RunTask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The run whose result a chained run goes on from, and which of its pictures that is."""

    fingerprint: str
    result_as: ResultAs


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTask:
    """All that a worker needs to know of one run, but for the bytes of its pictures.

    ``settings`` are resolved: neither ``precision`` nor ``pretrained`` is ``auto``. Pictures are
    named by the SHA-256 of their files; ``snapshots`` are iterations at which the picture is kept
    and scored. ``parameters`` identifies the backbone's parameters, which a worker loads from its
    own disk; ``time_limit_s`` ends a run that takes longer, as a failure. ``style_weights`` are
    the files of a style that is several pictures, of which ``style_sha256`` is a hash. The result
    of an ``earlier`` run takes the place of one of the pictures in the transfer; scored it is
    against the content and style that are named.
    """

    fingerprint: str
    settings: Settings
    content_sha256: str
    style_sha256: str
    start_sha256: str | None
    seed: int
    parameters: str
    time_limit_s: float | None
    snapshots: tuple[int, ...]
    device: str
    evaluator: EvaluatorSpec
    style_weights: FileWeights = ()
    earlier: Earlier | None = None

    @property
    def styles(self) -> StyleFiles:
        """The files of the style, with their weights."""
        return StyleFiles.stored(self.style_sha256, self.style_weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Runs that travel to a worker together, and the picture files they use by SHA-256.

    Those that are alike are lanes of one batch.
    The result of another run is there by that run's fingerprint.
    """

    tasks: tuple[RunTask, ...]
    pictures: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What came of one run.

    ``status`` is ``FINISHED`` or ``FAILED``; ``reason`` is the stop reason or the error. A
    failure that another attempt may not meet is ``transient``; ``alone`` is False where the run
    went down with others, so that it need not be the one to blame.
    ``distances`` and ``scores`` are keyed by iteration (the snapshots and the result), then by
    metric. ``trace`` holds, by loss term, one value an iteration: the loss of the picture before
    that update. ``seconds`` is the wall time of the optimisation, ``scoring_seconds`` that of
    the measurements after it, ``busy_seconds`` all that the worker spent on the run; of a run
    that shared a batch they are its share, so that those of all runs add up to what passed.
    ``peak_memory_bytes`` is that of the worker, other lanes of the batch included. ``flags``
    name what looks broken about the picture. ``canonical`` are the losses of the result in units
    that do not depend on the losses optimised; ``style_weight`` is the weight that balancing
    found for the style, None where nothing was balanced.
    """

    fingerprint: str
    status: str
    reason: str
    transient: bool = False
    alone: bool = True
    picture_png: bytes | None = None
    snapshots_png: Mapping[int, bytes] = field(default_factory=dict)
    trace: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    iterations: int = 0
    function_evaluations: int = 0
    seconds: float = 0.0
    seconds_per_iteration: float = 0.0
    scoring_seconds: float = 0.0
    busy_seconds: float = 0.0
    peak_memory_bytes: int = 0
    distances: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    scores: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    anchors: Mapping[str, float] = field(default_factory=dict)
    canonical: Mapping[str, float] = field(default_factory=dict)
    style_weight: float | None = None
    numerics: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
