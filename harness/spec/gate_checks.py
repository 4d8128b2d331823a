"""What the block ``gate`` asks of the rest of its sweep file."""

from harness.spec.diagnosis import Diagnosis, path_text
from harness.spec.grid import GRID
from harness.spec.ranked import explain_ungated
from harness.spec.structure import Structure

__all__ = ["check_gate"]


def check_gate(structure: Structure, diagnosis: Diagnosis) -> None:
    """Check that the gates can be judged, and that the fresh seeds are fresh.

    Args:
        structure: What is sound in the file.
        diagnosis: Takes the problems.
    """
    gate = structure.rules.gate
    if gate is None:
        return
    method = structure.rules.method
    if method != GRID and diagnosis.is_sound("method"):
        message = (
            f"a gate judges the same variants every time, and {method} chooses them anew; "
            f"allowed with method: {GRID}"
        )
        diagnosis.add(("gate",), message)
    for metric in gate.margins:
        ungated = explain_ungated(metric)
        if ungated is not None:
            diagnosis.add(("gate", "margins", metric), ungated)
    if structure.cases is None or not diagnosis.is_sound("cases"):
        return
    for at, seed in enumerate(gate.confirm_seeds):
        if seed in structure.cases.seeds:
            where = path_text(("cases", "seeds", structure.cases.seeds.index(seed)))
            message = f"found {seed}, which is {where}; allowed: seeds that cases does not have"
            diagnosis.add(("gate", "confirm_seeds", at), message)
