"""How a worker ended, in words."""

import logging
from collections.abc import Iterator

import pytest

from harness.sweep.deaths import NANNY_LOGGER, DeathLog, death_reason


@pytest.fixture
def deaths() -> Iterator[DeathLog]:
    """Return a log that listens."""
    log = DeathLog()
    log.listen()
    yield log
    log.stop()


def nanny_says(text: str) -> None:
    """Log what Dask's nanny logs."""
    logging.getLogger(NANNY_LOGGER).info(text)


@pytest.mark.parametrize(
    ("number", "words"),
    [(11, "segmentation fault"), (9, "for want of memory"), (250, "signal 250")],
)
def test_signals_in_words(number: int, words: str) -> None:
    """A signal is told by its name and what a person is to make of it."""
    assert words in death_reason(number)


def test_signal_of_a_worker(deaths: DeathLog) -> None:
    """The nanny's message gives the reason of its process, and of no other."""
    nanny_says("Worker process 4711 was killed by signal 11")

    assert "SIGSEGV" in str(deaths.reason(4711, wait_s=0))
    assert deaths.reason(4712, wait_s=0) is None


def test_exit_status(deaths: DeathLog) -> None:
    """A worker that exits by itself is told with its status."""
    nanny_says("Worker process 4711 exited with status 3")

    assert "exited with status 3" in str(deaths.reason(4711, wait_s=0))


def test_memory_explains_the_signal(deaths: DeathLog) -> None:
    """A nanny that ends a worker for its memory sends a signal: the memory is the reason."""
    nanny_says("Worker process 4711 was killed by signal 15")
    deaths.note_memory(4711, 3.5 * 1024**3)

    assert "out of memory: its worker used 3.5 GiB" in str(deaths.reason(4711, wait_s=0))


def test_logger_is_left_as_it_was() -> None:
    """Listening changes Dask's logger only while it lasts."""
    logger = logging.getLogger(NANNY_LOGGER)
    before = (logger.level, logger.propagate, list(logger.handlers))
    log = DeathLog()
    log.listen()
    log.stop()

    assert before == (logger.level, logger.propagate, list(logger.handlers))
