"""From a command to Kafka: what is refused early, what may pass, and what its sender is told when it fails."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from random import Random

import pytest

from bus.errors import BusError, RecordTooLarge, Unavailable, UnknownOutcome, UnknownTopic
from bus.memory import MemoryBus
from bus.ports import Outgoing, Position, Producer
from domain.conversation import Batch, Change
from producer_gateway.attachments import Attachments
from producer_gateway.content import ContentConfig, ContentRules
from producer_gateway.submitting import MembershipConfig, Memberships, NotSubmitted, Submitter
from producer_gateway.topic_opener import OpenerConfig, TopicOpener
from schemas.errors import ErrorCode
from schemas.headers import ReplyTo, header
from schemas.topics import user_topic
from store.errors import StoreUnavailable
from store.memory import MemoryStore, Step
from tests.edge.world import EdgeWorld, in_world
from tests.making import ALICE, BOB, CAROL, conversation, conversation_id, create, send, user_id

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
REPLY_TO = ReplyTo("edge.edge-1.aa", "s_1")


class Failing:
    """A producer that fails as told: at once, or when it should acknowledge."""

    def __init__(self, world: EdgeWorld) -> None:
        self.sent: list[Outgoing] = []
        self.at_once: list[BusError] = []
        self.later: BusError | None = None
        self._real: Producer = MemoryBus(world.cluster).producer()

    async def warm_up(self, topics: object) -> frozenset[str]:
        return await self._real.warm_up(topics)  # type: ignore[arg-type]

    def forget(self, topics: object) -> None:
        """Nothing is kept."""

    async def send(self, message: Outgoing) -> Position:
        return await (await self.enqueue(message))

    async def enqueue(self, message: Outgoing) -> Awaitable[Position]:
        if message.key is None or not message.topic.startswith("user."):
            return await self._real.enqueue(message)
        self.sent.append(message)
        if self.at_once:
            raise self.at_once.pop(0)
        return self._acknowledge(message)

    async def _acknowledge(self, message: Outgoing) -> Position:
        await asyncio.sleep(0.1)
        if self.later is not None:
            raise self.later
        return Position(message.topic, 0, 1, 1_790_000_000_000)


class Way:
    """A submitter over a world with one conversation, of Alice and Bob; Carol was in it once."""

    def __init__(self, world: EdgeWorld) -> None:
        self.asked: list[str] = []
        self.failing = False
        self.producer = Failing(world)
        store = MemoryStore(world.database, self._on_store)
        self.opener = TopicOpener(
            store.user_topics, self.producer, MemoryBus(world.cluster).admin(), Random(1), OpenerConfig()
        )
        world.run(self.opener.run())
        self.memberships = Memberships(store.conversations, MembershipConfig(capacity=2))
        self.submitter = Submitter(
            self.producer,
            self.opener,
            self.memberships,
            Attachments(store.media, lambda: datetime.now(UTC)),
            ContentRules(ContentConfig()),
        )

    async def _on_store(self, step: Step) -> None:
        if step.moment == "before" and step.operation.startswith(("conversations.", "media.")):
            self.asked.append(step.operation)
            if self.failing:
                raise StoreUnavailable(step.operation)
        await asyncio.sleep(0)

    async def submit(self, sender: str = ALICE, number: int = 1, *, known_member: bool = False) -> Position:
        command = send("m1", sender, conversation=number)
        submission = await self.submitter.submit(command, REPLY_TO, TRACE, known_member=known_member)
        assert not submission.masked
        return await submission.acknowledgement


async def the_way(world: EdgeWorld) -> Way:
    state = conversation(members=(ALICE, BOB), former=(CAROL,))
    await world.store.decisions.apply(Batch((Change(None, state, (), tuple(state.members.values())),), ()))
    return Way(world)


@in_world
async def test_the_record(world: EdgeWorld) -> None:
    way = await the_way(world)
    position = await way.submit()
    (record,) = way.producer.sent
    assert (record.topic, record.key) == (user_topic(ALICE, 1), conversation_id().encode())
    assert {name: header(record.headers, name) for name, _ in record.headers} == {
        "schema": "command/1",
        "traceparent": TRACE,
        "reply_to": "edge.edge-1.aa/s_1",
    }
    assert position.timestamp == 1_790_000_000_000


@pytest.mark.parametrize(
    ("sender", "number", "code"),
    [(user_id(9), 1, ErrorCode.NOT_FOUND), (ALICE, 2, ErrorCode.NOT_FOUND)],
)
def test_who_may_not(sender: str, number: int, code: ErrorCode) -> None:
    @in_world
    async def scenario(world: EdgeWorld) -> None:
        way = await the_way(world)
        for _ in range(2):
            with pytest.raises(NotSubmitted) as refusal:
                await way.submit(sender, number)
            assert (refusal.value.code, refusal.value.final) == (code, True)
        assert way.asked == ["conversations.membership"] * 2, "refusals ask the store"
        assert way.producer.sent == []

    scenario()


@in_world
async def test_who_was_a_member_is_left_to_the_ordered_decision(world: EdgeWorld) -> None:
    """He may ask again for what was done while he was one, his leaving among it: its outcome is what he is told."""
    way = await the_way(world)
    await way.submit(CAROL)
    assert [record.key for record in way.producer.sent] == [conversation_id().encode()]


@in_world
async def test_a_membership_is_remembered_for_a_while(world: EdgeWorld) -> None:
    way = await the_way(world)
    for _ in range(3):
        await way.submit()
    assert len(way.asked) == 1
    await asyncio.sleep(61)
    await way.submit()
    assert len(way.asked) == 2
    await way.submit(BOB)
    await way.submit(known_member=True, number=5)
    assert len(way.asked) == 3


@in_world
async def test_only_so_many_memberships_are_remembered(world: EdgeWorld) -> None:
    way = await the_way(world)
    for user in (ALICE, BOB):
        await way.submit(user)
    state = conversation(2, members=(ALICE, BOB))
    await world.store.decisions.apply(Batch((Change(None, state, (), tuple(state.members.values())),), ()))
    await way.submit(number=2)
    way.asked.clear()
    await way.submit(BOB)
    assert way.asked == []
    await way.submit()
    assert len(way.asked) == 1


@in_world
async def test_without_the_store_the_ordered_decision_judges(world: EdgeWorld) -> None:
    way = await the_way(world)
    way.failing = True
    await way.submit(CAROL)
    assert len(way.producer.sent) == 1


@in_world
async def test_beginning_a_conversation_takes_no_membership(world: EdgeWorld) -> None:
    way = await the_way(world)
    await (await way.submitter.submit(create(conversation=3), None, TRACE)).acknowledgement
    assert way.asked == []
    assert header(way.producer.sent[0].headers, "reply_to") is None


@pytest.mark.parametrize("late", [False, True], ids=["at-once", "late"])
@pytest.mark.parametrize(
    ("error", "code", "final"),
    [
        (Unavailable(), ErrorCode.UNAVAILABLE, False),
        (UnknownOutcome(), ErrorCode.UNKNOWN_OUTCOME, False),
        (RecordTooLarge(), ErrorCode.TOO_LARGE, True),
        (BusError(), ErrorCode.UNAVAILABLE, False),
    ],
)
def test_what_kafka_would_not_take(error: BusError, code: ErrorCode, *, final: bool, late: bool) -> None:
    @in_world
    async def scenario(world: EdgeWorld) -> None:
        way = await the_way(world)
        if late:
            way.producer.later = error
        else:
            way.producer.at_once = [error]
        with pytest.raises(NotSubmitted) as failure:
            await way.submit()
        assert (failure.value.code, failure.value.final) == (code, final)

    scenario()


@in_world
async def test_a_topic_that_is_missing_is_opened_once_more(world: EdgeWorld) -> None:
    way = await the_way(world)
    way.producer.at_once = [UnknownTopic()]
    await way.submit()
    assert len(way.producer.sent) == 2
    way.producer.at_once = [UnknownTopic(), UnknownTopic()]
    with pytest.raises(NotSubmitted) as failure:
        await way.submit()
    assert failure.value.code is ErrorCode.UNAVAILABLE


@in_world
async def test_a_topic_that_went_missing_under_a_record(world: EdgeWorld) -> None:
    way = await the_way(world)
    way.producer.later = UnknownTopic()
    with pytest.raises(NotSubmitted) as failure:
        await way.submit()
    assert failure.value.code is ErrorCode.UNAVAILABLE
    assert way.opener.opened(ALICE) is None
    way.producer.later = None
    await way.submit()


@in_world
async def test_a_user_who_is_gone(world: EdgeWorld) -> None:
    way = await the_way(world)
    with pytest.raises(NotSubmitted) as failure:
        await way.submit(user_id(9), known_member=True)
    assert failure.value.code is ErrorCode.UNAUTHENTICATED


@in_world
async def test_an_acknowledgement_may_be_dropped(world: EdgeWorld) -> None:
    way = await the_way(world)
    way.producer.later = Unavailable()
    acknowledgement = (await way.submitter.submit(send(), REPLY_TO, TRACE)).acknowledgement
    await asyncio.sleep(1)
    assert acknowledgement.done()
