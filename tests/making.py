"""Small, valid things to test with."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bus.ports import Record
from bus.runner import Handler
from domain.conversation import Applied, Conversation, Departure, Leaving, Member
from domain.decision import Stamp
from schemas.commands import CreateConversation, DeleteMessage, EditMessage, React, SendMessage
from schemas.messages import ConversationKind, Role
from schemas.topics import TopicSpec

NOW = datetime(2026, 1, 31, 9, 5, 7, 123_000, tzinfo=UTC)
EPOCH = "an-epoch"
START = Applied(1, 0)


def narrow(specs: Sequence[TopicSpec]) -> list[TopicSpec]:
    """The same topics with fewer partitions: in memory, where each look passes all of them, half of the time."""
    return [replace(spec, partitions=min(spec.partitions, 4)) for spec in specs]


def user_id(number: int) -> str:
    return f"u_{number:026d}"


def conversation_id(number: int = 1) -> str:
    return f"c_{number:026d}"


ALICE, BOB, CAROL = user_id(1), user_id(2), user_id(3)


def stamp(offset: int, generation: int = 1) -> Stamp:
    return Stamp(Applied(generation, offset), NOW)


def send(client_id: str = "m1", sender: str = ALICE, text: str = "hello", conversation: int = 1) -> SendMessage:
    return SendMessage(conversation=conversation_id(conversation), sender=sender, client_id=client_id, text=text)


def edit(seq: int, text: str = "better", sender: str = ALICE, client_id: str = "e1") -> EditMessage:
    return EditMessage(conversation=conversation_id(), sender=sender, client_id=client_id, seq=seq, text=text)


def delete(seq: int, sender: str = ALICE, client_id: str = "d1") -> DeleteMessage:
    return DeleteMessage(conversation=conversation_id(), sender=sender, client_id=client_id, seq=seq)


def react(seq: int, emoji: str = "👍", sender: str = ALICE, client_id: str = "r1", *, on: bool = True) -> React:
    return React(conversation=conversation_id(), sender=sender, client_id=client_id, seq=seq, emoji=emoji, on=on)


def create(
    client_id: str = "create",
    sender: str = ALICE,
    members: tuple[str, ...] = (ALICE, BOB),
    kind: ConversationKind = ConversationKind.DIRECT,
    conversation: int = 1,
) -> CreateConversation:
    return CreateConversation(
        conversation=conversation_id(conversation),
        sender=sender,
        client_id=client_id,
        kind=kind,
        epoch=EPOCH,
        members=members,
    )


def former_member(user: str, how: Leaving = Leaving.REMOVED) -> Member:
    return Member(user, Role.MEMBER, 0, NOW, ALICE, Departure(0, NOW, user if how is Leaving.LEFT else ALICE, how))


def conversation(
    number: int = 1,
    members: tuple[str, ...] = (ALICE, BOB),
    former: tuple[str, ...] = (),
    seq: int = 0,
    applied: Applied = START,
    kind: ConversationKind = ConversationKind.DIRECT,
) -> Conversation:
    return Conversation(
        id=conversation_id(number),
        kind=kind,
        name=None,
        description=None,
        epoch=EPOCH,
        seq=seq,
        rev=seq,
        applied=applied,
        members={user: Member(user, Role.MEMBER, 0, NOW) for user in members},
        former={user: former_member(user) for user in former},
        last_message=None,
        created_at=NOW,
        updated_at=NOW,
    )


async def handled(handler: Handler, records: Sequence[Record]) -> None:
    """Have a batch handled whole, its rest included."""
    rest = await handler.handle(records)
    if rest is not None:
        await rest()
