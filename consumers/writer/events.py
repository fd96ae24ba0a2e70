"""What a batch's outcomes look like on `events`: one record for each thing that happened."""

from collections.abc import Iterable, Iterator
from typing import Any

from bus.ports import Outgoing
from consumers.writer.planning import Told
from domain.conversation import Outcome
from schemas import events, topics
from schemas.commands import Block, ChangeMessage, Command, CreateConversation
from schemas.events import ConversationCreated, ConversationEnded, Event, MessageChanged, MessageStored
from schemas.headers import SCHEMA, TRACEPARENT, headers
from schemas.messages import Message


def records(told: Iterable[Told]) -> Iterator[Outgoing]:
    """Refusals, repeats and what changed nothing are no events; a thing told again carries the same `event_id`."""
    for one in told:
        event = _event(one) if one.to_members and one.outcome.error is None else None
        if event is not None:
            yield Outgoing(
                topics.EVENTS,
                event.__pydantic_serializer__.to_json(event),
                key=one.outcome.conversation.encode(),
                headers=headers(
                    **{SCHEMA: f"{events.SCHEMA_NAME}/{events.SCHEMA_VERSION}", TRACEPARENT: one.submission.trace}
                ),
            )


def _event(one: Told) -> Event | None:
    command, outcome = one.submission.command, one.outcome
    if not outcome.addressees or isinstance(command, Block):
        return None
    common: dict[str, Any] = {"event_id": outcome.key, "conversation": outcome.conversation, "at": outcome.at}
    if one.message is not None:
        return _of_message(one.message, command, common, outcome)
    if isinstance(command, ChangeMessage):
        return None  # what it changed is no more
    kind = ConversationCreated if isinstance(command, CreateConversation) else ConversationEnded
    return kind.model_construct(**common, by=outcome.sender, members=outcome.addressees)


def _of_message(message: Message, command: Command, common: dict[str, Any], outcome: Outcome) -> Event:
    if not isinstance(command, ChangeMessage):
        return MessageStored.model_construct(**common, message=message, members=outcome.addressees)
    common |= {"change": command.type, "by": outcome.sender}
    return MessageChanged.model_construct(**common, message=message, members=outcome.addressees)
