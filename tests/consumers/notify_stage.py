"""The notifications consumer over a cluster and a database in memory, in virtual time, with a push service and a mail
server that remember what they were given."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from random import Random
from typing import Any

from bus.memory import MemoryBus
from bus.ports import Partition
from consumers.notifications.digester import DigesterConfig
from consumers.notifications.notifications import Mailing, Notifications, NotificationsConfig
from consumers.notifications.push_client import Answer
from consumers.notifications.pushes import Wording
from consumers.notifications.sender import SenderConfig
from consumers.notifications.vapid import VapidKey, new_key
from consumers.writer.emitting import Emitter
from consumers.writer.handler import WriterConfig, WriterHandler
from domain.identity import User
from domain.push import PushSubscription, subscription_id
from domain.receipts import MemberCursor, Reader
from loadtests.push_receiver import Browser
from schemas.commands import Command
from schemas.messages import ConversationKind
from schemas.preferences import PreferencesChange
from store.memory import MemoryStore
from tests.consumers.world import World
from tests.making import ALICE, BOB, NOW, conversation_id, create, handled, send
from tests.simulation.clock import VirtualLoop

HOST = "push.example.org"


@dataclass(frozen=True)
class Posted:
    """A push as it arrived, read by the browser it was for."""

    at: float
    endpoint: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


Reply = Callable[[str], Answer]


def thanks(endpoint: str) -> Answer:
    return Answer(201, None)


@dataclass
class Service:
    """A push service: obeys `Poster`."""

    browsers: dict[str, Browser] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)
    reply: Reply = thanks
    """May raise what posting may raise."""
    slow: dict[str, float] = field(default_factory=dict)
    """Seconds that an endpoint takes to answer."""
    before_answer: Callable[[], None] = lambda: None

    async def post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        read = json.loads(self.browsers[endpoint].decrypt(body))
        self.posted.append(Posted(round(loop.time(), 3), endpoint, headers, read))
        self.before_answer()
        await asyncio.sleep(self.slow.get(endpoint, 0.05))
        return self.reply(endpoint)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Endpoint and message of each."""
        return [(one.endpoint.rpartition("/")[2], one.body["id"].rpartition(".")[2]) for one in self.posted]


@dataclass
class Postbox:
    """A mail server: obeys `Mailer`."""

    mails: list[tuple[float, str, EmailMessage]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    after_taking: Callable[[], None] = lambda: None

    async def send(self, mail: EmailMessage, address: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.mails.append((round(asyncio.get_running_loop().time(), 3), address, mail))
        self.after_taking()
        await asyncio.sleep(0.05)


def owner_of_all(world: World) -> WriterHandler:
    async def owner(partitions: frozenset[Partition]) -> None:
        """A group that never refuses."""

    emitter = Emitter(world.store.sessions, world.store.conversations, world.producer)
    return WriterHandler(world.store.decisions, emitter, owner, world.random, WriterConfig())


class Stage:
    """Alice writes, Bob and whoever else is there are told of it."""

    def __init__(self, world: World) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.loop = loop
        self.world = world
        self.service = Service()
        self.postbox = Postbox()
        self.vapid = VapidKey(new_key(), "mailto:ops@chat.example")
        every = timedelta(minutes=10)
        backoff = timedelta(seconds=1)
        self.config = NotificationsConfig(
            digest_after=timedelta(minutes=1),
            digest_every=every,
            digester=DigesterConfig(every=every, backoff=backoff, max_backoff=8 * backoff),
        )
        self._writer = owner_of_all(world)

    def now(self) -> datetime:
        return self.loop.now()

    def hurry(self, at_once: int = 64) -> None:
        """Short leases and digests soon, for those who live many lives."""
        self.config = replace(
            self.config,
            digest_after=timedelta(seconds=2),
            sender=SenderConfig(at_once=at_once, lease=timedelta(seconds=8), longest=timedelta(seconds=2)),
            digester=DigesterConfig(poll_seconds=1.0, lease=timedelta(seconds=8)),
        )

    async def people(self, *users: str, kind: ConversationKind = ConversationKind.DIRECT) -> None:
        """Users with an address each, who are in conversation 1."""
        for user in users:
            await self.world.store.users.create(
                User(user, f"user-{user[-1]}", NOW, name=f"Name {user[-1]}", email=f"{user[-1]}@mail.example"), "a-hash"
            )
        await self.append(create(members=users, kind=kind))

    async def append(self, command: Command) -> None:
        """Have a command decided and told of."""
        await handled(self._writer, [await self.world.append(command)])

    async def say(self, client_id: str = "m1", sender: str = ALICE, mentions: Sequence[str] = ()) -> None:
        await self.append(
            send(client_id, sender, f"text of {client_id}").model_copy(update={"mentions": tuple(mentions)})
        )

    async def subscribe(self, user: str = BOB, name: str = "phone", host: str = HOST) -> PushSubscription:
        browser = Browser.new()
        endpoint = f"https://{host}/{name}"
        self.service.browsers[endpoint] = browser
        made = PushSubscription(
            subscription_id(endpoint), user, "l_1", endpoint, browser.p256dh, browser.auth_text, self.now()
        )
        await self.world.store.push_subscriptions.add(made, 20)
        return made

    async def prefer(self, user: str = BOB, **change: Any) -> None:
        await self.world.store.users.change_preferences(user, PreferencesChange(**change))

    async def reach(self, user: str = BOB, delivered: int = 0, read: int = 0, conversation: int = 1) -> None:
        reader = Reader(conversation_id(conversation), user)
        cursor = MemberCursor(max(delivered, read), read)
        await self.world.store.receipts.advance([], {reader: cursor})

    def consumer(
        self, bus: MemoryBus | None = None, store: MemoryStore | None = None, mail: bool = True
    ) -> Notifications:
        return Notifications(
            bus or MemoryBus(self.world.cluster, chance=Random(5)),
            store or MemoryStore(self.world.database),
            self.service,
            self.vapid,
            Mailing(self.postbox, "chat@parley.example") if mail else None,
            Wording("https://chat.example"),
            Random(7),
            self.now,
            self.config,
        )

    async def keep_watermarks(self) -> None:
        """What delivery status does."""
        while True:
            reached = self.now() - timedelta(seconds=0.5)
            await self.world.store.receipt_watermarks.advance(dict.fromkeys(range(32), reached))
            await asyncio.sleep(0.5)

    @asynccontextmanager
    async def running(self, consumer: Notifications | None = None) -> AsyncIterator[None]:
        work = [asyncio.create_task((consumer or self.consumer()).run()), asyncio.create_task(self.keep_watermarks())]
        try:
            yield
        finally:
            for task in work:
                task.cancel()
            ended = await asyncio.gather(*work, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended
