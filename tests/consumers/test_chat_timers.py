"""Timers of ephemeral chats: each fires into the order of its conversation, and none is lost on the way."""

from dataclasses import replace
from datetime import datetime, timedelta

from bus.ports import Record
from consumers.session_expiry.chat_timers import ChatTimers, ChatTimersConfig
from domain.ephemeral import TIMERS, EphemeralChat, Seat, Timer, timer_id
from domain.sealing import WrappedKey
from schemas.commands import COMMAND, EndChat, ExpireChat
from schemas.messages import ConversationKind
from schemas.topics import CONVERSATIONS
from store.ports import Deadline
from tests.consumers.world import World, in_world
from tests.making import NOW, conversation_id, user_id
from tests.store.writing import Writing

CHAT = conversation_id(7)
ANN, BEN = user_id(71), user_id(72)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


async def chat(world: World, *, begun: bool = True) -> Writing:
    wrapped = WrappedKey(b"", b"", b"")
    seats = Seat(ANN, "Ann", "a", wrapped, NOW), Seat(BEN, "Ben", "b", wrapped, NOW if begun else None)
    await world.store.chats.create(EphemeralChat(CHAT, seats, NOW, NOW + 24 * HOUR, HOUR))
    writing = Writing(world.store, 7)
    await writing.create(ANN, BEN, kind=ConversationKind.EPHEMERAL)
    return writing


def due(which: Timer, at: datetime, **more: str) -> Deadline:
    return Deadline(timer_id(CHAT, which), TIMERS, at, {"conversation": CHAT, "timer": which.value, **more})


async def fire(world: World, deadline: Deadline, now: datetime) -> Deadline | None:
    """Handle it as its keeper does; what is set then."""
    database = world.database
    await world.store.deadlines.set([deadline])
    database.timers[deadline.id].holder = "h"
    await ChatTimers(world.store, world.producer, lambda: now, ChatTimersConfig(30 * SECOND)).due([deadline])
    await world.store.deadlines.done("h", [deadline.id])
    left = database.timers.get(deadline.id)
    return None if left is None else left.deadline


def expired(world: World) -> list[ExpireChat]:
    records: list[Record] = world.records(CONVERSATIONS)
    found = [COMMAND.validate_json(record.value or b"") for record in records]
    return [command for command in found if isinstance(command, ExpireChat)]


@in_world
async def test_silence_is_warned_of_and_then_expires_at_the_rev_it_saw(world: World) -> None:
    await chat(world)
    first = await fire(world, due(Timer.SILENCE, NOW + HOUR / 2), NOW + HOUR / 2)
    assert first == due(Timer.SILENCE, NOW + HOUR - 30 * SECOND)
    second = await fire(world, first, first.at)
    assert second == due(Timer.SILENCE, NOW + HOUR, warned="0")
    assert expired(world) == []

    third = await fire(world, second, second.at)

    assert [(one.reason, one.seen_rev) for one in expired(world)] == [("inactivity", 0)]
    assert third == due(Timer.SILENCE, NOW + HOUR + HOUR / 2), "should something have been said meanwhile"


@in_world
async def test_a_clock_that_is_behind_loses_no_timer(world: World) -> None:
    await chat(world)
    for deadline in (
        due(Timer.SILENCE, NOW + HOUR - 30 * SECOND),
        due(Timer.SILENCE, NOW + HOUR, warned="0"),
    ):
        left = await fire(world, deadline, deadline.at - 2 * SECOND)
        assert left is not None
        assert left.at > deadline.at
        del world.database.timers[deadline.id]
    assert len(expired(world)) == 1


@in_world
async def test_something_said_after_the_warning_begins_it_anew(world: World) -> None:
    writing = await chat(world)
    await writing.say(ANN, "m1")
    left = await fire(world, due(Timer.SILENCE, NOW + HOUR, warned="0"), NOW + HOUR)

    assert left == due(Timer.SILENCE, NOW + HOUR + 30 * SECOND, warned="1"), "warned again, as long before"
    assert expired(world) == []


@in_world
async def test_silence_counts_from_when_both_have_been(world: World) -> None:
    await chat(world, begun=False)
    left = await fire(world, due(Timer.SILENCE, NOW + HOUR), NOW + HOUR)

    assert left == due(Timer.SILENCE, NOW + HOUR + HOUR / 2), (
        "whoever enters may have set it before he is known to be in"
    )
    assert expired(world) == []


@in_world
async def test_a_seat_that_nobody_entered_and_age_expire_whatever_was_said(world: World) -> None:
    writing = await chat(world, begun=False)
    await writing.say(ANN, "m1")
    await fire(world, due(Timer.UNCLAIMED, NOW + HOUR), NOW + HOUR)
    await fire(world, due(Timer.AGE, NOW + HOUR), NOW + HOUR)
    assert [(one.reason, one.seen_rev, one.client_id) for one in expired(world)] == [("expired", None, "expired-")] * 2

    chats = world.database.chats
    first, second = chats[CHAT].seats
    chats[CHAT] = replace(chats[CHAT], seats=(first, replace(second, claimed_at=NOW)))
    await fire(world, due(Timer.UNCLAIMED, NOW + HOUR), NOW + HOUR)
    assert len(expired(world)) == 2


@in_world
async def test_what_has_ended_is_left_alone(world: World) -> None:
    writing = await chat(world)
    await writing.apply([EndChat(conversation=CHAT, sender=ANN, client_id="end")])
    for which in Timer:
        assert await fire(world, due(which, NOW + HOUR), NOW + HOUR) is None
    assert expired(world) == []
