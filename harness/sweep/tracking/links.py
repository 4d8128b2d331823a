"""Addresses of MLflow's pages, with their server's."""

from harness.sweep.tracking.pages import run_page
from harness.sweep.tracking.store import Location

__all__ = ["LOCAL", "run_link"]

LOCAL = "http://127.0.0.1:5000"
"""Where ``harness ui`` serves a store that is a file."""


def run_link(location: Location, experiment_id: str, run_id: str) -> str:
    """Return the address of a run's page; of a database it works while ``harness ui`` runs."""
    server = LOCAL if location.database is not None else location.uri.rstrip("/")
    return f"{server}/{run_page(experiment_id, run_id)}"
