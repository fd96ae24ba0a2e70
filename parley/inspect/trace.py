"""One message's, or one command's, way through every hop."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bus.ports import Bus, Partition, Record
from domain.conversation import Made, Outcome
from domain.decision import outcome_of
from parley.inspect import hops, places
from parley.inspect.dead_letters import is_mark
from parley.inspect.hops import Addressed, CommandName, Hop
from parley.inspect.running import Failure
from parley.inspect.searching import CLOCKS_DIFFER, Found, Search
from schemas.ids import message_id
from schemas.times import rfc3339, to_millis
from schemas.topics import CONVERSATIONS, DEAD_LETTERS, EVENTS
from store.ports import Store

SCANNED = 10_000
"""Records read of each partition: with a traffic of 1,000 messages a second, some minutes of `conversations`."""


@dataclass(frozen=True, slots=True)
class Trace:
    name: CommandName
    outcome: Outcome | None
    """None while it is undecided."""
    hops: Sequence[Hop]


async def name_of(store: Store, conversation: str, seq: int) -> CommandName:
    """The command that made a message. Raises Failure when there is no such message, StoreUnavailable."""
    message = await store.conversations.message(conversation, seq)
    if message is None:
        raise Failure(f"there is no message {message_id(conversation, seq)}")
    return CommandName(conversation, message.sender, message.client_id)


async def trace(bus: Bus, store: Store, name: CommandName, *, limit: int = SCANNED) -> Trace:
    """Every hop that can still be found. Raises Failure for a command nobody knows, Unavailable, StoreUnavailable."""
    found = (await store.decisions.outcomes([name.key])).get(name.key)
    outcome = outcome_of(found, ()) if isinstance(found, Made) else found
    tracer = _Tracer(bus, store, name, outcome, Search(bus, limit))
    return Trace(name, outcome, await tracer.hops())


class _Tracer:
    """Follows one command from hop to hop: what one hop tells, the next is found by."""

    def __init__(self, bus: Bus, store: Store, name: CommandName, outcome: Outcome | None, search: Search) -> None:
        self._admin = bus.admin()
        self._store = store
        self._name = name
        self._outcome = outcome
        self._search = search

    async def hops(self) -> Sequence[Hop]:
        since = _sent_at(self._outcome)
        commands = await self._search.find(await places.of_user(self._admin, self._name.sender), since, self._carries)
        if since is None and commands.records:
            since = commands.records[0].timestamp
        forwarded = await self._search.find(await self._keyed(CONVERSATIONS), since, self._carries)
        if self._outcome is None and not commands.records and not forwarded.records:
            raise Failure(f"there is no trace of the command {self._name.key}")
        return [
            *_or_missing(hops.COMMAND, hops.command_hops(hops.COMMAND, commands.records), commands),
            *_or_missing(hops.CONVERSATIONS, hops.command_hops(hops.CONVERSATIONS, forwarded.records), forwarded),
            *await self._decided(forwarded.records),
            *await self._told([*commands.records, *forwarded.records], _earlier(since)),
        ]

    def _carries(self, record: Record) -> bool:
        return hops.carries(record, self._name)

    async def _keyed(self, topic: str) -> list[Partition]:
        return await places.of_conversation(self._admin, topic, self._name.conversation)

    async def _decided(self, forwarded: Sequence[Record]) -> Iterable[Hop]:
        match self._outcome:
            case None:
                return [Hop(hops.STORED, missing="not decided (yet)"), *await self._dead_letters(forwarded)]
            case Outcome(error=None, seq=seq, rev=rev, at=at):
                return [Hop(hops.STORED, details={"seq": seq, "rev": rev, "sent_at": rfc3339(at)})]
            case Outcome(error=error, at=at):
                return [Hop(hops.REJECTED, details={"error": error, "sent_at": rfc3339(at)})]

    async def _dead_letters(self, forwarded: Sequence[Record]) -> Iterable[Hop]:
        """Where an undecided command may be instead."""
        origins = {f"{record.topic}/{record.partition}/{record.offset}".encode() for record in forwarded}
        if not origins:
            return []
        found = await self._search.find(
            await places.of_topic(self._admin, DEAD_LETTERS),
            _earlier(forwarded[0].timestamp),
            lambda record: record.key in origins and not is_mark(record),
        )
        return [hops.dead_letter_hop(record) for record in found.records]

    async def _told(self, carriers: Sequence[Record], since: int | None) -> Iterable[Hop]:
        """The event, and what the edges were given: answers to the sender, pushes to the members."""
        if self._outcome is None:
            return []
        if self._outcome.error is not None:
            return await self._deliveries(carriers, (), since)
        told = await self._search.find(
            await self._keyed(EVENTS), since, lambda record: hops.tells_of(record, self._name)
        )
        events = _or_missing(hops.EVENT, map(hops.event_hop, told.records), told)
        return [*events, *await self._deliveries(carriers, told.records, since)]

    async def _deliveries(self, carriers: Sequence[Record], told: Sequence[Record], since: int | None) -> Iterable[Hop]:
        edges = await places.of_edges(self._admin)
        found = await self._search.find(edges, since, lambda record: hops.delivers(record, self._name))
        sought = Addressed(
            self._name, hops.replies_wanted(carriers), hops.is_creation(carriers), await self._sessions(told)
        )
        delivered = [hop for record in found.records for hop in hops.delivery_hops(record, sought)]
        return delivered or [Hop(hops.PUSH, missing=_undelivered(edges, found))]

    async def _sessions(self, told: Sequence[Record]) -> Mapping[str, str]:
        """Whose each open session is, of those who were told."""
        users = {self._name.sender}.union(*map(hops.members_told, told))
        open_now = await self._store.sessions.of(users)
        return {address.session: user for user, addresses in open_now.items() for address in addresses}


def _or_missing(name: str, present: Iterable[Hop], found: Found) -> Sequence[Hop]:
    return tuple(present) or (Hop(name, missing=found.why_not),)


def _undelivered(edges: Sequence[Partition], found: Found) -> str:
    if not edges:
        return "no edge or api process has a topic"
    return f"in none of {len(edges)} edge topics, which keep 10 minutes: {found.why_not}"


def _sent_at(outcome: Outcome | None) -> int | None:
    return None if outcome is None else to_millis(outcome.at)


def _earlier(millis: int | None) -> int | None:
    """The broker's clock stamps commands; events and deliveries carry the writer's, which may be behind it."""
    return None if millis is None else millis - CLOCKS_DIFFER // timedelta(milliseconds=1)
