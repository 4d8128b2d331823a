"""Download published parameters, for a person who asked: checked, atomic, with progress."""

import hashlib
import http.client
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from harness.errors import ParametersError
from harness.transfer.pretrained.digests import file_sha256
from harness.transfer.pretrained.published import PublishedFile, imagenet_source, published_file

__all__ = ["Progress", "fetch_parameters", "verified_file"]

Progress = Callable[[int, int | None], None]
"""Called with the bytes received so far and, where the server says it, the bytes in all."""

_CHUNK_BYTES = 1 << 20
_TIMEOUT_S = 30.0  # without a byte


def fetch_parameters(name: str, *, progress: Progress | None = None) -> Path:
    """Download the published ImageNet parameters of a network unless they lie here already.

    Args:
        name: Of the network: ``vgg19``, ``alexnet`` (the trunk of LPIPS) or another.
        progress: called after every mebibyte; not called where nothing is downloaded.

    Returns:
        The file, its checksum verified.

    Raises:
        ParametersError: if there is no connection, the download breaks off, or its checksum
            differs; nothing is left behind then.
        ValueError: if there are no published parameters of this name.
    """
    published = published_file(name)
    if published.path.is_file():
        return verified_file(name)
    address, _ = imagenet_source(name)
    try:
        published.path.parent.mkdir(parents=True, exist_ok=True)
        _download(address, published, progress)
    except (OSError, http.client.HTTPException) as error:
        raise ParametersError(
            f"the {name} parameters could not be downloaded ({error}); {_by_hand(published)}"
        ) from error
    return published.path


def verified_file(name: str) -> Path:
    """Return the cached published parameters of a network after checking their checksum.

    Raises:
        ParametersError: if they are missing, or their checksum differs from the published one.
        ValueError: if there are no published parameters of this name.
    """
    published = published_file(name)
    if not published.path.is_file():
        raise ParametersError(
            f"the {name} ImageNet parameters are not on this machine: `harness fetch {name}` "
            f"downloads {published.size_mib:.0f} MiB; {_by_hand(published)}"
        )
    _check(file_sha256(published.path), published, found_at=str(published.path))
    return published.path


def _download(address: str, published: PublishedFile, progress: Progress | None) -> None:
    with tempfile.NamedTemporaryFile(
        dir=published.path.parent, prefix=f"{published.file_name}.", delete=False
    ) as partial:
        try:
            digest = _receive(address, partial, progress)
            _check(digest, published, found_at=address)
            Path(partial.name).chmod(0o644)  # temporary files are readable by their owner only
            Path(partial.name).replace(published.path)
        finally:
            Path(partial.name).unlink(missing_ok=True)


def _receive(address: str, target: IO[bytes], progress: Progress | None) -> str:
    running, received = hashlib.sha256(), 0
    # The address is torchvision's own, never a user's.
    with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as response:  # noqa: S310
        announced = response.headers.get("Content-Length")
        total = int(announced) if announced is not None else None
        while chunk := response.read(_CHUNK_BYTES):
            target.write(chunk)
            running.update(chunk)
            received += len(chunk)
            if progress is not None:
                progress(received, total)
    target.flush()
    if total is not None and received != total:
        raise OSError(f"the connection ended after {received} of {total} bytes")
    return running.hexdigest()


def _check(digest: str, published: PublishedFile, *, found_at: str) -> None:
    if not digest.startswith(published.sha256_prefix):
        raise ParametersError(
            f"{found_at} is not the published file: SHA-256 {digest[:16]}…, expected "
            f"{published.sha256_prefix}…; remove it and fetch again, or {_by_hand(published)}"
        )


def _by_hand(published: PublishedFile) -> str:
    return (
        f"place {published.file_name} by hand in {published.path.parent}, "
        "or use `--pretrained kmeans` with vgg16 or vgg19, which works offline"
    )
