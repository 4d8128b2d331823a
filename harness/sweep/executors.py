"""Which executor a sweep gets: this process, worker processes here, or a cluster."""

from collections.abc import Mapping

from harness.errors import InputError
from harness.images.decode import Picture
from harness.spec.sweep_spec import SweepSpec
from harness.sweep.crew import choose_crew
from harness.sweep.dask_executor import ClusterExecutor, LocalExecutor
from harness.sweep.executor import Executor, InProcessExecutor
from harness.sweep.options import Options

__all__ = ["make_executor"]


def make_executor(spec: SweepSpec, pictures: Mapping[str, Picture], options: Options) -> Executor:
    """Return the executor that the options ask for; it starts nothing before it is entered.

    Raises:
        InputError: The options contradict each other, or the sweep needs more memory than is
            free.
    """
    if options.cluster is not None:
        if options.workers is not None:
            raise InputError("--workers and --cluster: a cluster has its own workers; give one")
        return ClusterExecutor(options.cluster)
    lanes = options.lanes or 1  # chosen for a GPU only, whose own memory counts
    crew = choose_crew(options.workers, spec, pictures, device=options.device, lanes=lanes)
    return LocalExecutor(crew) if crew.workers else InProcessExecutor()
