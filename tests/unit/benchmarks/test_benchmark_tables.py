"""How benchmarks of speed tell what they measured; never a time itself."""

import json
import math
from pathlib import Path

import pytest

from benchmarks.command import Benchmark
from benchmarks.machine import machine_facts, machine_lines
from benchmarks.tables import Speed, Table, speed_table


def test_tables_are_markdown() -> None:
    """Texts stand left, numbers right; what is absent is a dash."""
    rows = [{"what": "a", "ms": 1.25, "met": True}, {"what": "longer", "ms": math.nan}]
    table = Table(title="T", columns={"what": "", "ms": ".1f", "met": ""}, rows=rows)
    lines = [
        *("**T**", ""),
        *("| what   |  ms | met |", "| ------ | --: | --- |"),
        *("| a      | 1.2 | yes |", "| longer |   — | —   |"),
    ]
    assert lines == table.markdown().splitlines()


def test_numbers_of_the_file_are_not_rounded() -> None:
    """What is not a finite number is null, as JSON has no other word."""
    rows = [{"ms": 1.25}, {"ms": math.inf}, {}]
    plain = Table(title="T", columns={"ms": ".1f"}, rows=rows).plain()

    assert [{"ms": 1.25}, {"ms": None}, {"ms": None}] == plain["rows"]


@pytest.mark.parametrize(
    ("ours", "met"), [(10.0, "aim"), (12.0, "aim"), (15.0, "floor"), (40.0, "no")]
)
def test_a_speed_meets_floor_or_aim(ours: float, met: str) -> None:
    """The ratio is baseline over ours, and reaching a goal exactly is meeting it."""
    line = Speed(what="x", baseline=60.0, ours=ours, floor=4.0, aim=5.0)
    (row,) = speed_table("T", [line], unit="ms").rows
    assert 60 / ours == row["ratio"]
    assert met == row["met"]


def test_goals_are_shown_where_there_are_any() -> None:
    """A table without a promise has no columns for one; a line without one has dashes."""
    free, bound = Speed(what="x", baseline=2, ours=1), Speed(what="y", baseline=2, ours=1, floor=1)
    assert "floor" not in speed_table("T", [free], unit="s").columns
    assert [None, "floor"] == [
        row["met"] for row in speed_table("T", [free, bound], unit="s").rows
    ]


def test_the_machine_is_described() -> None:
    """Processor, cores, threads, units for bfloat16, memory and load; on two lines."""
    facts = machine_facts()
    wanted = {"processor", "cores", "threads", "amx", "avx512_bf16", "memory_gib", "load"}
    assert wanted <= facts.keys()
    assert 2 == len(machine_lines())
    assert str(facts["processor"]) in machine_lines()[0]


def test_what_was_measured_is_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page has machine, arguments and tables, the file every number too."""
    benchmark = Benchmark("engine", "How fast?")
    benchmark.parser.add_argument("--size", type=int, default=8)
    file = tmp_path / "found.json"
    benchmark.arguments(["--json", str(file)])
    table = Table(title="T", columns={"ms": ".1f"}, rows=[{"ms": 1.25}])
    benchmark.publish([table], {"seconds": [0.00125]})
    page, found = capsys.readouterr().out, json.loads(file.read_text())
    assert machine_lines()[1] in page
    assert "arguments: size 8; " in page
    assert table.markdown() in page
    assert ["engine", {"size": 8}, {"seconds": [0.00125]}] == [
        found[name] for name in ("benchmark", "arguments", "values")
    ]
    assert {"machine", "versions", "measured_at", "tables"} <= found.keys()


def test_a_missing_folder_is_told_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An hour of measuring does not end in a file that cannot be written."""
    with pytest.raises(SystemExit) as error:
        Benchmark("engine", "").arguments(["--json", str(tmp_path / "no" / "x.json")])
    assert 2 == error.value.code
    assert f"there is no folder {tmp_path / 'no'}" in capsys.readouterr().err
