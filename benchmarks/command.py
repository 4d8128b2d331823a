"""What the commands have in common: how they are asked, and how they tell what they measured."""

import argparse
import json
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import machine_facts, machine_lines, version_facts
from benchmarks.tables import Table
from reports.atomic import write_atomically

__all__ = ["MEASURED", "Benchmark", "positive", "say"]

MEASURED = Path(__file__).parent / "measured"
SCHEMA_VERSION = 1


def positive(text: str) -> int:
    """Read a whole number of at least 1 from the command line."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}; allowed: whole numbers from 1")
    return int(text)


def say(text: str) -> None:
    """Tell on stderr how far a benchmark is."""
    print(text, file=sys.stderr, flush=True)


class Benchmark:
    """One command: its arguments, and the page and file of what it measured.

    The machine is described as it was when the benchmark began, before it was busy itself.

    Args:
        name: Of the module.
        text: Its docstring, which is the command's help.
    """

    def __init__(self, name: str, text: str | None) -> None:
        self.name = name
        self.parser = argparse.ArgumentParser(
            prog=f"python -m benchmarks.{name}",
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._asked = argparse.Namespace()

    def arguments(self, argv: Sequence[str] | None = None) -> argparse.Namespace:
        """Read the command line; print the machine, so that a long run begins with it."""
        self.parser.add_argument(
            "--json",
            type=Path,
            default=MEASURED / f"{self.name}.json",
            metavar="FILE",
            help=f"file for every number (default: benchmarks/measured/{self.name}.json, which "
            "is committed: name another one for a trial)",
        )
        self._asked = self.parser.parse_args(argv)
        if self._asked.json.parent == MEASURED:
            MEASURED.mkdir(exist_ok=True)  # git keeps no empty folder
        if not self._asked.json.parent.is_dir():
            self.parser.error(f"--json: there is no folder {self._asked.json.parent}")
        logging.getLogger("harness").setLevel(logging.ERROR)  # notes would stand between figures
        self._began, self._machine = time.perf_counter(), machine_facts()
        print("\n".join(machine_lines()), flush=True)
        return self._asked

    def publish(self, tables: Sequence[Table], values: Mapping[str, object]) -> None:
        """Print the tables and write everything to the file that was asked for.

        Args:
            tables: What was found.
            values: What it was made of: single measurements by name.
        """
        print(f"arguments: {self._said()}; {time.perf_counter() - self._began:.0f} s")
        for table in tables:
            print(f"\n{table.markdown()}")
        record = {
            "schema_version": SCHEMA_VERSION,
            "benchmark": self.name,
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - self._began, 1),
            "arguments": {name: _plain(value) for name, value in self._options().items()},
            "machine": self._machine,
            "versions": version_facts(),
            "tables": [table.plain() for table in tables],
            "values": values,
        }
        content = json.dumps(record, indent=1, default=_plain) + "\n"
        write_atomically(self._asked.json, content.encode())
        say(f"wrote {self._asked.json}")

    def _options(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self._asked).items() if name != "json"}

    def _said(self) -> str:
        return ", ".join(
            f"{name} {' '.join(map(str, value)) if isinstance(value, list) else value}"
            for name, value in self._options().items()
            if value not in ([], None)
        )


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value
