"""Failures that our own code did not expect."""

from traceback import extract_tb

import structlog

from schemas import metrics

log = structlog.get_logger(__name__)


def note_mishap(event: str, error: Exception) -> None:
    """Log what failed and where. Not in its own words: they may quote what a client sent."""
    metrics.EDGE_MISHAPS.inc()
    where = [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
    log.error(event, error=type(error).__name__, where=where)
