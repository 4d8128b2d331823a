"""``harness transfer CONTENT STYLE -o OUT.png``: one style transfer, without a store."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.bar import show_progress
from harness.cli.downloads import fetch_backbones
from harness.errors import HarnessError, InputError, StoreError
from harness.spec.models import SEED_MAX
from harness.spec.schedule import total_iterations
from harness.spec.settings import FILE, Settings
from harness.sweep.picture_file import check_target
from harness.sweep.settings_source import (
    SettingsSource,
    file_source,
    known_source,
    preset_source,
    resolve_settings,
)
from harness.sweep.single_pictures import open_pictures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.sweep.evaluation import Evaluated
    from harness.sweep.single import SingleRun, Stylized

__all__ = ["command"]

DIGITS = 4  # of an iteration in a snapshot's name, so that names sort
SCHEMA_VERSION = 1  # of the object that --json prints
TERMS = ("content", "style", "tv")


def _iterations(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> tuple[int, ...] | None:
    """Read ``10,50,100``."""
    if value is None:
        return None
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise click.BadParameter(f"found {value!r}; allowed: iterations such as 10,50,100")
    return tuple(int(part) for part in parts)


@click.command("transfer")
@click.argument("content")
@click.argument("style")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="The picture to write: .png, .jpg or .jpeg.",
)
@click.option("--preset", metavar="NAME", help="Settings to start from; default house.")
@click.option(
    "--from", "origin", metavar="SWEEP[/VARIANT]", help="Start from a variant in the store."
)
@click.option(
    "--settings",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Start from a settings.json, or from a picture that this command wrote.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting: iterations=50, weights.style=10, image_size=512 (repeatable).",
)
@click.option(
    "--seed",
    type=click.IntRange(0, SEED_MAX),
    help="Of the random numbers; default 0, or that of a picture given to --settings.",
)
@click.option(
    "--snapshots",
    callback=_iterations,
    metavar="N,N,…",
    help="Also write the picture after these iterations, as OUT-0050.png; 0 is the start.",
)
@click.option("--every", type=click.IntRange(min=1), metavar="N", help="The same, every N.")
@click.option("--score", is_flag=True, help="Also measure style gain and content score.")
@options.device
@options.precision
@options.pretrained
@click.option("--tracking-uri", help="MLflow store that --from reads; default ./mlflow.db.")
@options.as_json
def command(
    content: str,
    style: str,
    out: Path,
    preset: str | None,
    origin: str | None,
    file: Path | None,
    overrides: tuple[str, ...],
    seed: int | None,
    snapshots: tuple[int, ...] | None,
    every: int | None,
    score: bool,
    device: str,
    precision: str | None,
    pretrained: str | None,
    tracking_uri: str | None,
    as_json: bool,
) -> None:
    """Give the picture CONTENT the look of the picture STYLE.

    Both are files or built-in pictures (builtin:chelsea, builtin:strokes). Settings come from
    a preset, a file or a variant of a sweep, then --set changes them. A PNG carries its settings:
    --settings OUT.png repeats it.
    """
    given = {"precision": precision, "pretrained": pretrained}
    chosen = [f"{key}={value}" for key, value in given.items() if value is not None]
    source = _source(preset, origin, file, tracking_uri)
    settings = resolve_settings(source, (*overrides, *chosen))
    pictures = open_pictures(content, style, settings)
    targets = {at: _beside(out, at) for at in _kept(snapshots, every, total_iterations(settings))}
    _check_targets((out, *targets.values()), (content, style, settings.start.removeprefix(FILE)))
    if pretrained == "imagenet":
        fetch_backbones({settings.backbone})
    from harness.sweep.single import prepare_single  # noqa: PLC0415 - torch: not for input errors

    run = prepare_single(
        settings,
        pictures,
        seed=_seed(seed, source),
        snapshots=targets,
        device=device,
        notes=source.notes,
    )
    stylized = _perform(run)
    targets = {at: path for at, path in targets.items() if at in stylized.snapshots}
    for at, path in targets.items():
        stylized.save(path, snapshot=at)
    stylized.save(out)
    scores = _evaluate(stylized, out) if score else None
    facts = _facts(stylized, out, targets, scores)
    click.echo(json.dumps(facts, indent=2) if as_json else _text(facts))


def _source(
    preset: str | None, origin: str | None, file: Path | None, tracking_uri: str | None
) -> SettingsSource:
    """Return the settings to start from; they can be named in one way only."""
    given = {"--preset": preset, "--from": origin, "--settings": file}
    names = [name for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise InputError(f"found {' and '.join(names)}; allowed: one of {', '.join(given)}")
    if file is not None:
        return file_source(file)
    if origin is not None:
        return known_source(_stored(origin, tracking_uri), origin)
    return preset_source(preset or "house")


def _stored(origin: str, tracking_uri: str | None) -> Settings:
    """Read the settings of ``SWEEP/VARIANT``, or of a sweep's baseline; makes no store."""
    from harness.sweep.tracking.store import connect, locate  # noqa: PLC0415 - not for --help
    from harness.sweep.tracking.variants import unchained_settings  # noqa: PLC0415

    location = locate(tracking_uri)
    if not location.exists:
        raise StoreError(
            f"there is no store at {location.database}; run a sweep first, or name the store "
            "with --tracking-uri"
        )
    sweep, slash, variant = origin.partition("/")
    return unchained_settings(connect(location), sweep, variant if slash else None)


