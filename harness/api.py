"""The harness in Python: what the commands do, for notebooks and scripts.

``import harness`` gives every function here; torch, MLflow and pandas are loaded by the first
call that needs them.
"""

import io
import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps

from harness.errors import InputError
from harness.images.builtin import PREFIX, open_source
from harness.images.decode import Picture, decode_picture, make_picture
from harness.images.resize import encode_png
from harness.spec.models import SEED_MAX
from harness.spec.setting_keys import split_key
from harness.spec.settings import FILE, Settings
from harness.spec.shipped import resolve_sweep_path
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.pictures import load_with_pictures
from harness.sweep.settings_source import (
    SettingsSource,
    file_source,
    known_source,
    preset_source,
    resolve_settings,
)
from harness.sweep.single_pictures import open_pictures

if TYPE_CHECKING:
    import pandas as pd

    from harness.sweep.evaluation import Evaluated
    from harness.sweep.single import Stylized
    from harness.transfer.events import StepEvent

__all__ = ["LoadedSweep", "SweepOutcome", "evaluate", "load_sweep", "run_sweep", "stylize"]

logger = logging.getLogger(__name__)

PictureLike = str | Path | Image.Image | np.ndarray
"""A path, ``builtin:NAME``, a Pillow image, or (H, W, 3) uint8, sRGB."""

StyleLike = PictureLike | Mapping[Any, float] | Sequence[tuple[PictureLike, float]]
"""One picture; or several, each with its weight."""

STYLES_ALLOWED = "allowed: a picture, {picture: weight, …} or [(picture, weight), …]"

# What PNG holds without a loss; TIFF takes the rest (CMYK and so on).
PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LoadedSweep:
    """A sweep file, checked, with every picture it names.

    Attributes:
        spec: What the file says: ``variants``, ``cases``, ``base`` and so on.
        pictures: By their text in the file.
    """

    spec: SweepSpec
    pictures: Mapping[str, Picture]

    def __repr__(self) -> str:
        spec = self.spec
        size = f"{len(spec.variants)} variants × {len(spec.cases)} cases"
        return f"<{type(self).__name__} {spec.name}: {size}>"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepOutcome:
    """What a sweep says so far. A notebook shows its table.

    Attributes:
        name: Name of the sweep.
        sentence: The answer in a sentence.
        summary: One row per variant: ``variant``, ``verdict``, the mean of every metric
            (``style/gain``, ``content/score``, …) and its comparison with the baseline
            (``style/gain/difference``, ``style/gain/interval``, …).
        folder: Where tables and pictures are.
        contact_sheet: The pictures of all variants side by side.
        markdown: The answer and its table.
        failed: Runs that failed; the same call tries them again.
        missing: Runs that were not made; the same call goes on with them.
        stopped: The limit that ended the work early; empty otherwise.
    """

    name: str
    sentence: str
    summary: "pd.DataFrame" = field(repr=False)
    folder: Path
    contact_sheet: Path
    markdown: str = field(repr=False)
    failed: int
    missing: int
    stopped: str

    def _repr_markdown_(self) -> str:
        return self.markdown


def load_sweep(
    path: str | Path, overrides: Iterable[str] | Mapping[str, object] = ()
) -> LoadedSweep:
    """Read a sweep file, check all that it says and open its pictures.

    Args:
        path: The YAML file, or the name of a shipped sweep.
        overrides: ``{"iterations": 50}``, or ``key=value`` each, as ``--set`` takes them.

    Raises:
        SpecError: carries every problem of the file, the overrides and the pictures.
    """
    spec, pictures = load_with_pictures(resolve_sweep_path(path), _texts(overrides))
    return LoadedSweep(spec=spec, pictures=pictures)


