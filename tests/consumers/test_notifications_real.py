"""The notifications process on a real Kafka and a real mongod, with a push service that decrypts and an SMTP server of
the test's own; killed while a push is in flight."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

import httpx
import pytest

from bus.kafka import KafkaBus
from bus.ports import Partition, Record
from consumers.writer.emitting import Emitter
from consumers.writer.handler import WriterConfig, WriterHandler
from domain.identity import User
from domain.push import PushSubscription, subscription_id
from loadtests.mail_receiver import Inbox, smtp_server
from loadtests.push_receiver import HOST, Authority, Browser, Push, PushService, push_service
from parley.keys import vapid_key
from parley.local.ports import free_ports
from parley.settings import Settings
from schemas.commands import Command, CreateConversation, SendMessage
from schemas.ids import new_conversation_id, new_user_id
from schemas.messages import ConversationKind
from schemas.preferences import PreferencesChange
from schemas.topics import fixed_topics
from store.mongo import open_store
from store.ports import Store
from tests.consumers.test_vapid import claims
from tests.making import handled

WAIT = 60.0
KILLS = 2


@dataclass
class Stack:
    """What stands around the process: the writer and delivery status are played by the test."""

    bus: KafkaBus
    store: Store
    conversation: str = field(default_factory=new_conversation_id)
    users: list[str] = field(default_factory=lambda: [new_user_id(), new_user_id()])
    commands: int = 0

    def __post_init__(self) -> None:
        async def owner(partitions: frozenset[Partition]) -> None:
            """The partitions are ours."""

        emitter = Emitter(self.store.sessions, self.store.conversations, self.bus.producer())
        self._writer = WriterHandler(self.store.decisions, emitter, owner, Random(), WriterConfig())

    async def settle_in(self, browser: Browser) -> None:
        alice, bob = self.users
        now = datetime.now(UTC).replace(microsecond=0)
        await self.store.users.create(User(alice, alice, now, name="Alice"), "a-hash")
        await self.store.users.create(User(bob, bob, now, email="bob@mail.example"), "a-hash")
        await self.store.users.change_preferences(bob, PreferencesChange(email_digest=True))
        endpoint = f"https://{HOST}/bobs"
        await self.store.push_subscriptions.add(
            PushSubscription(subscription_id(endpoint), bob, "l_1", endpoint, browser.p256dh, browser.auth_text, now),
            20,
        )
        await self.decide(
            CreateConversation(
                conversation=self.conversation,
                sender=alice,
                client_id="create",
                kind=ConversationKind.DIRECT,
                epoch="an-epoch",
                members=(alice, bob),
            )
        )

    async def say(self, client_id: str) -> None:
        await self.decide(
            SendMessage(conversation=self.conversation, sender=self.users[0], client_id=client_id, text="secret")
        )

    async def decide(self, command: Command) -> None:
        value = command.model_dump_json().encode()
        at = round(datetime.now(UTC).timestamp() * 1000)
        record = Record("conversations", 0, self.commands, at, self.conversation.encode(), value, ())
        self.commands += 1
        await handled(self._writer, [record])

    async def keep_watermarks(self) -> None:
        while True:
            await self.store.receipt_watermarks.advance(dict.fromkeys(range(32), datetime.now(UTC)))
            await asyncio.sleep(0.2)


@asynccontextmanager
async def a_stack(settings: Settings) -> AsyncIterator[Stack]:
    bus, store = KafkaBus(settings.kafka_bootstrap), await open_store(settings.mongo_url, settings.mongo_database)
    try:
        await bus.admin().create(fixed_topics())
        yield Stack(bus, store)
    finally:
        await bus.close()
        await store.close()


class Started:
    """The process, as often as it is started."""

    def __init__(self, settings: Settings, environment: dict[str, str], arguments: Sequence[str], log: Path) -> None:
        self._url = f"http://127.0.0.1:{settings.notifications_port}/readyz"
        self._environment = os.environ | environment
        self._arguments = arguments
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.consumers.notifications_process",
                *self._arguments,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        async with httpx.AsyncClient(trust_env=False) as client:
            await until(lambda: _ready(client, self._url), self._told)

    async def end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()

    def _told(self) -> str:
        return self._log.read_text(encoding="utf-8")


async def _ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:
        return False


async def until(holds: Callable[[], object], told: Callable[[], str] = str) -> None:
    try:
        async with asyncio.timeout(WAIT):
            while not (await found if asyncio.iscoroutine(found := holds()) else found):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"it never came about: {told()}") from None


@pytest.fixture
def settings(kafka_bootstrap: str, mongo_url: str, database_name: str, tmp_path: Path) -> Settings:
    (port,) = free_ports(1)
    return Settings(
        kafka_bootstrap=kafka_bootstrap,
        mongo_url=mongo_url,
        mongo_database=database_name,
        notifications_port=port,
        var=tmp_path,
    )


def environment(settings: Settings, smtp_port: int) -> dict[str, str]:
    values: dict[str, object] = {
        "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "MONGO_URL": settings.mongo_url,
        "MONGO_DATABASE": settings.mongo_database,
        "NOTIFICATIONS_PORT": settings.notifications_port,
        "VAR": settings.var,
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": smtp_port,
        "SMTP_SECURITY": "none",
        "SMTP_FROM": "chat@parley.example",
        "DIGEST_AFTER_MINUTES": 0.02,
        "DIGEST_EVERY_HOURS": 0.0003,
    }
    return {f"PARLEY_{name}": str(value) for name, value in values.items()}


def seqs(service: PushService, browser: Browser) -> list[str]:
    return [json.loads(browser.decrypt(push.body))["id"].rpartition(".")[2] for push in service.pushes]


async def test_a_notification_survives_the_process_that_was_sending_it(settings: Settings, tmp_path: Path) -> None:
    authority, browser, inbox = Authority(tmp_path), Browser.new(), Inbox()
    async with (
        a_stack(settings) as stack,
        push_service(authority.server(HOST)) as service,
        smtp_server(inbox) as smtp_port,
        asyncio.TaskGroup() as tasks,
    ):
        watermarks = tasks.create_task(stack.keep_watermarks())
        arguments = (str(service.port), str(authority.file()))
        process = Started(settings, environment(settings, smtp_port), arguments, tmp_path / "process.log")
        await stack.settle_in(browser)
        try:
            await process.start()
            await stack.say("m1")
            await until(lambda: len(service.pushes) == 1, process._told)
            _is_what_it_should_be(service.pushes[0], browser, settings)

            service.silent = True
            await stack.say("m2")
            await until(lambda: len(service.pushes) == 2, process._told)
            await process.end(signal.SIGKILL)
            service.silent = False
            await stack.say("m3")
            await process.start()
            await until(lambda: len(service.pushes) == 4, process._told)

            talking = tasks.create_task(_talk(stack, 4, 40))
            for _ in range(KILLS):
                arrived = partial(_more_than, service, len(service.pushes) + 3)
                await until(arrived, process._told)
                await process.end(signal.SIGKILL)
                await process.start()
            await talking
            await until(lambda: len(set(seqs(service, browser))) == 40, process._told)
            await until(lambda: _told(inbox) >= 40, process._told)
            await process.end(signal.SIGTERM)
        finally:
            await process.end(signal.SIGKILL)
            watermarks.cancel()
    times = Counter(seqs(service, browser))
    assert (times["1"], times["2"], times["3"]) == (1, 2, 1)
    assert set(times) == {str(seq) for seq in range(1, 41)}
    assert times.total() - 40 <= 1 + KILLS  # pushes are sent one at a time: one is in flight at each kill
    topics = {(seq, push.headers["topic"]) for seq, push in zip(seqs(service, browser), service.pushes, strict=True)}
    assert len(topics) == 40
    assert all(recipients == ["bob@mail.example"] for recipients, _ in inbox.taken)
    assert all("secret" not in mail.as_string() for _, mail in inbox.taken)


def _more_than(service: PushService, count: int) -> bool:
    return len(service.pushes) > count


async def _talk(stack: Stack, first: int, last: int) -> None:
    for number in range(first, last + 1):
        await stack.say(f"m{number}")
        await asyncio.sleep(0.15)


def _is_what_it_should_be(push: Push, browser: Browser, settings: Settings) -> None:
    said = json.loads(browser.decrypt(push.body))
    assert (said["type"], said["sender"]["name"]) == ("message", "Alice")
    assert "text" not in said
    assert said["tag"] == push.headers["topic"]
    signed = claims(push.headers["authorization"], vapid_key(settings))
    assert signed["aud"] == f"https://{HOST}"


def _told(inbox: Inbox) -> int:
    """How many messages all digests are about; one that came twice has the same Message-ID."""
    mails = {mail["Message-ID"]: str(mail["Subject"]) for _, mail in inbox.taken}
    return sum(1 if subject.startswith("An ") else int(subject.partition(" ")[0]) for subject in mails.values())
