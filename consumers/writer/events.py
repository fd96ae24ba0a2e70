"""What a batch's outcomes look like on `events`: one record for each thing that happened."""

from collections.abc import Iterable, Iterator

from bus.ports import Outgoing
from consumers.writer.planning import Told
from schemas import events, topics
from schemas.events import ConversationCreated, MessageStored
from schemas.headers import SCHEMA, TRACEPARENT, headers


def records(told: Iterable[Told]) -> Iterator[Outgoing]:
    """Refusals and repeats are no events; a thing told again carries the same `event_id`."""
    for one in told:
        if one.to_members and one.outcome.error is None:
            yield Outgoing(
                topics.EVENTS,
                _event(one).model_dump_json().encode(),
                key=one.outcome.conversation.encode(),
                headers=headers(
                    **{SCHEMA: f"{events.SCHEMA_NAME}/{events.SCHEMA_VERSION}", TRACEPARENT: one.submission.trace}
                ),
            )


def _event(one: Told) -> ConversationCreated | MessageStored:
    outcome = one.outcome
    if one.message is None:
        return ConversationCreated(
            event_id=outcome.key,
            conversation=outcome.conversation,
            at=outcome.at,
            by=outcome.sender,
            members=outcome.addressees,
        )
    return MessageStored.model_construct(
        event_id=outcome.key,
        conversation=outcome.conversation,
        at=outcome.at,
        message=one.message,
        members=outcome.addressees,
    )
