"""One scheduled regression at work: the store open, the panel planned, runs performed afresh."""

import contextlib
import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.regression.baseline_models import Baseline, Provenance
from harness.regression.baseline_values import (
    make_baseline,
    performed_with,
    present_provenance,
)
from harness.regression.panel import Panel, scores_of_cells
from harness.regression.panel_facts import panel_id
from harness.sweep.agenda import GridAgenda
from harness.sweep.executor import Executor
from harness.sweep.executors import make_executor
from harness.sweep.notes import dump_notes, plan_notes
from harness.sweep.options import Options
from harness.sweep.performance import Performance
from harness.sweep.plan import Plan
from harness.sweep.preview import machine_rates, prepare
from harness.sweep.progress import Watch, watch_nothing
from harness.sweep.provenance import provenance_tags
from harness.sweep.tracking.names import File, Kind, Status, Tag
from harness.sweep.tracking.store import Location, close_orphans, locate, writing
from harness.sweep.tracking.stored import StoredRun
from harness.sweep.tracking.writer import Occasion, SweepLog

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["Session", "experiment_of", "occasion_name", "occasion_of", "open_session"]

logger = logging.getLogger(__name__)

BEGIN_FIRST = "begin() comes first"


def experiment_of(name: str) -> str:
    """Return the name of MLflow's experiment that a panel's regressions are in."""
    return f"{name} regressions"


def occasion_name(panel: str, when: datetime) -> str:
    """Return the name of the occasion of a panel that begins at a time (UTC)."""
    return f"{panel} {when:%Y-%m-%d %H:%M:%S}"


def occasion_of(panel: str, name: str, word: str) -> Occasion:
    """Return an occasion that happens once, and whose runs no sweep ever takes.

    Args:
        panel: Name of the panel.
        name: Name of the occasion.
        word: What it is for: ``regression``, ``baseline`` or ``calibration``.
    """
    return Occasion(
        name=name,
        experiment=experiment_of(panel),
        title=f"{word} of {name}",
        parent=Kind.REGRESSION,
        child=Kind.CHECK,
    )


@dataclass(slots=True, kw_only=True)
class Session:
    """One occasion, with the store open for writing.

    Attributes:
        client: The store.
        location: Where it is.
        plan: Every run of the panel, those of fresh seeds included.
        notes: What a reader of the results should know.
        when: When it began.
        stored: The runs that finished here, by fingerprint; never any other's.
        failures: Why others failed, by fingerprint.
    """

    client: "MlflowClient"
    location: Location
    plan: Plan
    notes: list[str]
    when: datetime
    _here: Provenance
    _panel: Panel
    _options: Options
    _crew: Executor
    _watch: Watch
    _log: SweepLog | None = None
    stored: dict[str, StoredRun] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the occasion."""
        return occasion_name(self._panel.spec.name, self.when)

    @property
    def panel_id(self) -> str:
        """What another occasion must share to stand in one history with this."""
        return panel_id(self.plan, self._panel.seeds)

    @property
    def provenance(self) -> Provenance:
        """What made the numbers of the runs that finished here, wherever they were performed."""
        return performed_with(self._here, self.stored.values())

    @property
    def home(self) -> tuple[str, str]:
        """Ids of the experiment and of the occasion's parent run; only after ``begin``."""
        if self._log is None:
            raise RuntimeError(BEGIN_FIRST)
        return self._log.experiment, self._log.parent

    @contextlib.contextmanager
    def begin(self, word: str) -> Iterator[SweepLog]:
        """Open the occasion in MLflow; on an error or an interruption it is closed.

        Args:
            word: ``regression``, ``baseline`` or ``calibration``.
        """
        for note in self.notes:
            logger.warning("note: %s", note)
        spec = self._panel.spec
        occasion = occasion_of(spec.name, self.name, word)
        tags = provenance_tags() | {
            str(Tag.PANEL): self.panel_id,
            str(Tag.PURPOSE): word,
            str(Tag.QUESTION): spec.question,
            str(Tag.EVALUATOR): self.plan.evaluator.id,
            str(Tag.SECOND_EVALUATOR): self.plan.evaluator.second_id,
            str(Tag.NOTES): dump_notes(self.notes),
        }
        self._log = SweepLog(self.client, self.location, occasion, parent_tags=tags)
        try:
            with self._log:
                self._log.log_parent_text(File.SWEEP, spec.text)
                yield self._log
                self._log.close(Status.FAILED if self.failures else Status.FINISHED)
        except KeyboardInterrupt:
            self._log.close(Status.KILLED)
            raise

    def perform(self, wanted: Collection[str]) -> None:
        """Perform runs of the plan and log them; what has been tried here is not tried again.

        Raises:
            KeyboardInterrupt: Somebody ended it.
            ClusterError: The workers cannot be reached any more.
        """
        if self._log is None:
            raise RuntimeError(BEGIN_FIRST)
        asked = set(wanted) - self.failures.keys()
        work = Performance(
            self._log,
            GridAgenda(plan=self.plan, asked=asked, stored=self.stored),
            self._crew,
            rates=machine_rates(self.plan, self._options, workers=self._crew.workers),
            stored=self.stored,
            notes=self.notes,
        )
        work.run(self._watch)
        self.failures |= work.failures
        if work.interruption is not None:
            raise work.interruption
        if work.stopped:
            left = asked - self.stored.keys() - self.failures.keys()
            self.failures |= dict.fromkeys(left, work.stopped)

    def numbers(self, reason: str = "") -> Baseline:
        """Return the numbers of the runs that finished here.

        Args:
            reason: Why they are accepted; empty for numbers that are to be compared.
        """
        scores = scores_of_cells(self.plan, self.stored)
        return make_baseline(self.plan, scores, reason=reason, provenance=self.provenance)


@contextlib.contextmanager
def open_session(
    panel: Panel,
    options: Options,
    *,
    check: Callable[[Plan, Provenance], None] | None = None,
    watch: Watch | None = None,
) -> Iterator[Session]:
    """Open the store and the executor and plan the panel.

    Args:
        panel: What is to be run.
        options: Store, output folder, device, workers.
        check: Looks at the plan, and at what would make its numbers on this machine, before
            anything is written or performed.
        watch: Is told of every change of the progress.

    Raises:
        InputError: Something the panel needs cannot be used.
        StoreError: The store cannot be opened or written, or another harness writes to it.
        ClusterError: The workers cannot be reached or used.
    """
    location = locate(options.tracking_uri)
    with make_executor(panel.spec, panel.pictures, options) as crew:
        logger.info("%s", crew)
        plan = prepare(panel.spec, panel.pictures, options, {}, resolve=crew.resolve)
        here = present_provenance(plan.choices.device, plan.settings[0].precision)
        if check is not None:
            check(plan, here)
        crew.warm()
        with writing(location) as client:
            close_orphans(client)
            yield Session(
                client=client,
                location=location,
                plan=plan,
                notes=plan_notes(plan),
                when=datetime.now(UTC),
                _here=here,
                _panel=panel,
                _options=options,
                _crew=crew,
                _watch=watch or watch_nothing,
            )
