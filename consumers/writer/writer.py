"""One writer: a member of its group, with the handler that decides, stores and tells."""

from collections.abc import Callable
from random import Random

from bus.ports import Bus, Partition
from bus.runner import GroupRunner, RunnerConfig
from consumers.writer.emitting import Emitter
from consumers.writer.handler import WriterConfig, WriterHandler
from schemas.topics import CONVERSATIONS, WRITER_GROUP
from store.errors import StoreUnavailable
from store.ports import Store

GROUP = WRITER_GROUP


class Writer:
    """The ordered consumer of `conversations`."""

    def __init__(
        self,
        bus: Bus,
        store: Store,
        random: Random,
        now: Callable[[], int],
        config: WriterConfig,
        member: str = "writer-1",
    ) -> None:
        """`now` in epoch milliseconds, `member` the slot in the consumer group, the same after a restart."""
        producer = bus.producer()
        handler = WriterHandler(
            store.decisions,
            Emitter(store.sessions, store.conversations, producer),
            self._still_owner,
            random,
            config,
        )
        self._runner = GroupRunner(
            bus.membership(GROUP, CONVERSATIONS, member),
            bus.reader(),
            producer,
            handler,
            random,
            now,
            RunnerConfig(GROUP, CONVERSATIONS, retryable=(StoreUnavailable,)),
        )

    async def run(self) -> None:
        """Work until cancelled; then finish the batch in hand, commit and leave the group."""
        await self._runner.run()

    async def _still_owner(self, partitions: frozenset[Partition]) -> None:
        await self._runner.still_owner(partitions)
