"""Sweeps in the store of the working directory, written as the harness does, without a run."""

from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from harness.sweep.owner import Owner
from harness.sweep.tracking.membership import Member, Membership
from harness.sweep.tracking.store import connect, locate

ALIVE = Owner.this_process()


class StoredSweep:
    """A sweep of one variant, which is RUNNING until ``end``."""

    def __init__(self, name: str, *, owner: Owner = ALIVE, question: str = "Which?") -> None:
        location = locate(None)
        self.client: MlflowClient = connect(location)
        self.name, self.owner = name, owner
        folder = (location.artifacts / name).as_uri() if location.artifacts else None
        self.experiment = self.client.create_experiment(name, artifact_location=folder)
        self.parent = self._run("sweep", {"question": question, "answer": "Cannot tell."})

    def _run(self, kind: str, tags: dict[str, str]) -> str:
        own = {"kind": kind, "owner": str(self.owner), "occasion": self.name}
        named = {f"harness.{name}": value for name, value in {**own, **tags}.items()}
        return str(self.client.create_run(self.experiment, tags=named).info.run_id)

    def add(self, fingerprint: str, status: str = "FINISHED", **tags: str) -> str:
        """Write a run with its picture and how it ended (RUNNING: it has not)."""
        run_id = self._run("run", {"fingerprint": fingerprint, **tags})
        self.client.log_text(run_id, "picture", "result.png")
        self.client.log_metric(run_id, "style/gain", 1.0)
        self.client.log_param(run_id, "lr", 0.1)
        if status != "RUNNING":
            self.client.set_terminated(run_id, status)
        return run_id

    def end(self, status: str = "FINISHED", **runs: str | None) -> None:
        """Write the results and the list, a run (or None) for each fingerprint; end the parent."""
        members = tuple(
            Member(variant=0, case=at, fingerprint=fingerprint, run_id=run_id or "")
            for at, (fingerprint, run_id) in enumerate(runs.items())
        )
        content = Membership(
            variants=("v",), baseline=0, members=members, assignments=({},), loss_keys=("",)
        )
        self.client.log_text(self.parent, content.dumps(), "membership.json")
        self.client.set_terminated(self.parent, status)
        results = Path("results") / self.name
        results.mkdir(parents=True)
        (results / "table.json").write_text("{}")


@pytest.fixture
def stored_sweep(store: None) -> Callable[..., StoredSweep]:
    """Return the class that writes a sweep, in a folder with an empty store."""
    del store
    return StoredSweep
