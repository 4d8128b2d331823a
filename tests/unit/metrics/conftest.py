"""Pictures that ship with scikit-image, small; read-only, so that a metric that writes fails."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data
from skimage.transform import resize

SIZE = (192, 256)


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    small: NDArray[np.uint8] = np.rint(255 * resize(picture, SIZE, anti_aliasing=True)).astype(
        np.uint8
    )
    small.setflags(write=False)
    return small


@pytest.fixture(scope="session")
def chelsea() -> NDArray[np.uint8]:
    """A cat: (192, 256, 3) uint8."""
    return _small(data.chelsea())


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """A person: (192, 256, 3) uint8."""
    return _small(data.astronaut())


@pytest.fixture(scope="session")
def coffee() -> NDArray[np.uint8]:
    """A cup: (192, 256, 3) uint8."""
    return _small(data.coffee())


@pytest.fixture
def add_noise() -> Callable[[NDArray[np.uint8], float], NDArray[np.uint8]]:
    """Return a function that adds the same Gaussian noise, scaled by its second argument."""

    def noisy(picture: NDArray[np.uint8], levels: float) -> NDArray[np.uint8]:
        noise = np.random.default_rng(7).standard_normal(picture.shape)
        return np.rint(picture + levels * noise).clip(0, 255).astype(np.uint8)

    return noisy
