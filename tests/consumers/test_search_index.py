"""The search index: what events show is found, once each, however often they come."""

import asyncio
from datetime import UTC, datetime
from random import Random

import pytest

from bus.errors import Refused
from bus.kafka import KafkaBus
from bus.memory import MemoryBus
from bus.ports import Bus, Outgoing, Producer, Record
from consumers.search_index.handler import SearchIndexHandler, read
from consumers.search_index.search_index import SearchIndex
from domain.searching import terms
from schemas.events import ConversationCreated, MessageStored
from schemas.headers import SCHEMA
from schemas.messages import Message
from schemas.topics import EVENTS, fixed_topics
from store.errors import StoreUnavailable
from store.memory import MemoryStore, Step
from store.mongo import open_store
from store.ports import Store, Wanted
from tests.consumers.world import World, in_world, running
from tests.making import ALICE, BOB, NOW, conversation_id, handled, send
from tests.store.writing import Writing, enrol
from tests.virtually import eventually

ONE = conversation_id(1)


async def said(store: Store, *texts: str) -> list[Message]:
    """These texts, stored."""
    await enrol(store, ALICE, BOB)
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    await writing.apply([send(f"m{place}", ALICE, text) for place, text in enumerate(texts)])
    messages, _ = await store.conversations.history(ONE, before=None, after=0, around=None, limit=99)
    return list(messages)


async def tell(producer: Producer, *events: ConversationCreated | MessageStored) -> None:
    for event in events:
        value = event.model_dump_json().encode()
        await producer.send(Outgoing(EVENTS, value, event.conversation.encode(), ((SCHEMA, b"event/1"),)))


def stored(message: Message) -> MessageStored:
    return MessageStored(
        event_id=message.client_id, conversation=message.conversation, at=NOW, message=message, members=(ALICE, BOB)
    )


CREATED = ConversationCreated(event_id="c", conversation=ONE, at=NOW, by=ALICE, members=(ALICE, BOB))


async def found(store: Store, query: str) -> list[str]:
    page = await store.search.find(BOB, Wanted(terms(query)), 10)
    return [message.text or "" for message in page.items]


@in_world
async def test_what_is_stored_is_found(world: World) -> None:
    messages = await said(world.store, "one word", "two words")
    await tell(world.producer, CREATED, *map(stored, messages))
    index = SearchIndex(world.bus, world.store, world.random, lambda: NOW)
    async with running(index.run()):
        await eventually(lambda: len(world.database.indexed) == 2)
    assert await found(world.store, "word") == ["two words", "one word"]


@in_world
async def test_a_batch_that_failed_comes_again(world: World) -> None:
    messages = await said(world.store, "one word", "two words")
    await tell(world.producer, *map(stored, messages))
    failures = [Step("search.index", "before"), Step("search.index", "after")]

    async def fail(step: Step) -> None:
        if step in failures:
            failures.remove(step)
            raise StoreUnavailable("on purpose")

    troubled = MemoryStore(world.database, fail)
    async with running(SearchIndex(MemoryBus(world.cluster), troubled, world.random, lambda: NOW).run()):
        await eventually(lambda: not failures and len(world.database.indexed) == 2)


@in_world
async def test_a_kind_of_event_that_is_new_is_read_for_its_message(world: World) -> None:
    (message,) = await said(world.store, "one word")
    later = b'{"type": "of tomorrow", "more": 1, ' + stored(message).model_dump_json().encode()[1:]
    later = later.replace(b'"message":{', b'"message":{"more": 1, ')
    await world.producer.send(Outgoing(EVENTS, later, ONE.encode()))
    await world.producer.send(Outgoing(EVENTS, b'{"type": "of tomorrow", "conversation": "%s"}' % ONE.encode()))
    await handled(SearchIndexHandler(world.store.search), world.records(EVENTS))
    assert await found(world.store, "word") == ["one word"]


@in_world
async def test_what_is_no_event_is_refused(world: World) -> None:
    def record(value: bytes, schema: bytes) -> Record:
        return Record(EVENTS, 0, 0, 0, None, value, ((SCHEMA, schema),))

    for value in (b"", b"[]", b"{}", b"nonsense"):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
            read(record(value, b"event/1"))
    for schema in (b"event/2", b"command/1"):
        with pytest.raises(Refused):
            read(record(CREATED.model_dump_json().encode(), schema))


async def test_over_a_real_kafka_and_a_real_mongod(kafka_bootstrap: str, mongo_url: str, database_name: str) -> None:
    bus: Bus = KafkaBus(kafka_bootstrap)
    store = await open_store(mongo_url, database_name)
    await bus.admin().create(fixed_topics())
    (first, second) = await said(store, "an ünusual word", "usual words")
    index = SearchIndex(bus, store, Random(1), lambda: datetime.now(UTC))
    async with asyncio.timeout(60), running(index.run()):
        await tell(bus.producer(), CREATED, stored(first), stored(second), stored(first))
        while len(await found(store, "word")) < 2:
            await asyncio.sleep(0.05)
        assert await found(store, "UNUS") == ["an ünusual word"]
    await store.close()
    await bus.close()
