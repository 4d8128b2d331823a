"""Pictures of a run under another run: keys that MLflow takes, links, the common last step."""

import re
from pathlib import Path

from harness.sweep.tracking.line_pictures import link_pictures, picture_keys

MLFLOW_TAKES = re.compile(r"^[a-zA-Z0-9_\-./ ]+$")  # mlflow/utils/validation.py


def logged(folder: Path, step: int) -> None:
    """Write the two files of a picture as MLflow names them."""
    folder.mkdir(parents=True, exist_ok=True)
    for ending in (".png", "+compressed.webp"):
        (folder / f"picture+step+{step}+timestamp+17+4f1c{ending}").write_text(f"{step}{ending}")


def names(folder: Path) -> list[str]:
    """Return the names of a folder's files, in order."""
    return sorted(path.name for path in folder.iterdir())


def test_keys_are_what_mlflow_takes_and_differ() -> None:
    """Names of pictures may hold anything; keys are plain, short and told apart."""
    keys = picture_keys(["chelsea × strokes", "../<b>", "../(b)", "ä" * 90, "x+step+1", ""])

    assert keys[:3] == ("chelsea x strokes", "b", "b 2")
    assert len(set(keys)) == len(keys)
    assert all(MLFLOW_TAKES.match(key) for key in keys)


def test_pictures_are_linked_under_the_key(tmp_path: Path) -> None:
    """Each file is there under the new key, and takes no further space."""
    logged(tmp_path / "run", 40)

    link_pictures(tmp_path / "run", tmp_path / "line", key="a x b", last_step=80, shown_last=80)

    assert names(tmp_path / "line") == [
        "a x b+step+40+timestamp+17+4f1c+compressed.webp",
        "a x b+step+40+timestamp+17+4f1c.png",
    ]
    assert all(path.stat().st_nlink == 2 for path in (tmp_path / "line").iterdir())


def test_last_picture_stands_at_the_common_last_step(tmp_path: Path) -> None:
    """A run that ended earlier shows its result where the others show theirs."""
    logged(tmp_path / "run", 40)
    logged(tmp_path / "run", 80)

    link_pictures(tmp_path / "run", tmp_path / "line", key="k", last_step=80, shown_last=120)

    steps = [int(name.split("+")[2]) for name in names(tmp_path / "line") if name.endswith("png")]
    assert steps == [120, 40, 80]
    assert (tmp_path / "line" / "k+step+120+timestamp+17+4f1c.png").read_text() == "80.png"


def test_other_files_and_no_folder_are_passed_over(tmp_path: Path) -> None:
    """What MLflow did not log as a picture is no picture; a run may have none."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("")

    for source in ("run", "nothing"):
        link_pictures(tmp_path / source, tmp_path / "line", key="k", last_step=1, shown_last=1)

    assert not names(tmp_path / "line")
