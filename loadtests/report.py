"""The result of a run: a table for people, JSON for programs."""

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from loadtests.checker import Verdict
from loadtests.limits import hint

SHOWN_FINDINGS = 20

Row = Mapping[str, Any]


@dataclass(slots=True)
class Report:
    """Rows of figures under headings, and the judgement on the history."""

    scenario: str
    parameters: Mapping[str, Any]
    sections: dict[str, list[Row]] = field(default_factory=dict)
    verdict: Verdict | None = None
    errors: Mapping[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """What is wrong beside the history."""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def add(self, heading: str, *rows: Row) -> None:
        self.sections.setdefault(heading, []).extend(rows)

    @property
    def ok(self) -> bool:
        return not self.faults and (self.verdict is None or self.verdict.ok)

    def show(self, console: Console) -> None:
        """Print it."""
        for heading, rows in self.sections.items():
            console.print(_table(heading, rows))
        if self.errors:
            console.print(_table("errors", [{"error": error, "times": n} for error, n in self.errors.items()]))
        for fault in self.faults[:SHOWN_FINDINGS]:
            console.print(fault, markup=False)
        if len(self.faults) > SHOWN_FINDINGS:
            console.print(f"{len(self.faults)} faults beside the history")
        if met := hint(self.errors):
            console.print(met, markup=False)
        if self.verdict is not None:
            self._show_verdict(console, self.verdict)

    def _show_verdict(self, console: Console, verdict: Verdict) -> None:
        console.print(_table("history", [_figures(verdict)]))
        for finding in verdict.findings[:SHOWN_FINDINGS]:
            console.print(str(finding), markup=False)
        console.print("history whole" if verdict.ok else f"{len(verdict.findings)} faults: {verdict.counts}")

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(self._document(), option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS))

    def _document(self) -> dict[str, Any]:
        verdict = None
        if self.verdict is not None:
            findings = [asdict(finding) for finding in self.verdict.findings]
            verdict = _figures(self.verdict) | {"faults": self.verdict.counts, "findings": findings}
        return {
            "scenario": self.scenario,
            "began": self.began.isoformat(timespec="seconds"),
            "machine": {"cpus": os.cpu_count(), "kernel": platform.release(), "python": platform.python_version()},
            "parameters": self.parameters,
            "sections": self.sections,
            "errors": self.errors,
            "faults": self.faults,
            "verdict": verdict,
        }


def _figures(verdict: Verdict) -> dict[str, Any]:
    figures = ("sent", "acknowledged", "unanswered", "stored", "seen", "raw_duplicates")
    return {name: getattr(verdict, name) for name in figures} | {"faults": len(verdict.findings)}


def _table(heading: str, rows: list[Row]) -> Table:
    table = Table(title=heading, title_justify="left")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(_cell(row.get(column, "")) for column in columns))
    return table


def _cell(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
