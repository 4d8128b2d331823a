"""How a command performs a sweep: its plan, its progress, its exit code."""

import json
from typing import TYPE_CHECKING

import click

from harness.cli.interruption import interrupted_code
from harness.cli.typed import command_as_typed
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.options import Options
from harness.sweep.pictures import Pictures
from reports.numbers import counted

if TYPE_CHECKING:
    from harness.sweep.coordinator import Outcome
    from harness.sweep.preview import Preview

__all__ = ["exit_code", "memory_text", "perform", "settings_given", "show_plan"]

MEBI = 1024**2


def settings_given(**given: str | None) -> tuple[str, ...]:
    """Return settings that have an option of their own as ``--set`` takes them.

    Args:
        given: By key; None where the option was not used.
    """
    return tuple(f"{key}={value}" for key, value in given.items() if value is not None)


def memory_text(size_bytes: float) -> str:
    """Write an amount of memory or disk as plans show it."""
    return f"{size_bytes / MEBI:.0f} MiB"


def show_plan(spec: SweepSpec, pictures: Pictures, how: Options, *, as_json: bool) -> int:
    """Print what would be done and what it would cost; return the exit code."""
    from harness.sweep.preview import preview_sweep  # noqa: PLC0415

    preview = preview_sweep(spec, pictures, how)
    facts = _plan_facts(preview)
    if as_json:
        click.echo(json.dumps(facts | {"notes": preview.notes}, indent=2))
        return 0
    click.echo(f"{spec.name}: {spec.question}" if spec.question else spec.name)
    for name, value in facts.items():
        click.echo(f"  {name.replace('_', ' '):<10} {value}")
    for note in preview.notes:
        click.echo(f"  note: {note}")
    return 0


def _plan_facts(preview: "Preview") -> dict[str, object]:
    from harness.sweep.progress import duration  # noqa: PLC0415

    plan, price = preview.plan, preview.price
    precisions = sorted({settings.precision for settings in plan.settings})
    return {
        "variants": _variants(plan.spec),
        "cases": f"{len(plan.spec.cases)} ({len(plan.spec.pairs)} pairs)",
        "runs": preview.runs,
        "done": preview.done,
        "time": f"{duration(price.seconds)} after start-up, at this machine's measured speed",
        "memory": memory_text(price.memory_bytes),
        "disk": memory_text(price.disk_bytes),
        "workers": preview.crew,
        "device": f"{plan.choices.device}, {', '.join(precisions)}",
        "pretrained": plan.choices.pretrained,
        "evaluator": plan.evaluator.id,
    }


def _variants(spec: SweepSpec) -> int | str:
    """Say how many variants there are, or may be."""
    if spec.space is None:
        return len(spec.variants)
    budget = spec.limits.max_variants
    return f"up to {budget}" if budget is not None else "as many as the time allows"


def perform(spec: SweepSpec, pictures: Pictures, how: Options) -> "Outcome":
    """Run a sweep, its progress on standard error."""
    from harness.cli.live import watching  # noqa: PLC0415
    from harness.sweep.run import run_sweep  # noqa: PLC0415

    with watching() as watch:
        return run_sweep(spec, pictures, how, watch=watch)


def exit_code(outcome: "Outcome") -> int:
    """Say what is left to do, if anything is; return the exit code."""
    if outcome.interruption is not None:
        again = command_as_typed(without={"--fresh"})  # which would begin anew
        # Of a study nobody knows how many are left: it has asked for some of them only.
        left = "" if outcome.is_study else f"; {counted(outcome.missing, 'run')} left"
        click.echo(f"interrupted{left}. To go on: {again}", err=True)
        return interrupted_code(outcome.interruption)
    if outcome.stopped:
        click.echo(f"stopped: {outcome.stopped}; the same command goes on", err=True)
    if outcome.failed and not outcome.is_study:
        click.echo(f"{outcome.failed} runs failed; the same command tries them again", err=True)
    elif outcome.failed:
        click.echo(f"{outcome.failed} runs failed, and so did their variants", err=True)
    if outcome.confirmed is not None and exit_code(outcome.confirmed):
        return 1
    return 1 if outcome.failed or outcome.missing else 0
