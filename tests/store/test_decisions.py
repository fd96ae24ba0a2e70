"""What the writer reads and writes: whole batches, each once, on condition of what they were decided from."""

import asyncio
from dataclasses import replace

import pytest

from domain.conversation import Applied, Batch, Change, Made, Outcome
from schemas.ids import command_key
from schemas.messages import ConversationKind
from store.errors import Conflict
from store.ports import Store
from tests.making import ALICE, BOB, CAROL, conversation_id, create, delete, edit, react, send, user_id
from tests.store.writing import Writing, batch_of, joined

ONE, TWO = conversation_id(1), conversation_id(2)


def key(client_id: str, sender: str = ALICE, conversation: str = ONE) -> str:
    return command_key(conversation, sender, client_id)


async def test_what_is_not_there_is_not_loaded(store: Store) -> None:
    assert await store.decisions.load([ONE]) == {}
    assert await store.decisions.load([]) == {}
    assert await store.decisions.outcomes([key("m1")]) == {}
    assert await store.decisions.outcomes([]) == {}


async def test_another_process_loads_what_was_applied(store: Store, other: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB, CAROL, kind=ConversationKind.GROUP)
    assert await other.decisions.load([ONE, TWO]) == {ONE: writing.now}
    await writing.say(ALICE, "m1", "m2")
    assert (await other.decisions.load([ONE]))[ONE] == writing.now
    assert (writing.now.seq, writing.now.rev, writing.now.applied) == (2, 2, Applied(1, 2))


async def test_large_groups_are_loaded_whole(store: Store) -> None:
    writing = Writing(store)
    await writing.create(*(user_id(number) for number in range(300)), kind=ConversationKind.GROUP)
    assert (await store.decisions.load([ONE]))[ONE] == writing.now


