"""Which fixed network scores the runs of a sweep, and the identity of that choice.

Every run is scored twice. The primary evaluator is a network, the first of VGG19 on ImageNet,
AlexNet on ImageNet and the embedded *scoring* backbone that is at hand and whose parameters no
run of the sweep optimises. The second evaluator has no parameters at all.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.errors import NotComparableError, ParametersError
from harness.transfer.pretrained.choice import (
    imagenet_identity,
    is_cached,
    parameters_identity,
)
from harness.transfer.pretrained.published import checkpoint_folder
from metrics.catalog import CATALOG
from metrics.lpips_parameters import lpips_unavailable_reason

__all__ = [
    "KINDS",
    "EvaluatorSpec",
    "choose_evaluator",
    "evaluator_size",
    "rebuild_evaluator",
    "torch_home",
]

RESAMPLING = "lanczos"
STYLE_TAPS = {
    "imagenet-vgg19": ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
    "imagenet-alexnet": ("relu1", "relu2", "relu3", "relu4", "relu5"),
    "kmeans": ("relu1_1", "relu2_1", "relu3_1"),
}
CONTENT_TAPS = {
    # The taps that LPIPS (Zhang et al. 2018, arXiv 1801.03924) uses in each network.
    "imagenet-vgg19": ("relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_4"),
    "imagenet-alexnet": ("relu1", "relu2", "relu3", "relu4", "relu5"),
    "kmeans": ("relu1_2", "relu2_2", "relu3_2"),
}
KINDS = tuple(STYLE_TAPS)
SECOND_METRICS = ("style/color_swd", "style/gabor", "content/ms_ssim", "content/edge_f1")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorSpec:
    """All that determines a sweep's scores, as plain data.

    ``content_metric`` is ``content/lpips`` where LPIPS has its published parameters, else
    ``content/feature_distance`` on the evaluator's own features; ``lpips_reason`` says why LPIPS
    is missing (empty where it is not). ``independent`` is False where a run of the sweep
    optimises the evaluator's own parameters.
    """

    kind: str
    size_px: int
    parameters: str
    style_taps: tuple[str, ...]
    content_taps: tuple[str, ...]
    content_metric: str
    lpips_reason: str
    independent: bool

    @property
    def id(self) -> str:
        """Name of this way of scoring; scores of different ids never share a table."""
        facts = asdict(self) | {"resampling": RESAMPLING, "versions": _versions(self)}
        del facts["lpips_reason"], facts["independent"]
        content = self.content_metric.removeprefix("content/")
        return f"{self.kind}@{self.size_px}px+{content}-{_short_hash(facts)}"

    @property
    def second_id(self) -> str:
        """Name of the weight-free second evaluator."""
        versions = {name: CATALOG[name].version for name in SECOND_METRICS}
        facts = {"size": self.size_px, "resampling": RESAMPLING, "versions": versions}
        return f"weight-free@{self.size_px}px-{_short_hash(facts)}"


def _versions(spec: EvaluatorSpec) -> dict[str, int]:
    return {name: CATALOG[name].version for name in ("style/gram", spec.content_metric)}


def _short_hash(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:8]


def torch_home() -> Path:
    """Return the folder that ``TORCH_HOME`` names, or torch's default for it."""
    return checkpoint_folder().parent.parent


def choose_evaluator(choice: str, *, size_px: int, optimised: Collection[str]) -> EvaluatorSpec:
    """Resolve ``auto`` or a kind to the evaluator of a sweep.

    Args:
        choice: ``auto`` or one of ``KINDS``.
        size_px: Long side in pixels at which pictures are scored.
        optimised: Identities of the parameters that runs of the sweep optimise.

    Raises:
        ParametersError: The kind asked for has no parameters on this machine.
    """
    if choice != "auto":
        return _evaluator(choice, size_px, optimised)
    for kind in KINDS:
        if _at_hand(kind) and _identity(kind) not in optimised:
            return _evaluator(kind, size_px, optimised)
    return _evaluator("kmeans", size_px, optimised)


def evaluator_size(evaluator_id: str) -> int:
    """Return the long side in pixels at which an evaluator scores.

    Raises:
        NotComparableError: No evaluator of this version has such an id.
    """
    kind, _, rest = evaluator_id.partition("@")
    size = rest.partition("px")[0]
    if kind not in KINDS or not size.isdigit():
        raise NotComparableError(f"no evaluator of this version has the id {evaluator_id!r}")
    return int(size)


def rebuild_evaluator(evaluator_id: str, optimised: Collection[str]) -> EvaluatorSpec:
    """Return the evaluator that has an id, to score further pictures by.

    Args:
        evaluator_id: As it stands on a sweep's parent run.
        optimised: Identities of the parameters that the pictures were made with.

    Raises:
        NotComparableError: This version or this machine scores otherwise: parameters are missing
            or a measurement has changed.
    """
    kind = evaluator_id.partition("@")[0]
    found = choose_evaluator(kind, size_px=evaluator_size(evaluator_id), optimised=optimised)
    if found.id != evaluator_id:
        raise NotComparableError(
            f"the sweep was scored by {evaluator_id}, this machine would score by {found.id}: "
            "LPIPS parameters came or went, or a measurement has changed. "
            f"`harness report SWEEP --evaluator {kind}` scores the whole sweep anew."
        )
    return found


def _evaluator(kind: str, size_px: int, optimised: Collection[str]) -> EvaluatorSpec:
    if not _at_hand(kind):
        raise ParametersError(
            f"evaluator {kind}: its ImageNet parameters are not on this machine. "
            "Get them with `harness fetch`, or use `evaluation.evaluator: kmeans`."
        )
    identity = _identity(kind)
    reason = lpips_unavailable_reason(torch_home())
    return EvaluatorSpec(
        kind=kind,
        size_px=size_px,
        parameters=identity,
        style_taps=STYLE_TAPS[kind],
        content_taps=CONTENT_TAPS[kind],
        content_metric="content/feature_distance" if reason else "content/lpips",
        lpips_reason=reason or "",
        independent=identity not in optimised,
    )


def _at_hand(kind: str) -> bool:
    return kind == "kmeans" or is_cached(kind.removeprefix("imagenet-"))


def _identity(kind: str) -> str:
    if kind == "kmeans":
        return parameters_identity("kmeans", "vgg19", role="scoring")
    return imagenet_identity(kind.removeprefix("imagenet-"))
