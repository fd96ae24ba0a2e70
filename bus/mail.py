"""Frames on their way to sessions: one record for each edge's topic, split when it grows large."""

from collections.abc import Iterator, Sequence

import orjson

from bus.ports import Outgoing
from schemas import deliveries
from schemas.base import Produced
from schemas.headers import SCHEMA, headers

_HEADERS = headers(**{SCHEMA: f"{deliveries.SCHEMA_NAME}/{deliveries.SCHEMA_VERSION}"})
_MAX_RECORD_BYTES = 512 * 1024


class Mail:
    """Collects deliveries by edge, in the order they are put in."""

    def __init__(self) -> None:
        self._by_edge: dict[str, list[bytes]] = {}

    def put(self, edge_topic: str, to: Sequence[str], frame: orjson.Fragment, trace: str | None = None) -> None:
        delivery: dict[str, object] = {"to": to, "frame": frame}
        if trace is not None:
            delivery["trace"] = trace
        self._by_edge.setdefault(edge_topic, []).append(orjson.dumps(delivery))

    def records(self) -> Iterator[Outgoing]:
        for topic, entries in self._by_edge.items():
            for part in _split(entries):
                yield Outgoing(topic, b'{"deliveries":[' + b",".join(part) + b"]}", headers=_HEADERS)


def fragment(frame: Produced) -> orjson.Fragment:
    """A frame encoded once, however many it is for."""
    return orjson.Fragment(frame.__pydantic_serializer__.to_json(frame))


def _split(entries: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    start, size = 0, 0
    for index, entry in enumerate(entries):
        if size and size + len(entry) > _MAX_RECORD_BYTES:
            yield entries[start:index]
            start, size = index, 0
        size += len(entry)
    yield entries[start:]
