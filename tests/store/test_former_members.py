"""Those who are no members any more. What makes them so is not a command yet: the documents are changed by hand."""

from dataclasses import replace

import pytest

from domain.decision import membership_error
from schemas.errors import ErrorCode
from schemas.frames import Cursor, Gone
from store.ports import Store, Wanted
from tests.making import ALICE, BOB, EPOCH, NOW, conversation_id
from tests.store.backends import Backend, MemoryBackend, MongoBackend
from tests.store.test_media import carrying, keep, media
from tests.store.writing import Writing, enrol

ONE = conversation_id(1)


def leave(backend: Backend, user: str) -> None:
    if isinstance(backend, MongoBackend):
        left = {"$set": {"left_rev": 1}, "$currentDate": {"left_at": True}}
        assert backend.raw.members.update_one({"_id": f"{ONE}/{user}"}, left).modified_count == 1
    if isinstance(backend, MemoryBackend):
        state = backend.database.conversations[ONE]
        members = {name: member for name, member in state.members.items() if name != user}
        backend.database.conversations[ONE] = replace(state, members=members, former=frozenset({user}))


@pytest.fixture(autouse=True)
async def _left(backend: Backend, store: Store) -> None:
    await enrol(store, ALICE, BOB)
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    await writing.say(ALICE, "m1")
    leave(backend, BOB)


async def test_he_was_a_member(store: Store) -> None:
    assert await store.conversations.membership(ONE, BOB) == "former"


async def test_it_is_gone_for_him(store: Store) -> None:
    cursors = {ONE: Cursor(epoch=EPOCH, rev=0)}
    assert await store.conversations.resume(BOB, cursors, 10) == [Gone(conversation=ONE, reason="removed")]
    assert await store.conversations.summary(BOB, ONE) is None
    assert (await store.conversations.summaries(BOB, 10)).items == ()


async def test_he_finds_and_loads_nothing_of_it_any_more(store: Store) -> None:
    state = (await store.decisions.load([ONE]))[ONE]
    writing = Writing(store)
    writing.state, writing.offset = state, 10
    await keep(store, media())
    await writing.apply([carrying("m2", "f_1")])
    messages, _ = await store.conversations.history(ONE, before=None, after=0, around=None, limit=9)
    await store.search.index(messages, [ONE])

    for user, ids, texts in ((ALICE, {"f_1"}, ["look"]), (BOB, set(), [])):
        assert set(await store.media.visible(user, ["f_1"])) == ids
        assert [message.text for message in (await store.search.find(user, Wanted(["look"]), 9)).items] == texts
    assert await store.media.claim(BOB, ["f_1"], "k", NOW) == {"f_1"}


async def test_others_do_not_see_him(store: Store) -> None:
    summary = await store.conversations.summary(ALICE, ONE)
    assert summary is not None
    assert [member.user for member in summary.members] == [ALICE]


async def test_his_commands_are_refused_as_such(store: Store) -> None:
    state = (await store.decisions.load([ONE]))[ONE]
    assert membership_error(state, BOB) is ErrorCode.NOT_A_MEMBER
    assert membership_error(state, ALICE) is None
