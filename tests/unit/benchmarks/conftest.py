"""What tests of benchmarks share."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _notes_come_back() -> Iterator[None]:
    """Benchmarks silence the notes of the harness, in a process of their own."""
    logger = logging.getLogger("harness")
    level = logger.level
    yield
    logger.setLevel(level)