async def test_a_message_is_its_commands_outcome(store: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    await writing.say(ALICE, "m1", "m2")
    found = await store.decisions.outcomes([key("m1"), key("m2"), key("m3"), key("m1", BOB)])
    message = writing.now.last_message
    assert found.keys() == {key("m1"), key("m2")}
    assert message is not None
    assert found[key("m2")] == Made(message, 2)


async def test_all_else_has_its_outcome_kept_refusals_included(store: Store) -> None:
    creation = batch_of(None, [create()], 0)
    refusal = batch_of(None, [send("lost", CAROL, conversation=2)], 1)
    await store.decisions.apply(joined(creation, refusal))
    created, refused = creation.outcomes[0], refusal.outcomes[0]
    assert await store.decisions.outcomes([created.key, refused.key]) == {created.key: created, refused.key: refused}
    assert created.addressees == (ALICE, BOB)
    assert refused.error is not None


async def test_a_refusal_moves_nothing_but_applied(store: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    before = writing.now
    await writing.say(CAROL, "m1")
    assert (await store.decisions.load([ONE]))[ONE] == replace(before, applied=Applied(1, 1))


async def test_an_empty_batch_is_nothing(store: Store) -> None:
    await store.decisions.apply(Batch((), ()))


async def test_a_batch_over_many_conversations(store: Store) -> None:
    numbers = range(1, 51)
    ids = [conversation_id(number) for number in numbers]
    await store.decisions.apply(joined(*(batch_of(None, [create(conversation=number)], number) for number in numbers)))
    states = await store.decisions.load(ids)
    sends = [[send(f"m{i}", conversation=number) for i in range(4)] for number in numbers]
    batches = [batch_of(states[i], commands, 100) for i, commands in zip(ids, sends, strict=True)]
    await store.decisions.apply(joined(*batches))
    after = await store.decisions.load(ids)
    assert after == {batch.changes[0].after.id: batch.changes[0].after for batch in batches}
    assert {state.seq for state in after.values()} == {4}


async def refused_whole(store: Store, batch: Batch) -> None:
    """The batch conflicts, and leaves no trace of itself."""
    ids = [change.after.id for change in batch.changes]
    keys = [outcome.key for outcome in batch.outcomes]
    keys += [key(m.client_id, m.sender, m.conversation) for change in batch.changes for m in change.messages]
    before = await store.decisions.load(ids), await store.decisions.outcomes(keys)
    with pytest.raises(Conflict):
        await store.decisions.apply(batch)
    assert (await store.decisions.load(ids), await store.decisions.outcomes(keys)) == before


async def test_decided_from_what_is_no_more(store: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    stale = batch_of(writing.now, [send("late")], 5)
    await writing.say(ALICE, "m1")
    await refused_whole(store, stale)


async def test_one_stale_conversation_stops_the_whole_batch(store: Store) -> None:
    one, two = Writing(store), Writing(store, 2)
    await one.create(ALICE, BOB)
    await two.create(ALICE, BOB)
    fresh, stale = batch_of(one.now, [send("a")], 5), batch_of(two.now, [send("b", conversation=2)], 6)
    await two.say(ALICE, "m1")
    await refused_whole(store, joined(fresh, stale))
    await store.decisions.apply(fresh)


async def test_created_twice(store: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    await refused_whole(store, batch_of(None, [create("again")], 5))


async def test_changed_before_it_exists(store: Store) -> None:
    creation = batch_of(None, [create()], 0)
    state = creation.changes[0].after
    await refused_whole(store, batch_of(state, [send()], 1))


async def test_another_generation_of_the_log(store: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    state = writing.now
    elsewhere = replace(state, applied=Applied(2, state.applied.offset))
    await refused_whole(store, batch_of(elsewhere, [send()], 1))


async def test_an_outcome_is_for_ever(store: Store) -> None:
    refusal = batch_of(None, [send("lost", CAROL)], 1)
    await store.decisions.apply(refusal)
    await refused_whole(store, batch_of(None, [send("lost", CAROL)], 9))
    assert await store.decisions.outcomes([refusal.outcomes[0].key]) == {refusal.outcomes[0].key: refusal.outcomes[0]}


async def test_a_command_makes_one_message(store: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    await writing.say(ALICE, "m1")
    await refused_whole(store, batch_of(writing.now, [send("m1")], 5))
    await refused_whole(store, batch_of(writing.now, [send("m2"), send("m2")], 5))


async def test_of_two_writers_of_one_state_exactly_one_wins(store: Store, other: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    for round_ in range(10):
        state = (await store.decisions.load([ONE]))[ONE]
        batches = [batch_of(state, [send(f"{who}-{round_}")], 10 * round_ + 1) for who in "ab"]
        answers = await asyncio.gather(
            store.decisions.apply(batches[0]), other.decisions.apply(batches[1]), return_exceptions=True
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "NoneType"]
        winner = answers.index(None)
        assert (await store.decisions.load([ONE]))[ONE] == batches[winner].changes[0].after
        keys = [key(f"{who}-{round_}") for who in "ab"]
        assert list(await store.decisions.outcomes(keys)) == [keys[winner]]


async def test_a_changed_message_keeps_its_place(store: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    await writing.say(ALICE, "m1", "m2")
    message = await store.conversations.message(ONE, 1)
    assert message is not None
    changed = await writing.change(message, "e1")
    assert await store.conversations.message(ONE, 1) == changed
    assert (changed.seq, changed.rev) == (1, 3)
    assert (await store.decisions.load([ONE]))[ONE] == writing.now


async def test_every_field_of_a_message_is_kept(store: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    batch = batch_of(writing.now, [send("m1")], 1)
    change = batch.changes[0]
    full = change.messages[0].model_copy(
        update={
            "media": ("f1", "f2"),
            "reply_to": 1,
            "mentions": (BOB,),
            "reactions": {"👍": (ALICE, BOB), "a.b": (BOB,)},
            "cause": "e1",
            "edited_at": change.after.updated_at,
            "deleted_at": change.after.updated_at,
        }
    )
    state = replace(change.after, last_message=full)
    await store.decisions.apply(Batch((Change(change.before, state, (full,), (), change.made),), ()))
    assert await store.conversations.message(ONE, 1) == full
    assert (await store.decisions.load([ONE]))[ONE] == state


async def test_a_changed_message_keeps_its_commands_outcome(store: Store, other: Store) -> None:
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    await writing.say(ALICE, "m1", "m2")
    await writing.apply([edit(1), react(1, sender=BOB), edit(2, client_id="e2")])
    await writing.apply([delete(1), send("m3"), edit(3, client_id="e3")])

    messages = await other.decisions.messages([(ONE, 1), (ONE, 2), (ONE, 3), (ONE, 4), (TWO, 1)])
    assert {place[1]: (message.rev, message.cause) for place, message in messages.items()} == {
        1: (6, "d1"),
        2: (5, "e2"),
        3: (8, "e3"),
    }
    outcomes = await other.decisions.outcomes([key("m1"), key("m3"), key("e1"), key("d1")])
    assert outcomes[key("m1")] == Made(messages[ONE, 1], 1)
    assert outcomes[key("m3")] == Made(messages[ONE, 3], 7)
    assert (messages[ONE, 1].text, messages[ONE, 1].reactions) == (None, {})
    assert isinstance(edited := outcomes[key("e1")], Outcome)
    assert (edited.seq, edited.rev, edited.addressees) == (1, 3, (ALICE, BOB))
    assert (await other.decisions.load([ONE]))[ONE] == writing.now
    history, _ = await other.conversations.history(ONE, before=None, after=None, around=None, limit=9)
    assert [(message.seq, message.rev) for message in history] == [(1, 6), (2, 5), (3, 8)]


async def test_no_messages_asked_for_are_none(store: Store) -> None:
    assert await store.decisions.messages([]) == {}
