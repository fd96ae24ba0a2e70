"""Who is told of a message by Web Push, when, once, and what becomes of what cannot be sent."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bus.ports import Outgoing
from consumers.notifications.addresses import NotPublic
from consumers.notifications.push_client import Answer, Unreachable
from domain.conversation import Conversation
from domain.receipts import Reader
from schemas import metrics
from schemas.headers import DEAD_LETTER_CODE, DEAD_LETTER_OFFSET, REDRIVEN_FROM, header
from schemas.messages import ConversationKind
from schemas.preferences import Notifications as Wanted
from schemas.topics import DEAD_LETTERS, EVENTS
from store.errors import StoreUnavailable
from store.memory import MemoryStore, Step
from tests.consumers.notify_stage import Stage, thanks
from tests.consumers.world import World, in_world, running
from tests.making import ALICE, BOB, CAROL, conversation_id


def on_stage(scenario: Callable[[Stage], Awaitable[None]]) -> Callable[[], None]:
    async def tell(world: World) -> None:
        await scenario(Stage(world))

    tell.__name__, tell.__doc__ = scenario.__name__, scenario.__doc__
    return in_world(tell)


def change(stage: Stage, changed: Callable[[Conversation], Conversation]) -> None:
    kept = stage.world.database.conversations
    kept[conversation_id()] = changed(kept[conversation_id()])


@on_stage
async def test_whom_it_has_not_reached_after_ten_seconds_is_told(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    async with stage.running():
        await stage.say()
        await asyncio.sleep(9.9)
        assert stage.service.posted == []
        await asyncio.sleep(5)
    (push,) = stage.service.posted
    assert 10.0 <= push.at <= 11.5
    assert push.body == {
        "type": "message",
        "id": f"{conversation_id()}.1",
        "conversation": conversation_id(),
        "kind": "direct",
        "name": None,
        "sender": {"id": ALICE, "name": "Name 1"},
        "mentioned": False,
        "sent_at": "2026-01-01T00:00:00.000Z",
        "tag": push.headers["Topic"],
        "url": f"https://chat.example/chats/{conversation_id()}",
    }
    assert (push.headers["TTL"], push.headers["Urgency"]) == ("86400", "high")
    assert push.headers["Content-Encoding"] == "aes128gcm"
    assert push.headers["Authorization"].endswith(f"k={stage.vapid.public}")


@on_stage
async def test_whom_it_has_reached_is_not(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    async with stage.running():
        await stage.say("m1")
        await stage.say("m2")
        await asyncio.sleep(9)
        await stage.reach(delivered=1)
        await asyncio.sleep(60)
    assert stage.service.told == [("phone", "2")]


@on_stage
async def test_nobody_is_told_before_delivery_status_is_that_far(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    await stage.say()
    working = asyncio.create_task(stage.consumer().run())
    await asyncio.sleep(300)
    assert stage.service.posted == []
    await stage.reach(delivered=1)
    await stage.world.store.receipt_watermarks.advance(dict.fromkeys(range(32), stage.now()))
    await asyncio.sleep(60)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert stage.service.posted == []


@on_stage
async def test_every_browser_of_his_is_told_and_no_other(stage: Stage) -> None:
    await stage.people(ALICE, BOB, CAROL, kind=ConversationKind.GROUP)
    for user, name in ((ALICE, "alices"), (BOB, "phone"), (BOB, "laptop"), (CAROL, "carols")):
        await stage.subscribe(user, name)
    await stage.reach(CAROL, delivered=1)
    async with stage.running():
        await stage.say(mentions=[BOB])
        await asyncio.sleep(30)
    assert sorted(stage.service.told) == [("laptop", "1"), ("phone", "1")]
    assert all(push.body["mentioned"] and push.headers["Urgency"] == "high" for push in stage.service.posted)
    topics = {push.headers["Topic"] for push in stage.service.posted}
    assert len(topics) == 2


@pytest.mark.parametrize(
    ("wanted", "mentions", "told"),
    [
        (Wanted.ALL, [], True),
        (Wanted.MENTIONS, [], False),
        (Wanted.MENTIONS, [BOB], True),
        (Wanted.NONE, [BOB], False),
    ],
)
def test_everyone_is_told_what_he_wants(wanted: Wanted, mentions: list[str], told: bool) -> None:
    @on_stage
    async def scenario(stage: Stage) -> None:
        await stage.people(ALICE, BOB)
        await stage.subscribe()
        await stage.prefer(notifications=wanted)
        async with stage.running():
            await stage.say(mentions=mentions)
            await asyncio.sleep(30)
        assert bool(stage.service.posted) is told

    scenario()


@on_stage
async def test_who_has_blocked_the_sender_meanwhile_is_not_told(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    async with stage.running():
        await stage.say()
        change(stage, lambda kept: replace(kept, blocked_by=frozenset({BOB})))
        await asyncio.sleep(30)
    assert stage.service.posted == []


@on_stage
async def test_who_has_muted_the_conversation_is_not_told(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    marks, reader = stage.world.store.marks, Reader(conversation_id(), BOB)
    async with stage.running():
        await marks.mute(reader, stage.now() + timedelta(seconds=40))
        await stage.say("m1", mentions=[BOB])
        await asyncio.sleep(60)
        await stage.say("m2")
        await asyncio.sleep(20)
    assert stage.service.told == [("phone", "2")]


@on_stage
async def test_what_is_gone_by_then_is_not_told_of(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    async with stage.running():
        await stage.say("m1")
        await stage.say("m2")
        messages = stage.world.database.messages[conversation_id()]
        messages[1] = messages[1].model_copy(update={"deleted_at": stage.now(), "text": None})
        await asyncio.sleep(30)
    assert stage.service.told == [("phone", "2")]


@on_stage
async def test_who_is_a_member_no_more_is_not_told(stage: Stage) -> None:
    await stage.people(ALICE, BOB, CAROL, kind=ConversationKind.GROUP)
    await stage.subscribe(BOB, "bobs")
    await stage.subscribe(CAROL, "carols")
    async with stage.running():
        await stage.say()
        await asyncio.sleep(5)
        change(stage, lambda kept: replace(kept, members={u: m for u, m in kept.members.items() if u != BOB}))
        await asyncio.sleep(30)
    assert stage.service.told == [("carols", "1")]


@on_stage
async def test_ephemeral_conversations_are_not_told_of(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    async with stage.running():
        await stage.say()
        change(stage, lambda kept: replace(kept, kind=ConversationKind.EPHEMERAL))
        await asyncio.sleep(60)
    assert stage.service.posted == []


@on_stage
async def test_old_news_are_dropped_and_a_replay_waits_for_nothing(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    await stage.say("m1")
    await asyncio.sleep(3599)
    await stage.say("m2")
    await asyncio.sleep(12)
    began = stage.loop.time()
    async with stage.running():
        await asyncio.sleep(60)
    assert stage.service.told == [("phone", "2")]
    assert stage.service.posted[0].at - began < 3


@on_stage
async def test_a_replay_of_everything_tells_nothing_twice(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    async with stage.running():
        for number in range(5):
            await stage.say(f"m{number}")
        await asyncio.sleep(60)
    assert len(stage.service.posted) == 5
    for number in range(stage.world.cluster.topics()[EVENTS]):
        for record in stage.world.records(EVENTS, number):
            again = Outgoing(EVENTS, record.value, record.key, record.headers)
            await stage.world.producer.send(again)
    async with stage.running():
        await asyncio.sleep(60)
    assert len(stage.service.posted) == 5


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_its_service_knows_no_more_is_removed(status: int) -> None:
    @on_stage
    async def scenario(stage: Stage) -> None:
        await stage.people(ALICE, BOB)
        await stage.subscribe(BOB, "gone")
        await stage.subscribe(BOB, "kept")
        stage.service.reply = lambda endpoint: Answer(status if endpoint.endswith("gone") else 201, None)
        async with stage.running():
            await stage.say("m1")
            await asyncio.sleep(30)
            await stage.say("m2")
            await asyncio.sleep(30)
        assert sorted(stage.service.told) == [("gone", "1"), ("kept", "1"), ("kept", "2")]
        left = await stage.world.store.push_subscriptions.of([BOB])
        assert [one.endpoint.rpartition("/")[2] for one in left[BOB]] == ["kept"]
        assert stage.world.records(DEAD_LETTERS) == []

    scenario()


class Failing:
    """Fails some times, in some way."""

    def __init__(self, times: int, failure: Answer | Exception) -> None:
        self._left = times
        self._failure = failure

    def __call__(self, endpoint: str) -> Answer:
        self._left -= 1
        if self._left < 0:
            return thanks(endpoint)
        if isinstance(self._failure, Exception):
            raise self._failure
        return self._failure


@pytest.mark.parametrize("failure", [Answer(500, None), Answer(503, None), Answer(429, None), Unreachable("away")])
def test_what_may_help_is_tried_again_with_backoff(failure: Answer | Exception) -> None:
    @on_stage
    async def scenario(stage: Stage) -> None:
        await stage.people(ALICE, BOB)
        await stage.subscribe()
        stage.service.reply = Failing(3, failure)
        async with stage.running():
            await stage.say()
            await asyncio.sleep(600)
        waits = [b.at - a.at for a, b in zip(stage.service.posted, stage.service.posted[1:], strict=False)]
        assert len(waits) == 3
        assert 2.5 <= waits[0] < waits[1] < waits[2]
        assert len({push.headers["Topic"] for push in stage.service.posted}) == 1
        assert stage.world.records(DEAD_LETTERS) == []

    scenario()


@on_stage
async def test_a_push_service_may_say_when_to_come_again(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    stage.service.reply = Failing(1, Answer(429, 300.0))
    async with stage.running():
        await stage.say()
        await asyncio.sleep(600)
    first, second = stage.service.posted
    assert 300 <= second.at - first.at < 303


@on_stage
async def test_meanwhile_it_may_have_reached_him(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    stage.service.reply = Failing(1, Answer(503, 60.0))
    async with stage.running():
        await stage.say()
        await asyncio.sleep(30)
        await stage.reach(delivered=1)
        await asyncio.sleep(120)
    assert len(stage.service.posted) == 1


@pytest.mark.parametrize(
    ("failure", "code", "attempts"),
    [
        (Answer(500, None), "push_500", 5),
        (Unreachable("away"), "push_unanswered", 5),
        (Answer(400, None), "push_400", 1),
        (Answer(403, None), "push_403", 1),
        (Answer(307, None), "push_307", 1),
        (Answer(503, 7200.0), "push_503", 1),
    ],
)
def test_what_does_not_help_ends_in_the_dead_letters(failure: Answer | Exception, code: str, attempts: int) -> None:
    @on_stage
    async def scenario(stage: Stage) -> None:
        await stage.people(ALICE, BOB)
        await stage.subscribe()
        stage.service.reply = Failing(1000, failure)
        async with stage.running():
            await stage.say()
            await asyncio.sleep(3000)
        assert len(stage.service.posted) == attempts
        (letter,) = stage.world.records(DEAD_LETTERS)
        assert header(letter.headers, DEAD_LETTER_CODE) == code
        (event,) = [
            one for one in stage.world.records(EVENTS) if str(one.offset) == header(letter.headers, DEAD_LETTER_OFFSET)
        ]
        assert letter.value == event.value

    scenario()


@on_stage
async def test_a_dead_letter_put_back_is_tried_again_and_tells_nobody_else_twice(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe(BOB, "broken")
    await stage.subscribe(BOB, "fine")
    stage.service.reply = lambda endpoint: Answer(400 if endpoint.endswith("broken") else 201, None)
    async with stage.running():
        await stage.say()
        await asyncio.sleep(7200)
        (letter,) = stage.world.records(DEAD_LETTERS)
        stage.service.reply = thanks
        put_back = Outgoing(EVENTS, letter.value, conversation_id().encode(), ((REDRIVEN_FROM, b"dead-letters/0/0"),))
        await stage.world.producer.send(put_back)
        await asyncio.sleep(60)
    assert sorted(stage.service.told) == [("broken", "1"), ("broken", "1"), ("fine", "1")]


@on_stage
async def test_an_endpoint_that_leads_elsewhere_is_dropped(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    stage.service.reply = Failing(1000, NotPublic())
    async with stage.running():
        await stage.say()
        await asyncio.sleep(600)
    assert len(stage.service.posted) == 1
    assert stage.world.records(DEAD_LETTERS) == []


@on_stage
async def test_a_slow_host_holds_up_nobody_else_and_no_offset(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    for number in range(19):
        await stage.subscribe(BOB, f"slow-{number}", "slow.example.org")
        stage.service.slow[f"https://slow.example.org/slow-{number}"] = 9.0
    await stage.subscribe(BOB, "quick")
    async with stage.running():
        for number in range(10):
            await stage.say(f"m{number}")
        await asyncio.sleep(13)
        quick = [push for push in stage.service.posted if push.endpoint.endswith("quick")]
        assert len(quick) == 10
        assert max(push.at for push in quick) < 13
        committed = await stage.world.bus.admin().committed("notifications", EVENTS)
        assert sum(committed.values()) == 11
        at_once = [push for push in stage.service.posted if "slow" in push.endpoint]
        assert len(at_once) <= 16
        await asyncio.sleep(1000)
    assert len(stage.service.told) == len(set(stage.service.told)) == 200


@on_stage
async def test_an_event_that_is_none_is_put_aside(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    async with stage.running():
        poison = Outgoing(EVENTS, b"{}", conversation_id().encode())
        await stage.world.producer.send(poison)
        newer = Outgoing(EVENTS, b"{}", conversation_id().encode(), (("schema", b"event/99"),))
        await stage.world.producer.send(newer)
        await stage.say()
        await asyncio.sleep(60)
    codes = [header(one.headers, DEAD_LETTER_CODE) for one in stage.world.records(DEAD_LETTERS)]
    assert sorted(map(str, codes)) == ["internal", "unsupported_version"]
    assert stage.service.told == [("phone", "1")]


@on_stage
async def test_a_signed_out_browser_is_not_told(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    stage.service.reply = Failing(1, Answer(503, 60.0))
    async with stage.running():
        await stage.say()
        await asyncio.sleep(30)
        await stage.world.store.push_subscriptions.remove_logins(["l_1"])
        await asyncio.sleep(120)
    assert len(stage.service.posted) == 1


@on_stage
async def test_what_was_sent_is_settled_even_if_the_store_fails_for_a_while(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    away = False

    async def step(passed: Step) -> None:
        await asyncio.sleep(0)
        if away and passed.operation == "notification_ledger.settle":
            raise StoreUnavailable("on purpose")

    def leave() -> None:
        nonlocal away
        away = True

    stage.service.before_answer = leave
    async with stage.running(stage.consumer(store=MemoryStore(stage.world.database, step))):
        await stage.say()
        await asyncio.sleep(20)
        away = False
        await asyncio.sleep(200)
    assert stage.service.told == [("phone", "1")]
    assert [entry.state for entry in stage.world.database.ledger.values()] == ["sent"]


@on_stage
async def test_stopping_in_order_sends_nothing_twice(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    stage.service.slow["https://push.example.org/phone"] = 2.0
    for round_ in range(3):
        await stage.say(f"m{round_}")
        async with stage.running():
            await asyncio.sleep(10.8)
    async with stage.running():
        await asyncio.sleep(200)
    assert sorted(stage.service.told) == [("phone", "1"), ("phone", "2"), ("phone", "3")]


@on_stage
async def test_what_delivery_status_held_up_for_too_long_is_news_no_more(stage: Stage) -> None:
    await stage.people(ALICE, BOB)
    await stage.subscribe()
    await stage.prefer(email_digest=True)
    before = metrics.NOTIFICATIONS_STALE._value.get()
    async with running(stage.consumer().run()):  # nobody keeps the watermarks
        await stage.say("m1")
        await asyncio.sleep(30 * 60)
        await stage.say("m2")
        await asyncio.sleep(40 * 60)
        assert stage.service.told == []
        async with running(stage.keep_watermarks()):
            await asyncio.sleep(120)
    assert stage.service.told == [("phone", "2")]
    assert metrics.NOTIFICATIONS_STALE._value.get() - before == 1
    ((_, address, mail),) = stage.postbox.mails
    assert (address, str(mail["Subject"]).partition(" ")[0]) == ("2@mail.example", "An")


def test_events_and_receipts_lie_alike() -> None:
    """A conversation has the same partition in both, which is how a watermark is found for an event."""
    from schemas.topics import RECEIPTS, fixed_topics

    partitions = {topic.name: topic.partitions for topic in fixed_topics()}
    assert partitions[EVENTS] == partitions[RECEIPTS]
