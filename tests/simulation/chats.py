"""Ephemeral chats in the simulated fleet: two people without accounts each, who talk until one of them or a timer ends
it; then nothing of it may be left, and nothing of it may ever come back.

What is stored of a chat goes two minutes after its end: it is looked at all the while, for the judge.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from random import Random

from bus.memory import MemoryCluster
from bus.ports import Outgoing, Partition, Record
from domain.conversation import Applied, Conversation, Outcome
from domain.ephemeral import TIMERS, EphemeralChat, Seat, Timer, timer_id
from domain.sealing import WrappedKey
from loadtests import history
from loadtests.entries import of_frame, of_message
from loadtests.history import Done, StoredConversation
from producer_gateway.api.starting_chats import timer
from producer_gateway.chat_view import ChatView
from producer_gateway.seat_tokens import Purpose, SeatPass
from producer_gateway.submitting import NotSubmitted
from producer_gateway.tokens import AccessTokens
from schemas.commands import Command, CreateConversation, EndChat
from schemas.messages import ConversationKind, Message
from schemas.topics import CONVERSATIONS, USER_TOPIC_PREFIX, USER_TOPICS
from store.errors import StoreError
from store.memory import MemoryDatabase, MemoryStore
from store.ports import Deadline
from tests.simulation import deeds
from tests.simulation.devices import Account, Device
from tests.simulation.network import Network, Refused

CHATS = 3
SAYINGS = 8
DEVICES = 2
"""Of each person."""
BEGIN = "begin"
SECRET = "secret-"
"""How every text begins: nothing but devices may ever see it."""
_HOUR = timedelta(hours=1)
_PATIENCE = timedelta(seconds=24)
_AGE = timedelta(seconds=45)
_UNCLAIMED = timedelta(seconds=30)
_ASKED_SECONDS = 10.0
_GONE_SECONDS = 600.0
"""Two minutes after the end, by sweeps that may die."""
_AFTERWARDS_SECONDS = 40.0


class Fate(Enum):
    """How it ends."""

    ONE_ENDS_IT = "one ends it"
    BOTH_END_IT = "both end it"
    SILENCE = "silence"
    AGE = "age"
    UNCLAIMED = "unclaimed"
    """One of the two never enters."""
    STILLBORN = "stillborn"
    """Whoever started it died on the way: there are seats and timers, and no conversation."""


_FATES = (*(Fate.ONE_ENDS_IT, Fate.BOTH_END_IT) * 3, *(Fate.SILENCE,) * 3, Fate.AGE, Fate.UNCLAIMED, Fate.STILLBORN)


@dataclass(slots=True)
class Kept:
    """All that the store ever held of a chat."""

    state: Conversation | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    made: dict[int, int] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def look(self, chat: str, database: MemoryDatabase) -> None:
        state = database.conversations.get(chat)
        if state is None or (self.state is not None and not state.members and not state.former):
            return  # not there yet, or destroyed
        self.state = state
        self.messages = dict(database.messages.get(chat, {}))
        self.made = {seq: rev for conversation, seq, rev in database.commands.values() if conversation == chat}
        self.outcomes |= {key: one for key, one in database.outcomes.items() if one.conversation == chat}

    def decided(self) -> Iterator[str]:
        """Client ids."""
        yield from (message.client_id for message in self.messages.values())
        yield from (outcome.client_id for outcome in self.outcomes.values())


class Chat:
    """One of them, from its start to its end."""

    def __init__(self, number: int, tokens: AccessTokens, network: Network, account: Account, random: Random) -> None:
        self.id = f"c_{50 + number:026d}"
        self.fate = random.choice(_FATES)
        self.names = {f"u_{60 + 2 * number + n:026d}": f"{name}-of-{number}" for n, name in enumerate(("Ann", "Ben"))}
        self.kept = Kept()
        self.absent: list[Device] = []
        """They leave before the end, and come back when all is over."""
        self._number = number
        self._network = network
        self._random = random
        self._key = random.randbytes(32)
        here = list(self.names)[: {Fate.UNCLAIMED: 1, Fate.STILLBORN: 0}.get(self.fate, 2)]
        # Receipts of what is destroyed are nobody's to judge.
        own = Account(account.sent, {}, account.oddities)
        self.devices = [
            Device(
                user,
                f"seat-{device}",
                tokens.seats.issue(self._pass(user), Purpose.ACCESS),
                network,
                own,
                Random(random.random()),
                trusting=device % 2 == 0,
            )
            for user in here
            for device in range(DEVICES)
        ]
        for device in self.devices:
            device.leave()  # until they have entered

    def _pass(self, user: str) -> SeatPass:
        (peer,) = self.names.keys() - {user}
        times = datetime.fromisoformat("2026-01-01T00:00:00Z"), datetime.fromisoformat("2026-01-08T00:00:00Z")
        return SeatPass(self.id, user, self.names[user], peer, self.names[peer], self._key, f"link-{user}", *times)

    async def live(self, now: Callable[[], datetime]) -> None:
        await asyncio.sleep(self._random.uniform(0.0, 10.0))
        await self._start(now)
        if self.fate is Fate.STILLBORN:
            return
        await self._enter(now)
        await self._talk()
        await self._end()

    # What they ask the api for, as `producer_gateway.api.chats` does it.

    async def _start(self, now: Callable[[], datetime]) -> None:
        seats = [Seat(user, name, f"hash-{user}", WrappedKey(b"", b"", b"")) for user, name in self.names.items()]
        inactivity = _PATIENCE if self.fate is Fate.SILENCE else _HOUR
        longest = _AGE if self.fate is Fate.AGE else 10 * _HOUR
        began = now()
        chat = EphemeralChat(self.id, (seats[0], seats[1]), began, began + longest, inactivity)
        unclaimed = _UNCLAIMED if self.fate in (Fate.UNCLAIMED, Fate.STILLBORN) else longest
        timers = [timer(self.id, Timer.UNCLAIMED, began + unclaimed), timer(self.id, Timer.AGE, chat.expires_at)]

        async def keep(store: MemoryStore) -> None:
            await store.deadlines.set(timers)
            await store.chats.create(chat)

        await self._at_the_api(keep)
        if self.fate is not Fate.STILLBORN:
            await self._ask(self._founding())

    def _founding(self) -> Command:
        first, second = self.names
        return CreateConversation(
            conversation=self.id,
            sender=first,
            client_id=BEGIN,
            kind=ConversationKind.EPHEMERAL,
            epoch="epoch",
            members=(first, second),
        )

    async def _enter(self, now: Callable[[], datetime]) -> None:
        for user in dict.fromkeys(device.user for device in self.devices):

            async def claim(store: MemoryStore, user: str = user) -> None:
                at, payload = now(), {"conversation": self.id, "timer": Timer.SILENCE.value}
                silence = Deadline(timer_id(self.id, Timer.SILENCE), TIMERS, at + _PATIENCE / 2, payload)
                await store.deadlines.set([silence])
                await store.chats.claim(self.id, user, at)

            await self._at_the_api(claim)
            for device in self.devices:
                if device.user == user:
                    device.come_back()

    async def _at_the_api(self, work: Callable[[MemoryStore], Awaitable[None]]) -> None:
        """Again until it is done."""
        while True:
            try:
                async with asyncio.timeout(_ASKED_SECONDS):
                    return await self._network.desk.do(work)
            except (TimeoutError, Refused, StoreError):
                await asyncio.sleep(self._random.uniform(0.05, 1.0))

    async def _ask(self, command: Command) -> None:
        """Again, with the same key, until it is known what became of it."""
        while True:
            try:
                async with asyncio.timeout(_ASKED_SECONDS):
                    if await self._network.desk.ask(command) is not None:
                        return
            except (TimeoutError, Refused):
                pass
            except NotSubmitted as error:
                if error.final:
                    return
            await asyncio.sleep(self._random.uniform(0.05, 1.0))

    # What they do on their sockets.

    async def _talk(self) -> None:
        for number in range(SAYINGS):
            await asyncio.sleep(self._random.uniform(0.0, 2.5))
            device = self._somebody()
            if device is not None:
                self._say(device, f"k{self._number}-{number}")
                self._change(self._random.choice(self.devices), f"kc{self._number}-{number}")

    def _somebody(self) -> Device | None:
        """With a chat in front of him that has not ended."""
        there = [device for device in self.devices if device.seen and not device.ends and device not in self.absent]
        return self._random.choice(there) if there else None

    def _say(self, device: Device, client_id: str) -> None:
        device.say(client_id, self.id, f"{SECRET}{client_id}")

    def _change(self, device: Device, client_id: str) -> None:
        wish = None if device.ends or device in self.absent else deeds.change(device, self.id, self._random)
        if wish is not None:
            device.change(client_id, self.id, wish, f"{SECRET}{client_id}" if wish.kind == "edit" else "")

    async def _end(self) -> None:
        if self._random.random() < 0.5:
            self.absent = [self._random.choice(self.devices)]
            self.absent[0].leave()
        if self.fate is Fate.SILENCE and self._random.random() < 0.7:
            await asyncio.sleep(_PATIENCE.total_seconds() - self._random.uniform(-0.5, 2.0))
            device = self._somebody()
            if device is not None:
                self._say(device, f"k{self._number}-late")
        if self.fate in (Fate.ONE_ENDS_IT, Fate.BOTH_END_IT):
            users = list(self.names)
            enders = users if self.fate is Fate.BOTH_END_IT else self._random.sample(users, k=1)
            async with asyncio.TaskGroup() as tasks:
                for user in enders:
                    tasks.create_task(self._end_as(user))
                device = self._somebody()
                if device is not None:
                    self._say(device, f"k{self._number}-racing")

    async def _end_as(self, user: str) -> None:
        device = self._random.choice([one for one in self.devices if one.user == user and one not in self.absent])
        if self._random.random() < 0.5:
            device.end(self.id)
        else:
            await self._ask(EndChat(conversation=self.id, sender=user, client_id=f"end-{user[-2:]}"))

    # What the judge asks.

    @property
    def over(self) -> bool:
        """It has ended, and whoever is there has been told."""
        state = self.kept.state
        ended = state is not None and state.ended_at is not None
        return ended and all(device.ends for device in self.devices if device not in self.absent)

    def stored(self) -> StoredConversation | None:
        """What the store held, its texts opened as one of the two opens them."""
        kept, state = self.kept, self.kept.state
        if state is None:
            return None
        view = ChatView(self._pass(next(iter(self.names))))
        done = [each for each in kept.outcomes.values() if each.error is None and not _is_frame_of_life(each)]
        by = state.ended_by or ""
        return StoredConversation(
            id=self.id,
            epoch=state.epoch,
            seq=state.seq,
            rev=state.rev,
            members=frozenset(self.names),
            messages=[of_message(message) for message in view.messages(kept.messages.values())],
            made=kept.made,
            done=[Done(o.sender, o.client_id, o.seq, o.rev, changed=bool(o.addressees)) for o in done],
            refused={(o.sender, o.client_id): o.error.value for o in kept.outcomes.values() if o.error is not None},
            ended=None if state.ended_at is None else self.names.get(by, by),
        )

    def seen_by(self) -> list[history.Device]:
        return [
            history.Device(
                device.user,
                device.name,
                [of_frame(message) for seen in device.seen.values() for message in seen.taken],
                caught_up=device not in self.absent and not device.told_late,
                strays=device.strays,
                ends=device.ends,
            )
            for device in self.devices
        ]

    def findings(self) -> Iterator[str]:
        state = self.kept.state
        if state is None or state.ended_at is None:
            yield f"{self.id} ({self.fate.value}) has not ended"
            return
        if state.ended_by not in self._enders():
            yield f"{self.id} ({self.fate.value}) was ended by {state.ended_by}"
        said = max((message.sent_at for message in self.kept.messages.values()), default=None)
        if self.fate is Fate.SILENCE and said is not None and state.ended_at - said < _PATIENCE:
            yield f"{self.id} was ended for silence {state.ended_at - said} after something was said"
        if any(SECRET in (message.text or "") for message in self.kept.messages.values()):
            yield f"{self.id} is stored in the clear"
        for device in self.devices:
            if len(device.ends) != 1:
                yield f"{device.title} was told {len(device.ends)} times that {self.id} has ended"

    def _enders(self) -> frozenset[str]:
        match self.fate:
            case Fate.ONE_ENDS_IT | Fate.BOTH_END_IT:
                return frozenset(self.names)
            case Fate.SILENCE:
                return frozenset(("inactivity",))
        return frozenset(("expired",))


def _is_frame_of_life(outcome: Outcome) -> bool:
    """Of the beginning or an end: nothing that is said."""
    return outcome.client_id.startswith((BEGIN, "end", "expired", "inactivity"))


class Chats:
    """All chats of a run; none in most."""

    def __init__(
        self, chats: Sequence[Chat], cluster: MemoryCluster, database: MemoryDatabase, now: Callable[[], datetime]
    ) -> None:
        self.all = chats
        self._now = now
        self._cluster = cluster
        self._database = database

    @property
    def devices(self) -> list[Device]:
        return [device for chat in self.all for device in chat.devices]

    async def live(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for chat in self.all:
                tasks.create_task(chat.live(self._now))

    async def run(self) -> None:
        """Look at what the store holds, once a second."""
        while True:
            for chat in self.all:
                chat.kept.look(chat.id, self._database)
            await asyncio.sleep(1.0)

    @property
    def over(self) -> bool:
        return all(chat.over for chat in self.all)

    @property
    def any_has_ended(self) -> bool:
        """In the store, whoever knows of it."""
        states = [self._database.conversations.get(chat.id) for chat in self.all]
        return any(state is not None and state.ended_at is not None for state in states)

    def decided(self) -> frozenset[str]:
        return frozenset(client_id for chat in self.all for client_id in chat.kept.decided())

    async def go(self) -> list[str]:
        """What is wrong with how they end: something is left, or comes back when what was said comes once more, or
        somebody who comes late is not told."""
        if not self.all:
            return []
        tombstones = await self._vanish()
        findings = self._left()
        for chat in self.all:
            self._forward_again(chat)
            for device in chat.absent:
                device.come_back()
        await asyncio.sleep(_AFTERWARDS_SECONDS)
        await self._vanish()
        findings += [f"afterwards {found}" for found in self._left()]
        for chat in self.all:
            if self._tombstone(chat) != tombstones[chat.id]:
                findings.append(f"the tombstone of {chat.id} changed: {self._tombstone(chat)}")
        readable = [record for record in self._log() if self._shows(record)]
        findings += [f"{record.topic} shows {record.value!r}" for record in readable[:3]]
        return findings + [found for chat in self.all for found in chat.findings()]

    async def _vanish(self) -> dict[str, Conversation | None]:
        end = asyncio.get_running_loop().time() + _GONE_SECONDS
        while self._left() and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(5.0)
        return {chat.id: self._tombstone(chat) for chat in self.all}

    def _tombstone(self, chat: Chat) -> Conversation | None:
        """Without its place in the log, which moves on with what is refused."""
        state = self._database.conversations.get(chat.id)
        return None if state is None else replace(state, applied=Applied(0, 0))

    def _left(self) -> list[str]:
        database = self._database
        shown = repr(replace(database, conversations={}, destroyed=set()))
        left = []
        announced = {record.key: record.value for record in self._log() if record.topic == USER_TOPICS}
        for chat in self.all:
            if any(announced.get(user.encode()) for user in chat.names):
                left.append(f"of {chat.id} a topic is announced")
            for one in (chat.id, *chat.names):
                if one in shown:
                    at = shown.index(one)
                    left.append(f"of {chat.id} there is {shown[max(0, at - 100) : at + 60]}")
            if any(user in topic for topic in self._cluster.topics(USER_TOPIC_PREFIX) for user in chat.names):
                left.append(f"of {chat.id} a topic is there")
            state = database.conversations.get(chat.id)
            if (
                state is None
                or state.members
                or state.former
                or state.last_message
                or chat.id not in database.destroyed
            ):
                left.append(f"of {chat.id} there is {state}")
        return left

    def _forward_again(self, chat: Chat) -> None:
        """As a router does that stood still for long: what was said comes again, behind the end."""
        for record in [one for one in self._log() if one.topic == CONVERSATIONS and one.key == chat.id.encode()]:
            again = Outgoing(record.topic, record.value, record.key, record.headers, record.partition)
            self._cluster.append(again, Partition(record.topic, record.partition), record.timestamp)

    def _log(self) -> list[Record]:
        topics = self._cluster.topics()
        logs = [self._cluster.log(Partition(topic, n)) for topic, count in topics.items() for n in range(count)]
        return [record for log in logs if log is not None for record in log.records]

    def _shows(self, record: Record) -> bool:
        value = record.value or b""
        names = [name.encode() for chat in self.all for name in chat.names.values()]
        return SECRET.encode() in value or any(name in value for name in names)
