"""Ephemeral chats: names, silence, and the end, whoever brings it about."""

from datetime import timedelta

import pytest

from domain.conversation import Conversation, Leaving
from domain.deciding import decide
from domain.decision import Decision
from domain.ephemeral import Inactive, clean_name, same_name, silence
from schemas.commands import EndChat, ExpireChat
from schemas.errors import ErrorCode
from schemas.ids import SYSTEM_USER
from schemas.messages import ConversationKind
from tests.making import ALICE, BOB, CAROL, NOW, conversation, conversation_id, create, send, stamp

ONE = conversation_id()
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def chat(seq: int = 3) -> Conversation:
    return conversation(seq=seq, kind=ConversationKind.EPHEMERAL)


def end(sender: str = ALICE, client_id: str = "end") -> EndChat:
    return EndChat(conversation=ONE, sender=sender, client_id=client_id)


def expire(reason: str = "inactivity", seen_rev: int | None = None) -> ExpireChat:
    return ExpireChat.model_validate(
        {"conversation": ONE, "sender": SYSTEM_USER, "client_id": "x", "reason": reason, "seen_rev": seen_rev}
    )


def state_of(decision: Decision) -> Conversation:
    assert decision.state is not None
    return decision.state


def test_a_chat_begins_with_two_who_manage_nothing() -> None:
    state = state_of(decide(None, create(kind=ConversationKind.EPHEMERAL), stamp(1)))

    assert (state.kind, set(state.members)) == (ConversationKind.EPHEMERAL, {ALICE, BOB})
    assert {member.role for member in state.members.values()} == {"member"}
    again = decide(state, create(kind=ConversationKind.EPHEMERAL, client_id="again"), stamp(2))
    assert again.outcome.error is ErrorCode.CONFLICT


@pytest.mark.parametrize("who", [ALICE, BOB])
def test_either_side_ends_it_for_both(who: str) -> None:
    decision = decide(chat(), end(who), stamp(9))

    state = state_of(decision)
    assert (state.ended_at, state.ended_by, dict(state.members), state.last_message) == (NOW, who, {}, None)
    assert set(decision.outcome.addressees) == {ALICE, BOB}
    assert {member.left.how for member in decision.members if member.left} == {Leaving.ENDED}


def test_whatever_comes_after_the_end_is_refused() -> None:
    state = state_of(decide(chat(), end(), stamp(9)))

    for command in (send(), send(sender=BOB), end(BOB), create(kind=ConversationKind.EPHEMERAL, client_id="again")):
        after = decide(state, command, stamp(10))
        assert after.outcome.error in (ErrorCode.CONVERSATION_ENDED, ErrorCode.CONFLICT)
        assert state_of(after).ended_by == ALICE
    assert decide(state, send(sender=CAROL), stamp(10)).outcome.error is ErrorCode.NOT_FOUND


def test_only_an_ephemeral_chat_ends_so() -> None:
    for kind in (ConversationKind.DIRECT, ConversationKind.GROUP):
        for command in (end(), expire()):
            assert decide(conversation(kind=kind), command, stamp(9)).outcome.error is ErrorCode.FORBIDDEN
    assert decide(chat(), end(CAROL), stamp(9)).outcome.error is ErrorCode.NOT_FOUND
    assert decide(None, end(), stamp(9)).outcome.error is ErrorCode.NOT_FOUND


@pytest.mark.parametrize(("reason", "seen"), [("inactivity", 3), ("expired", None)])
def test_its_time_comes(reason: str, seen: int | None) -> None:
    decision = decide(chat(seq=3), expire(reason, seen), stamp(9))

    assert state_of(decision).ended_by == reason
    assert set(decision.outcome.addressees) == {ALICE, BOB}


def test_what_was_said_since_saves_it() -> None:
    decision = decide(chat(seq=4), expire(seen_rev=3), stamp(9))

    assert decision.outcome.error is ErrorCode.CONFLICT
    assert (state_of(decision).ended_at, len(state_of(decision).members)) == (None, 2)


def test_who_ended_it_first_ended_it() -> None:
    state = state_of(decide(chat(), end(BOB), stamp(9)))
    late = decide(state, expire(), stamp(10))

    assert state_of(late).ended_by == BOB
    assert late.outcome.addressees == ()


def test_one_that_never_began_never_will() -> None:
    state = state_of(decide(None, expire("expired"), stamp(9)))

    assert (state.ended_by, dict(state.members)) == ("expired", {})
    late = decide(state, create(kind=ConversationKind.EPHEMERAL), stamp(10))
    assert late.outcome.error is ErrorCode.CONFLICT


def test_a_group_is_not_ended_by_anybody_in_particular() -> None:
    assert conversation(kind=ConversationKind.GROUP).ended_by is None


def test_names() -> None:
    assert clean_name("  Ann \t Lee ") == "Ann Lee"
    for bad in ("", "   ", "x" * 41, "a\x00b", "a\u202eb"):
        with pytest.raises(ValueError, match="a name has"):
            clean_name(bad)
    for taken in ("expired", "Inactivity"):
        with pytest.raises(ValueError, match="ends by itself"):
            clean_name(taken)
    assert same_name("ANN", "ann")
    assert same_name("Straße", " STRASSE ")
    assert same_name("e\u0301", "É")
    assert not same_name("Ann", "Anne")


def test_silence_is_warned_of_and_then_ends_it() -> None:
    last = NOW
    assert silence(last, HOUR, MINUTE, NOW + 30 * MINUTE, warned=False) == Inactive(NOW + 59 * MINUTE)
    assert silence(last, HOUR, MINUTE, NOW + 59 * MINUTE, warned=False) == Inactive(NOW + HOUR, warn=True)
    assert silence(last, HOUR, MINUTE, NOW + HOUR, warned=True) is None


def test_nobody_is_cut_off_unwarned_however_late_somebody_looks() -> None:
    late = NOW + 5 * HOUR

    assert silence(NOW, HOUR, MINUTE, late, warned=False) == Inactive(late + MINUTE, warn=True)
    assert silence(NOW, HOUR, MINUTE, late + MINUTE, warned=True) is None


def test_a_short_patience_has_a_short_warning() -> None:
    assert silence(NOW, MINUTE, HOUR, NOW, warned=False) == Inactive(NOW + MINUTE / 2)
