"""The simulated fleet: two edges, an api, two routers, two writers, two of delivery status, session expiry; people who
talk, change what they said, come and go while things break."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from random import Random
from typing import NamedTuple

from bus.memory import MemoryBus, MemoryCluster
from bus.ports import Partition, Producer
from consumers.delivery_status.delivery_status import DeliveryStatus, DeliveryStatusConfig
from consumers.router.per_user import PerUserConfig
from consumers.router.router import Router, RouterConfig
from consumers.session_expiry.chat_endings import ChatDestroyerConfig
from consumers.session_expiry.expiry import ExpiryConfig, SessionExpiry
from consumers.session_expiry.retiring import RetirerConfig
from consumers.writer.handler import WriterConfig
from consumers.writer.writer import Writer
from domain.conversation import Conversation
from domain.identity import User
from producer_gateway.api.waiting import Outcomes
from producer_gateway.attachments import Attachments
from producer_gateway.content import ContentConfig, ContentRules
from producer_gateway.edge.node import EdgeConfig, EdgeNode
from producer_gateway.incarnation import LifeConfig, ProcessLife, Resident
from producer_gateway.submitting import MembershipConfig, Memberships, Submitter
from producer_gateway.tokens import AccessTokens
from producer_gateway.topic_opener import OpenerConfig
from producer_gateway.user_topics import CommandTopics, command_topics
from schemas.commands import CreateConversation
from schemas.ids import direct_conversation_id
from schemas.messages import ConversationKind
from schemas.times import to_millis
from schemas.topics import Layout, fixed_topics
from store.memory import MemoryDatabase, MemoryStore
from tests.simulation import deeds
from tests.simulation.chats import CHATS, Chat, Chats
from tests.simulation.clock import BEGINNING, VirtualLoop
from tests.simulation.desk import PASSWORD, ApiDesk, Petitioner
from tests.simulation.devices import Account, Device, Seen
from tests.simulation.faults import Weather
from tests.simulation.network import Network
from tests.simulation.notifying import WEATHER, PushWatch
from tests.simulation.processes import Process, Work

NOTIFICATIONS = "notifications"
NOTIFIED_EVERY = 4
"""One in so many seeds has people who are notified, since they cost time; none of those in which somebody goes away."""
CHATTED_EVERY = 3
"""One in so many seeds has ephemeral chats: it takes minutes until nothing is left of them."""
QUIET_GROUP, LIVELY_GROUP = f"c_{1:026d}", f"c_{2:026d}"
"""Everybody is in the one, for good; in the other people come and go."""
FOUNDING = "found"
LEASE_SECONDS = 20.0
"""Of user topics."""
_LONG_STILL_SECONDS = 180.0
IDLE_SECONDS = 30.0
"""Longer than any pause: whoever was given a topic and stood still uses it before it retires."""
_RETIRING = RetirerConfig(idle_seconds=IDLE_SECONDS, every_seconds=5.0)
_DESTROYING = ChatDestroyerConfig(kept=timedelta(), closed_seconds=IDLE_SECONDS)
"""As soon as can be: an edge that stood still when a chat ended passes on what it was sent before."""
_EXPIRY = ExpiryConfig(retiring=_RETIRING, destroying=_DESTROYING)


@dataclass(frozen=True, slots=True)
class Scenario:
    """How large and how rough a run is."""

    users: int = 4
    devices: int = 2
    """Of each user."""
    messages: int = 60
    changes: int = 25
    """Edits, deletions and reactions."""
    moves: int = 12
    """Of people who join, leave, add, remove and make admins."""
    seconds: float = 40.0
    """In which they are sent, and things break."""
    kills: int = 8
    pauses: int = 2
    cuts: int = 24
    weather: Weather = field(default_factory=Weather)


class Front(NamedTuple):
    """What every process has that takes commands."""

    producer: Producer
    topics: CommandTopics
    memberships: Memberships
    submitter: Submitter


class World:
    """Builds everything from one seed. Whatever runs here runs in the loop it was made in."""

    def __init__(self, seed: int, scenario: Scenario) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self._loop = loop
        self.scenario = scenario
        self.random = Random(seed)
        self.cluster = MemoryCluster(self._millis)
        self._layout = Layout.SHARDED if seed % 5 == 4 else Layout.PER_USER
        self.cluster.create(fixed_topics(self._layout))
        self.database = MemoryDatabase(loop.now)
        self.account = Account()
        self.network = Network(Random(self.random.random()))
        self._tokens = AccessTokens("a-secret-that-is-long-enough-to-sign-with", 1_000_000)
        self._ids = count(1)
        self.users = [f"u_{number:026d}" for number in range(1, scenario.users + 1)]
        self.devices = [
            Device(
                user,
                f"device-{number}",
                self._tokens.issue(user, "login", BEGINNING),
                self.network,
                self.account,
                Random(self.random.random()),
                trusting=number % 2 == 0,
            )
            for user in self.users
            for number in range(scenario.devices)
        ]
        notified = seed % NOTIFIED_EVERY == 1
        self.away = [f"u_{number:026d}" for number in (98, 99)] if notified else []
        """In every group, and never there."""
        present = self.users if notified else []
        self.pushes = PushWatch(self.database, present, self.away, Random(seed), loop.now)
        chance = Random(seed)
        chats = range(CHATS if seed % CHATTED_EVERY == 2 else 0)
        begun = [Chat(number, self._tokens, self.network, self.account, chance) for number in chats]
        self.chats = Chats(begun, self.cluster, self.database, loop.now)
        self._standing_still = chance.choice((None, "router-", "writer-")) if begun and seed % 4 else None
        self.founders: dict[str, dict[str, str]] = {}
        """By conversation: everybody's role in the beginning."""
        self._petitioner = Petitioner(self.network, self.account, Random(self.random.random()))
        self.processes = [
            *(self._process(f"edge-{number}", self._edge(f"edge-{number}")) for number in (1, 2)),
            self._process("api", self._api),
            *(self._process(f"router-{number}", self._router(f"router-{number}")) for number in (1, 2)),
            *(self._process(f"writer-{number}", self._writer(f"writer-{number}")) for number in (1, 2)),
            *(self._process(name, self._delivery_status(name)) for name in ("delivery-status-1", "delivery-status-2")),
            *([self._notifications()] if notified else []),
            self._process("session-expiry", self._session_expiry),
        ]

    def _millis(self) -> int:
        return to_millis(self._loop.now())

    def _process(self, name: str, work: Work) -> Process:
        random = Random(self.random.random())
        return Process(name, work, self.cluster, self.database, random, self.scenario.weather)

    def _notifications(self) -> Process:
        random = Random(self.random.random())
        process = Process(NOTIFICATIONS, self.pushes.work, self.cluster, self.database, random, WEATHER)
        self.pushes.kill = process.kill
        return process

    # The processes, composed as parley/ does.

    def _front(self, bus: MemoryBus, store: MemoryStore, random: Random) -> Front:
        producer = bus.producer()
        opener = OpenerConfig(lease_seconds=LEASE_SECONDS)
        topics = command_topics(self._layout, store.user_topics, producer, bus.admin(), random, opener)
        memberships = Memberships(store.conversations, MembershipConfig())
        attachments = Attachments(store.media, self._loop.now)
        submitter = Submitter(producer, topics, memberships, attachments, ContentRules(ContentConfig()))
        return Front(producer, topics, memberships, submitter)

    def _edge(self, name: str) -> Work:
        async def work(bus: MemoryBus, store: MemoryStore, random: Random) -> None:
            front = self._front(bus, store, random)
            life = ProcessLife(bus, store.edges, random, LifeConfig(name, f"ws://{name}/ws"))
            try:
                async with asyncio.TaskGroup() as tasks:
                    node = EdgeNode(
                        store,
                        front.producer,
                        front.topics,
                        front.submitter,
                        front.memberships,
                        self._tokens,
                        life,
                        tasks,
                        self._loop.now,
                        random,
                        EdgeConfig(node=name),
                        new_id=lambda: f"s_{next(self._ids):026d}",
                    )
                    await life.begin()
                    tasks.create_task(front.topics.run())
                    tasks.create_task(life.run(node.resident))
                    tasks.create_task(node.run())
                    self.network.listen(name, node, tasks)
            finally:
                self.network.vanish(name)

        return work

    async def _api(self, bus: MemoryBus, store: MemoryStore, random: Random) -> None:
        front = self._front(bus, store, random)
        life = ProcessLife(bus, store.edges, random, LifeConfig("api"))
        outcomes = Outcomes()
        try:
            async with asyncio.TaskGroup() as tasks:
                await life.begin()
                tasks.create_task(front.topics.run())
                tasks.create_task(life.run(Resident(outcomes.deliver)))
                self.network.open_desk(ApiDesk(store, front.submitter, life, outcomes, tasks))
        finally:
            self.network.open_desk(None)

    def _router(self, name: str) -> Work:
        async def work(bus: MemoryBus, store: MemoryStore, random: Random) -> None:
            config = RouterConfig(member=name, layout=self._layout, per_user=PerUserConfig(release_seconds=5.0))
            await Router(bus, store, random, config).run()

        return work

    def _writer(self, name: str) -> Work:
        async def work(bus: MemoryBus, store: MemoryStore, random: Random) -> None:
            await Writer(bus, store, random, self._millis, WriterConfig(), name).run()

        return work

    def _delivery_status(self, name: str) -> Work:
        async def work(bus: MemoryBus, store: MemoryStore, random: Random) -> None:
            await DeliveryStatus(bus, store, random, self._loop.now, DeliveryStatusConfig(), name).run()

        return work

    async def _session_expiry(self, bus: MemoryBus, store: MemoryStore, random: Random) -> None:
        await SessionExpiry(bus, store, random, self._millis, _EXPIRY).run()

    # What happens.

    async def settle_in(self) -> None:
        """Accounts and conversations, by the way every conversation is made."""
        store = MemoryStore(self.database)
        for user in (*self.users, *self.away):
            await store.users.create(User(user, f"name-{user}", BEGINNING), "a-hash")
        front = self._front(MemoryBus(self.cluster), store, Random(0))
        opening = asyncio.create_task(front.topics.run())
        for command in self._founding():
            founder = None if command.kind is ConversationKind.DIRECT else command.sender
            roles = {user: "admin" if user == founder else "member" for user in command.members}
            self.founders[command.conversation] = roles
            self.pushes.mute(command.conversation)
            await (await front.submitter.submit(command, None, "00-trace")).acknowledgement
        while len(self.database.conversations) < len(self.founders) or not any(d.seen for d in self.devices):
            await asyncio.sleep(0.1)
        opening.cancel()

    def _founding(self) -> list[CreateConversation]:
        pairs = list(zip(self.users, [*self.users[1:], self.users[0]], strict=True))
        direct = [
            CreateConversation(
                conversation=direct_conversation_id(one, other),
                sender=one,
                client_id=FOUNDING,
                kind=ConversationKind.DIRECT,
                epoch="epoch",
                members=(one, other),
            )
            for one, other in pairs
        ]
        groups = [
            CreateConversation(
                conversation=conversation,
                sender=self.users[0],
                client_id=FOUNDING,
                kind=ConversationKind.GROUP,
                epoch="epoch",
                members=(*members, *self.away),
                password=PASSWORD,
            )
            for conversation, members in ((QUIET_GROUP, self.users), (LIVELY_GROUP, self.users[:-1]))
        ]
        return direct + groups

    async def talk(self) -> None:
        """Everybody says his share, at times of chance, some of it in bursts."""
        said = 0
        while said < self.scenario.messages:
            device = self.random.choice([device for device in self.devices if device.seen])
            conversation = self.random.choice(sorted(device.seen))
            for _ in range(self.random.choice((1, 1, 1, 2, 5))):
                client_id = f"m{said}-{device.user[-2:]}"
                device.say(client_id, conversation, f"text of {client_id}")
                said += 1
            await self._pause_between(self.scenario.messages / 2)

    async def revise(self) -> None:
        """Some of it is edited, deleted or reacted to."""
        for number in range(self.scenario.changes):
            await self._pause_between(self.scenario.changes)
            device = self.random.choice(self.devices)
            for conversation in self.random.sample(sorted(device.seen), k=min(2, len(device.seen))):
                wish = deeds.change(device, conversation, self.random)
                if wish is not None:
                    client_id = f"c{number}-{conversation[-2:]}-{device.user[-2:]}"
                    text = f"text of {client_id}" if wish.kind == "edit" else ""
                    device.change(client_id, conversation, wish, text)

    async def move(self) -> None:
        """People come to the lively group, go, put each other out and bring each other in."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(self.scenario.moves):
                await self._pause_between(self.scenario.moves)
                device = self.random.choice(self.devices)
                seen = device.seen.get(LIVELY_GROUP)
                wish = deeds.reshape(device.user, seen, self.users, self.users[1], self.random)
                asking = self._petitioner.ask(f"g{number}-{device.user[-2:]}", LIVELY_GROUP, device.user, wish)
                tasks.create_task(asking)

    async def _pause_between(self, deeds_in_all: float) -> None:
        await asyncio.sleep(self.random.expovariate(deeds_in_all / self.scenario.seconds))

    async def disturb(self) -> None:
        """Kill, pause and cut at times of chance."""
        scenario = self.scenario
        deeds = [self._kill] * scenario.kills + [self._pause] * scenario.pauses + [self.network.cut_one] * scenario.cuts
        self.random.shuffle(deeds)
        for deed in deeds:
            await asyncio.sleep(self.random.expovariate(len(deeds) / scenario.seconds))
            deed()

    async def return_amid_talk(self) -> None:
        """Everybody's connection breaks, and something is said in every conversation while they come back: nobody says
        anything after it by which they could find out that they missed it."""
        self.network.cut_all()
        for state in self.lasting():
            here = [device for device in self.devices if device.user in state.members]
            device = self.random.choice(here)
            client_id = f"late-{state.id[-4:]}-{device.user[-2:]}"
            await asyncio.sleep(self.random.uniform(0.0, 0.3))
            device.say(client_id, state.id, f"text of {client_id}")

    async def stand_still(self) -> None:
        """For longer than anything of a chat that has ended is kept, all routers do nothing, or all writers, these when
        the first end is stored and nobody knows of it yet. As they go on, writers die again and again."""
        if self._standing_still is None:
            return
        if self._standing_still == "writer-":
            while not self.chats.any_has_ended:
                await asyncio.sleep(0.001)
        else:
            await asyncio.sleep(self.random.uniform(5.0, 25.0))
        await self._pause_all(self._standing_still)
        for _ in range(12):
            await asyncio.sleep(self.random.uniform(0.0, 1.0))
            self.random.choice(self._named("writer-")).kill()

    async def _pause_all(self, name: str) -> None:
        for process in self._named(name):
            process.pause(_LONG_STILL_SECONDS)
        await asyncio.sleep(_LONG_STILL_SECONDS)

    def _named(self, name: str) -> list[Process]:
        return [process for process in self.processes if process.name.startswith(name)]

    def _kill(self) -> None:
        self.random.choice(self.processes).kill()

    def ends_of(self, name: str) -> int:
        """How often the process of this name died or stood still."""
        return sum(process.ends for process in self.processes if process.name == name)

    def pause_routers(self, seconds: float) -> None:
        for process in self._named("router-"):
            process.pause(seconds)

    def kill_session_expiry(self) -> None:
        self.processes[-1].kill()

    def kill_edges(self) -> None:
        for process in self._named("edge-"):
            process.kill()

    def _pause(self) -> None:
        self.random.choice(self.processes).pause(self.random.uniform(5.0, 25.0))

    def calm(self) -> None:
        for process in self.processes:
            process.calm()

    def fingerprint(self) -> str:
        """Of every record in the log, with its time: two runs that agree in it did the same things."""
        digest = hashlib.sha256()
        for topic, partitions in sorted(self.cluster.topics().items()):
            for number in range(partitions):
                log = self.cluster.log(Partition(topic, number))
                for record in log.records if log is not None else ():
                    digest.update(f"{topic} {number} {record.offset} {record.timestamp} {record.key!r}".encode())
        return digest.hexdigest()[:16]

    def lasting(self) -> list[Conversation]:
        """Every conversation that is no ephemeral chat, as the store has it."""
        return [state for name, state in sorted(self.database.conversations.items()) if name in self.founders]

    async def arrived(self) -> None:
        """Wait until every command has its outcome, and every device all that is stored and nothing that is not its
        user's."""
        while not self._all_arrived():
            await asyncio.sleep(0.5)

    def _all_arrived(self) -> bool:
        if any(device.outbox for device in self.devices) or not self._accepted() <= self._decided():
            return False
        return self.chats.over and all(
            self._is_up_to_date(device.seen.get(state.id), state, device.user)
            for device in self.devices
            for state in self.lasting()
        )

    @staticmethod
    def _is_up_to_date(seen: Seen | None, state: Conversation, user: str) -> bool:
        if user not in state.members:
            return seen is None
        return seen is not None and seen.rev >= state.rev

    def _accepted(self) -> set[str]:
        return {sent.client_id for sent in self.account.sent.values() if sent.accepted}

    def _decided(self) -> set[str]:
        """Client ids that are stored or refused."""
        stored = {message.client_id for messages in self.database.messages.values() for message in messages.values()}
        decided = {outcome.client_id for outcome in self.database.outcomes.values()}
        return stored | decided | self.chats.decided()
