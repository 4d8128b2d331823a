"""``harness report SWEEP``: page, tables, figures and pictures again, from the store alone."""

from pathlib import Path

import click

from harness.cli import options
from harness.cli.answers import print_answer
from harness.cli.completion import complete_sweeps

__all__ = ["command"]


@click.command("report")
@click.argument("sweep", shell_complete=complete_sweeps)
@options.evaluator
@options.size
@options.tracking_uri
@options.out
@options.as_json
def command(
    sweep: str,
    evaluator: str | None,
    size: int | None,
    tracking_uri: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Write the page, tables, figures and pictures of a SWEEP again, from the store alone.

    With --evaluator or --size the stored pictures are scored anew, without a new optimisation,
    and the results go to a folder of their own inside the sweep's.
    """
    from harness.sweep.output import check_writable  # noqa: PLC0415
    from harness.sweep.report import rebuild_answer  # noqa: PLC0415 - pandas, Matplotlib
    from harness.sweep.side_scores import Scoring  # noqa: PLC0415
    from harness.sweep.tracking.lookup import locate_sweep  # noqa: PLC0415
    from harness.sweep.tracking.store import writing  # noqa: PLC0415

    location = locate_sweep(tracking_uri, sweep)
    check_writable(out / sweep)
    with writing(location) as client:
        scoring = Scoring(evaluator=evaluator, size_px=size)
        answer = rebuild_answer(client, location, sweep, out=out, scoring=scoring)
    print_answer(answer, as_json=as_json)
