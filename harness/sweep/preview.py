"""Everything about a sweep that is known before the work: the plan, what is done, the price."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.images.decode import Picture
from harness.scoring.evaluators import choose_evaluator
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.choices import resolve_choices
from harness.sweep.notes import plan_notes
from harness.sweep.plan import Plan, make_plan
from harness.sweep.price import Price, estimate
from harness.sweep.rates import Rates
from harness.sweep.tracking.reader import finished_runs, resolved_choices
from harness.sweep.tracking.store import connect, locate
from harness.transfer.precision import numerics
from harness.transfer.pretrained.choice import parameters_identity
from harness.transfer.pretrained.parameters import load_parameters

__all__ = ["Options", "Preview", "machine_rates", "prepare", "preview_sweep"]

ALWAYS_THERE = ("kmeans", "random")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a sweep is run, as opposed to what it is."""

    tracking_uri: str | None = None
    out: Path = field(default_factory=lambda: Path("results"))
    device: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A plan and its price: what ``--dry-run`` shows."""

    plan: Plan
    done: int
    price: Price
    notes: tuple[str, ...]


def prepare(
    spec: SweepSpec,
    pictures: Mapping[str, Picture],
    options: Options,
    earlier: Mapping[str, str],
) -> Plan:
    """Resolve ``auto``, check that parameters can be loaded, and plan; writes nothing.

    Args:
        spec: The sweep.
        pictures: What ``load_with_pictures`` returned for it.
        options: Where and on what it runs.
        earlier: What ``auto`` was resolved to when the sweep was begun; empty for a new one.

    Raises:
        InputError: Parameters or the device cannot be used.
    """
    choices = resolve_choices(
        device=options.device,
        evaluator=spec.evaluation.evaluator,
        backbones={variant.settings.backbone for variant in spec.variants},
        earlier=earlier,
    )
    settings = [choices.apply(variant.settings) for variant in spec.variants]
    networks = {(one.pretrained, one.backbone) for one in settings}
    _check_parameters(networks)
    optimised = {parameters_identity(*network) for network in networks}
    evaluator = choose_evaluator(
        choices.evaluator, size_px=spec.evaluation.size, optimised=optimised
    )
    return make_plan(spec, choices, evaluator, pictures)


def _check_parameters(networks: Collection[tuple[str, str]]) -> None:
    """Load what may be missing or damaged now, not in the first run that needs it."""
    for pretrained, backbone in sorted(networks):
        if pretrained not in ALWAYS_THERE:
            load_parameters(pretrained, backbone)


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
    plan = prepare(spec, pictures, options, earlier)
    done = set(finished_runs(client, prefer=spec.name)) if client else set()
    todo = [run for run in plan.runs if run.task.fingerprint not in done]
    return Preview(
        plan=plan,
        done=len(plan.runs) - len(todo),
        price=estimate(plan, todo, machine_rates(plan)),
        notes=tuple(plan_notes(plan)),
    )


def machine_rates(plan: Plan) -> Rates:
    """Return what is known of the speed of the machine that a plan will run on."""
    facts = numerics(plan.choices.device, plan.choices.precision)
    del facts["precision"]  # part of a workload: one sweep may compare several
    return Rates.load(facts)
