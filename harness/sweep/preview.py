"""Everything about a sweep that is known before the work: the plan, what is done, the price."""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.images.decode import Picture
from harness.scoring.evaluators import choose_evaluator
from harness.spec.backbones import KMEANS_BACKBONES
from harness.spec.settings import Settings
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.choices import Resolve, backbones_of_auto, resolve_choices
from harness.sweep.executors import make_executor
from harness.sweep.lanes import lanes_of
from harness.sweep.notes import plan_notes
from harness.sweep.options import Options
from harness.sweep.plan import Plan, make_plan
from harness.sweep.price import Price, estimate
from harness.sweep.rates import Rates
from harness.sweep.selection import selected_runs
from harness.sweep.tracking.reader import finished_runs, resolved_choices
from harness.sweep.tracking.store import connect, locate
from harness.transfer.precision import numerics
from harness.transfer.preprocessing import check_preprocessing
from harness.transfer.pretrained.choice import parameters_identity
from harness.transfer.pretrained.parameters import load_parameters

if TYPE_CHECKING:
    from harness.sweep.executor import Executor

__all__ = ["Preview", "machine_rates", "prepare", "preview_sweep"]

ALWAYS_THERE = ("kmeans", "random")
PRICED = (
    "a study is priced as if every variant cost what those in its file do; pruning and halving "
    "make it cheaper"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A plan and its price: what ``--dry-run`` shows.

    ``runs`` are those that were asked for, ``crew`` says who would perform them.
    """

    plan: Plan
    runs: int
    done: int
    crew: str
    price: Price
    notes: tuple[str, ...]


def prepare(
    spec: SweepSpec,
    pictures: Mapping[str, Picture],
    options: Options,
    earlier: Mapping[str, str],
    *,
    resolve: Resolve | None = None,
) -> Plan:
    """Resolve ``auto``, check that parameters can be loaded, and plan; writes nothing.

    Args:
        spec: The sweep.
        pictures: What ``load_with_pictures`` returned for it.
        options: Where and on what it runs.
        earlier: What ``auto`` was resolved to when the sweep was begun; empty for a new one.
        resolve: Finds device and precision where runs are performed, if that is elsewhere.

    Raises:
        InputError: Parameters or the device cannot be used.
    """
    choices = resolve_choices(
        device=options.device,
        evaluator=spec.evaluation.evaluator,
        backbones=backbones_of_auto(variant.settings for variant in spec.variants),
        earlier=earlier,
        resolve=resolve,
    )
    settings = [choices.apply(variant.settings) for variant in spec.variants]
    networks = {(one.pretrained, one.backbone) for one in settings}
    _check_parameters(settings)
    optimised = {parameters_identity(*network) for network in networks}
    evaluator = choose_evaluator(
        choices.evaluator, size_px=spec.evaluation.size, optimised=optimised
    )
    return make_plan(spec, replace(choices, evaluator=evaluator.kind), evaluator, pictures)


def _check_parameters(settings: Iterable[Settings]) -> None:
    """Load what may be missing, damaged or foreign now, not in the first run that needs it."""
    preprocessings = defaultdict(set)
    for one in settings:
        preprocessings[one.pretrained, one.backbone].add(one.preprocessing)
    for (pretrained, backbone), wanted in sorted(preprocessings.items()):
        if pretrained in ALWAYS_THERE and backbone in KMEANS_BACKBONES:
            continue
        parameters = load_parameters(pretrained, backbone)
        for preprocessing in sorted(wanted):
            check_preprocessing(preprocessing, parameters)


def preview_sweep(spec: SweepSpec, pictures: Mapping[str, Picture], options: Options) -> Preview:
    """Plan a sweep and price it; opens the store only if there is one, and writes nothing to it.

    Args:
        spec: The sweep.
        pictures: What ``load_with_pictures`` returned for it.
        options: Where and on what it would run.

    Raises:
        InputError: Parameters or the device cannot be used.
        StoreError: The store exists but cannot be read.
    """
    location = locate(options.tracking_uri)
    client = connect(location) if location.exists else None
    earlier = resolved_choices(client, spec.name) if client else {}
    with contextlib.ExitStack() as stack:
        executor = make_executor(spec, pictures, options)
        measuring: AbstractContextManager[Executor] = executor
        if options.cluster is not None:  # the plan depends on the workers: connect at once
            measuring = contextlib.nullcontext(stack.enter_context(executor))
        plan = prepare(spec, pictures, options, earlier, resolve=executor.resolve)
        selected = selected_runs(plan, options.only)
        done = set[str]()
        if client is not None and not options.fresh:
            found = finished_runs(client, prefer=spec.name, wanted=selected)
            # What a study will ask for is not known: its own runs are what it has done.
            own = {one.fingerprint for one in found.values() if one.occasion == spec.name}
            done = own if spec.space is not None else set(found) & selected
        todo = [run for run in plan.runs if run.task.fingerprint in selected - done]
        priced = todo if spec.space is None else plan.runs
        rates = machine_rates(plan, options, workers=executor.workers)
        workers = max(executor.workers, 1)
        preview = Preview(
            plan=plan,
            runs=len(selected),
            done=len(done),
            crew=str(executor),
            price=estimate(
                plan, priced, rates, workers, measuring, lanes=lanes_of(plan, options.lanes)
            ),
            notes=tuple(plan_notes(plan)),
        )
        return preview if spec.space is None else _of_study(preview)


def _of_study(preview: Preview) -> Preview:
    """Return the preview of a whole study, from that of the variants which its file names."""
    spec, known = preview.plan.spec, len(preview.plan.runs)
    budget = spec.limits.max_variants
    runs = known if budget is None else round(budget * known / len(spec.variants))
    left = max(runs - preview.done, 0)
    seconds = preview.price.seconds * left / known
    if spec.limits.time is not None:
        seconds = spec.limits.time if budget is None else min(seconds, spec.limits.time)
    return replace(
        preview,
        runs=runs,
        price=replace(
            preview.price, seconds=seconds, disk_bytes=preview.price.disk_bytes * left / known
        ),
        notes=(*preview.notes, PRICED),
    )


def machine_rates(plan: Plan, options: Options, *, workers: int) -> Rates:
    """Return what is known of the speed of the machines that a plan will run on."""
    lanes = lanes_of(plan, options.lanes)
    if options.cluster is not None:
        facts = {"cluster": options.cluster, "device": plan.choices.device, "lanes": str(lanes)}
    else:
        facts = numerics(plan.choices.device, plan.choices.precision, lanes=lanes)
        del facts["precision"]  # part of a workload: one sweep may compare several
    return Rates.load(facts | {"workers": str(workers)})
