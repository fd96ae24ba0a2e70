"""The session alone: frames and results go in, effects come out."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer_gateway.edge.effects import (
    Authenticate,
    Close,
    CloseLater,
    Effect,
    LoadChanges,
    LoadHistory,
    Reauthenticate,
    Send,
    Submit,
)
from producer_gateway.edge.pushes import Push, push_of
from producer_gateway.edge.session import EdgeSession, SessionConfig, State
from schemas.commands import Command, DeleteMessage, EditMessage, React, SendMessage
from schemas.errors import CATALOGUE, CloseCode, ErrorCode
from schemas.frames import MAX_SERVER_FRAME_BYTES, Changes, Connected, Cursor, Gone, History, HistoryRequest, Reset
from schemas.messages import ConversationKind, Message, Summary, UserView
from tests.making import ALICE, BOB, EPOCH, NOW, conversation_id

C = conversation_id()
_ASKED: Any = {"conversation": C, "sender": ALICE, "client_id": "c1"}
SESSION = f"s_{0:026d}"


def show(effects: Sequence[Effect]) -> list[Any]:
    """Sent frames as objects, closing as its code, anything else as its kind."""
    shown: list[Any] = []
    for effect in effects:
        match effect:
            case Send(frame):
                shown.append(orjson.loads(frame))
            case Close(code, _):
                shown.append(code)
            case _:
                shown.append(type(effect))
    return shown


def types(effects: Sequence[Effect]) -> list[Any]:
    return [one["type"] if isinstance(one, dict) else one for one in show(effects)]


def frame(**fields: Any) -> str:
    return json.dumps(fields)


CONNECT = frame(type="connect", protocol=1, token="t", device="d")
SAY = frame(type="message", id="m1", conversation=C, text="hello")


def message(rev: int, text: str = "", epoch: str = EPOCH, number: int = 1) -> Message:
    return Message(
        conversation=conversation_id(number),
        epoch=epoch,
        seq=rev,
        rev=rev,
        sender=BOB,
        client_id=f"b{rev}",
        text=text or f"text {rev}",
        sent_at=NOW,
    )


def push(rev: int, epoch: str = EPOCH, number: int = 1) -> Push:
    return push_of({"type": "message"} | message(rev, epoch=epoch, number=number).model_dump(mode="json"))


def stored(client_id: str) -> Push:
    return push_of({"type": "stored", "id": client_id, "conversation": C, "seq": 1, "rev": 1})


def summary(rev: int, number: int = 1, epoch: str = EPOCH, last: Message | None = None) -> Summary:
    return Summary(
        id=conversation_id(number),
        kind=ConversationKind.DIRECT,
        name=None,
        description=None,
        epoch=epoch,
        seq=rev,
        rev=rev,
        members=(),
        member_count=2,
        last_message=last,
        unread=0,
        created_at=NOW,
        updated_at=NOW,
    )


def connected(*summaries: Summary) -> Connected:
    user = UserView(id=ALICE, username="alice", created_at=NOW)
    return Connected(session=SESSION, user=user, edge="edge-1", conversations=summaries, more=False, resumed=False)


def changes(start: int, to: int, epoch: str = EPOCH, *, more: bool = False) -> Changes:
    messages = [message(rev, epoch=epoch) for rev in range(start + 1, to + 1)]
    return Changes.model_validate(
        {"conversation": C, "epoch": epoch, "from": start, "to": to, "messages": messages, "more": more}
    )


def connecting(config: SessionConfig = SessionConfig()) -> EdgeSession:  # noqa: B008 - frozen
    session = EdgeSession(config)
    assert types(session.receive(CONNECT)) == [Authenticate]
    session.user = ALICE
    return session


def live(*summaries: Summary, config: SessionConfig = SessionConfig()) -> EdgeSession:  # noqa: B008 - frozen
    session = connecting(config)
    assert types(session.connected(connected(*summaries), ())) == ["connected"]
    assert session.go_live() == ()
    return session


# The first frame.


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (SAY, ErrorCode.INVALID_FRAME),
        (b"binary", ErrorCode.INVALID_FRAME),
        ("not json", ErrorCode.INVALID_FRAME),
        (frame(type="typing"), ErrorCode.INVALID_FRAME),
        (frame(type="connect", protocol=1), ErrorCode.INVALID_FRAME),
        (frame(type="connect", protocol=2, token="t", device="d"), ErrorCode.UNSUPPORTED_PROTOCOL),
        (frame(type="connect", protocol=0), ErrorCode.UNSUPPORTED_PROTOCOL),
        (frame(type="refresh", token="t"), ErrorCode.INVALID_FRAME),
    ],
)
def test_anything_but_connect_ends_the_socket(data: str | bytes, code: ErrorCode) -> None:
    session = EdgeSession(SessionConfig())
    told, closed = show(session.receive(data))
    assert (told["type"], told["error"]["code"], closed) == ("error", code, CloseCode.BAD_FRAME)
    assert session.receive(CONNECT) == ()


def test_a_refused_connect() -> None:
    session = connecting()
    told, closed = show(session.refused(ErrorCode.TOKEN_EXPIRED, CloseCode.AUTHENTICATE, "c1"))
    assert (told["id"], told["error"]["code"]) == ("c1", "token_expired")
    assert closed == CloseCode.AUTHENTICATE


# Frames of a live session.


@pytest.mark.parametrize(
    ("data", "effect"),
    [
        (SAY, Submit),
        (frame(type="history", id="h", conversation=C), LoadHistory),
        (frame(type="sync", id="s", cursors={}), LoadChanges),
        (frame(type="refresh", token="t"), Reauthenticate),
    ],
)
def test_what_has_to_be_done_elsewhere(data: str, effect: type[Effect]) -> None:
    assert types(live().receive(data)) == [effect]


def test_the_command_is_the_senders_own() -> None:
    data = frame(type="message", id="m1", conversation=C, text="hi", sender=BOB, reply_to=2, mentions=[BOB])
    (effect,) = live(summary(3)).receive(data)
    assert isinstance(effect, Submit)
    assert effect.known_member
    assert effect.command == SendMessage(
        conversation=C, sender=ALICE, client_id="m1", text="hi", reply_to=2, mentions=(BOB,)
    )


@pytest.mark.parametrize(
    ("given", "command"),
    [
        ({"type": "edit", "seq": 3, "text": "better"}, EditMessage(**_ASKED, seq=3, text="better")),
        ({"type": "delete", "seq": 3}, DeleteMessage(**_ASKED, seq=3)),
        ({"type": "react", "seq": 3, "emoji": "👍", "on": True}, React(**_ASKED, seq=3, emoji="👍", on=True)),
    ],
)
def test_changes_of_a_message_are_commands(given: dict[str, Any], command: Command) -> None:
    (effect,) = live(summary(3)).receive(frame(id="c1", conversation=C, **given))
    assert effect == Submit(command, known_member=True)


def test_a_conversation_it_was_never_told_of() -> None:
    (effect,) = live().receive(SAY)
    assert isinstance(effect, Submit)
    assert not effect.known_member


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (frame(type="message", id="m1", conversation=C), ("rejected", "m1")),
        (frame(type="message", conversation=C, text="x"), ("error", None)),
        (frame(type="poke", id="e1", conversation=C, seq=1, text="x"), ("error", "e1")),
        (frame(type="history", id="h1"), ("error", "h1")),
        (frame(type="connect", id="c2", protocol=1, token="t", device="d"), ("error", "c2")),
    ],
)
def test_a_bad_frame_leaves_the_session_alive(data: str, answer: tuple[str, str | None]) -> None:
    session = live()
    (told,) = show(session.receive(data))
    assert (told["type"], told.get("id")) == answer
    assert told["error"]["code"] == "invalid_frame"
    assert types(session.receive(SAY)) == [Submit]


def test_no_frame_at_all_ends_the_session() -> None:
    told, closed = show(live().receive("{"))
    assert told["error"]["code"] == "invalid_frame"
    assert closed == CloseCode.BAD_FRAME


# Commands.


def test_accepted_before_stored_whatever_comes_first() -> None:
    session = live(summary(0))
    session.receive(SAY)
    assert session.deliver(stored("m1")) == ()
    assert session.deliver(push(1)) == ()
    assert types(session.accepted("m1", NOW)) == ["accepted", "stored", "message"]
    assert types(session.deliver(push(2))) == ["message"]


def test_outcomes_that_came_early_wait_each_for_its_own_acknowledgement() -> None:
    session = live(summary(0))
    for client_id in ("m1", "m2"):
        session.receive(frame(type="message", id=client_id, conversation=C, text="x"))
    for early in (stored("m1"), push(1), stored("m2"), push(2)):
        assert session.deliver(early) == ()
    assert types(session.accepted("m1", NOW)) == ["accepted", "stored", "message"]
    assert types(session.accepted("m2", NOW)) == ["accepted", "stored", "message"]


def test_an_outcome_makes_an_unknown_outcome_known() -> None:
    session = live(summary(0))
    session.receive(SAY)
    session.deliver(stored("m1"))
    assert types(session.failed("m1", ErrorCode.UNKNOWN_OUTCOME)) == ["stored"]


def test_the_same_command_twice_under_way() -> None:
    session = live(summary(0))
    session.receive(SAY)
    session.receive(SAY)
    assert types(session.accepted("m1", NOW)) == ["accepted"]
    assert session.deliver(stored("m1")) == ()
    assert types(session.accepted("m1", NOW + timedelta(seconds=1))) == ["accepted", "stored"]


@pytest.mark.parametrize("code", list(ErrorCode))
def test_a_command_that_did_not_reach_kafka(code: ErrorCode) -> None:
    session = live()
    session.receive(SAY)
    (told,) = show(session.failed("m1", code))
    assert told["type"] == ("error" if CATALOGUE[code].retry else "rejected")
    assert (told["id"], told["error"]["code"], told["error"]["retry"]) == ("m1", code, CATALOGUE[code].retry)


# What was sent is not pushed again.


def test_pushes_wait_for_the_snapshot_and_what_it_covers_is_dropped() -> None:
    session = connecting()
    for rev in (1, 2, 3):
        assert session.deliver(push(rev)) == ()
    assert types(session.connected(connected(summary(2)), ())) == ["connected"]
    assert [one["rev"] for one in show(session.go_live())] == [3]
    assert session.deliver(push(3)) == ()
    assert [one["rev"] for one in show(session.deliver(push(4)))] == [4]


def test_with_a_cursor_the_snapshot_covers_nothing() -> None:
    """The snapshot may be newer than the resume answer: the client has what its cursor says, and what it is sent."""
    session = connecting()
    cursors = {C: Cursor(epoch=EPOCH, rev=4)}
    session.deliver(push(5))
    session.connected(connected(summary(5)), cursors)
    assert session.resumed(cursors, ()) == ()
    assert [one["rev"] for one in show(session.go_live())] == [5]


def test_changes_cover_what_they_bring() -> None:
    session = connecting()
    cursors = {C: Cursor(epoch=EPOCH, rev=2)}
    session.deliver(push(4))
    session.deliver(push(5))
    session.connected(connected(summary(4)), cursors)
    assert types(session.resumed(cursors, [changes(2, 4)])) == ["changes"]
    assert [one["rev"] for one in show(session.go_live())] == [5]


def test_a_reset_covers_up_to_the_head() -> None:
    session = connecting()
    cursors = {C: Cursor(epoch="another", rev=99)}
    session.connected(connected(summary(4)), cursors)
    assert types(session.resumed(cursors, [Reset(conversation=C, epoch=EPOCH, rev=4)])) == ["reset"]
    session.go_live()
    assert session.deliver(push(4)) == ()
    assert types(session.deliver(push(5))) == ["message"]


def test_gone_is_gone() -> None:
    session = live(summary(4))
    cursors = {C: Cursor(epoch=EPOCH, rev=4)}
    assert types(session.resumed(cursors, [Gone(conversation=C, reason="removed")])) == ["gone"]
    (effect,) = session.receive(SAY)
    assert isinstance(effect, Submit)
    assert not effect.known_member
    assert C not in session.cursors()


def test_the_end_of_a_conversation_is_told_once() -> None:
    """What a writer tells again after a crash is not shown again, nor later what came before; until it comes back."""
    session = live(summary(4))
    removal = push(5)
    last = push_of({"type": "conversation"} | summary(5).model_dump(mode="json"))
    gone = push_of({"type": "gone", "conversation": C, "reason": "removed"})
    told = [session.deliver(one) for one in (removal, last, gone, push(3), removal, last, gone)]
    assert [types(effects) for effects in told] == [["message"], ["conversation"], ["gone"], [], [], [], []]

    back = push_of({"type": "conversation"} | summary(9).model_dump(mode="json"))
    told = [session.deliver(one) for one in (back, push(9), push(5), gone, gone)]
    assert [types(effects) for effects in told] == [["conversation"], ["message"], [], ["gone"], []]


def test_an_end_that_comes_late_is_not_told_to_who_is_back() -> None:
    """A writer that stood still may tell of it when another has told long since that he is in again."""
    session = live(summary(4))
    gone = push_of({"type": "gone", "conversation": C, "reason": "left", "rev": 5})
    back = push_of({"type": "conversation"} | summary(6).model_dump(mode="json"))
    told = [session.deliver(one) for one in (push(5), gone, back, push(6), gone, push(7))]
    assert [types(effects) for effects in told] == [
        ["message"],
        ["gone"],
        ["conversation"],
        ["message"],
        [],
        ["message"],
    ]
    assert types(session.deliver(push_of({"type": "gone", "conversation": C, "reason": "left", "rev": 7}))) == ["gone"]


def test_another_numbering_begins_anew() -> None:
    session = live(summary(4))
    assert types(session.deliver(push(1, epoch="another"))) == ["message"]
    assert session.deliver(push(1, epoch="another")) == ()


def test_a_sync_does_not_set_the_session_back() -> None:
    session = live(summary(9))
    session.resumed({C: Cursor(epoch=EPOCH, rev=2)}, [changes(2, 6, more=True)])
    assert session.deliver(push(9)) == ()
    assert types(session.deliver(push(10))) == ["message"]


def test_a_summary_covers_no_push() -> None:
    """The writer reads it later than the messages that follow it in the log."""
    session = live()
    appeared = push_of({"type": "conversation"} | summary(2).model_dump(mode="json"))
    assert types(session.deliver(appeared)) == ["conversation"]
    assert [types(session.deliver(push(rev))) for rev in (1, 2)] == [["message"], ["message"]]
    assert types(session.deliver(appeared)) == ["conversation"]


def test_a_summary_that_the_snapshot_has_overtaken_is_dropped() -> None:
    session = connecting()
    session.deliver(push_of({"type": "conversation"} | summary(0).model_dump(mode="json")))
    session.connected(connected(summary(3)), ())
    assert types(session.go_live()) == []


def test_frames_it_does_not_know_pass() -> None:
    assert types(live().deliver(push_of({"type": "user_status", "user": BOB, "status": "online"}))) == ["user_status"]


def test_too_much_at_once_is_too_slow() -> None:
    session = EdgeSession(SessionConfig(max_held_bytes=1000))
    session.receive(CONNECT)
    effects = [effect for rev in range(1, 20) for effect in session.deliver(push(rev))]
    assert show(effects) == [CloseCode.TOO_SLOW]
    assert session.connected(connected(), ()) == ()
    assert session.go_live() == ()


@given(st.lists(st.integers(1, 12), max_size=40), st.integers(0, 12))
def test_revs_only_grow(revs: list[int], snapshot: int) -> None:
    """Whatever is delivered, doubled or out of order: what goes out is above the snapshot and ascending."""
    session = connecting()
    half = len(revs) // 2
    sent: list[Effect] = []
    for rev in revs[:half]:
        sent += session.deliver(push(rev))
    session.connected(connected(summary(snapshot)), ())
    sent += session.go_live()
    for rev in revs[half:]:
        sent += session.deliver(push(rev))
    out = [one["rev"] for one in show(sent)]
    assert out == sorted(set(out))
    assert all(rev > snapshot for rev in out)
    if revs and max(revs) > snapshot:
        assert out[-1] == max(revs)


# Comparing.


def test_comparing_tells_what_was_missed_before_what_comes() -> None:
    session = live(summary(4))
    session.begin_comparing()
    session.receive(SAY)
    assert session.deliver(push(7)) == ()
    assert types(session.accepted("m1", NOW)) == ["accepted"]
    assert session.appeared([summary(6)], 100) == []
    assert session.cursors() == {C: Cursor(epoch=EPOCH, rev=4)}
    assert types(session.resumed(session.cursors(), [changes(4, 6)])) == ["changes"]
    assert [one["rev"] for one in show(session.go_live())] == [7]
    assert session.state is State.LIVE


def test_comparing_announces_conversations_it_was_never_told_of() -> None:
    session = live()
    session.begin_comparing()
    told = show(session.appeared([summary(3), summary(500, number=2)], 100))
    assert [(one["type"], one["id"]) for one in told] == [("conversation", C), ("conversation", conversation_id(2))]
    assert session.cursors() == {C: Cursor(epoch=EPOCH, rev=0), conversation_id(2): Cursor(epoch=EPOCH, rev=400)}


# The rest.


def test_questions() -> None:
    session = live()
    request = HistoryRequest(type="history", id="h", conversation=C)
    answer = History(id="h", conversation=C, messages=(message(1),), more=False)
    assert types(session.history(answer, request)) == ["history"]
    assert show(session.synced("s")) == [{"type": "synced", "id": "s"}]
    assert show(session.refreshed(None)) == [{"type": "refreshed"}]
    (told,) = show(session.unanswered("h", ErrorCode.NOT_A_MEMBER))
    assert (told["type"], told["id"], told["error"]["code"]) == ("error", "h", "not_a_member")


def test_an_expired_token() -> None:
    told, closed = show(live().token_expired())
    assert (told["error"]["code"], closed) == ("token_expired", CloseCode.AUTHENTICATE)


def test_after_the_end_nothing_happens() -> None:
    session = live(summary(1))
    session.receive(SAY)
    session.receive(frame(type="message", id="m2", conversation=C, text="x"))
    assert show(session.close(CloseCode.REPLACED, "")) == [CloseCode.REPLACED]
    request = HistoryRequest(type="history", id="h", conversation=C)
    assert [
        *session.close(CloseCode.NORMAL, ""),
        *session.receive(SAY),
        *session.deliver(push(5)),
        *session.accepted("m1", NOW),
        *session.failed("m2", ErrorCode.UNAVAILABLE),
        *session.history(History(id="h", conversation=C, messages=(), more=False), request),
        *session.synced("s"),
        *session.unanswered("h", ErrorCode.INTERNAL),
        *session.refreshed(None),
        *session.resumed({}, [changes(0, 1)]),
        *session.appeared([summary(1)], 1),
        *session.go_live(),
        *session.token_expired(),
    ] == []


# What fits into a frame.

LARGE = "x" * 16_000


def size(effect: Effect) -> int:
    assert isinstance(effect, Send)
    return len(effect.frame)


def test_changes_are_cut_at_what_a_frame_holds() -> None:
    session = live(summary(0))
    messages = [message(rev, LARGE) for rev in range(1, 101)]
    answer = Changes.model_validate(
        {"conversation": C, "epoch": EPOCH, "from": 0, "to": 100, "messages": messages, "more": False}
    )
    (effect,) = session.resumed({C: Cursor(epoch=EPOCH, rev=0)}, [answer])
    (told,) = show([effect])
    assert MAX_SERVER_FRAME_BYTES * 0.9 < size(effect) <= MAX_SERVER_FRAME_BYTES
    assert told["more"]
    assert told["messages"][-1]["rev"] == told["to"] < 100
    assert types(session.deliver(push(told["to"] + 1))) == ["message"]


@pytest.mark.parametrize(
    ("place", "first", "last"), [({}, None, 200), ({"before": 201}, None, 200), ({"after": 0}, 1, None)]
)
def test_history_keeps_what_is_nearest(place: dict[str, int], first: int | None, last: int | None) -> None:
    request = HistoryRequest.model_validate({"type": "history", "id": "h", "conversation": C} | place)
    messages = tuple(message(rev, LARGE) for rev in range(1, 201))
    (effect,) = live().history(History(id="h", conversation=C, messages=messages, more=False), request)
    (told,) = show([effect])
    seqs = [one["seq"] for one in told["messages"]]
    assert size(effect) <= MAX_SERVER_FRAME_BYTES
    assert told["more"]
    assert seqs == list(range(seqs[0], seqs[-1] + 1))
    assert first in (None, seqs[0])
    assert last in (None, seqs[-1])


def test_history_around_keeps_the_middle() -> None:
    request = HistoryRequest(type="history", id="h", conversation=C, around=100)
    messages = tuple(message(rev, LARGE) for rev in range(1, 201))
    (effect,) = live().history(History(id="h", conversation=C, messages=messages, more=False), request)
    seqs = [one["seq"] for one in show([effect])[0]["messages"]]
    assert 100 - seqs[0] in (seqs[-1] - 100, seqs[-1] - 99, seqs[-1] - 101)


def test_connected_keeps_the_newest() -> None:
    session = connecting()
    summaries = [summary(1, number, last=message(1, LARGE, number=number)) for number in range(100)]
    (effect,) = session.connected(connected(*summaries), ())
    (told,) = show([effect])
    assert size(effect) <= MAX_SERVER_FRAME_BYTES
    assert told["more"]
    assert told["conversations"][0]["id"] == conversation_id(0)
    assert len(session.cursors()) == len(told["conversations"]) < 100


def ended(by: str = BOB) -> Push:
    return push_of({"type": "ended", "conversation": C, "by": by})


def rejected(client_id: str) -> Push:
    error = {"code": "conversation_ended", "message": "", "retry": False}
    return push_of({"type": "rejected", "id": client_id, "error": error})


def test_the_end_of_a_chat_closes_at_once_where_nothing_is_under_way() -> None:
    session = live(summary(0))
    session.receive(SAY)
    session.accepted("m1", NOW)
    session.deliver(stored("m1"))

    assert types(session.deliver(ended())) == ["ended", CloseCode.AUTHENTICATE]


def test_what_was_accepted_is_told_its_outcome_after_the_end() -> None:
    session = live(summary(0))
    for client_id in ("m1", "m2", "m3"):
        session.receive(frame(type="message", id=client_id, conversation=C, text="hello"))
    session.accepted("m1", NOW)

    assert types(session.deliver(ended())) == ["ended", CloseLater]
    assert session.deliver(push(1)) == (), "what was said is told no more"
    assert types(session.deliver(rejected("m1"))) == ["rejected"]
    assert session.deliver(rejected("m2")) == (), "not before it is accepted"
    assert types(session.accepted("m2", NOW)) == ["accepted", "rejected"]
    (late,) = show(session.receive(frame(type="message", id="m4", conversation=C, text="too late")))
    assert (late["type"], late["error"]["code"]) == ("rejected", "conversation_ended")
    assert session.receive(frame(type="history", id="h", conversation=C)) == ()
    asked = History(id="before", conversation=C, messages=(message(1),), more=False)
    assert session.history(asked, HistoryRequest(type="history", id="before", conversation=C)) == ()
    assert session.resumed({C: Cursor(epoch=EPOCH, rev=0)}, [changes(0, 1)]) == ()
    assert types(session.failed("m3", ErrorCode.UNAVAILABLE)) == ["error", CloseCode.AUTHENTICATE]


def test_no_more_commands_are_remembered_than_allowed() -> None:
    session = live(summary(0), config=SessionConfig(max_undecided=2))
    for client_id in ("m1", "m2", "m3"):
        session.receive(frame(type="message", id=client_id, conversation=C, text="hello"))
        session.accepted(client_id, NOW)

    assert types(session.deliver(ended())) == ["ended", CloseLater]
    assert types(session.deliver(stored("m3"))) == ["stored"]
    assert types(session.deliver(stored("m2"))) == ["stored", CloseCode.AUTHENTICATE]
