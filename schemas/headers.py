"""The headers that Parley's records carry, all of them UTF-8 text."""

from collections.abc import Iterable
from typing import NamedTuple

SCHEMA = "schema"
"""Name and version of the value's schema, `command/1`."""
TRACEPARENT = "traceparent"
"""W3C Trace Context of the request that caused the record."""
REPLY_TO = "reply_to"
"""Where the outcome is awaited: `<edge topic>/<session or request id>`."""
SENT_AT = "sent_at"
"""Epoch milliseconds of the command's first append, the broker's clock."""
CONVERSATION = "conversation"
"""The conversation of a command whose key names its sender, as in the sharded layout."""
ORIGIN = "origin"
"""`<topic>/<partition>/<offset>` of the record that this one was forwarded from."""

DEAD_LETTER_PREFIX = "dead_letter_"
"""Whatever a dead letter's headers add to those of the original begins so."""
DEAD_LETTER_TOPIC = "dead_letter_topic"
DEAD_LETTER_PARTITION = "dead_letter_partition"
DEAD_LETTER_OFFSET = "dead_letter_offset"
DEAD_LETTER_KEY = "dead_letter_key"
"""The original's key; absent when it had none."""
DEAD_LETTER_CODE = "dead_letter_code"
DEAD_LETTER_REASON = "dead_letter_reason"
"""A few words, never a message's body."""
DEAD_LETTER_ATTEMPTS = "dead_letter_attempts"
DEAD_LETTER_AT = "dead_letter_at"
"""Epoch milliseconds."""
REDRIVEN_FROM = "redriven_from"
"""`<topic>/<partition>/<offset>` of the dead letter that was put back as this record."""

Headers = tuple[tuple[str, bytes], ...]


class ReplyTo(NamedTuple):
    topic: str
    address: str
    """The session, or the waiting request, within that topic's process."""

    def __str__(self) -> str:
        return f"{self.topic}/{self.address}"


def parse_reply_to(text: str) -> ReplyTo:
    topic, _, address = text.partition("/")
    return ReplyTo(topic, address)


def headers(**values: str | None) -> Headers:
    """The given headers in order, those without a value left out."""
    return tuple((name, value.encode()) for name, value in values.items() if value is not None)


def header(found: Iterable[tuple[str, bytes]], name: str) -> str | None:
    for key, value in found:
        if key == name:
            return value.decode()
    return None


def schema_version(found: Iterable[tuple[str, bytes]]) -> tuple[str, int] | None:
    """Name and version of the value's schema. Raises ValueError when the header is malformed."""
    text = header(found, SCHEMA)
    if text is None:
        return None
    name, _, version = text.partition("/")
    return name, int(version)
