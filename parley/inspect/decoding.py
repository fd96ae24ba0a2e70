"""Records as a person reads them: one JSON object each, on one line."""

from typing import Any

import orjson

from bus.ports import Record
from parley.inspect.masking import masked, masked_bytes
from schemas.headers import Headers
from schemas.times import from_millis, rfc3339


def as_line(record: Record, *, show_bodies: bool) -> str:
    return orjson.dumps(as_object(record, show_bodies=show_bodies)).decode()


def as_object(record: Record, *, show_bodies: bool) -> dict[str, Any]:
    """Place, time, key and headers of a record, and its value with the content masked unless asked for."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "time": rfc3339(from_millis(record.timestamp)),
        "key": None if record.key is None else text(record.key),
        "headers": headers_as_text(record.headers),
        "value": _value(record.value, show_bodies=show_bodies),
    }


def _value(value: bytes | None, *, show_bodies: bool) -> Any:
    if value is None:
        return None
    try:
        decoded = orjson.loads(value)
    except orjson.JSONDecodeError:
        return text(value) if show_bodies else masked_bytes(value)
    return decoded if show_bodies else masked(decoded)


def headers_as_text(headers: Headers) -> dict[str, str]:
    return {name: text(value) for name, value in headers}


def text(raw: bytes) -> str:
    """What is UTF-8 as it reads, anything else escaped."""
    return raw.decode(errors="backslashreplace")
