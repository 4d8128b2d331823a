"""The pictures of one style transfer, opened before anything runs."""

from dataclasses import dataclass

from harness.errors import PictureError
from harness.images.builtin import open_source
from harness.images.decode import Picture
from harness.spec.settings import FILE, Settings

__all__ = ["SinglePictures", "open_pictures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SinglePictures:
    """Content, style and, where the settings name a file as start, that file."""

    content: Picture
    style: Picture
    start: Picture | None


def open_pictures(
    content: str | Picture, style: str | Picture, settings: Settings
) -> SinglePictures:
    """Open every picture that a style transfer needs.

    Args:
        content: A path, ``builtin:NAME``, or a picture that is open already.
        style: Likewise.
        settings: Say what the optimisation starts from.

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
        content=opened["content"], style=opened["style"], start=opened.get("start")
    )
