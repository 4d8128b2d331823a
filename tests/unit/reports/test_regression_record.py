"""The files of a regression: all of them, whole, and every number in the JSON."""

import json
import math
from pathlib import Path

import pytest

from reports.regression.files import write_result
from reports.regression.model import State

from .regressions import HOSTILE, history, hostile_result, make_finding, make_result


def test_four_files_are_written(tmp_path: Path) -> None:
    """Page, record, summary and test report stand in one folder, and nothing else."""
    files = write_result(make_result(make_finding()), tmp_path / "new" / "regress")

    assert ["junit.xml", "regress.html", "regress.json", "summary.md"] == sorted(
        path.name for path in (tmp_path / "new" / "regress").iterdir()
    )
    assert sorted(files.paths) == sorted((tmp_path / "new" / "regress").iterdir())
    assert "EQUIVALENT" in files.markdown.read_text(encoding="utf-8")


def test_strictness_reaches_the_test_report(tmp_path: Path) -> None:
    """Inconclusive is an error there where the caller says so."""
    result = make_result(make_finding(state=State.INCONCLUSIVE))

    loose = write_result(result, tmp_path).junit.read_text(encoding="utf-8")
    strict = write_result(result, tmp_path, strict=True).junit.read_text(encoding="utf-8")

    assert "<error" not in loose
    assert "<error" in strict


def test_the_record_has_every_number(tmp_path: Path) -> None:
    """Full digits, null for what is not known, the unit of differences, the history."""
    unknown = make_finding(
        "seconds", State.NOT_COMPARABLE, worse_by=[math.nan] * 6, candidate=math.nan
    )
    gate = make_finding(state=State.REGRESSED, worse_by=[0.1 / 3] * 6, p=None)
    result = make_result(gate, unknown, history=history([gate]))
    path = write_result(result, tmp_path).json
    record = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    first, second = record["findings"]

    assert (1, "REGRESSED", "nightly") == (
        record["schema_version"],
        record["state"],
        record["name"],
    )
    assert (gate.worse_by, "nats", None) == (
        first["worse_by"],
        first["difference_unit"],
        first["p"],
    )
    assert [0.1 / 3] * 6 == [pair["worse_by"] for pair in first["pairs"]]
    assert (None, None, "log ratio") == (
        second["worse_by"],
        second["candidate"],
        second["difference_unit"],
    )
    assert [None, 0.99, 0.98, 0.97] == [row["value"] for row in record["history"]]
    assert {"commit": "aaaaaaa1", "torch": "2.9"} == record["baseline"]["facts"]
    assert record["headline"].startswith("REGRESSED: ")


def test_the_record_keeps_hostile_names_as_they_are(tmp_path: Path) -> None:
    """JSON needs no escaping of ours; a lone surrogate does not stop the file."""
    files = write_result(hostile_result(), tmp_path)
    record = json.loads(files.json.read_text(encoding="utf-8"))

    assert (HOSTILE, f"?{HOSTILE}") == (record["name"], record["command"])
