"""The files that carry the embedded parameters, read and written without torch.

A learned layer is stored as float16 filters and float32 biases; a random one as one scale only:
it has no biases, and its filters follow from the asset's seed (see ``orthogonal``). The backbones
of an asset share the layers that are equal by construction: ``owners`` says whose arrays to read.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from harness.errors import ParametersError
from harness.spec.backbones import Backbone, Convolution
from harness.transfer.pretrained.kmeans.orthogonal import orthogonal_filters

__all__ = [
    "Asset",
    "AssetMetadata",
    "Role",
    "embedded_bytes",
    "layer_arrays",
    "read_asset",
    "read_digest",
    "write_asset",
]

Role = Literal["engine", "scoring"]

_METADATA = "metadata"
_SCHEMA_VERSION = 1
_DAMAGED = "the embedded parameters are damaged, install the package again"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetMetadata:
    """Where an asset's numbers come from.

    ``learned`` and ``owners`` go by backbone: the convolutions with learned filters, and for
    every convolution the backbone under whose name its arrays are stored.
    """

    role: str
    recipe_version: int
    seed: int
    patches: int
    active: float
    pictures: tuple[str, ...]
    learned: Mapping[str, tuple[str, ...]]
    owners: Mapping[str, Mapping[str, str]]
    schema_version: int = _SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """Arrays by ``backbone.convolution.weight | bias | scale``, and where they come from."""

    metadata: AssetMetadata
    arrays: Mapping[str, NDArray[np.generic]]

    @property
    def digest(self) -> str:
        """SHA-256 over the metadata and all arrays, as 64 hexadecimal digits."""
        running = hashlib.sha256(_as_json(asdict(self.metadata)))
        for name in sorted(self.arrays):
            array = np.ascontiguousarray(self.arrays[name])
            running.update(f"{name} {array.dtype.str} {array.shape}".encode())
            running.update(array.tobytes())
        return running.hexdigest()


def layer_arrays(
    asset: Asset, backbone: Backbone, convolution: Convolution
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Build one layer of a backbone from an asset; a random layer takes a while, a learned none.

    Args:
        asset: the embedded parameters.
        backbone: one of the backbones that the asset was made for.
        convolution: one of the backbone's.

    Returns:
        Filters (O, I, 3, 3) float32 and biases (O,) float32.

    Raises:
        ParametersError: if the asset was not made for this backbone.
    """
    owners = asset.metadata.owners.get(backbone.name)
    if owners is None:
        raise ParametersError(
            f"the embedded {asset.metadata.role} parameters have no {backbone.name}; "
            f"they have {', '.join(asset.metadata.owners)}"
        )
    stored = f"{owners[convolution.name]}.{convolution.name}"
    if f"{stored}.weight" in asset.arrays:
        weight = asset.arrays[f"{stored}.weight"].astype(np.float32)
        return weight, asset.arrays[f"{stored}.bias"].astype(np.float32)
    seed = (asset.metadata.seed, convolution.features_index)
    weight = orthogonal_filters(convolution.out_channels, convolution.in_channels, seed)
    weight *= asset.arrays[f"{stored}.scale"].astype(np.float32)
    return weight, np.zeros(convolution.out_channels, dtype=np.float32)


def write_asset(asset: Asset, path: Path) -> None:
    """Write an asset; equal assets give equal bytes, whatever the machine's zlib."""
    metadata = {**asdict(asset.metadata), "digest": asset.digest}
    encoded = np.frombuffer(_as_json(metadata), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{_METADATA: encoded}, **asset.arrays)
    path.write_bytes(buffer.getvalue())


def read_asset(content: bytes) -> Asset:
    """Read an asset and check it against the digest that it carries.

    Args:
        content: the file's bytes.

    Raises:
        ParametersError: if the file is damaged or of another version.
    """
    fields, arrays = _unpacked(content)
    digest = fields.pop("digest")
    fields["pictures"] = tuple(fields["pictures"])
    fields["learned"] = {name: tuple(convs) for name, convs in fields["learned"].items()}
    asset = Asset(metadata=AssetMetadata(**fields), arrays=arrays)
    if asset.digest != digest:
        raise ParametersError(f"{_DAMAGED}: digest {asset.digest}, expected {digest}")
    return asset


def read_digest(content: bytes) -> str:
    """Read the digest that an asset carries, without checking it (milliseconds).

    Raises:
        ParametersError: if the file is damaged or of another version.
    """
    fields, _ = _unpacked(content, only_metadata=True)
    return str(fields["digest"])


def embedded_bytes(role: str) -> bytes:
    """Read the file of the embedded parameters of a role from the package.

    Raises:
        ValueError: if there is no such role.
    """
    if role not in get_args(Role):
        raise ValueError(f"unknown role {role!r}; there are {', '.join(get_args(Role))}")
    data = files("harness.transfer.pretrained").joinpath("data", f"kmeans-{role}.npz")
    return data.read_bytes()


def _unpacked(
    content: bytes, *, only_metadata: bool = False
) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            fields = json.loads(archive[_METADATA].tobytes())
            wanted = () if only_metadata else set(archive.files) - {_METADATA}
            arrays = {name: archive[name] for name in wanted}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ParametersError(f"{_DAMAGED}: {error}") from error
    if fields.get("schema_version") != _SCHEMA_VERSION:
        found = fields.get("schema_version")
        raise ParametersError(f"{_DAMAGED}: version {found}, expected {_SCHEMA_VERSION}")
    return fields, arrays


def _as_json(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True).encode()
