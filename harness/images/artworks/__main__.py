"""Draw all built-in style pictures: ``python -m harness.images.artworks FOLDER``."""

import argparse
from pathlib import Path

from PIL import Image

from harness.images.artworks import ARTWORKS, draw_artwork


def main(arguments: list[str] | None = None) -> None:
    """Write every artwork as a PNG file into the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the PNG files go; made if missing")
    folder = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in ARTWORKS:
        Image.fromarray(draw_artwork(name)).save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
