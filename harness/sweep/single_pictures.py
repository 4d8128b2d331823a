"""The pictures of one style transfer, opened before anything runs."""

from dataclasses import dataclass

from harness.errors import PictureError
from harness.images.builtin import open_source
from harness.images.decode import Picture
from harness.spec.settings import FILE, Settings
from harness.spec.style_files import StyleFiles

__all__ = ["SinglePictures", "open_pictures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SinglePictures:
    """Content, style and, where the settings name a file as start, that file.

    Of several styles ``style`` is the first; ``weights`` has all of them with their weights.
    """

    content: Picture
    style: Picture
    start: Picture | None
    style_weight: float = 1.0
    extra_styles: tuple[tuple[Picture, float], ...] = ()

    @property
    def weights(self) -> tuple[tuple[Picture, float], ...]:
        """Every style with its weight."""
        return ((self.style, self.style_weight), *self.extra_styles)

    @property
    def styles(self) -> StyleFiles:
        """The files of the style, with their weights."""
        return StyleFiles.of((style.sha256, weight) for style, weight in self.weights)

    @property
    def shares(self) -> tuple[tuple[Picture, float], ...]:
        """Every style with its part of the whole, the heaviest first, equal files as one."""
        by_sha256 = {style.sha256: style for style, _ in self.weights}
        return tuple((by_sha256[sha256], share) for sha256, share in self.styles.shares)


def open_pictures(
    content: str | Picture,
    style: str | Picture,
    settings: Settings,
    *,
    style_weight: float = 1.0,
    extra_styles: tuple[tuple[Picture, float], ...] = (),
) -> SinglePictures:
    """Open every picture that a style transfer needs.

    Args:
        content: A path, ``builtin:NAME``, or a picture that is open already.
        style: Likewise.
        settings: Say what the optimisation starts from.
        style_weight: That of ``style`` among several, above 0.
        extra_styles: More styles, each with its weight above 0.

    Raises:
        PictureError: carries what is wrong with each of them.
    """
    sources = {"content": content, "style": style}
    if settings.start.startswith(FILE):
        sources["start"] = settings.start.removeprefix(FILE)
    opened: dict[str, Picture] = {}
    faults = []
    for role, source in sources.items():
        try:
            opened[role] = open_source(source) if isinstance(source, str) else source
        except PictureError as error:
            faults.append(f"{role}: {error}")
    if faults:
        raise PictureError("\n".join(faults))
    return SinglePictures(
        content=opened["content"],
        style=opened["style"],
        start=opened.get("start"),
        style_weight=style_weight,
        extra_styles=extra_styles,
    )