def run_sweep(
    sweep: LoadedSweep | str | Path,
    *,
    tracking_uri: str | None = None,
    out: str | Path = "results",
    device: str = "auto",
    workers: int | None = 0,
    lanes: int | None = None,
    cluster: str | None = None,
    fresh: bool = False,
    only: Iterable[str] = (),
) -> SweepOutcome:
    """Do what is not done of a sweep, log it to MLflow and write its tables and pictures.

    ``logging.basicConfig(level=logging.INFO)`` shows a line a run.

    Args:
        sweep: What ``load_sweep`` returned, or what it takes.
        tracking_uri: MLflow store; by default ``MLFLOW_TRACKING_URI``, else ``./mlflow.db``.
        out: Folder of all results; the sweep gets a folder in it.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        workers: Worker processes; 0 = this process, None = as many as suit the machine. Processes
            are spawned: a script that asks for other than 0 needs the usual
            ``if __name__ == "__main__":`` around its work.
        lanes: Runs of a grid that are optimised at a time as one batch, at most; None = 1 on a
            CPU, on a GPU 16, or as many as its memory holds.
        cluster: Address of a Dask scheduler to use instead.
        fresh: Do every run anew.
        only: Names of the variants to run, or patterns of them; all if empty.

    Raises:
        InputError: Something the sweep needs is wrong; nothing has been written then.
        StoreError: The store cannot be opened, or another harness writes to it.
        ClusterError: The workers cannot be reached or used.
        KeyboardInterrupt: As usual, once the store and the answer so far are written; the same
            call goes on where this one ended.
    """
    import pandas as pd  # noqa: PLC0415 - `import harness` is light

    from harness.sweep.options import Options  # noqa: PLC0415
    from harness.sweep.run import run_sweep as run  # noqa: PLC0415 - torch and MLflow

    loaded = sweep if isinstance(sweep, LoadedSweep) else load_sweep(sweep)
    options = Options(
        tracking_uri=tracking_uri,
        out=Path(out),
        device=device,
        workers=workers,
        lanes=lanes,
        cluster=cluster,
        fresh=fresh,
        only=(only,) if isinstance(only, str) else tuple(only),
    )
    outcome = run(loaded.spec, loaded.pictures, options)
    if outcome.interruption is not None:
        raise outcome.interruption
    folder = outcome.answer.json_path.parent
    return SweepOutcome(
        name=loaded.spec.name,
        sentence=outcome.answer.sentence,
        # Empty is the only absent value: a variant may be called "none" or "NA".
        summary=pd.read_csv(folder / "table.csv", keep_default_na=False, na_values=[""]),
        folder=folder,
        contact_sheet=Path(outcome.answer.files["pictures"]),
        markdown=(folder / "table.md").read_text(encoding="utf-8"),
        failed=outcome.failed,
        missing=outcome.missing,
        stopped=outcome.stopped,
    )


def stylize(
    content: PictureLike,
    style: StyleLike,
    *,
    preset: str | None = None,
    settings: Settings | str | Path | None = None,
    seed: int | None = None,
    snapshots: Iterable[int] = (),
    on_step: "Callable[[StepEvent], None] | None" = None,
    device: str = "auto",
    **overrides: object,
) -> "Stylized":
    """Give the content the look of the style; writes nothing.

    ``stylize("builtin:chelsea", "builtin:strokes", iterations=50, weights={"style": 10})``
    returns an object whose ``picture`` a notebook shows and whose ``save`` writes a file.

    Args:
        content: A path, ``builtin:NAME``, a Pillow image, or (H, W, 3) uint8, sRGB.
        style: Likewise; or several pictures with their weights, of which the ratios matter:
            ``{"a.jpg": 2, "b.jpg": 1}``, or a list of (picture, weight).
        preset: Settings to start from; ``house`` if neither this nor ``settings`` is given.
        settings: Settings to start from: an object, a JSON file, or a picture that carries them.
        seed: Of the random numbers; by default 0, or that of the picture in ``settings``.
        snapshots: Iterations, 0 (the start) to the last, at which the picture is kept.
        on_step: Called after every iteration.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        **overrides: Any setting, such as ``image_size=512``; a dotted key is written
            ``**{"style_layers.relu3_1": 0.5}``.

    Raises:
        SpecError: carries every problem of the settings.
        InputError: A picture, a weight, the device, a seed or a snapshot cannot be used.
        TransferError: The optimisation came to no usable picture; the message is the reason.
    """
    source = _source(preset, settings)
    resolved = resolve_settings(source, _texts(overrides), origin="")
    seed = seed if seed is not None else source.seed or 0
    if not 0 <= seed <= SEED_MAX:
        raise InputError(f"seed: found {seed}; allowed: 0 to {SEED_MAX}")
    (first, weight), *extra = _styles(style)
    opened = open_pictures(
        _opened(content, "content"),
        first,
        resolved,
        style_weight=weight,
        extra_styles=tuple(extra),
    )
    from harness.sweep.single import perform, prepare_single  # noqa: PLC0415 - torch

    run = prepare_single(
        resolved, opened, seed=seed, snapshots=snapshots, device=device, notes=source.notes
    )
    for note in run.notes:
        logger.warning("note: %s", note)
    return perform(run, on_step)


