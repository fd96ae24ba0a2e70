"""Group membership on Kafka: the classic group protocol with static members (KIP-345), and nothing fetched."""

import asyncio
import random
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import structlog
from aiokafka import errors as kafka_errors
from aiokafka.coordinator.protocol import ConsumerProtocol
from aiokafka.protocol.group import JoinGroupRequest, SyncGroupRequest

from bus.errors import MembershipLost, NotOwner, Unavailable, UnknownOutcome
from bus.kafka import topology
from bus.kafka.coordinator import Coordinator
from bus.kafka.group_requests import HeartbeatRequest, OffsetCommitRequest
from bus.kafka.link import Link
from bus.membership import MembershipTimes, revoke
from bus.ports import Ownership
from schemas import metrics

log = structlog.get_logger(__name__)

_ASSIGNOR = "slots"
_VERSION = 0
_RETRY_SECONDS = 0.3

_UNKNOWN_MEMBER = kafka_errors.UnknownMemberIdError.errno
_REBALANCING = kafka_errors.RebalanceInProgressError.errno
_OLD_GENERATION = kafka_errors.IllegalGenerationError.errno
_FENCED = 82
_NOT_OWNER = (_UNKNOWN_MEMBER, _REBALANCING, _OLD_GENERATION, _FENCED)


class _Held(NamedTuple):
    member: str
    generation: int
    partitions: frozenset[int]


_NOTHING = _Held("", -1, frozenset())


class KafkaMembership:
    """Obeys `bus.ports.Membership`.

    aiokafka's own consumer does not say which static member it is when it beats and commits: a process that was
    replaced takes the slot back, for ever in turns. `patient` is for requests that wait for the whole group.
    """

    def __init__(
        self,
        link: Link,
        patient: Link,
        chance: random.Random,
        times: MembershipTimes,
        group: str,
        topic: str,
        slot: str,
    ) -> None:
        self._link = link
        self._patient = patient
        self._chance = chance
        self._times = times
        self._group = group
        self._topic = topic
        self._slot = slot
        self._coordinator = Coordinator(link, group)
        self._member = JoinGroupRequest.UNKNOWN_MEMBER_ID
        self._held = _NOTHING
        self._progress_at = 0.0

    def report_progress(self) -> None:
        self._progress_at = asyncio.get_running_loop().time()

    async def run(self, ownership: Ownership) -> None:
        """Raises MembershipLost, and BusError when the brokers refuse the group for good."""
        self.report_progress()
        try:
            while True:
                self._hold(await self._join())
                ownership.assigned(self._held.partitions)
                await self._stay()
                await self._give_up(ownership)
        finally:
            await self._give_up(ownership)

    def _hold(self, held: _Held) -> None:
        self._held = held
        metrics.OWNED_PARTITIONS.labels(self._group).set(len(held.partitions))

    async def _give_up(self, ownership: Ownership) -> None:
        try:
            await revoke(ownership, self._held.partitions, self._group)
        finally:
            self._hold(_NOTHING)

    async def _join(self) -> _Held:
        while True:
            try:
                joined = await self._try_to_join()
            except Unavailable as failure:
                log.warning("group_not_joined", group=self._group, error=str(failure))
                joined = None
            if joined is not None:
                log.info("group_joined", group=self._group, slot=self._slot, partitions=sorted(joined.partitions))
                return joined
            await self._pause(_RETRY_SECONDS)
            self._require_progress()

    async def _try_to_join(self) -> _Held | None:
        """None when the group has moved on meanwhile."""
        joined = await self._coordinator.ask(self._join_request(), by=self._patient)
        if self._has_moved_on(joined.error_code):
            return None
        self._member = joined.member_id
        shares = await self._share_out(joined.members) if joined.leader_id == joined.member_id else []
        request = SyncGroupRequest(self._group, joined.generation_id, self._member, self._slot, shares)
        synced = await self._coordinator.ask(request, by=self._patient)
        if self._has_moved_on(synced.error_code):
            return None
        share = ConsumerProtocol.ASSIGNMENT.decode(synced.member_assignment)
        numbers = frozenset(number for topic, numbers in share.assignment if topic == self._topic for number in numbers)
        return _Held(self._member, joined.generation_id, numbers)

    def _join_request(self) -> JoinGroupRequest:
        return JoinGroupRequest(
            self._group,
            int(self._times.session * 1000),
            int(self._times.rebalance * 1000),
            self._member,
            self._slot,
            ConsumerProtocol.PROTOCOL_TYPE,
            [(_ASSIGNOR, ConsumerProtocol.METADATA(_VERSION, [self._topic], b"").encode())],
        )

    async def _share_out(self, members: Iterable[tuple[str, str, bytes]]) -> list[tuple[str, bytes]]:
        """In turns, in the order of the slots: the same slots always get the same partitions."""
        led = await topology.leaders(self._link, [self._topic])
        if self._topic not in led:
            raise Unavailable(f"there is no topic {self._topic}")
        in_order = sorted((slot, member) for member, slot, _ in members)
        numbers = sorted(led[self._topic])
        return [
            (
                member,
                ConsumerProtocol.ASSIGNMENT(_VERSION, [(self._topic, numbers[turn :: len(in_order)])], b"").encode(),
            )
            for turn, (_, member) in enumerate(in_order)
        ]

    async def _stay(self) -> None:
        """Returns when the partitions must be given up. Raises MembershipLost."""
        while True:
            try:
                answer = await self._coordinator.ask(
                    HeartbeatRequest(self._group, self._held.generation, self._member, self._slot)
                )
                if self._has_moved_on(answer.error_code):
                    return
                await self._pause(self._times.heartbeat)
            except Unavailable as failure:
                log.warning("heartbeat_failed", group=self._group, error=str(failure))
                await self._pause(_RETRY_SECONDS)
            self._require_progress()

    def _has_moved_on(self, error: int) -> bool:
        """Whether to join again. Raises MembershipLost, Unavailable, BusError."""
        if error == _FENCED:
            raise MembershipLost(f"another process took the slot {self._slot}")
        if error == _UNKNOWN_MEMBER:
            self._member = JoinGroupRequest.UNKNOWN_MEMBER_ID
        if error in _NOT_OWNER:
            log.info("group_moved_on", group=self._group, error=kafka_errors.for_code(error).__name__)
            return True
        self._coordinator.require(error)
        return False

    def _require_progress(self) -> None:
        if asyncio.get_running_loop().time() - self._progress_at > self._times.progress:
            raise MembershipLost("the workers made no progress")

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._chance.uniform(0.8, 1.0))

    async def committed(self, partitions: Iterable[int]) -> Mapping[int, int]:
        found = await self._coordinator.committed(self._topic)
        return {number: found[number] for number in partitions if number in found}

    async def commit(self, offsets: Mapping[int, int]) -> None:
        held = self._held
        if not offsets.keys() <= held.partitions:
            raise NotOwner("not assigned", offsets.keys() - held.partitions)
        request = OffsetCommitRequest(self._group, held.generation, held.member, self._slot, self._topic, offsets)
        try:
            answer = await self._coordinator.ask(request)
        except Unavailable as lost:
            raise UnknownOutcome(str(lost)) from lost
        self._judge(answer.topics)

    def _judge(self, topics: Iterable[tuple[str, Iterable[tuple[int, int]]]]) -> None:
        errors = {number: error for _, partitions in topics for number, error in partitions if error}
        if refused := [number for number, error in errors.items() if error in _NOT_OWNER]:
            raise NotOwner("the group has moved on", refused)
        for error in errors.values():
            self._coordinator.require(error)
