"""Who is told of whom."""

from schemas.commands import Block
from schemas.ids import direct_conversation_id
from store.ports import MAX_AUDIENCE, Store
from tests.making import ALICE, BOB, CAROL, EPOCH, conversation_id, user_id
from tests.store.writing import Writing, batch_of, enrol


async def test_an_audience_is_the_members(store: Store, other: Store) -> None:
    await enrol(store, ALICE, BOB, CAROL)
    await Writing(store, 1).create(ALICE, BOB)
    await Writing(store, 2).create(BOB, CAROL)
    asked = [conversation_id(1), conversation_id(2), conversation_id(3)]
    assert await other.contacts.audiences(asked) == {asked[0]: {ALICE, BOB}, asked[1]: {BOB, CAROL}}
    assert await store.contacts.audiences([]) == {}


async def test_contacts_share_a_conversation(store: Store, other: Store) -> None:
    dave = user_id(4)
    await enrol(store, ALICE, BOB, CAROL, dave)
    await Writing(store, 1).create(ALICE, BOB)
    await Writing(store, 2).create(BOB, CAROL, ALICE)
    found = await other.contacts.of([ALICE, BOB, CAROL, dave])
    assert found == {ALICE: {BOB, CAROL}, BOB: {ALICE, CAROL}, CAROL: {ALICE, BOB}}
    assert await store.contacts.of([]) == {}


async def test_in_a_large_conversation_nobody_is_anybodys_contact(store: Store) -> None:
    many = [user_id(number) for number in range(10, 10 + MAX_AUDIENCE)]
    await Writing(store, 1).create(ALICE, *many)
    await Writing(store, 2).create(*many)
    assert await store.contacts.of([ALICE]) == {}
    assert (await store.contacts.of(many[:1]))[many[0]] == set(many[1:])


async def test_who_is_blocked_is_told_nothing_and_nobody_of_him(store: Store) -> None:
    await enrol(store, ALICE, BOB)
    two = direct_conversation_id(ALICE, BOB)
    block = Block(conversation=two, sender=ALICE, client_id="b1", user=BOB, on=True, epoch=EPOCH)
    begun = batch_of(None, [block], 1)
    await store.decisions.apply(begun)
    assert await store.contacts.audiences([two]) == {}
    assert await store.contacts.of([ALICE, BOB]) == {}
    allowed = block.model_copy(update={"client_id": "b2", "on": False})
    await store.decisions.apply(batch_of(begun.changes[0].after, [allowed], 2))
    assert await store.contacts.audiences([two]) == {two: {ALICE, BOB}}
    assert await store.contacts.of([ALICE]) == {ALICE: {BOB}}
