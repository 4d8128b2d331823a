"""``harness fetch``: download the ImageNet parameters, with sizes."""

import click

from harness.cli.downloads import fetch_backbones

__all__ = ["command"]

NETWORKS = ("vgg19", "vgg16", "alexnet")  # engine, backbone.yaml, LPIPS


@click.command("fetch")
@click.argument("networks", nargs=-1, type=click.Choice(NETWORKS))
def command(networks: tuple[str, ...]) -> None:
    """Download ImageNet parameters: vgg19 (548 MB), vgg16 (528 MB), alexnet (233 MB, for LPIPS).

    Without NETWORKS all three. Files go to torch's cache (TORCH_HOME) and are checked.
    """
    fetch_backbones(networks or NETWORKS)
