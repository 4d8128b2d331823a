"""The plans of experiments before the work: checked, and priced."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.sweep.claims.experiments import Experiment
from harness.sweep.options import Options
from harness.sweep.preview import prepare, preview_sweep

__all__ = ["ExperimentPrice", "add_prices", "check_plans", "price_experiments"]

EVERYTHING = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentPrice:
    """What an experiment consists of, what of it is done, and what the rest costs."""

    name: str
    variants: int
    cases: int
    runs: int
    done: int
    seconds: float
    memory_bytes: float
    disk_bytes: float


def check_plans(experiments: Iterable[Experiment], options: Options) -> None:
    """Refuse what the last experiment could not use before the first one takes an hour.

    Raises:
        InputError: Parameters, the device or a picture cannot be used.
    """
    for one in experiments:
        prepare(one.spec, one.pictures, options, {})


def price_experiments(
    experiments: Iterable[Experiment], options: Options
) -> Iterator[ExperimentPrice]:
    """Yield the price of each experiment as soon as it is known.

    Raises:
        InputError: Parameters, the device or a picture cannot be used.
        StoreError: The store exists but cannot be read.
    """
    for one in experiments:
        preview = preview_sweep(one.spec, one.pictures, options)
        yield ExperimentPrice(
            name=one.name,
            variants=len(one.spec.variants),
            cases=len(one.spec.cases),
            runs=preview.runs,
            done=preview.done,
            seconds=preview.price.seconds,
            memory_bytes=preview.price.memory_bytes,
            disk_bytes=preview.price.disk_bytes,
        )


def add_prices(prices: Sequence[ExperimentPrice]) -> ExperimentPrice:
    """Return the price of experiments that are done one after another."""
    return ExperimentPrice(
        name=EVERYTHING,
        variants=sum(one.variants for one in prices),
        cases=sum(one.cases for one in prices),
        runs=sum(one.runs for one in prices),
        done=sum(one.done for one in prices),
        seconds=sum(one.seconds for one in prices),
        memory_bytes=max((one.memory_bytes for one in prices), default=0),
        disk_bytes=sum(one.disk_bytes for one in prices),
    )
