"""Where results go: to standard output, tables as wide as the terminal there is; remarks go to standard error."""

import sys
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

_UNBOUNDED = 400
"""Columns for output that no terminal wraps: a file, a pipe."""


def show_table(table: Table) -> None:
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _UNBOUNDED)
    console.print(table)


def show_json(value: dict[str, Any]) -> None:
    """One object on one line."""
    typer.echo(orjson.dumps(value).decode())


def show_line(text: str) -> None:
    typer.echo(text)


def remark(text: str) -> None:
    typer.echo(text, err=True)
