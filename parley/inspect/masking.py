"""Hiding what people wrote: a record is shown with its structure, ids and times, and without its content."""

import re
from collections.abc import Mapping

Json = Mapping[str, "Json"] | list["Json"] | str | int | float | bool | None
"""What JSON can hold."""

SHOWN = frozenset(
    {
        "at",
        "cause",
        "client_id",
        "code",
        "conversation",
        "created_at",
        "dead_letter",
        "deleted_at",
        "edited_at",
        "epoch",
        "event_id",
        "id",
        "kind",
        "members",
        "mentions",
        "redriven_as",
        "reason",
        "role",
        "sender",
        "sent_at",
        "session",
        "state",
        "to",
        "topic",
        "trace",
        "type",
        "updated_at",
        "user",
    }
)
"""Fields whose text is an id, a time or a word of ours. Any other text counts as content, also that of fields which
a newer version may add."""

SHOWN_IDS = frozenset({"by"})
"""Fields that hold an id, which is shown, or a name, which is not."""

_ID = re.compile(r"[ucs]_[0-9A-Z]{26}")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*")


def masked(value: Json, field: str = "") -> Json:
    """The value with every text masked that is not known to be harmless; numbers and truth values stay."""
    if isinstance(value, str):
        return value if _is_shown(field, value) else _mask(len(value), "chars")
    if isinstance(value, list):
        return [masked(item, field) for item in value]
    if isinstance(value, Mapping):
        return _masked_object(value)
    return value


def _is_shown(field: str, text: str) -> bool:
    return field in SHOWN or (field in SHOWN_IDS and _ID.fullmatch(text) is not None)


def _masked_object(value: Mapping[str, Json]) -> Json:
    """Where the keys are content themselves (reactions by emoji), the whole is masked."""
    if not all(_FIELD_NAME.fullmatch(name) for name in value):
        return _mask(len(value), "entries")
    return {name: masked(item, name) for name, item in value.items()}


def masked_bytes(value: bytes) -> str:
    """For what is no JSON."""
    return _mask(len(value), "bytes")


def _mask(count: int, unit: str) -> str:
    return f"•••({count} {unit})"
