"""The shipped tables of networks and published files, against torchvision."""

import json

import pytest

from harness.spec.backbones import backbone_names
from harness.spec.networks import NETWORKS_FILE, network_names
from harness.transfer.pretrained.network_tables import (
    network_table,
    published_table,
    suitable_networks,
)
from harness.transfer.pretrained.published import PUBLISHED, PUBLISHED_FILE


def test_every_backbone_has_a_published_file() -> None:
    """What settings may name can be fetched; the two tables know the same networks."""
    assert set(backbone_names()) == set(PUBLISHED)


@pytest.mark.slow
def test_the_networks_are_torchvisions() -> None:
    """None is missing, and none is there that torchvision lacks."""
    assert sorted(suitable_networks()) == sorted(network_names())


@pytest.mark.slow
def test_the_published_files_are_torchvisions() -> None:
    """Members, file names and sizes are what torchvision states."""
    stored = json.loads(PUBLISHED_FILE.read_text(encoding="utf-8"))

    assert stored == {name: published_table(name) for name in stored}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["alexnet", "squeezenet1_1", "mobilenet_v2", "googlenet"])
def test_the_nodes_are_torchvisions(name: str) -> None:
    """Names, costs and sizes are those of the installed torchvision."""
    stored = json.loads(NETWORKS_FILE.read_text(encoding="utf-8"))

    assert stored[name] == network_table(name)
