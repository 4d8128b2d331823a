"""Experiments that are done already: read from the store, without writing their pages again."""

from harness.sweep.claims.experiments import Experiment
from harness.sweep.material import collect_material
from harness.sweep.options import Options
from harness.sweep.plan import Plan
from harness.sweep.preview import prepare
from harness.sweep.report import stored_subject
from harness.sweep.run import seems_unfinished
from harness.sweep.side_scores import Scoring
from harness.sweep.subject import Subject
from harness.sweep.tracking.membership import Membership
from harness.sweep.tracking.names import File
from harness.sweep.tracking.reader import resolved_choices
from harness.sweep.tracking.store import locate, writing
from reports.material import Material

__all__ = ["stored_material"]


def stored_material(experiment: Experiment, options: Options) -> Material | None:
    """Return what a finished experiment was made of; None where there is something to do.

    It counts as finished where the store has every run of the sweep as it is planned now, scored
    as it would be now, and the page is there.

    Args:
        experiment: The sweep.
        options: Store, output folder, device.

    Raises:
        InputError: Something the sweep needs cannot be used.
        StoreError: The store cannot be opened or read, or another harness writes to it.
    """
    spec = experiment.spec
    location = locate(options.tracking_uri)
    page = options.out / spec.name / File.REPORT
    if seems_unfinished(location, spec.name) or not page.is_file():
        return None
    with writing(location) as client:
        earlier = resolved_choices(client, spec.name)
        plan = prepare(spec, experiment.pictures, options, earlier)
        subject = stored_subject(client, location, spec.name, scoring=Scoring())
        return collect_material(subject) if _is_the_plan(subject, plan) else None


def _is_the_plan(subject: Subject, plan: Plan) -> bool:
    """Tell whether a stored sweep is the one that is planned, and complete."""
    planned = Membership.of(plan, subject.stored)
    is_same = planned.dumps() == subject.membership.dumps()
    return planned.is_complete and is_same and plan.evaluator.id == subject.evaluator_id
