"""Instants: UTC with milliseconds, RFC 3339 on the wire, datetime in code, epoch milliseconds in Kafka records."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, PlainSerializer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(instant: datetime) -> str:
    """`2026-01-31T09:05:07.123Z`, the form of RFC 3339 that clients see everywhere."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_millis(millis: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=millis)


def to_millis(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(milliseconds=1)


Instant = Annotated[AwareDatetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]
