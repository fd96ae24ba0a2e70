"""Who is told of whom."""

from store.ports import Store
from tests.making import ALICE, BOB, CAROL, conversation_id
from tests.store.writing import Writing, enrol


async def test_an_audience_is_the_members(store: Store, other: Store) -> None:
    await enrol(store, ALICE, BOB, CAROL)
    await Writing(store, 1).create(ALICE, BOB)
    await Writing(store, 2).create(BOB, CAROL)
    asked = [conversation_id(1), conversation_id(2), conversation_id(3)]
    assert await other.contacts.audiences(asked) == {asked[0]: {ALICE, BOB}, asked[1]: {BOB, CAROL}}
    assert await store.contacts.audiences([]) == {}
