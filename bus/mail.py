"""Frames on their way to sessions: one record for each edge's topic, split when it grows large."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Sequence

import orjson

from bus.errors import UnknownTopic
from bus.ports import Outgoing, Position, Producer
from schemas import deliveries
from schemas.base import Produced
from schemas.errors import CloseCode
from schemas.frames import SignedOut
from schemas.headers import SCHEMA, headers

_HEADERS = headers(**{SCHEMA: f"{deliveries.SCHEMA_NAME}/{deliveries.SCHEMA_VERSION}"})
_MAX_RECORD_BYTES = 512 * 1024


class Mail:
    """Collects deliveries by edge, in the order they are put in."""

    def __init__(self) -> None:
        self._by_edge: dict[str, list[bytes]] = {}

    def put(
        self,
        edge_topic: str,
        to: Sequence[str],
        frame: orjson.Fragment,
        trace: str | None = None,
        close: int | None = None,
    ) -> None:
        """`close`: the sessions end with this code after the frame."""
        delivery: dict[str, object] = {"to": to, "frame": frame}
        if trace is not None:
            delivery["trace"] = trace
        if close is not None:
            delivery["close"] = close
        self._by_edge.setdefault(edge_topic, []).append(orjson.dumps(delivery))

    def put_to_all(
        self,
        sessions: Iterable[tuple[str, str]],
        frame: orjson.Fragment,
        trace: str | None = None,
        close: int | None = None,
    ) -> None:
        """The same frame for many sessions, each with its edge's topic: one delivery for each edge."""
        by_edge: dict[str, list[str]] = {}
        for session, edge_topic in sessions:
            by_edge.setdefault(edge_topic, []).append(session)
        for edge_topic, to in by_edge.items():
            self.put(edge_topic, to, frame, trace, close)

    def records(self) -> Iterator[Outgoing]:
        for topic, entries in self._by_edge.items():
            for part in _split(entries):
                yield Outgoing(topic, b'{"deliveries":[' + b",".join(part) + b"]}", headers=_HEADERS)


def signed_out(sessions: Iterable[tuple[str, str]]) -> Iterator[Outgoing]:
    """The word that these sessions' sign-ins are over, after which they are closed."""
    mail = Mail()
    mail.put_to_all(sessions, fragment(SignedOut()), close=CloseCode.AUTHENTICATE)
    return mail.records()


def fragment(frame: Produced) -> orjson.Fragment:
    """A frame encoded once, however many it is for."""
    return orjson.Fragment(frame.__pydantic_serializer__.to_json(frame))


async def post(producer: Producer, messages: Iterable[Outgoing]) -> None:
    """Returns when Kafka has all of it. A topic that is no more counts as told: its edge is over, and its clients will
    resume elsewhere, from the store. Raises Unavailable, UnknownOutcome."""
    acknowledgements = [found for message in messages if (found := await _enqueue(producer, message)) is not None]
    for outcome in await asyncio.gather(*acknowledgements, return_exceptions=True):
        if isinstance(outcome, BaseException) and not isinstance(outcome, UnknownTopic):
            raise outcome


async def _enqueue(producer: Producer, message: Outgoing) -> Awaitable[Position] | None:
    try:
        return await producer.enqueue(message)
    except UnknownTopic:
        return None


def _split(entries: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    start, size = 0, 0
    for index, entry in enumerate(entries):
        if size and size + len(entry) > _MAX_RECORD_BYTES:
            yield entries[start:index]
            start, size = index, 0
        size += len(entry)
    yield entries[start:]
