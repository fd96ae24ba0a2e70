"""A record of `events`, read as far as it tells of a new message."""

from dataclasses import dataclass
from datetime import datetime

from bus.errors import Refused
from bus.ports import Record
from consumers.notifications.facts import Place
from domain.notifying import Origin
from schemas.events import EVENT, SCHEMA_NAME, SCHEMA_VERSION, MessageStored
from schemas.headers import REDRIVEN_FROM, header, schema_version
from schemas.messages import MessageKind
from schemas.times import from_millis


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that was stored."""

    places: tuple[Place, ...]
    """Who may have to be told: the members of that moment but its sender."""
    at: datetime
    origin: Origin
    redriven: bool
    """Whether an operator has put it back."""


def read(record: Record) -> Stored | None:
    """None for whatever else has happened. Raises Refused for a schema version above ours, ValueError for what is no
    event."""
    version = schema_version(record.headers)
    if version is not None and (version[0] != SCHEMA_NAME or version[1] > SCHEMA_VERSION):
        raise Refused("unsupported_version", f"schema {version}, this reads {SCHEMA_NAME}/{SCHEMA_VERSION}")
    event = EVENT.validate_json(record.value or b"")
    if not isinstance(event, MessageStored) or event.message.kind is not MessageKind.TEXT:
        return None
    message = event.message
    return Stored(
        tuple(Place(event.conversation, message.seq, user) for user in event.members if user != message.sender),
        from_millis(record.timestamp),
        Origin(record.partition, record.offset),
        header(record.headers, REDRIVEN_FROM) is not None,
    )
