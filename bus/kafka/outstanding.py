"""What a producer has taken and not yet answered for: bounded, and never older than the delivery time."""

import asyncio
from collections import deque
from dataclasses import dataclass

from bus.errors import BusError, Unavailable, UnknownOutcome
from bus.ports import Position


@dataclass(slots=True, eq=False)
class Pending:
    enqueued_at: float
    size: int
    acknowledged: "asyncio.Future[Position]"
    settled: bool = False

    def answer(self, position: Position) -> None:
        if not self.acknowledged.done():
            self.acknowledged.set_result(position)

    def fail(self, failure: BusError) -> None:
        if not self.acknowledged.done():
            self.acknowledged.set_exception(failure)
            self.acknowledged.exception()  # it may be dropped unawaited, which is no error


class Outstanding:
    """Records in the order of their enqueueing."""

    def __init__(self, most_records: int, most_bytes: int) -> None:
        self._most_records = most_records
        self._most_bytes = most_bytes
        self._pending: deque[Pending] = deque()
        self._records = 0
        self._bytes = 0
        self._changed = asyncio.Event()

    @property
    def full(self) -> bool:
        return self._records >= self._most_records or self._bytes >= self._most_bytes

    async def wait_for_room(self, seconds: float) -> None:
        """Raises Unavailable when there is none in time."""
        try:
            async with asyncio.timeout(seconds):
                while self.full:
                    await self._change()
        except TimeoutError as late:
            raise Unavailable(f"{self._records} records wait to be sent") from late

    async def wait_until_empty(self, seconds: float) -> None:
        """Returns after `seconds` at the latest, empty or not."""
        try:
            async with asyncio.timeout(seconds):
                while self._records:
                    await self._change()
        except TimeoutError:
            return

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def take(self, now: float, size: int, acknowledged: "asyncio.Future[Position]") -> Pending:
        pending = Pending(now, size, acknowledged)
        self._pending.append(pending)
        self._records += 1
        self._bytes += size
        return pending

    def settle(self, pending: Pending) -> None:
        pending.settled = True
        self._records -= 1
        self._bytes -= pending.size
        self._changed.set()

    def oldest(self) -> float | None:
        """When the oldest one that is not settled was taken."""
        while self._pending and self._pending[0].settled:
            self._pending.popleft()
        return self._pending[0].enqueued_at if self._pending else None

    def give_up(self, produced_at: float) -> None:
        """Answer all: those taken after the last request left are certainly not appended, the others perhaps."""
        for pending in self._pending:
            if pending.settled:
                continue
            self.settle(pending)
            if pending.enqueued_at > produced_at:
                pending.fail(Unavailable("no broker took it in time"))
            else:
                pending.fail(UnknownOutcome("no acknowledgement in time"))
        self._pending.clear()
