"""The hops of one command, recognised in the records that carry it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from bus.ports import Record
from schemas.headers import (
    DEAD_LETTER_ATTEMPTS,
    DEAD_LETTER_CODE,
    DEAD_LETTER_PREFIX,
    ORIGIN,
    REDRIVEN_FROM,
    REPLY_TO,
    TRACEPARENT,
    ReplyTo,
    header,
    parse_reply_to,
)
from schemas.ids import command_key

COMMAND = "command"
CONVERSATIONS = "conversations"
STORED = "stored"
REJECTED = "rejected"
DEAD_LETTER = "dead letter"
EVENT = "event"
ANSWER = "answer"
PUSH = "push"


class CommandName(NamedTuple):
    """What a command is known by for ever."""

    conversation: str
    sender: str
    client_id: str

    @property
    def key(self) -> str:
        return command_key(*self)


@dataclass(frozen=True, slots=True)
class Hop:
    """One place that a command, or what came of it, has passed. `missing` says why it was not found there."""

    hop: str
    record: Record | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    missing: str | None = None
    traceparent: str | None = None


def _found(hop: str, record: Record, details: Mapping[str, Any]) -> Hop:
    return Hop(hop, record, details, traceparent=header(record.headers, TRACEPARENT))


def carries(record: Record, name: CommandName) -> bool:
    """Whether a record of a user's topic or of `conversations` is this command."""
    if name.conversation.encode() not in (record.value or b""):
        return False  # most are another conversation's: they need no decoding
    return _names(_decoded(record), name)


def command_hops(hop: str, records: Collection[Record]) -> Iterator[Hop]:
    """The first is the one that counts: whatever else carries the same name is a repetition."""
    for index, record in enumerate(records):
        details = {name: header(record.headers, name) for name in (REPLY_TO, ORIGIN, REDRIVEN_FROM)}
        shown = {name: value for name, value in details.items() if value is not None}
        yield _found(hop, record, shown | ({"repeat": True} if index else {}))


def tells_of(record: Record, name: CommandName) -> bool:
    """Whether a record of `events` is what came of this command."""
    return record.key == name.conversation.encode() and _decoded(record).get("event_id") == name.key


def event_hop(record: Record) -> Hop:
    value = _decoded(record)
    message = value.get("message") or {}
    return _found(EVENT, record, {"type": value.get("type"), **_present(message, "seq", "rev")})


def members_told(record: Record) -> frozenset[str]:
    return frozenset(_decoded(record).get("members") or ())


def dead_letter_hop(record: Record) -> Hop:
    details = {name: header(record.headers, name) for name in (DEAD_LETTER_CODE, DEAD_LETTER_ATTEMPTS)}
    return _found(
        DEAD_LETTER, record, {name.removeprefix(DEAD_LETTER_PREFIX): value for name, value in details.items()}
    )


class Addressed(NamedTuple):
    """What is known of a command when its deliveries are looked for."""

    name: CommandName
    reply_to: frozenset[ReplyTo]
    creates: bool
    """Whether a conversation was to come of it."""
    users: Mapping[str, str]
    """Whose a session is, as far as it is still open."""


def delivers(record: Record, name: CommandName) -> bool:
    """Whether a record of an edge's topic may hold something of this command; a look before it is decoded."""
    value = record.value or b""
    return orjson.dumps(name.client_id) in value or name.conversation.encode() in value


def delivery_hops(record: Record, sought: Addressed) -> Iterator[Hop]:
    """Each of a record's deliveries that concerns the command."""
    for delivery in _decoded(record).get("deliveries") or ():
        frame, to = delivery.get("frame") or {}, delivery.get("to") or ()
        hop = _kind(frame, record.topic, to, sought)
        if hop is not None:
            details = {"frame": frame.get("type"), **_present(frame, "seq", "rev")}
            error = frame.get("error") or {}
            details |= {**_present(error, "code"), "to": _readers(to, sought.users)}
            yield Hop(hop, record, details, traceparent=delivery.get("trace"))


def _kind(frame: Mapping[str, Any], topic: str, to: Collection[str], sought: Addressed) -> str | None:
    name = sought.name
    match frame.get("type"):
        case "message":
            return PUSH if _names(frame, name) or _changes(frame, name) else None
        case "conversation":
            return PUSH if sought.creates and frame.get("id") == name.conversation else None
        case "stored" | "rejected":
            asked = any(ReplyTo(topic, address) in sought.reply_to for address in to)
            return ANSWER if asked and frame.get("id") == name.client_id else None
        case _:
            return None


def _names(value: Mapping[str, Any], name: CommandName) -> bool:
    return (value.get("conversation"), value.get("sender"), value.get("client_id")) == name


def _changes(frame: Mapping[str, Any], name: CommandName) -> bool:
    """Whether a message is shown as this command left it."""
    return (frame.get("conversation"), frame.get("cause")) == (name.conversation, name.client_id)


def _readers(to: Collection[str], users: Mapping[str, str]) -> list[str]:
    return [f"{address} ({users[address]})" if address in users else address for address in to]


def replies_wanted(records: Collection[Record]) -> frozenset[ReplyTo]:
    return frozenset(parse_reply_to(text) for record in records if (text := header(record.headers, REPLY_TO)))


def is_creation(records: Collection[Record]) -> bool:
    """Whether a command makes a conversation."""
    return any(_decoded(record).get("type") == "create" for record in records)


def _present(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _decoded(record: Record) -> Mapping[str, Any]:
    """A record's JSON object; an empty one for whatever else it may hold."""
    try:
        value = orjson.loads(record.value or b"null")
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
