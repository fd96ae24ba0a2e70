"""What a batch's outcomes look like to the sessions they are for."""

from collections.abc import Iterable, Mapping, Sequence

import orjson

from bus.mail import Mail, fragment
from consumers.writer.planning import Told
from consumers.writer.reshaping import Audience, audience, farewell
from domain.conversation import Leaving
from schemas.errors import ErrorBody
from schemas.frames import ConversationPush, Ended, Gone, MessagePush, Rejected, Stored
from schemas.messages import ConversationKind, Message, Summary
from store.ports import SessionAddress

Addresses = Mapping[str, Sequence[SessionAddress]]
Summaries = Mapping[tuple[str, str], Summary]
"""By conversation and member."""


def address(told: Iterable[Told], sessions: Addresses, summaries: Summaries) -> Mail:
    """Everyone's frames, submission by submission: what it is to those who did not know of it, the sender's answer, the
    members' pushes, and the end to those who are out."""
    mail = Mail()
    for one in told:
        heard = audience(one)
        _announce(mail, one, heard.newcomers, sessions, summaries)
        _answer(mail, one)
        if (message := one.pushed) is not None:
            _push(mail, message, one, sessions)
        _announce(mail, one, heard.others, sessions, summaries)
        _take_leave(mail, one, heard, sessions)
    return mail


def _answer(mail: Mail, one: Told) -> None:
    reply_to = one.submission.reply_to
    if reply_to is not None:
        mail.put(reply_to.topic, (reply_to.address,), fragment(answer(one)), one.submission.trace)


def answer(one: Told) -> Stored | Rejected:
    outcome = one.outcome
    if outcome.error is not None:
        return Rejected(id=outcome.client_id, error=ErrorBody.of(outcome.error))
    return Stored(id=outcome.client_id, conversation=outcome.conversation, seq=outcome.seq, rev=outcome.rev)


def _push(mail: Mail, message: Message, one: Told, sessions: Addresses) -> None:
    addressed = [found for user in one.outcome.addressees for found in sessions.get(user, ())]
    mail.put_to_all(addressed, fragment(message_push(message)), one.submission.trace)


def _announce(mail: Mail, one: Told, users: Iterable[str], sessions: Addresses, summaries: Summaries) -> None:
    for user in users:
        summary = summaries.get((one.outcome.conversation, user))
        if summary is not None:
            mail.put_to_all(sessions.get(user, ()), _conversation_push(summary), one.submission.trace)


def _take_leave(mail: Mail, one: Told, heard: Audience, sessions: Addresses) -> None:
    for user, how in heard.leavers:
        last = None if one.pushed is None else farewell(one, one.pushed)
        if last is not None:
            mail.put_to_all(sessions.get(user, ()), _conversation_push(last), one.submission.trace)
        mail.put_to_all(sessions.get(user, ()), fragment(_last_word(one, how)), one.submission.trace)


def _last_word(one: Told, how: Leaving) -> Gone | Ended:
    """Who ended an ephemeral chat is told by his id: names are the edges' to put in."""
    conversation = one.outcome.conversation
    if how is not Leaving.ENDED or one.state is None or one.state.ended_by is None:
        return Gone(conversation=conversation, reason=how.value, rev=one.outcome.rev)
    return Ended(conversation=conversation, by=one.state.ended_by)


def _conversation_push(summary: Summary) -> orjson.Fragment:
    """Without the names of an ephemeral chat: they do not enter Kafka."""
    if summary.kind is ConversationKind.EPHEMERAL:
        nameless = tuple(member.model_copy(update={"username": member.user}) for member in summary.members)
        summary = summary.model_copy(update={"members": nameless})
    return fragment(ConversationPush.model_construct(**dict(summary)))


def message_push(message: Message) -> MessagePush:
    return MessagePush.model_construct(**dict(message))
