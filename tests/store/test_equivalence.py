"""The in-memory store and MongoDB answer alike, whatever is asked of them in whatever order."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.conversation import Batch, Conversation
from domain.receipts import MemberCursor, Reader
from schemas.commands import CreateConversation, SendMessage
from schemas.frames import Cursor
from schemas.ids import command_key
from schemas.messages import ConversationKind
from store.errors import Conflict
from store.ports import Store
from tests.making import ALICE, BOB, CAROL, EPOCH, conversation_id, create, send
from tests.store.backends import MemoryBackend, MongoBackend
from tests.store.writing import batch_of, enrol, joined

pytestmark = pytest.mark.real

USERS = (ALICE, BOB, CAROL)
NUMBERS = (1, 2, 3)
CLIENT_IDS = tuple("abcdefgh")

Command = SendMessage | CreateConversation
Ask = Callable[[Store], Coroutine[Any, Any, object]]

users = st.sampled_from(USERS)
numbers = st.sampled_from(NUMBERS)
client_ids = st.sampled_from(CLIENT_IDS)
limits = st.integers(1, 5)
seqs = st.none() | st.integers(0, 12)


@st.composite
def commands(draw: st.DrawFn, number: int) -> list[Command]:
    """Some for one conversation, as a batch's share of it."""
    if draw(st.integers(0, 3)) == 0:
        members = tuple(draw(st.lists(users, min_size=2, unique=True)))
        return [create(draw(client_ids), members[0], members, ConversationKind.GROUP, number)]
    names = draw(st.lists(client_ids, min_size=1, max_size=4, unique=True))
    return [send(name, draw(users), name, number) for name in names]


@dataclass(frozen=True)
class Write:
    """A batch over some conversations, of which the stale ones are decided from an older state than the latest."""

    shares: dict[int, list[Command]]
    stale: frozenset[int]


@st.composite
def writes(draw: st.DrawFn) -> Write:
    chosen = draw(st.lists(numbers, min_size=1, unique=True))
    shares = {number: draw(commands(number)) for number in chosen}
    stale = frozenset(number for number in chosen if draw(st.integers(0, 4)) == 0)
    return Write(shares, stale)


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, Ask]:
    user, number, limit = draw(users), draw(numbers), draw(limits)
    conversation = conversation_id(number)
    cursors = draw(
        st.dictionaries(
            numbers.map(conversation_id),
            st.builds(Cursor, epoch=st.sampled_from((EPOCH, EPOCH, EPOCH, "x")), rev=st.integers(0, 9)),
        )
    )
    before, after, around = draw(seqs), draw(seqs), draw(seqs)
    keys = [command_key(conversation, user, client_id) for client_id in CLIENT_IDS]
    asks: dict[str, Ask] = {
        "resume": lambda store: store.conversations.resume(user, cursors, limit),
        "history": lambda store: store.conversations.history(
            conversation, before=before, after=after, around=around, limit=limit
        ),
        "summary": lambda store: store.conversations.summary(user, conversation),
        "summaries": lambda store: store.conversations.summaries(user, limit),
        "outcomes": lambda store: store.decisions.outcomes(keys),
        "load": lambda store: store.decisions.load(map(conversation_id, NUMBERS)),
    }
    name = draw(st.sampled_from(sorted(asks)))
    return name, asks[name]


BEGINNING = Write(
    {
        1: [create("a", ALICE, USERS, ConversationKind.GROUP, 1)],
        2: [create("a", ALICE, (ALICE, BOB), ConversationKind.DIRECT, 2)],
    },
    frozenset(),
)
TALK = Write({number: [send(name, ALICE, name, number) for name in "bcdef"] for number in (1, 2)}, frozenset())


@dataclass(frozen=True)
class Raise:
    """Some members have come somewhere."""

    cursors: dict[Reader, MemberCursor]


raises = st.builds(
    Raise,
    st.dictionaries(
        st.builds(Reader, numbers.map(conversation_id), users),
        st.builds(MemberCursor().raised, st.integers(0, 9), st.integers(0, 9)),
    ),
)


class Pair:
    """Both stores, told the same."""

    def __init__(self, memory: Store, mongo: Store) -> None:
        self._memory = memory
        self._mongo = mongo
        self._states: dict[int, list[Conversation | None]] = {number: [None] for number in NUMBERS}
        self._offset = 0

    async def write(self, write: Write) -> None:
        batch = joined(*(self._share(number, write) for number in sorted(write.shares)))
        done = [await applied(store, batch) for store in (self._memory, self._mongo)]
        assert done[0] == done[1]
        if done[0]:
            self._keep(batch)

    def _share(self, number: int, write: Write) -> Batch:
        states = self._states[number]
        state = states[-2] if number in write.stale and len(states) > 1 else states[-1]
        share = batch_of(state, write.shares[number], self._offset)
        self._offset += len(write.shares[number])
        return share

    def _keep(self, batch: Batch) -> None:
        for change in batch.changes:
            number = next(number for number in NUMBERS if conversation_id(number) == change.after.id)
            self._states[number].append(change.after)

    async def move(self, cursors: dict[Reader, MemberCursor]) -> None:
        for store in (self._memory, self._mongo):
            await store.receipts.advance([], cursors)

    async def ask(self, name: str, ask: Ask) -> None:
        assert await ask(self._memory) == await ask(self._mongo), name


async def applied(store: Store, batch: Batch) -> bool:
    try:
        await store.decisions.apply(batch)
    except Conflict:
        return False
    return True


@settings(max_examples=50, deadline=None)
@given(steps=st.lists(writes() | raises | questions(), min_size=1, max_size=20), last=st.lists(questions(), min_size=3))
def test_both_stores_answer_alike(
    mongo: MongoBackend, steps: list[Write | Raise | tuple[str, Ask]], last: list[tuple[str, Ask]]
) -> None:
    async def play() -> None:
        memory_store = await MemoryBackend(lambda: datetime.now(UTC)).open()
        mongo_store = await mongo.emptied().open()
        pair = Pair(memory_store, mongo_store)
        try:
            for store in (memory_store, mongo_store):
                await enrol(store, *USERS)
            for step in (BEGINNING, TALK, *steps, *last):
                match step:
                    case Write():
                        await pair.write(step)
                    case Raise(cursors):
                        await pair.move(cursors)
                    case name, ask:
                        await pair.ask(name, ask)
        finally:
            await mongo_store.close()

    asyncio.run(play())
