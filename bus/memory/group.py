"""A consumer group's coordinator: static members (KIP-345), generations, eager rebalances, committed offsets."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from bus.errors import MembershipLost, NotOwner
from bus.membership import MembershipTimes


class Assignment(NamedTuple):
    generation: int
    partitions: frozenset[int]


class Beat(Enum):
    """What a heartbeat is answered."""

    STABLE = auto()
    REBALANCING = auto()
    UNKNOWN = auto()
    """The session had expired: join anew."""


@dataclass(slots=True)
class _Member:
    incarnation: int
    """Tells the process that holds the slot now from those that held it before."""
    joined: "asyncio.Future[Assignment] | None" = None
    expiry: asyncio.TimerHandle | None = None
    owned: frozenset[int] = frozenset()

    def answer(self, assignment: Assignment) -> None:
        self.owned = assignment.partitions
        if self.joined is not None and not self.joined.done():
            self.joined.set_result(assignment)
        self.joined = None

    def fence(self) -> None:
        if self.joined is not None and not self.joined.done():
            self.joined.set_exception(MembershipLost("another process took the slot"))
            self.joined.exception()  # its waiter may be gone
        self.joined = None

    def disarm(self) -> None:
        if self.expiry is not None:
            self.expiry.cancel()


class Group:
    """The coordinator of one group on one topic. Its times are those of the running loop's clock, in seconds."""

    def __init__(self, partitions: int, times: MembershipTimes) -> None:
        self._partitions = partitions
        self._times = times
        self._members: dict[str, _Member] = {}
        self._incarnations = 0
        self._generation = 0
        self._rebalance: asyncio.TimerHandle | None = None
        self._committed: dict[int, int] = {}

    def new_incarnation(self) -> int:
        """A name for one process's hold on a slot, new each time."""
        self._incarnations += 1
        return self._incarnations

    def join(self, slot: str, incarnation: int) -> "asyncio.Future[Assignment]":
        """Ask for a share; answered when everybody has. Raises MembershipLost (by the future) when the slot is taken.

        A slot that is known, in a group that is at rest, is taken over at once, with its partitions.
        """
        joined: asyncio.Future[Assignment] = asyncio.get_running_loop().create_future()
        member = self._members.get(slot)
        if member is None:
            self._members[slot] = _Member(incarnation, joined)
            self._begin_rebalance()
        elif member.incarnation != incarnation:
            self._take_over(slot, member, incarnation, joined)
        else:
            member.joined = joined
            self._begin_rebalance()
        self._finish_if_all_joined()
        return joined

    def _take_over(self, slot: str, member: _Member, incarnation: int, joined: "asyncio.Future[Assignment]") -> None:
        member.fence()
        member.incarnation = incarnation
        member.joined = joined
        if self._rebalance is None:
            member.answer(Assignment(self._generation, member.owned))
            self._rearm(slot, member)

    def heartbeat(self, slot: str, incarnation: int) -> Beat:
        """Raises MembershipLost when another process took the slot."""
        member = self._members.get(slot)
        if member is None:
            return Beat.UNKNOWN
        if member.incarnation != incarnation:
            raise MembershipLost("another process took the slot")
        self._rearm(slot, member)
        return Beat.STABLE if self._rebalance is None else Beat.REBALANCING

    def commit(self, slot: str, incarnation: int, generation: int, offsets: Mapping[int, int]) -> None:
        """Raises NotOwner unless the member holds these partitions in this generation."""
        member = self._members.get(slot)
        if member is None or member.incarnation != incarnation or generation != self._generation:
            raise NotOwner("the group has moved on", offsets)
        if not offsets.keys() <= member.owned:
            raise NotOwner("not assigned", offsets.keys() - member.owned)
        self._committed.update(offsets)

    def committed(self, partitions: Iterable[int] | None = None) -> Mapping[int, int]:
        wanted = self._committed if partitions is None else partitions
        return {number: self._committed[number] for number in wanted if number in self._committed}

    def _begin_rebalance(self) -> None:
        if self._rebalance is None:
            loop = asyncio.get_running_loop()
            self._rebalance = loop.call_later(self._times.rebalance, self._finish_with_those_present)

    def _finish_if_all_joined(self) -> None:
        if self._rebalance is not None and all(member.joined is not None for member in self._members.values()):
            self._rebalance.cancel()
            self._finish_with_those_present()

    def _finish_with_those_present(self) -> None:
        self._rebalance = None
        for slot in [slot for slot, member in self._members.items() if member.joined is None]:
            self._members.pop(slot).disarm()
        self._generation += 1
        slots = sorted(self._members)
        for index, slot in enumerate(slots):
            member = self._members[slot]
            member.answer(Assignment(self._generation, frozenset(range(index, self._partitions, len(slots)))))
            self._rearm(slot, member)

    def _rearm(self, slot: str, member: _Member) -> None:
        member.disarm()
        member.expiry = asyncio.get_running_loop().call_later(self._times.session, self._silent, slot)

    def _silent(self, slot: str) -> None:
        """A member that waits for the rebalance's end need not beat; any other has gone."""
        if self._members[slot].joined is None:
            self._expire(slot)

    def _expire(self, slot: str) -> None:
        member = self._members.pop(slot)
        member.disarm()
        member.fence()
        if self._members:
            self._begin_rebalance()
            self._finish_if_all_joined()
        elif self._rebalance is not None:
            self._rebalance.cancel()
            self._rebalance = None
