"""Running one inspection: bounded in time, its failures one line each, its logs kept out of its output."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog
import typer

from bus.errors import BusError
from store.errors import StoreError

COMMAND_SECONDS = 60.0

T = TypeVar("T")


class Failure(Exception):
    """An inspection cannot answer; the text says why, in one line."""


def run(work: Coroutine[Any, Any, T], seconds: float | None = COMMAND_SECONDS) -> T:
    """The inspection's result. A failure ends the command: one line on standard error, exit code 1."""
    _keep_logs_apart()
    try:
        return asyncio.run(_bounded(work, seconds))
    except Failure as failure:
        text = str(failure)
    except BusError as failure:
        text = f"Kafka does not answer: {failure}"
    except StoreError as failure:
        text = f"MongoDB does not answer: {failure}"
    except TimeoutError:
        text = f"it took longer than {seconds:.0f} s: ask for less, or look whether Kafka and MongoDB are well"
    typer.echo(" ".join(text.split()), err=True)
    raise typer.Exit(1)


async def _bounded(work: Coroutine[Any, Any, T], seconds: float | None) -> T:
    async with asyncio.timeout(seconds):
        return await work


def _keep_logs_apart() -> None:
    """Output goes to standard output; what is logged is said on standard error, from warnings on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    # A client library tells every failed attempt: the one line in the end says it.
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
