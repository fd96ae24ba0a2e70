"""A look at records: by topic, by user, by conversation, by time, by text."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

import orjson

from bus.ports import Admin, Bus, Partition, Record
from parley.inspect import places
from parley.inspect.running import Failure
from parley.inspect.scanning import POLL_RECORDS, POLL_SECONDS, Spans, scan, spans
from schemas.times import to_millis

MAX_SCANNED = 200_000
"""So many records one look reads at most: some seconds."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which records are meant; all that is given must hold.

    Without a topic, a user's records are his commands, a conversation's those it is the key of; with one, they are
    those that name the user or the conversation.
    """

    topic: str | None = None
    user: str | None = None
    conversation: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    grep: str | None = None
    limit: int = 20
    newest: bool = True
    """Of more than `limit` records, whether the newest are meant or the oldest."""

    def matches(self, record: Record) -> bool:
        return all(_names(record, wanted) for wanted in self._named()) and (
            self.grep is None or _escaped(self.grep) in (record.value or b"")
        )

    def _named(self) -> list[str]:
        return [wanted for wanted in (self.user, self.conversation) if wanted is not None]

    @property
    def takes_all(self) -> bool:
        """Whether every record of the topic and the time is meant."""
        return self.grep is None and not self._named()


def _escaped(text: str) -> bytes:
    """As the text stands within JSON."""
    return orjson.dumps(text)[1:-1]


def _names(record: Record, wanted: str) -> bool:
    needle = wanted.encode()
    return wanted in record.topic or needle in (record.key or b"") or needle in (record.value or b"")


@dataclass(frozen=True, slots=True)
class Peek:
    records: Sequence[Record]
    """In order of time."""
    unscanned: int
    """Records that the query asks about and that were not looked at: it was too much."""
    looked_at: Spans


async def peek(bus: Bus, query: Query) -> Peek:
    """The records there are now. Raises Failure when there is no such topic, Unavailable."""
    admin = bus.admin()
    since, until = (None if instant is None else to_millis(instant) for instant in (query.since, query.until))
    there = await spans(admin, await _partitions(admin, query), since, until)
    clipped = _clip(there, query)
    records = await _matching(bus, clipped, query)
    unscanned = 0 if query.takes_all else sum(there[p].size - clipped[p].size for p in there)
    return Peek(records, unscanned, there)


async def follow(bus: Bus, query: Query, after: Spans) -> AsyncGenerator[Record, None]:
    """The records that come after those looked at, for as long as it is read. To be closed."""
    reader = bus.reader()
    try:
        reader.add({partition: span.end for partition, span in after.items()})
        while True:
            for records in (await reader.poll(POLL_SECONDS, POLL_RECORDS)).values():
                for record in records:
                    if query.matches(record):
                        yield record
    finally:
        await reader.close()


async def _partitions(admin: Admin, query: Query) -> list[Partition]:
    match query:
        case Query(topic=str(topic), conversation=None):
            return _required(await places.of_topic(admin, topic), f"there is no topic {topic}")
        case Query(topic=str(topic), conversation=str(conversation)):
            return _required(await places.of_conversation(admin, topic, conversation), f"there is no topic {topic}")
        case Query(user=str(user)):
            return _required(await places.of_user(admin, user), f"{user} has no topic: nothing was sent in days")
        case Query(conversation=str(conversation)):
            topics = places.KEYED_BY_CONVERSATION
            return [p for topic in topics for p in await places.of_conversation(admin, topic, conversation)]
        case _:
            raise Failure("say what to look at: a topic, a user or a conversation")


def _required(partitions: list[Partition], otherwise: str) -> list[Partition]:
    if not partitions:
        raise Failure(otherwise)
    return partitions


def _clip(there: Spans, query: Query) -> Spans:
    share = MAX_SCANNED // max(1, len(there))
    if query.takes_all:
        share = min(share, query.limit)
    return {p: span.newest(share) if query.newest else span.oldest(share) for p, span in there.items()}


async def _matching(bus: Bus, wanted: Spans, query: Query) -> Sequence[Record]:
    found: list[Record] = []
    async with aclosing(scan(bus, wanted)) as records:
        async for record in records:
            if query.matches(record):
                found.append(record)
                if len(found) > query.limit + POLL_RECORDS:
                    found = _cut(found, query)
    return _cut(found, query)


def _cut(found: Sequence[Record], query: Query) -> list[Record]:
    ordered = sorted(found, key=lambda record: (record.timestamp, record.topic, record.partition, record.offset))
    return ordered[-query.limit :] if query.newest else ordered[: query.limit]
