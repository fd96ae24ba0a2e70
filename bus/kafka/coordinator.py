"""The broker that coordinates a consumer group: found, asked, and found again when it has moved."""

from collections.abc import Mapping
from typing import Any

from aiokafka import errors as kafka_errors
from aiokafka.client import CoordinationType
from aiokafka.protocol.api import Request
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.coordination import FindCoordinatorRequest

from bus.errors import BusError, Unavailable
from bus.kafka.link import Link

_MOVED = (
    kafka_errors.GroupCoordinatorNotAvailableError,
    kafka_errors.NotCoordinatorForGroupError,
)


class Coordinator:
    """Of one group. Every method raises Unavailable when it cannot be done right now."""

    def __init__(self, link: Link, group: str) -> None:
        self._link = link
        self._group = group
        self._node: int | None = None

    async def ask(self, request: "Request[Any]", by: Link | None = None) -> Any:
        """Its answer, over `by` where that has more patience."""
        node = await self._find()
        try:
            return await (by or self._link).ask(node, request)
        except Unavailable:
            self._node = None
            raise

    async def _find(self) -> int:
        if self._node is None:
            answer = await self._link.ask_any(FindCoordinatorRequest(self._group, CoordinationType.GROUP))
            self.require(answer.error_code)
            self._node = int(answer.coordinator_id)
        return self._node

    def require(self, error: int) -> None:
        """Raises Unavailable for a passing error in an answer, BusError for a lasting one."""
        kind = kafka_errors.for_code(error)
        if kind is kafka_errors.NoError:
            return
        if issubclass(kind, _MOVED):
            self._node = None
        if kind.retriable:
            raise Unavailable(f"group {self._group}: {kind.__name__}")
        raise BusError(f"group {self._group}: {kind.__name__}")

    async def committed(self, topic: str) -> Mapping[int, int]:
        """The committed offsets on a topic, by partition."""
        answer = await self.ask(OffsetFetchRequest(self._group, None))
        self.require(answer.error_code)
        offsets = dict(answer.topics)
        return {number: offset for number, offset, *_ in offsets.get(topic, ()) if offset >= 0}
