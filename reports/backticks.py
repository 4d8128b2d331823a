"""Sentences that mark names with backticks, parted for the notations they are written in."""

__all__ = ["parts_of"]


def parts_of(text: str) -> list[tuple[bool, str]]:
    """Part a text at its backticks: (whether it is code, the part), empty parts left out."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # the last one is not closed, so it is a letter like others
        *pieces, last = pieces
        pieces[-1] = f"{pieces[-1]}`{last}"
    return [(bool(at % 2), piece) for at, piece in enumerate(pieces) if piece]
