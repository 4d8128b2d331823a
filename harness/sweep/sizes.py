"""Pictures that would be too small for the network: found before the work, with what to do."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from harness.errors import Problem, SpecError
from harness.images.decode import Picture
from harness.images.geometry import result_shape, style_shape
from harness.spec.backbones import deepest_conv, smallest_side_px
from harness.spec.cases import Pair
from harness.spec.schedule import scales_of
from harness.spec.settings import Settings
from harness.spec.sweep_spec import SweepSpec
from harness.transfer.objective import taps_in_use

__all__ = ["check_sizes", "too_small"]

LARGEST_SIZE_PX = 8192  # of Settings.image_size


def too_small(settings: Settings, content: Picture, style: Picture) -> list[str]:
    """Say which of two pictures would be too small for the deepest tap, and what to do.

    Those of a pyramid's first scale are the smallest.

    Args:
        settings: Of the transfer.
        content: Its content.
        style: Its style.
    """
    faults = []
    for role, picture in (("content", content), ("style", style)):
        size_px = scales_of(settings)[0].size_px
        if not _fits(role, settings, content, style, size_px):
            faults.append(_message(role, picture, settings, content, style, size_px))
    return faults


def check_sizes(
    spec: SweepSpec, settings: Sequence[Settings], pictures: Mapping[str, Picture]
) -> None:
    """Refuse a sweep whose pictures are too small for the taps of a variant.

    Args:
        spec: The sweep.
        settings: Of its variants.
        pictures: By their text in the file.

    Raises:
        SpecError: carries one problem for each picture and size.
    """
    found: dict[str, list[str]] = {}
    for index, variant in enumerate(spec.variants):
        faults = (
            fault
            for pair in spec.pairs
            for content, style in _taken(spec, settings, pictures, index, pair)
            for fault in too_small(settings[index], content, style)
        )
        for fault in dict.fromkeys(faults):
            found.setdefault(fault, []).append(variant.name)
    if found:
        raise SpecError([_problem(spec, fault, names) for fault, names in found.items()])


def _taken(
    spec: SweepSpec,
    settings: Sequence[Settings],
    pictures: Mapping[str, Picture],
    index: int,
    pair: Pair,
) -> list[tuple[Picture, Picture]]:
    """Return every content and style that runs of a variant take, results of others among them."""
    content = pictures[pair.content.text]
    styles = [pictures[style.text] for style, _ in pair.style.parts]
    goes_on = spec.variants[index].goes_on
    if goes_on is None or goes_on.result_as == "start":
        return [(content, style) for style in styles]
    before = goes_on.variant
    (earlier, _), *_ = _taken(spec, settings, pictures, before, pair)
    height, width = result_shape(earlier.width, earlier.height, settings[before])
    name = f"the result of ({spec.variants[before].name})"
    result = Picture(name=name, data=b"", sha256="", width=width, height=height)
    if goes_on.result_as == "content":
        return [(result, style) for style in styles]
    return [(content, result)]


def _problem(spec: SweepSpec, fault: str, variants: Sequence[str]) -> Problem:
    more = f" and {len(variants) - 1} more" if len(variants) > 1 else ""
    where = f" (in the variant {variants[0]}{more})" if len(spec.variants) > 1 else ""
    return Problem(message=f"{fault}{where}", file=str(spec.path), key="cases")


def _fits(role: str, settings: Settings, content: Picture, style: Picture, size_px: int) -> bool:
    return min(_shape(role, settings, content, style, size_px)) >= _needed_px(settings)


def _needed_px(settings: Settings) -> int:
    return smallest_side_px(settings.backbone, taps_in_use(settings), settings.padding)


def _shape(
    role: str, settings: Settings, content: Picture, style: Picture, size_px: int
) -> tuple[int, int]:
    """Return the height and width that the engine will bring a picture to."""
    shape = result_shape(content.width, content.height, settings, size_px=size_px)
    if role == "content":
        return shape
    return style_shape(style.width, style.height, settings, shape, size_px=size_px)


def _message(
    role: str, picture: Picture, settings: Settings, content: Picture, style: Picture, size_px: int
) -> str:
    height, width = _shape(role, settings, content, style, size_px)
    deepest = deepest_conv(settings.backbone, taps_in_use(settings))
    at = f"at image_size {settings.image_size}"
    if size_px != settings.image_size:
        at = f"at the pyramid's first scale ({size_px})"
    larger = range(size_px + 1, LARGEST_SIZE_PX + 1)
    at_least = bisect_left(
        larger, True, key=lambda size: _fits(role, settings, content, style, size)
    )
    enough = larger[at_least] if at_least < len(larger) else None
    return (
        f"{role}: {picture.name} has {width} × {height} pixels {at}, too small for the deepest "
        f"tap in use (at {deepest}), which needs {_needed_px(settings)} pixels on each "
        f"side; {_remedy(settings, enough)}, or use no taps that deep in content_layers and "
        "style_layers"
    )


def _remedy(settings: Settings, enough: int | None) -> str:
    if enough is None:
        return "crop the picture"
    if enough <= settings.image_size:
        return f"raise pyramid_min to {enough} or more"
    return f"raise image_size to {enough} or more"