def evaluate(
    picture: PictureLike,
    content: PictureLike,
    style: PictureLike,
    *,
    evaluator: str = "auto",
    size: int = 256,
) -> "Evaluated":
    """Score a picture made of a content and a style, by whatever tool.

    Args:
        picture: The picture: a path, a Pillow image, or (H, W, 3) uint8, sRGB.
        content: What it was made of, at its own size.
        style: Likewise.
        evaluator: ``auto``, ``imagenet-vgg19``, ``imagenet-alexnet`` or ``kmeans``. ``auto`` takes
            the first that is on this machine; it does not know which network made the picture.
        size: Long side in pixels at which pictures are compared.

    Raises:
        InputError: A picture cannot be used or compared, or there is no such evaluator.
    """
    opened, *pair = [
        _opened(source, role)
        for source, role in ((picture, "picture"), (content, "content"), (style, "style"))
    ]
    from harness.sweep.evaluation import evaluate_picture  # noqa: PLC0415 - torch

    pixels = decode_picture(opened.data, name=opened.name)
    return evaluate_picture(pixels, *pair, evaluator=evaluator, size_px=size)


def _source(preset: str | None, settings: Settings | str | Path | None) -> SettingsSource:
    if settings is None:
        return preset_source(preset or "house")
    if preset is not None:
        raise InputError("found preset and settings; allowed: one of them")
    if isinstance(settings, Settings):
        return known_source(settings, "settings")
    return file_source(Path(settings).expanduser())


def _texts(overrides: Iterable[str] | Mapping[str, object]) -> list[str]:
    """Write overrides as ``key=value``; wholes before their parts, so that both count."""
    if isinstance(overrides, str):
        return [overrides]
    if not isinstance(overrides, Mapping):
        return list(overrides)
    keys = sorted(overrides, key=lambda key: len(split_key(key)))
    return [f"{key}={_yaml(key, overrides[key])}" for key in keys]


def _yaml(key: str, value: object) -> str:
    try:
        return json.dumps(value, default=_plain, ensure_ascii=False)
    except TypeError as error:
        raise InputError(f"{key}: found {type(value).__name__}; allowed: plain values") from error


def _plain(value: object) -> Any:
    """Return what JSON can hold of a path or of a number of NumPy's."""
    if isinstance(value, Path):
        return f"{FILE}{value.expanduser().absolute()}"
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(type(value).__name__)


def _opened(source: PictureLike, role: str) -> Picture:
    """Open a picture, or take the pixels given as a picture's."""
    if isinstance(source, np.ndarray):
        try:
            return make_picture(encode_png(source), name=role)
        except (TypeError, ValueError) as error:
            raise InputError(f"{role}: {error}") from error
    if isinstance(source, Image.Image):
        return make_picture(_encoded(source), name=role)
    text = str(source)
    return open_source(text if text.startswith(PREFIX) else str(Path(text).expanduser()))


def _styles(style: StyleLike) -> list[tuple[Picture, float]]:
    """Open every picture of a style, with its weight."""
    if isinstance(style, str | Path | Image.Image | np.ndarray):
        return [(_opened(style, "style"), 1.0)]
    entries = style.items() if isinstance(style, Mapping) else style
    try:
        weights: list[tuple[PictureLike, Any]] = [(one, weight) for one, weight in entries]
    except (TypeError, ValueError) as error:
        raise InputError(f"style: found {type(style).__name__}; {STYLES_ALLOWED}") from error
    if not weights:
        raise InputError(f"style: found no picture; {STYLES_ALLOWED}")
    for _, weight in weights:
        if not isinstance(weight, Real) or not 0 < float(weight) < math.inf:
            raise InputError(f"style: found the weight {weight!r}; allowed: a number above 0")
    return [
        (_opened(one, f"style {number}"), float(weight))
        for number, (one, weight) in enumerate(weights, start=1)
    ]


def _encoded(image: Image.Image) -> bytes:
    """Encode without a loss, upright as its camera meant it, with its colour profile."""
    upright = ImageOps.exif_transpose(image)
    buffer = io.BytesIO()
    upright.save(buffer, format="PNG" if upright.mode in PNG_MODES else "TIFF")
    return buffer.getvalue()
