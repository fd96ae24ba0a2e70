"""Who is told of a message, and who is not."""

from dataclasses import replace
from typing import Any

import pytest

from domain.notifying import Channel, Listener, Notification, Origin, Skip, skipped
from schemas.messages import ConversationKind, Message, MessageKind
from schemas.preferences import Notifications, Preferences
from tests.making import ALICE, BOB, CAROL, EPOCH, NOW, conversation, conversation_id

LISTENER = Listener(reached=0, preferences=Preferences())
MENTIONS = Preferences(notifications=Notifications.MENTIONS)
NONE = Preferences(notifications=Notifications.NONE)


def message(**changed: Any) -> Message:
    made: dict[str, Any] = {
        "conversation": conversation_id(),
        "epoch": EPOCH,
        "seq": 3,
        "rev": 3,
        "sender": ALICE,
        "client_id": "m",
        "text": "hello",
        "sent_at": NOW,
    }
    return Message(**made | changed)


def test_a_member_it_has_not_reached_is_told() -> None:
    assert skipped(BOB, message(), conversation(), LISTENER) is None
    assert skipped(BOB, message(), conversation(), replace(LISTENER, reached=2)) is None
    assert skipped(BOB, message(edited_at=NOW), conversation(), LISTENER) is None


@pytest.mark.parametrize(
    ("user", "changed", "listener", "reason"),
    [
        (BOB, {"deleted_at": NOW}, LISTENER, Skip.GONE),
        (BOB, {"kind": MessageKind.SYSTEM}, LISTENER, Skip.SYSTEM),
        (ALICE, {}, LISTENER, Skip.OWN),
        (CAROL, {}, LISTENER, Skip.NOT_A_MEMBER),
        (BOB, {}, replace(LISTENER, reached=3), Skip.DELIVERED),
        (BOB, {}, replace(LISTENER, reached=4), Skip.DELIVERED),
        (BOB, {}, replace(LISTENER, muted=True), Skip.MUTED),
        (BOB, {"mentions": (BOB,)}, replace(LISTENER, muted=True), Skip.MUTED),
        (BOB, {"mentions": (BOB,)}, replace(LISTENER, preferences=NONE), Skip.PREFERENCE),
        (BOB, {"mentions": (CAROL,)}, replace(LISTENER, preferences=MENTIONS), Skip.PREFERENCE),
        (BOB, {"mentions": (BOB,)}, replace(LISTENER, preferences=MENTIONS), None),
    ],
)
def test_whoever_need_not_or_may_not_know_is_not(
    user: str, changed: dict[str, Any], listener: Listener, reason: Skip | None
) -> None:
    assert skipped(user, message(**changed), conversation(), listener) is reason


def test_what_is_gone_is_not_told_of() -> None:
    assert skipped(BOB, None, conversation(), LISTENER) is Skip.GONE
    assert skipped(BOB, message(), None, LISTENER) is Skip.GONE


@pytest.mark.parametrize("by", [ALICE, BOB])
def test_who_are_not_on_speaking_terms_are_not_told_of_each_other(by: str) -> None:
    silent = replace(conversation(), blocked_by=frozenset({by}))
    assert skipped(BOB, message(mentions=(BOB,)), silent, LISTENER) is Skip.BLOCKED


def test_ephemeral_conversations_are_never_told_of() -> None:
    chat = conversation(kind=ConversationKind.EPHEMERAL)
    assert skipped(BOB, message(mentions=(BOB,)), chat, LISTENER) is Skip.EPHEMERAL


def test_a_notification_has_one_name_for_each_way() -> None:
    push = Notification(conversation_id(), 3, BOB, Channel.PUSH, "sub-1", "h", NOW, Origin(1, 2))
    others = [
        replace(push, seq=4),
        replace(push, user=CAROL),
        replace(push, subscription="sub-2"),
        replace(push, channel=Channel.EMAIL, subscription=""),
    ]
    same = replace(push, host="other", at=NOW.replace(year=2027), origin=Origin(3, 4))
    assert same.id == push.id
    assert same.topic == push.topic
    assert len({one.id for one in (push, *others)}) == len({one.topic for one in (push, *others)}) == 5


def test_a_topic_is_what_push_services_take() -> None:
    topic = Notification(conversation_id(), 3, BOB, Channel.PUSH, "sub-1", "h", NOW, Origin(1, 2)).topic
    assert len(topic) == 32
    assert set(topic) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
