"""The edge on a real Kafka and a real mongod. What is behind it, router and writer, is played by the tests."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect

from bus.kafka import KafkaBus
from bus.ports import EARLIEST, Outgoing, Partition, Record
from consumers.delivery_status.delivery_status import DeliveryStatus, DeliveryStatusConfig
from consumers.session_expiry.expiry import ExpiryConfig, SessionExpiry
from consumers.session_expiry.retiring import RetirerConfig, TopicRetirer
from consumers.writer.emitting import Emitter
from consumers.writer.handler import WriterConfig, WriterHandler
from domain.identity import User
from domain.limits import Rate
from parley.edge import Edge, compose
from producer_gateway.edge.gatekeeping import EdgeLimits
from producer_gateway.edge.node import EdgeConfig
from producer_gateway.edge.server import EdgeServer, ServerConfig
from producer_gateway.topic_opener import OpenerConfig, TopicOpener
from schemas.commands import CreateConversation
from schemas.headers import header
from schemas.ids import new_conversation_id, new_user_id
from schemas.messages import ConversationKind
from schemas.times import to_millis
from schemas.topics import USER_TOPICS, fixed_topics, user_topic
from store.mongo import open_store
from store.ports import Store
from tests.bus.rigs import until_gone
from tests.edge.test_server import close_code, hello, next_frame, now
from tests.edge.world import TOKENS
from tests.making import handled

WAIT = 60.0


@dataclass
class Stack:
    bus: KafkaBus
    store: Store
    tasks: asyncio.TaskGroup
    running: list[asyncio.Task[Any]]

    async def users(self, number: int) -> list[str]:
        users = [new_user_id() for _ in range(number)]
        await asyncio.gather(*(self.store.users.create(User(user, user, now()), "a-hash") for user in users))
        return users

    async def edge(self, name: str, limits: EdgeLimits | None = None) -> tuple[Edge, str]:
        config = EdgeConfig(node=name, limits=limits or EdgeLimits())
        edge = compose(
            self.bus, self.store, TOKENS, self.tasks, random=Random(), now=now, url=f"ws://{name}/ws", config=config
        )
        server = EdgeServer(self.tasks, ServerConfig(port=0))
        await server.start()
        await edge.life.begin()
        self.running.append(self.tasks.create_task(edge.run()))
        server.open(edge.node)
        self.running.append(self.tasks.create_task(stopped_at_the_end(server)))
        return edge, f"ws://127.0.0.1:{server.port}/ws"

    async def read(self, topic: str, count: int) -> Sequence[Record]:
        reader = self.bus.reader()
        reader.add({Partition(topic): EARLIEST})
        records: list[Record] = []
        while len(records) < count:
            for found in (await reader.poll(1.0)).values():
                records += found
        await reader.close()
        return records

    def writer(self) -> WriterHandler:
        """A writer without a consumer group: the tests of one run share the topics."""
        emitter = Emitter(self.store.sessions, self.store.conversations, self.bus.producer())
        return WriterHandler(self.store.decisions, emitter, nobody_else, Random(), WriterConfig())


async def nobody_else(partitions: frozenset[Partition]) -> None:
    """The partitions are ours."""


async def stopped_at_the_end(server: EdgeServer) -> None:
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await server.stop(0)


@asynccontextmanager
async def a_stack(kafka: str, mongo: str, database: str) -> AsyncIterator[Stack]:
    bus, store = KafkaBus(kafka), await open_store(mongo, database)
    try:
        await bus.admin().create(fixed_topics())
        async with asyncio.timeout(3 * WAIT), asyncio.TaskGroup() as tasks:
            stack = Stack(bus, store, tasks, [])
            try:
                yield stack
            finally:
                for task in reversed(stack.running):
                    task.cancel()
                    await asyncio.wait([task])
    finally:
        await bus.close()
        await store.close()


def created(conversation: str, users: Sequence[str], offset: int) -> Record:
    command = CreateConversation(
        conversation=conversation,
        sender=users[0],
        client_id="create",
        kind=ConversationKind.GROUP,
        epoch="an-epoch",
        members=tuple(users),
        name="a group",
    )
    return in_conversations(command.model_dump_json().encode(), conversation, offset, ())


def in_conversations(value: bytes | None, conversation: str, offset: int, headers: Any) -> Record:
    return Record("conversations", 0, offset, 1_790_000_000_000, conversation.encode(), value, headers)


async def say(client: ClientConnection, conversation: str, client_id: str, text: str) -> None:
    frame = {"type": "message", "id": client_id, "conversation": conversation, "text": text}
    await client.send(orjson.dumps(frame).decode())


async def test_a_message_from_socket_to_socket(kafka_bootstrap: str, mongo_url: str, database_name: str) -> None:
    async with a_stack(kafka_bootstrap, mongo_url, database_name) as stack:
        alice, bob = await stack.users(2)
        conversation = new_conversation_id()
        writer = stack.writer()
        await handled(writer, [created(conversation, (alice, bob), 0)])
        one, first = await stack.edge("edge-1")
        _, second = await stack.edge("edge-2")
        async with connect(first) as from_alice, connect(second) as from_bob:
            session = await hello(from_alice, alice)
            await hello(from_bob, bob)
            await say(from_alice, conversation, "m1", "hello")
            accepted = await next_frame(from_alice)
            assert (accepted["type"], accepted["id"]) == ("accepted", "m1")

            opened, command = await stack.read(user_topic(alice, 1), 2)
            assert opened.value == b'{"type":"opened"}'
            assert header(opened.headers, "schema") == "opened/1"
            assert command.key == conversation.encode()
            assert header(command.headers, "schema") == "command/1"
            assert header(command.headers, "reply_to") == f"{one.life.topic}/{session}"

            await handled(writer, [in_conversations(command.value, conversation, 1, command.headers)])
            assert [(await next_frame(from_alice))["type"] for _ in range(2)] == ["stored", "message"]
            pushed = await next_frame(from_bob)
            assert (pushed["type"], pushed["text"], pushed["seq"]) == ("message", "hello", 1)
        async with connect(second) as again:
            await hello(again, bob, "tablet")
            await again.send(orjson.dumps({"type": "history", "id": "h", "conversation": conversation}).decode())
            assert [one["text"] for one in (await next_frame(again))["messages"]] == ["hello"]


async def test_who_types_is_seen_on_another_edge(kafka_bootstrap: str, mongo_url: str, database_name: str) -> None:
    async with a_stack(kafka_bootstrap, mongo_url, database_name) as stack:
        alice, bob = await stack.users(2)
        conversation = new_conversation_id()
        await handled(stack.writer(), [created(conversation, (alice, bob), 0)])
        _, first = await stack.edge("edge-1")
        _, second = await stack.edge("edge-2")
        async with connect(first) as from_alice, connect(second) as from_bob:
            await hello(from_alice, alice)
            await hello(from_bob, bob)
            word = {"type": "typing", "conversation": conversation, "on": True}
            await from_alice.send(orjson.dumps(word).decode())
            assert await next_frame(from_bob) == word | {"user": alice}


async def test_who_is_online_and_who_left(kafka_bootstrap: str, mongo_url: str, database_name: str) -> None:
    async with a_stack(kafka_bootstrap, mongo_url, database_name) as stack:
        alice, bob = await stack.users(2)
        await handled(stack.writer(), [created(new_conversation_id(), (alice, bob), 0)])
        expiry = SessionExpiry(
            stack.bus, stack.store, Random(), lambda: to_millis(now()), ExpiryConfig(member="slot-of-a-test")
        )
        stack.running.append(stack.tasks.create_task(expiry.run()))
        _, first = await stack.edge("edge-1")
        dying, second = await stack.edge("edge-2")
        async with connect(first) as from_alice:
            await hello(from_alice, alice)
            while not await stack.store.presences.online([alice]):
                await asyncio.sleep(0.05)
            async with connect(second) as from_bob:
                token = TOKENS.issue(bob, "login", now())
                frame = {"type": "connect", "protocol": 1, "token": token, "device": "d"}
                await from_bob.send(orjson.dumps(frame).decode())
                assert (await next_frame(from_bob))["online"] == [alice]
                came = await next_frame(from_alice)
                assert (came["type"], came["user"], came["status"]) == ("user_status", bob, "online")
            went = await next_frame(from_alice)
            assert (went["type"], went["user"], went["status"]) == ("user_status", bob, "offline")
            assert went["last_online"] > came["last_online"]
            async with connect(second) as again:
                await hello(again, bob)
                assert (await next_frame(from_alice))["status"] == "online"
                # As a keeper does with one that is dead.
                await stack.store.edges.end([dying.life.incarnation])
                assert (await next_frame(from_alice))["status"] == "offline"
        assert alice in [user.id for user in (await stack.store.users.active(None, 10)).items]


async def test_the_topic_of_an_idle_user(kafka_bootstrap: str, mongo_url: str, database_name: str) -> None:
    async with a_stack(kafka_bootstrap, mongo_url, database_name) as stack:
        (alice,) = await stack.users(1)
        admin, producer, store = stack.bus.admin(), stack.bus.producer(), stack.store
        topics = TopicOpener(store.user_topics, producer, admin, Random(), OpenerConfig(lease_seconds=1.0))
        config = RetirerConfig(idle_seconds=0.5)
        retirer = TopicRetirer(store.user_topics, store.router_positions, admin, producer, Random(), config)
        opening = stack.tasks.create_task(topics.run())
        stack.running.append(opening)
        assert await topics.topic(alice) == user_topic(alice, 1)
        while not await store.user_topics.retiring(None, 10):
            await retirer.sweep()
        assert user_topic(alice, 1) in await admin.topics(user_topic(alice, 1)), "nobody has forwarded its first record"
        await store.router_positions.advance({user_topic(alice, 1): 1})
        await retirer.sweep()
        await until_gone(admin, user_topic(alice, 1))
        assert await store.user_topics.retiring(None, 10) == {}
        topics.mistrust(alice, user_topic(alice, 1))
        assert await topics.topic(alice) == user_topic(alice, 2)
        await admin.delete([user_topic(alice, 2)])


async def test_a_receipt_from_reader_to_sender(kafka_bootstrap: str, mongo_url: str, database_name: str) -> None:
    async with a_stack(kafka_bootstrap, mongo_url, database_name) as stack:
        alice, bob = await stack.users(2)
        conversation = new_conversation_id()
        consumer = DeliveryStatus(stack.bus, stack.store, Random(), now, DeliveryStatusConfig(), "slot-of-a-test")
        stack.running.append(stack.tasks.create_task(consumer.run()))
        _, first = await stack.edge("edge-1")
        _, second = await stack.edge("edge-2")
        said = {"type": "message", "conversation": conversation, "sender": alice, "client_id": "m1", "text": "hello"}
        records = [
            created(conversation, (alice, bob), 0),
            in_conversations(orjson.dumps(said), conversation, 1, ()),
        ]
        await handled(stack.writer(), records)
        async with connect(first) as from_alice, connect(second) as from_bob:
            await hello(from_alice, alice)
            await hello(from_bob, bob)
            await from_bob.send(orjson.dumps({"type": "read", "conversation": conversation, "seq": 3}).decode())
            told = await next_frame(from_alice)
            del told["at"]
            who = {"conversation": conversation, "user": bob}
            assert told == {"type": "receipt", **who, "delivered": 1, "read": 1}
        (receipt,) = await stack.store.receipts.of_message(conversation, 1)
        assert receipt.read_at is not None
        while (
            len(await stack.store.receipt_watermarks.load()) < 32
            or min((await stack.store.receipt_watermarks.load()).values()) <= receipt.read_at
        ):
            await asyncio.sleep(0.1)  # until the watermarks have moved, every partition's


async def test_a_device_that_comes_back_elsewhere(kafka_bootstrap: str, mongo_url: str, database_name: str) -> None:
    async with a_stack(kafka_bootstrap, mongo_url, database_name) as stack:
        (alice,) = await stack.users(1)
        _, first = await stack.edge("edge-1")
        _, second = await stack.edge("edge-2")
        async with connect(first) as before, connect(second) as after:
            await hello(before, alice)
            session = await hello(after, alice)
            assert await close_code(before) == 4409
            assert [one.session for one in (await stack.store.sessions.of([alice]))[alice]] == [session]


async def test_many_users_at_once(kafka_bootstrap: str, mongo_url: str, database_name: str) -> None:
    """Their topics are made in bulk, each with its first record, and announced."""
    async with a_stack(kafka_bootstrap, mongo_url, database_name) as stack:
        users = await stack.users(120)
        conversation = new_conversation_id()
        await handled(stack.writer(), [created(conversation, users, 0)])
        _, url = await stack.edge("edge-1")

        async def come_and_say(user: str) -> str:
            async with connect(url) as client:
                await hello(client, user)
                await say(client, conversation, "m1", "hello")
                kind: str = (await next_frame(client))["type"]
                return kind

        assert set(await asyncio.gather(*map(come_and_say, users))) == {"accepted"}
        admin = stack.bus.admin()
        ends = await admin.end_offsets(Partition(user_topic(user, 1)) for user in users)
        assert set(ends.values()) == {2}
        assert await announced(stack, users) == {user_topic(user, 1) for user in users}
        await admin.delete(user_topic(user, 1) for user in users)


async def announced(stack: Stack, users: Sequence[str]) -> set[str]:
    """The topics of these users that `user-topics` tells of."""
    reader = stack.bus.reader()
    partitions = (await stack.bus.admin().topics(USER_TOPICS))[USER_TOPICS]
    reader.add({Partition(USER_TOPICS, number): EARLIEST for number in range(partitions)})
    keys = {user.encode() for user in users}
    topics: set[str] = set()
    while len(topics) < len(users):
        for records in (await reader.poll(1.0)).values():
            topics |= {orjson.loads(record.value)["topic"] for record in records if record.key in keys and record.value}
    await reader.close()
    return topics


async def test_an_edge_that_is_told_it_is_over(kafka_bootstrap: str, mongo_url: str, database_name: str) -> None:
    """It goes on under a new incarnation and topic, with its sockets, and what they missed."""
    async with a_stack(kafka_bootstrap, mongo_url, database_name) as stack:
        alice, bob = await stack.users(2)
        conversation = new_conversation_id()
        writer = stack.writer()
        await handled(writer, [created(conversation, (alice, bob), 0)])
        edge, url = await stack.edge("edge-1")
        async with connect(url) as client:
            await hello(client, bob)
            former = edge.life.topic
            await stack.store.edges.end([edge.life.incarnation])
            await stack.store.sessions.remove_incarnations([edge.life.incarnation])
            said = {"type": "message", "conversation": conversation, "sender": alice, "client_id": "m1", "text": "one"}
            await handled(writer, [in_conversations(orjson.dumps(said), conversation, 1, ())])
            missed = await next_frame(client)
            assert (missed["type"], missed["to"]) == ("changes", 1)
            assert edge.life.topic != former
            await handled(
                writer, [in_conversations(orjson.dumps(said | {"client_id": "m2", "text": "two"}), conversation, 2, ())]
            )
            assert (await next_frame(client))["text"] == "two"
            await stack.bus.admin().delete([former])


async def test_an_edge_topic_that_was_deleted(kafka_bootstrap: str, mongo_url: str, database_name: str) -> None:
    async with a_stack(kafka_bootstrap, mongo_url, database_name) as stack:
        edge, _ = await stack.edge("edge-1")
        former = edge.life.topic
        await stack.bus.admin().delete([former])
        while edge.life.topic == former:
            await asyncio.sleep(0.1)
        assert edge.life.topic in await stack.bus.admin().topics(edge.life.topic)
        await stack.bus.producer().send(Outgoing(edge.life.topic, b"{}"))


async def test_what_comes_too_fast_does_not_reach_kafka(
    kafka_bootstrap: str, mongo_url: str, database_name: str
) -> None:
    async with a_stack(kafka_bootstrap, mongo_url, database_name) as stack:
        alice, bob = await stack.users(2)
        conversation = new_conversation_id()
        await handled(stack.writer(), [created(conversation, (alice, bob), 0)])
        limits = EdgeLimits(commands=Rate(5, 0.001))
        edge, url = await stack.edge("edge-1", limits)
        async with connect(url) as from_alice, connect(url) as from_bob:
            await hello(from_alice, alice)
            await hello(from_bob, bob)
            for number in range(8):
                await say(from_alice, conversation, f"m{number}", "hello")
            answers = [await next_frame(from_alice) for _ in range(8)]
            refused = {frame["id"] for frame in answers if frame["type"] == "error"}
            assert refused == {"m5", "m6", "m7"}
            await say(from_bob, conversation, "b1", "hello")
            assert (await next_frame(from_bob))["type"] == "accepted"
            records = await stack.read(await edge.topics.topic(alice), 6)
        values = [orjson.loads(record.value or b"") for record in records]
        assert [value.get("client_id") for value in values] == [None, "m0", "m1", "m2", "m3", "m4"]
