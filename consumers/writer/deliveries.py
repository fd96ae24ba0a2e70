"""What a batch's outcomes look like on the edges' topics: one record per edge, split when it grows large."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson

from bus.ports import Outgoing
from consumers.writer.planning import Told
from schemas import deliveries
from schemas.base import Produced
from schemas.errors import ErrorBody
from schemas.frames import ConversationPush, MessagePush, Rejected, Stored
from schemas.headers import SCHEMA, headers
from schemas.messages import Message, Summary
from store.ports import SessionAddress

_HEADERS = headers(**{SCHEMA: f"{deliveries.SCHEMA_NAME}/{deliveries.SCHEMA_VERSION}"})
_MAX_RECORD_BYTES = 512 * 1024

Addresses = Mapping[str, Sequence[SessionAddress]]
Summaries = Mapping[tuple[str, str], Summary]
"""By conversation and member."""


class Mail:
    """Collects deliveries by edge, in the order they are put in."""

    def __init__(self) -> None:
        self._by_edge: dict[str, list[bytes]] = {}

    def put(self, edge_topic: str, to: Sequence[str], frame: orjson.Fragment, trace: str | None) -> None:
        delivery: dict[str, object] = {"to": to, "frame": frame}
        if trace is not None:
            delivery["trace"] = trace
        self._by_edge.setdefault(edge_topic, []).append(orjson.dumps(delivery))

    def records(self) -> Iterator[Outgoing]:
        for topic, entries in self._by_edge.items():
            for part in _split(entries):
                yield Outgoing(topic, b'{"deliveries":[' + b",".join(part) + b"]}", headers=_HEADERS)


def address(told: Iterable[Told], sessions: Addresses, summaries: Summaries) -> Mail:
    """Everyone's frames: the sender's answer first, then the members' pushes, submission by submission."""
    mail = Mail()
    for one in told:
        if one.creates and one.to_members:
            _announce(mail, one, sessions, summaries)
        _answer(mail, one)
        if one.message is not None and one.to_members:
            _push(mail, one.message, one, sessions)
    return mail


def _answer(mail: Mail, one: Told) -> None:
    reply_to = one.submission.reply_to
    if reply_to is not None:
        mail.put(reply_to.topic, (reply_to.address,), fragment(answer(one)), one.submission.trace)


def answer(one: Told) -> Stored | Rejected:
    outcome = one.outcome
    if outcome.error is not None:
        return Rejected(id=outcome.client_id, error=ErrorBody.of(outcome.error))
    return Stored(id=outcome.client_id, conversation=outcome.conversation, seq=outcome.seq, rev=outcome.rev)


def _push(mail: Mail, message: Message, one: Told, sessions: Addresses) -> None:
    frame = fragment(message_push(message))
    by_edge: dict[str, list[str]] = {}
    for user in one.outcome.addressees:
        for found in sessions.get(user, ()):
            by_edge.setdefault(found.edge_topic, []).append(found.session)
    for edge_topic, to in by_edge.items():
        mail.put(edge_topic, to, frame, one.submission.trace)


def _announce(mail: Mail, one: Told, sessions: Addresses, summaries: Summaries) -> None:
    for user in one.outcome.addressees:
        summary = summaries.get((one.outcome.conversation, user))
        if summary is None:
            continue
        frame = fragment(ConversationPush.model_construct(**dict(summary)))
        for found in sessions.get(user, ()):
            mail.put(found.edge_topic, (found.session,), frame, one.submission.trace)


def message_push(message: Message) -> MessagePush:
    return MessagePush.model_construct(**dict(message))


def fragment(frame: Produced) -> orjson.Fragment:
    return orjson.Fragment(frame.__pydantic_serializer__.to_json(frame))


def _split(entries: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    start, size = 0, 0
    for index, entry in enumerate(entries):
        if size and size + len(entry) > _MAX_RECORD_BYTES:
            yield entries[start:index]
            start, size = index, 0
        size += len(entry)
    yield entries[start:]
