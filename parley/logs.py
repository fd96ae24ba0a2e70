"""Structured logs: one JSON object per line on standard output, times in UTC, never a message's body."""

import logging
from typing import Any

import orjson
import structlog


def configure_logs(service: str, level: str) -> None:
    """Set up logging for this process; every line names its `service`."""
    numeric = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    _route_stdlib(numeric)


def _dumps(event: dict[str, Any], **_: Any) -> str:
    return orjson.dumps(event, default=repr).decode()


class _ToStructlog(logging.Handler):
    """Lines of libraries that log by the standard library, in the same form."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        logger.log(
            record.levelno, "library_log", logger=record.name, message=record.getMessage(), exc_info=record.exc_info
        )


def _route_stdlib(level: int) -> None:
    # Libraries say at INFO what only their developers want to know.
    logging.basicConfig(handlers=[_ToStructlog()], level=max(level, logging.WARNING), force=True)
    # After a broker's restart it warns once for each partition; what follows from that is told by the bus itself.
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