def _seed(option: int | None, source: SettingsSource) -> int:
    return option if option is not None else source.seed or 0


def _kept(snapshots: tuple[int, ...] | None, every: int | None, iterations: int) -> list[int]:
    """Return the iterations whose pictures are wanted beside the last one's."""
    if every is None:
        return sorted(set(snapshots or ()))
    if snapshots is not None:
        raise InputError("found --snapshots and --every; allowed: one of them")
    if every >= iterations:
        raise InputError(f"--every: found {every}; allowed: below {iterations}, the iterations")
    return list(range(every, iterations, every))


def _beside(out: Path, iteration: int) -> Path:
    return out.with_name(f"{out.stem}-{iteration:0{DIGITS}}{out.suffix}")


def _check_targets(targets: "Iterable[Path]", sources: "Iterable[str]") -> None:
    """Refuse targets that cannot be written, and those that would replace a source."""
    files = [path for path in map(Path, sources) if path.is_file()]
    for target in targets:
        check_target(target)
        if target.exists() and any(target.samefile(source) for source in files):
            raise InputError(f"{target}: would replace the picture it is made of; name another")


def _perform(run: "SingleRun") -> "Stylized":
    from harness.sweep.single import perform  # noqa: PLC0415 - see above

    for note in run.notes:
        click.echo(f"note: {note}", err=True)
    with show_progress(run.settings) as listen:
        stylized = perform(run, listen)
    for note in stylized.afterthoughts:
        click.echo(f"note: {note}", err=True)
    return stylized


def _evaluate(stylized: "Stylized", out: Path) -> "Evaluated":
    """Score the picture, which is written already: that must not depend on its scores."""
    from harness.images.geometry import frame_of  # noqa: PLC0415 - not for --help
    from harness.sweep.evaluation import evaluate_picture  # noqa: PLC0415 - see above

    try:
        pictures = stylized.run.pictures
        scores = evaluate_picture(
            stylized.image,
            pictures.content,
            pictures.style,
            optimised={stylized.run.parameters},
            frame=frame_of(stylized.settings),
        )
    except InputError as error:
        raise HarnessError(f"{out} is written, but has {error}") from error
    for note in scores.notes:
        click.echo(f"note: {note}", err=True)
    return scores


def _facts(
    stylized: "Stylized", out: Path, targets: "Mapping[int, Path]", scores: "Evaluated | None"
) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    from harness.transfer.precision import numerics  # noqa: PLC0415 - see above

    run, result = stylized.run, stylized.result
    height, width = stylized.image.shape[:2]
    notes = [*stylized.notes, *(scores.notes if scores else ())]
    return {
        "schema_version": SCHEMA_VERSION,
        "picture": str(out.resolve()),
        "snapshots": {at: str(path.resolve()) for at, path in targets.items()},
        "width": width,
        "height": height,
        "iterations": result.iterations,
        "stop_reason": result.stop_reason,
        "seconds": result.seconds,
        "seconds_per_iteration": result.seconds_per_iteration,
        "losses": stylized.losses,
        "canonical": stylized.canonical,
        "style_weight": stylized.style_weight,
        "scores": dict(scores.scores) if scores else None,
        "evaluator": scores.evaluator if scores else None,
        "second_evaluator": scores.second_evaluator if scores else None,
        "seed": run.seed,
        "settings": run.settings.model_dump(mode="json"),
        "content": {"name": run.pictures.content.name, "sha256": run.pictures.content.sha256},
        "style": {"name": run.pictures.style.name, "sha256": run.pictures.style.sha256},
        "parameters": run.parameters,
        "fingerprint": run.fingerprint,
        "numerics": numerics(run.device, run.settings.precision),
        "notes": notes,
    }


def _text(facts: "Mapping[str, Any]") -> str:
    """Write the facts for people: what is shorter here is whole in ``--json``."""
    from harness.sweep.progress import duration  # noqa: PLC0415 - not for --help

    losses = facts["losses"]
    terms = ", ".join(f"{name} {losses[name]:.4g}" for name in TERMS if name in losses)
    lines = {
        "picture": f"{facts['picture']} ({facts['width']} × {facts['height']} pixels)",
        "snapshots": ", ".join(Path(path).name for path in facts["snapshots"].values()),
        "time": f"{duration(facts['seconds'])}, {facts['iterations']} iterations of "
        f"{facts['seconds_per_iteration']:.3g} s",
        "loss": f"{losses['total']:.4g} ({terms})" if losses else "",
        "balanced": f"weights.style {facts['style_weight']:.4g}" if facts["style_weight"] else "",
        "stopped": facts["stop_reason"] if facts["stop_reason"] != "iterations" else "",
    }
    if facts["scores"] is not None:
        lines["scores"] = _scores(facts["scores"], "", facts["evaluator"])
        lines["second"] = _scores(facts["scores"], "second/", facts["second_evaluator"])
    return "\n".join(f"{f'{name}:':<11}{value}" for name, value in lines.items() if value)


def _scores(scores: "Mapping[str, float]", prefix: str, evaluator: str) -> str:
    names = {"style gain": f"{prefix}style/gain", "content": f"{prefix}content/score"}
    shown = (f"{label} {scores[name]:.2f}" for label, name in names.items() if name in scores)
    return f"{', '.join(shown) or 'none has a meaning for this pair'} ({evaluator})"
