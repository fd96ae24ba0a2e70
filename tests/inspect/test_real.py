"""The same on a real Kafka and a real mongod, where other tests' records lie beside these."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from bus.dead_letters import dead_letter
from bus.kafka import KafkaBus
from bus.ports import Bus, Outgoing, Partition, Position, Record
from consumers.router.forwarding import forwarded
from consumers.writer.emitting import Emitter
from consumers.writer.handler import WriterConfig, WriterHandler
from domain.identity import User
from parley.inspect import app
from parley.inspect.environment import environment
from parley.settings import load_settings
from schemas.commands import Command, CreateConversation, SendMessage
from schemas.headers import REPLY_TO, SCHEMA, TRACEPARENT
from schemas.ids import direct_conversation_id, message_id, new_session_id, new_user_id
from schemas.messages import ConversationKind
from schemas.times import to_millis
from schemas.topics import (
    CONVERSATIONS,
    TopicSpec,
    edge_topic,
    edge_topic_spec,
    fixed_topics,
    user_topic,
    user_topic_spec,
)
from store.mongo import MongoStore, open_store
from store.mongo.client import connect
from store.ports import Session, Store
from tests.inspect.stage import TRACE, Answer
from tests.making import EPOCH, NOW, handled

SECRET = "the treasure is under the oak"


@dataclass(frozen=True, slots=True)
class Play:
    """Two people of this test's own, and what they have on the shared broker."""

    kafka: str
    mongo: str
    database: str
    var: Path
    alice: str
    bob: str
    topic: str
    edge: str
    scratch: str

    @property
    def conversation(self) -> str:
        return direct_conversation_id(self.alice, self.bob)

    def __call__(self, *arguments: str, store: Any = None) -> Answer:
        settings = load_settings(
            kafka_bootstrap=self.kafka, mongo_url=self.mongo, mongo_database=self.database, var=self.var
        )
        opened = environment(settings)
        given = opened if store is None else replace(opened, store=store)
        result = CliRunner().invoke(app, arguments, obj=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def play(kafka_bootstrap: str, mongo_url: str, database_name: str, unique: str, tmp_path: Path) -> Iterator[Play]:
    alice, bob = new_user_id(), new_user_id()
    edge = edge_topic(f"{unique}edge", "abc")
    names = (user_topic(alice, 1), edge, f"{unique}scratch")
    told = Play(kafka_bootstrap, mongo_url, database_name, tmp_path, alice, bob, *names)
    asyncio.run(_perform(told))
    yield told
    asyncio.run(_clear(told))


async def _perform(play: Play) -> None:
    """A conversation, and a message in it, on its way through every topic by the hands of router and writer."""
    bus, store = KafkaBus(play.kafka), await open_store(play.mongo, play.database)
    try:
        specs = [user_topic_spec(play.topic), edge_topic_spec(play.edge), TopicSpec(play.scratch, 1)]
        await bus.admin().create([*fixed_topics(), *specs])
        for user in (play.alice, play.bob):
            await store.users.create(User(user, user.removeprefix("u_"), NOW), "a-hash")
            await store.sessions.register([Session(new_session_id(), user, "phone", "login", play.edge, "abc", NOW)])
        for command in _said(play):
            await _hand_on(play, bus, store, command)
        await store.router_positions.advance({play.topic: 1})
    finally:
        await bus.close()
        await store.close()


def _said(play: Play) -> tuple[Command, ...]:
    return (
        CreateConversation(
            conversation=play.conversation,
            sender=play.alice,
            client_id="create",
            kind=ConversationKind.DIRECT,
            epoch=EPOCH,
            members=(play.alice, play.bob),
        ),
        SendMessage(conversation=play.conversation, sender=play.alice, client_id="m1", text=SECRET),
    )


async def _hand_on(play: Play, bus: Bus, store: Store, command: Command) -> None:
    headers = ((SCHEMA, b"command/1"), (TRACEPARENT, TRACE.encode()), (REPLY_TO, f"{play.edge}/s_sender".encode()))
    producer = bus.producer()
    value = command.model_dump_json().encode()
    submitted = await _stand(producer.send, Outgoing(play.topic, value, command.conversation.encode(), headers))
    on_its_way = await _stand(producer.send, forwarded(submitted))
    emitter = Emitter(store.sessions, store.conversations, producer)
    await handled(WriterHandler(store.decisions, emitter, _still_owner, Random(1), WriterConfig()), [on_its_way])


async def _still_owner(_: frozenset[Partition]) -> None:
    """Nobody else has this database."""


async def _stand(send: Any, message: Outgoing) -> Record:
    at: Position = await send(message)
    return Record(at.topic, at.partition, at.offset, at.timestamp, message.key, message.value, message.headers)


async def _clear(play: Play) -> None:
    bus = KafkaBus(play.kafka)
    await bus.admin().delete([play.topic, play.edge, play.scratch])
    await bus.close()


def test_a_message_is_traced(play: Play) -> None:
    hops = play("trace", message_id(play.conversation, 1), "--json").object["hops"]

    assert [hop["hop"] for hop in hops] == ["command", "conversations", "stored", "event", "answer", "push"]
    assert [hop.get("topic") for hop in hops] == [play.topic, CONVERSATIONS, None, "events", play.edge, play.edge]
    assert hops[0]["offset"] == 1
    assert hops[1]["origin"] == f"{play.topic}/0/1"
    assert len(hops[5]["to"]) == 2
    assert all(f"({user})" in " ".join(hops[5]["to"]) for user in (play.alice, play.bob))


def test_records_by_user_time_and_text(play: Play) -> None:
    by_name = play("peek", "--user", play.alice.removeprefix("u_").lower()).objects
    both = play("peek", "--user", play.alice).objects
    later = play("peek", "--user", play.alice, "--since", both[1]["time"]).objects
    grepped = play(
        "peek", "--topic", CONVERSATIONS, "--conversation", play.conversation, "--grep", "oak", "--show-bodies"
    )

    assert by_name == both
    assert [record["value"]["type"] for record in both] == ["create", "message"]
    assert SECRET not in str(both)
    assert both[1] in later
    assert [record["value"]["text"] for record in grepped.objects] == [SECRET]


def test_topics_and_lag(play: Play) -> None:
    (row,) = [line.split() for line in play("topics", "--users").out.splitlines() if play.topic in line]
    groups = {group["group"]: group for group in play("lag", "--json").object["groups"]}

    assert row == [play.topic, "1", "1", "2", "6d"]
    (behind,) = [one for one in groups["router"]["partitions"] if one["topic"] == play.topic]
    assert (behind["position"], behind["end"], behind["lag"]) == (1, 2, 1)
    assert behind["oldest_unread_seconds"] < 600
    assert len(groups["writer"]["partitions"]) == 32


def test_a_dead_letter_goes_back_once(play: Play) -> None:
    async def bury() -> Position:
        bus = KafkaBus(play.kafka)
        headers = ((SCHEMA, b"command/1"),)
        record = Record(play.scratch, 0, 7, to_millis(NOW), b"a-key", b'{"text":"x"}', headers)
        letter = dead_letter(record, ValueError(), 1, to_millis(NOW))
        try:
            return await bus.producer().send(letter)
        finally:
            await bus.close()

    at = asyncio.run(bury())
    letter = f"{at.partition}/{at.offset}"

    dry = play("dlq", "redrive", letter)
    done = play("dlq", "redrive", letter, "--yes")
    again = play("dlq", "redrive", letter, "--yes")

    assert f"{letter}: would be put back to {play.scratch}, key a-key, 12 bytes" in dry.out
    assert f"{letter}: put back as {play.scratch}/0/0" in done.out
    assert f"{letter}: was put back already, as {play.scratch}/0/0" in again.out
    (record,) = play("peek", "--topic", play.scratch).objects
    assert (record["key"], record["value"]) == ("a-key", {"text": "•••(1 chars)"})
    assert record["headers"] == {"schema": "command/1", "redriven_from": f"dead-letters/{letter}"}
    assert play("dlq", "show", letter).object["redriven"].endswith(f"as {play.scratch}/0/0")


def test_as_typed_in_a_shell(play: Play) -> None:
    ran = _shell(play.kafka, play.mongo, "trace", message_id(play.conversation, 1), database=play.database)

    assert (ran.returncode, ran.stderr) == (0, "")
    words = [line.split()[0] for line in ran.stdout.splitlines() if line.strip()]
    steps = ["command", "conversations", "stored", "event", "answer", "push"]
    assert [word for word in words if word in steps] == steps


@pytest.mark.parametrize("arguments", [("topics",), ("dlq", "list"), ("peek", "--topic", "events")])
def test_without_a_broker_there_is_one_line(unused_tcp_port: int, arguments: tuple[str, ...]) -> None:
    ran = _shell(f"127.0.0.1:{unused_tcp_port}", "mongodb://127.0.0.1:1/?replicaSet=rs0", *arguments)

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("Kafka does not answer: ")
    assert len(ran.stderr.splitlines()) == 1


def test_without_mongod_there_is_one_line(play: Play, unused_tcp_port: int) -> None:
    @asynccontextmanager
    async def nowhere() -> AsyncIterator[Store]:
        url = f"mongodb://127.0.0.1:{unused_tcp_port}/?replicaSet=rs0"
        opened = MongoStore(connect(url, timeout_seconds=0.5), "none")
        try:
            yield opened
        finally:
            await opened.close()

    answer = play("lag", store=nowhere)

    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("MongoDB does not answer: ")
    assert len(answer.err.splitlines()) == 1


def _shell(kafka: str, mongo: str, *arguments: str, database: str = "none") -> "subprocess.CompletedProcess[str]":
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    settings = {"PARLEY_KAFKA_BOOTSTRAP": kafka, "PARLEY_MONGO_URL": mongo, "PARLEY_MONGO_DATABASE": database}
    return subprocess.run(
        [sys.executable, "-m", "parley", "inspect", *arguments],
        env=environ | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def unused_tcp_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
