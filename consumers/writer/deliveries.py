"""What a batch's outcomes look like to the sessions they are for."""

from collections.abc import Iterable, Mapping, Sequence

from bus.mail import Mail, fragment
from consumers.writer.planning import Told
from schemas.errors import ErrorBody
from schemas.frames import ConversationPush, MessagePush, Rejected, Stored
from schemas.messages import Message, Summary
from store.ports import SessionAddress

Addresses = Mapping[str, Sequence[SessionAddress]]
Summaries = Mapping[tuple[str, str], Summary]
"""By conversation and member."""


def address(told: Iterable[Told], sessions: Addresses, summaries: Summaries) -> Mail:
    """Everyone's frames: the sender's answer first, then the members' pushes, submission by submission."""
    mail = Mail()
    for one in told:
        if one.creates and one.to_members:
            _announce(mail, one, sessions, summaries)
        _answer(mail, one)
        if (message := one.pushed) is not None:
            _push(mail, message, one, sessions)
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


def _announce(mail: Mail, one: Told, sessions: Addresses, summaries: Summaries) -> None:
    for user in one.outcome.addressees:
        summary = summaries.get((one.outcome.conversation, user))
        if summary is None:
            continue
        frame = fragment(ConversationPush.model_construct(**dict(summary)))
        for found in sessions.get(user, ()):
            mail.put(found.edge_topic, (found.session,), frame, one.submission.trace)


def message_push(message: Message) -> MessagePush:
    return MessagePush.model_construct(**dict(message))
