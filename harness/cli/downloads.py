"""Downloads that a person asked for, with progress on standard error."""

from collections.abc import Callable, Iterable

import click

__all__ = ["fetch_backbones"]

MEBI = 1024**2


def fetch_backbones(names: Iterable[str]) -> None:
    """Fetch the ImageNet parameters of networks that are not cached yet.

    Raises:
        ParametersError: No network, a damaged download, or no space.
    """
    from harness.transfer.pretrained.fetch import (  # noqa: PLC0415 - torch: not for --help
        fetch_parameters,
    )

    for name in sorted(names):
        path = fetch_parameters(name, progress=_shower(name))
        click.echo(f"{name}: {path}", err=True)


def _shower(name: str) -> Callable[[int, int | None], None]:
    shown = -1

    def show(done: int, total: int | None) -> None:
        nonlocal shown
        mebibytes = done // MEBI
        if mebibytes == shown and done != total:
            return
        shown = mebibytes
        of = f" of {total / MEBI:.0f}" if total is not None else ""
        click.echo(f"\r{name}: {mebibytes}{of} MiB", nl=done == total, err=True)

    return show
