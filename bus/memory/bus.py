"""One simulated process's access to the cluster in memory."""

import random

from bus.memory.admin import MemoryAdmin
from bus.memory.checkpoint import Checkpoint, Wire, pass_through
from bus.memory.cluster import MemoryCluster
from bus.memory.membership import MemoryMembership
from bus.memory.producer import MemoryProducer
from bus.memory.reader import MemoryReader
from bus.ports import Pace

DELIVERY_SECONDS = 10.0


class MemoryBus:
    """Obeys `bus.ports.Bus`. Every operation passes `checkpoint` before and after its effect on the cluster.

    `chance` places records that have no key. All times are those of the running loop's clock.
    """

    def __init__(
        self,
        cluster: MemoryCluster,
        *,
        chance: random.Random | None = None,
        checkpoint: Checkpoint = pass_through,
        delivery_timeout: float = DELIVERY_SECONDS,
    ) -> None:
        self._cluster = cluster
        self._chance = chance or random.Random(0)
        self._wire = Wire(checkpoint)
        self._delivery_timeout = delivery_timeout
        self._producers: list[MemoryProducer] = []
        self._readers: list[MemoryReader] = []

    def producer(self) -> MemoryProducer:
        producer = MemoryProducer(self._cluster, self._wire, self._chance, self._delivery_timeout)
        self._producers.append(producer)
        return producer

    def reader(self, pace: Pace = Pace.EAGER) -> MemoryReader:
        reader = MemoryReader(self._cluster, self._wire, prompted=pace is Pace.PROMPTED)
        self._readers.append(reader)
        return reader

    def admin(self) -> MemoryAdmin:
        return MemoryAdmin(self._cluster, self._wire)

    def membership(self, group: str, topic: str, member: str) -> MemoryMembership:
        return MemoryMembership(self._cluster, self._wire, self._cluster.times, group, topic, member)

    async def close(self) -> None:
        for producer in self._producers:
            await producer.close()
        for reader in self._readers:
            await reader.close()

    def crash(self) -> None:
        """What kill -9 does to this process's bus: nothing under way goes on, nothing is given up in order."""
        for producer in self._producers:
            producer.crash()
