"""W3C Trace Context: every request belongs to a trace, the caller's or a new one."""

import re
from random import Random

TRACEPARENT = "traceparent"

_FORM = re.compile(r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?P<parent>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})")
_SAMPLED = "01"


def continued(received: str | None, random: Random) -> str:
    """The traceparent of what this request causes: a new span in the caller's trace, or in one of our own."""
    found = _FORM.fullmatch(received or "")
    if found is None or not _valid(received or "", found):
        return _traceparent(f"{random.getrandbits(128) or 1:032x}", random, _SAMPLED)
    return _traceparent(found["trace"], random, found["flags"])


def trace_id(traceparent: str) -> str:
    return traceparent.split("-")[1]


def _traceparent(trace: str, random: Random, flags: str) -> str:
    return f"00-{trace}-{random.getrandbits(64) or 1:016x}-{flags}"


def _valid(received: str, found: re.Match[str]) -> bool:
    return not received.startswith("ff") and int(found["trace"], 16) > 0 and int(found["parent"], 16) > 0
