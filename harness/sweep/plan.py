"""Plan a sweep: runs = variants × cases, each once, by fingerprint."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from harness.images.decode import Picture
from harness.scoring.evaluators import EvaluatorSpec
from harness.spec.chain import loss_keys
from harness.spec.chain_models import RESULT_START
from harness.spec.fingerprint import fingerprint
from harness.spec.loss_key import loss_key
from harness.spec.schedule import total_iterations
from harness.spec.settings import FILE, Settings
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.batches import batch_key, even_parts
from harness.sweep.choices import Choices
from harness.sweep.pictures import style_files
from harness.sweep.record import Bundle, Earlier, RunTask
from harness.sweep.sizes import check_sizes
from harness.transfer.pretrained.choice import parameters_identity

__all__ = ["Cell", "Plan", "PlannedRun", "bundles", "make_plan", "plan_run"]

Cell = tuple[int, int]  # (index of the variant, index of the case)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """One run, what it is called, and the case it is done on.

    ``name`` is that of the variant, the first where several come to this run; ``loss_key`` is what
    others must share with it for their losses to be comparable; ``tags`` are what a study says of
    it.
    """

    task: RunTask
    name: str
    case: int
    title: str
    loss_key: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every run of a sweep once, and which run fills which (variant, case) cell."""

    spec: SweepSpec
    choices: Choices
    evaluator: EvaluatorSpec
    runs: tuple[PlannedRun, ...]
    cells: Mapping[Cell, str]
    settings: tuple[Settings, ...]
    pictures: Mapping[str, Picture]
    _by_sha256: Mapping[str, Picture] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the pictures: every run looks its own up, some of them more than once."""
        by_sha256: dict[str, Picture] = {}
        for picture in self.pictures.values():
            by_sha256.setdefault(picture.sha256, picture)
        object.__setattr__(self, "_by_sha256", by_sha256)

    @property
    def is_chained(self) -> bool:
        """Whether a run goes on from another."""
        return any(run.task.earlier is not None for run in self.runs)

    def picture(self, sha256: str) -> Picture:
        """Return the picture whose file has this SHA-256; the first where several are equal."""
        return self._by_sha256[sha256]

    def picture_bytes(self, task: RunTask) -> dict[str, bytes]:
        """Return the picture files of a task by SHA-256."""
        wanted = {task.content_sha256, *task.styles.files, task.start_sha256}
        return {sha256: self.picture(sha256).data for sha256 in wanted if sha256 is not None}


def make_plan(
    spec: SweepSpec,
    choices: Choices,
    evaluator: EvaluatorSpec,
    pictures: Mapping[str, Picture],
) -> Plan:
    """Cross variants with cases; equal fingerprints become one run.

    Cases are the outer loop, so that an interrupted sweep has whole pairs to compare. What goes
    on from another run comes after it.

    Args:
        spec: The sweep.
        choices: What ``auto`` stands for.
        evaluator: Who scores.
        pictures: Every picture the sweep names, by its text in the file.

    Raises:
        SpecError: Pictures would be too small for the deepest tap of a variant.
    """
    settings = tuple(choices.apply(variant.settings) for variant in spec.variants)
    check_sizes(spec, settings, pictures)
    identities = {
        key: parameters_identity(*key) for key in {(s.pretrained, s.backbone) for s in settings}
    }
    keys = loss_keys(spec.variants, settings)
    runs: dict[str, PlannedRun] = {}
    cells: dict[Cell, str] = {}
    for case, variant in product(range(len(spec.cases)), range(len(settings))):
        chosen = settings[variant]
        parameters = identities[chosen.pretrained, chosen.backbone]
        goes_on = spec.variants[variant].goes_on
        earlier = None
        if goes_on is not None:
            before = cells[goes_on.variant, case]
            earlier = Earlier(fingerprint=before, result_as=goes_on.result_as)
        task = _task(spec, chosen, case, parameters, choices.device, evaluator, pictures, earlier)
        cells[variant, case] = task.fingerprint
        if task.fingerprint not in runs:
            name = spec.variants[variant].name
            runs[task.fingerprint] = _planned(task, spec, name, case, keys[variant])
    return Plan(
        spec=spec,
        choices=choices,
        evaluator=evaluator,
        runs=tuple(runs.values()),
        cells=cells,
        settings=settings,
        pictures=pictures,
    )


def plan_run(
    plan: Plan,
    settings: Settings,
    case: int,
    *,
    parameters: str,
    name: str,
    tags: Mapping[str, str],
) -> PlannedRun:
    """Plan a run beside those of a plan: one that a study asks for.

    Args:
        plan: What the study begins with.
        settings: Of the run; nothing is ``auto``.
        case: Index of the case.
        parameters: What ``parameters_identity`` says of the settings' network.
        name: What the run tries.
        tags: What the study says of it.
    """
    device, evaluator = plan.choices.device, plan.evaluator
    task = _task(plan.spec, settings, case, parameters, device, evaluator, plan.pictures)
    return replace(_planned(task, plan.spec, name, case, loss_key(settings)), tags=tags)


def _planned(task: RunTask, spec: SweepSpec, name: str, case: int, key: str) -> PlannedRun:
    title = f"{name} | {spec.cases[case].name}"
    return PlannedRun(task=task, name=name, case=case, title=title, loss_key=key)


def _task(
    spec: SweepSpec,
    settings: Settings,
    case_index: int,
    parameters: str,
    device: str,
    evaluator: EvaluatorSpec,
    pictures: Mapping[str, Picture],
    earlier: Earlier | None = None,
) -> RunTask:
    case = spec.cases[case_index]
    content, styles = pictures[case.content.text], style_files(case.style, pictures)
    is_file = settings.start.startswith(FILE) and settings.start != RESULT_START
    start = pictures[settings.start].sha256 if is_file else None
    hashes = {"content": content.sha256, "style": styles.sha256}
    if start is not None:
        hashes["start"] = start
    if earlier is not None:  # what its picture will be, its fingerprint says before there is one
        hashes[earlier.result_as] = earlier.fingerprint
    return RunTask(
        fingerprint=fingerprint(
            settings,
            content_sha256=hashes["content"],
            style_sha256=hashes["style"],
            start_sha256=hashes.get("start"),
            parameters_identity=parameters,
            seed=case.seed,
        ),
        settings=settings,
        content_sha256=content.sha256,
        style_sha256=styles.sha256,
        style_weights=styles.weights_if_several,
        start_sha256=start,
        seed=case.seed,
        parameters=parameters,
        time_limit_s=spec.limits.time_per_run,
        snapshots=tuple(at for at in spec.evaluation.snapshots if at < total_iterations(settings)),
        device=device,
        evaluator=evaluator,
        earlier=earlier,
    )


def bundles(plan: Plan, runs: Sequence[PlannedRun], *, size: int) -> Iterator[Bundle]:
    """Group runs that are lanes of one batch, at most ``size`` to a bundle.

    A bundle comes where its first run stands. Those of one group are of even size, so that their
    seconds can be compared.
    """
    groups: dict[object, list[int]] = {}
    for place, run in enumerate(runs):
        key: object = place
        if size > 1:
            content = plan.picture(run.task.content_sha256)
            key = batch_key(run.task, content.width, content.height)
        groups.setdefault(key, []).append(place)
    parts = [list(part) for places in groups.values() for part in even_parts(places, size)]
    for part in sorted(parts):
        yield _bundle(plan, [runs[place] for place in part])


def _bundle(plan: Plan, runs: Sequence[PlannedRun]) -> Bundle:
    pictures: dict[str, bytes] = {}
    for run in runs:
        pictures |= plan.picture_bytes(run.task)
    return Bundle(tasks=tuple(run.task for run in runs), pictures=pictures)
