"""``harness fetch``: download the ImageNet parameters, with sizes."""

import click

from harness.cli.downloads import fetch_backbones
from harness.transfer.pretrained.published import PUBLISHED

__all__ = ["command"]

USUAL = ("vgg19", "vgg16", "alexnet")  # engine, backbone.yaml, LPIPS


@click.command("fetch")
@click.argument("networks", nargs=-1, type=click.Choice(sorted(PUBLISHED)), metavar="[NETWORK]...")
def command(networks: tuple[str, ...]) -> None:
    """Download ImageNet parameters: vgg19 (548 MB), vgg16 (528 MB), alexnet (233 MB, for LPIPS).

    Without NETWORK all three; torchvision's other classification networks (resnet50,
    convnext_tiny) are fetched by name. Files go to torch's cache (TORCH_HOME) and are checked.
    """
    fetch_backbones(networks or USUAL)
