"""Orthogonal random filters for the layers that k-means did not learn."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["KERNEL_SIZE", "orthogonal_filters"]

KERNEL_SIZE = 3


def orthogonal_filters(
    out_channels: int, in_channels: int, seed: tuple[int, ...]
) -> NDArray[np.float32]:
    """Draw random filters that are orthogonal to each other, each of length 1.

    A filter is one row of the orthogonal cosine transform (DCT-II) over all its entries; which
    rows, the order of the entries and their signs are random and the same for all filters. No
    linear algebra is needed, so a whole backbone takes a fraction of a second on a busy machine,
    and no rounding depends on the machine. The randomness is the raw PCG64 stream, which NumPy
    guarantees for ever (it does not for its distributions): an asset need not store the filters.

    Args:
        out_channels: number of filters, less than 9 · in_channels.
        in_channels: channels of one filter.
        seed: entropy of the stream.

    Returns:
        (out_channels, in_channels, 3, 3) float32.

    Raises:
        ValueError: if there are too many filters.
    """
    fan_in = in_channels * KERNEL_SIZE**2
    if out_channels >= fan_in:
        raise ValueError(f"{out_channels} filters of {fan_in} entries: too many to be orthogonal")
    stream = np.random.PCG64(seed)
    frequencies = 1 + np.argsort(stream.random_raw(fan_in - 1), kind="stable")[:out_channels]
    order = np.argsort(stream.random_raw(fan_in), kind="stable")
    signs = 1 - 2 * (stream.random_raw(fan_in) >> np.uint64(63)).astype(np.float64)
    # Entry j of row k is sqrt(2 / n) cos(pi (2 j + 1) k / 2 n); the angle repeats after 4 n steps.
    cosines = np.cos(np.arange(4 * fan_in) * (np.pi / (2 * fan_in))) * np.sqrt(2 / fan_in)
    steps = np.multiply.outer(frequencies, 2 * order + 1) % (4 * fan_in)
    rows: NDArray[np.float32] = (cosines[steps] * signs).astype(np.float32)
    return rows.reshape(out_channels, in_channels, KERNEL_SIZE, KERNEL_SIZE)
