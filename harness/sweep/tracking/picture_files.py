"""The contents and styles of a sweep, kept on its parent run: a report needs nothing else."""

import io
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from harness.errors import StoreError
from harness.images.decode import Picture, make_picture
from harness.sweep.output import explained
from harness.sweep.tracking.artifacts import artifact_file
from harness.sweep.tracking.names import File

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["KeptPictures", "keep_pictures"]


def keep_pictures(client: "MlflowClient", parent_id: str, pictures: Iterable[Picture]) -> None:
    """Attach picture files to a parent run, each once however often the sweep is run.

    Raises:
        StoreError: The store's disk is full or cannot be written.
    """
    there = {Path(one.path).stem for one in client.list_artifacts(parent_id, File.PICTURES)}
    for picture in {one.sha256: one for one in pictures}.values():
        if picture.sha256 in there:
            continue
        with explained(Path(tempfile.gettempdir())), tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"{picture.sha256}.{_kind(picture.data)}")
            path.write_bytes(picture.data)
            client.log_artifact(parent_id, str(path), File.PICTURES)


def _kind(data: bytes) -> str:
    """Return the ending by which MLflow's page knows the file for a picture."""
    with Image.open(io.BytesIO(data)) as image:
        return str(image.format).lower()


class KeptPictures:
    """Finds a sweep's contents and styles by the SHA-256 of their files.

    Args:
        client: The store.
        parent: The sweep's parent run.
    """

    def __init__(self, client: "MlflowClient", parent: "Run") -> None:
        self._client = client
        self._parent = parent
        self._opened: dict[str, Picture] = {}

    def __call__(self, sha256: str) -> Picture:
        """Return a picture.

        Raises:
            StoreError: It is not in the store, or is damaged there.
        """
        if sha256 not in self._opened:
            self._opened[sha256] = self._open(sha256)
        return self._opened[sha256]

    def _open(self, sha256: str) -> Picture:
        run_id = self._parent.info.run_id
        listed = (str(one.path) for one in self._client.list_artifacts(run_id, File.PICTURES))
        name = next((path for path in listed if Path(path).stem == sha256), None)
        path = artifact_file(self._client, self._parent, name) if name is not None else None
        if path is None:
            raise StoreError(
                f"the picture {sha256[:12]}… of this sweep is not in the store; run it again"
            )
        picture = make_picture(path.read_bytes(), name=str(name))
        if picture.sha256 != sha256:
            raise StoreError(f"{name} in the store was changed; run the sweep again")
        return picture
