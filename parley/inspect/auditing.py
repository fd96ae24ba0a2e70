"""Who looked at what people wrote, or erased an account: kept, and said, before it is done."""

import os
from typing import Any

import orjson
import structlog

from parley.inspect.environment import Environment
from parley.inspect.running import Failure
from schemas.times import rfc3339

log = structlog.get_logger(__name__)


def audit(environment: Environment, what: str, **asked: Any) -> None:
    """Keep that bodies are shown, and log it. Raises Failure when it cannot be kept: then nothing may be shown."""
    keep(environment, what, **asked)
    # Not what was asked for: text that was looked for would be a body in a log.
    log.warning("bodies_shown", who=environment.operator, what=what)


def keep(environment: Environment, what: str, **asked: Any) -> None:
    """Append one JSON line to the audit log (mode 0600). Raises Failure when that fails: then it may not be done."""
    entry = {"at": rfc3339(environment.now()), "who": environment.operator, "what": what, "asked": asked}
    try:
        _append(environment, orjson.dumps(entry, default=str) + b"\n")
    except OSError as error:
        raise Failure(f"{what} is done only when that can be audited: {environment.audit_log}: {error}") from error


def _append(environment: Environment, line: bytes) -> None:
    environment.audit_log.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(environment.audit_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
