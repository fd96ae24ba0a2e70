"""Group membership in memory."""

import asyncio
from collections.abc import Iterable, Mapping

from bus.errors import BusError, MembershipLost, NotOwner, UnknownTopic
from bus.membership import MembershipTimes, revoke
from bus.memory.checkpoint import Wire
from bus.memory.cluster import MemoryCluster
from bus.memory.group import Assignment, Beat, Group
from bus.ports import Ownership

_RETRY_SECONDS = 0.5
_NOTHING = Assignment(-1, frozenset())


class MemoryMembership:
    """Obeys `bus.ports.Membership`. It learns of a rebalance by its heartbeats: until then it may be a zombie."""

    def __init__(
        self, cluster: MemoryCluster, wire: Wire, times: MembershipTimes, group: str, topic: str, slot: str
    ) -> None:
        self._cluster = cluster
        self._wire = wire
        self._times = times
        self._group_name = group
        self._topic = topic
        self._slot = slot
        self._subject = f"{group}/{slot}"
        self._incarnation = 0
        self._held = _NOTHING
        self._progress_at = 0.0

    def report_progress(self) -> None:
        self._progress_at = asyncio.get_running_loop().time()

    async def run(self, ownership: Ownership) -> None:
        self.report_progress()
        self._incarnation = self._group().new_incarnation()
        try:
            while True:
                self._held = await self._join()
                ownership.assigned(self._held.partitions)
                await self._stay()
                await self._give_up(ownership)
        finally:
            await self._give_up(ownership)

    def _group(self) -> Group:
        return self._cluster.group(self._group_name, self._topic)

    async def _join(self) -> Assignment:
        while True:
            try:
                await self._wire.before("join", self._subject)
                assignment = await self._group().join(self._slot, self._incarnation)
                await self._wire.after("join", self._subject)
            except (MembershipLost, UnknownTopic):
                raise
            except BusError:
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return assignment

    async def _stay(self) -> None:
        """Returns when the partitions must be given up. Raises MembershipLost."""
        while await self._beat() is Beat.STABLE:
            await asyncio.sleep(self._times.heartbeat)
            if asyncio.get_running_loop().time() - self._progress_at > self._times.progress:
                raise MembershipLost("the workers made no progress")

    async def _beat(self) -> Beat:
        try:
            await self._wire.before("heartbeat", self._subject)
            answer = self._group().heartbeat(self._slot, self._incarnation)
            await self._wire.after("heartbeat", self._subject)
        except MembershipLost:
            raise
        except BusError:
            return Beat.STABLE
        return answer

    async def _give_up(self, ownership: Ownership) -> None:
        held = self._held.partitions
        try:
            await revoke(ownership, held, self._group_name)
        finally:
            self._held = _NOTHING

    async def committed(self, partitions: Iterable[int]) -> Mapping[int, int]:
        wanted = tuple(partitions)
        return await self._wire.ask("committed", self._subject, lambda: self._group().committed(wanted))

    async def commit(self, offsets: Mapping[int, int]) -> None:
        held = self._held
        if not offsets.keys() <= held.partitions:
            raise NotOwner("not assigned", offsets.keys() - held.partitions)
        await self._wire.before("commit", self._subject)
        self._group().commit(self._slot, self._incarnation, held.generation, offsets)
        await self._wire.after("commit", self._subject)
