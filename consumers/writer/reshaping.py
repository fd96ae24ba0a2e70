"""Who has to hear that a conversation itself began, changed or ended: for whom it is new, who stays, who is out."""

from collections.abc import Iterable
from typing import NamedTuple

from consumers.writer.planning import Told
from domain.conversation import Leaving
from schemas.commands import CreateConversation
from schemas.messages import Message, Summary


class Audience(NamedTuple):
    newcomers: tuple[str, ...]
    """Shown the conversation before anything that is in it."""
    others: tuple[str, ...]
    """Shown it after the message that says what has changed."""
    leavers: tuple[tuple[str, Leaving], ...]
    """Told that it is gone. Who is back by now, when it is told again, is none of them."""


NOBODY = Audience((), (), ())


def audience(one: Told) -> Audience:
    if not one.reshapes:
        return NOBODY
    addressees = one.outcome.addressees
    if isinstance(one.submission.command, CreateConversation):
        return Audience(addressees, (), ())
    event = None if one.message is None else one.message.event
    if event is not None:
        leavers = _out(one, () if event.leaver is None else (event.leaver,))
        others = (user for user in addressees if user not in (event.newcomer, event.leaver))
        return Audience(() if event.newcomer is None else (event.newcomer,), tuple(others), leavers)
    if one.state is not None and one.state.ended_at is not None:
        return Audience((), (), _out(one, addressees))
    return Audience((), addressees, ())


def _out(one: Told, users: Iterable[str]) -> tuple[tuple[str, Leaving], ...]:
    return tuple((user, _how(one, user)) for user in users if one.state is None or user not in one.state.members)


def _how(one: Told, user: str) -> Leaving:
    row = None if one.state is None else one.state.former.get(user)
    return Leaving.DELETED if row is None or row.left is None else row.left.how


def farewell(one: Told, message: Message) -> Summary | None:
    """The conversation as the one who is put out by this message sees it last. Told again after later changes, there
    is none: these are not for him."""
    state = one.state
    if state is None or state.rev != message.rev:
        return None
    return Summary(
        id=state.id,
        kind=state.kind,
        name=state.name,
        description=state.description,
        epoch=state.epoch,
        seq=message.seq,
        rev=message.rev,
        members=(),
        member_count=len(state.members),
        last_message=message,
        unread=0,
        created_at=state.created_at,
        updated_at=state.updated_at,
    )
