"""A writer without a log: decides commands one after the other and stores what comes of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.conversation import Applied, Batch, Change, Conversation, Member, Outcome
from domain.deciding import Stamp, decide
from domain.identity import User
from schemas.commands import CreateConversation, SendMessage
from schemas.messages import ConversationKind, Message
from store.ports import Store
from tests.making import NOW, create, send


def at(offset: int) -> datetime:
    """When the record at this offset was first appended."""
    return NOW + timedelta(seconds=offset)


async def enrol(store: Store, *users: str) -> None:
    for user in users:
        await store.users.create(User(user, f"name-of-{user}", NOW), "a-hash")


def batch_of(state: Conversation | None, commands: Sequence[SendMessage | CreateConversation], offset: int) -> Batch:
    """What these commands, standing in the log from this offset on, make of a conversation."""
    before = None if state is None else state.applied
    messages: list[Message] = []
    outcomes: list[Outcome] = []
    members: list[Member] = []
    for place, command in enumerate(commands, offset):
        decision = decide(state, command, Stamp(Applied(1, place), at(place)))
        state = decision.state
        members += decision.joined
        if decision.message is None:
            outcomes.append(decision.outcome)
        else:
            messages.append(decision.message)
    changes = () if state is None else (Change(before, state, tuple(messages), tuple(members)),)
    return Batch(changes, tuple(outcomes))


def joined(*batches: Batch) -> Batch:
    """Several conversations' shares as one batch."""
    return Batch(
        tuple(change for batch in batches for change in batch.changes),
        tuple(outcome for batch in batches for outcome in batch.outcomes),
    )


class Writing:
    """The state of one conversation as its writer knows it, kept in step with the store."""

    def __init__(self, store: Store, conversation: int = 1) -> None:
        self._store = store
        self._number = conversation
        self.state: Conversation | None = None
        self.offset = 0

    @property
    def now(self) -> Conversation:
        assert self.state is not None
        return self.state

    async def create(self, *members: str, kind: ConversationKind = ConversationKind.DIRECT) -> None:
        command = create(sender=members[0], members=members, kind=kind, conversation=self._number)
        await self.apply([command])

    async def say(self, sender: str, *client_ids: str) -> None:
        """One message for each client id, with it as its text, all in one batch."""
        await self.apply([send(name, sender, name, self._number) for name in client_ids])

    async def apply(self, commands: Sequence[SendMessage | CreateConversation]) -> None:
        batch = batch_of(self.state, commands, self.offset)
        await self._store.decisions.apply(batch)
        self._moved(batch, len(commands))

    async def change(self, message: Message, cause: str) -> Message:
        """Store a later state of a message, as an edit makes it."""
        after = replace(self.now, rev=self.now.rev + 1, applied=Applied(1, self.offset), updated_at=at(self.offset))
        changed = message.model_copy(update={"rev": after.rev, "cause": cause, "edited_at": at(self.offset)})
        batch = Batch((Change(self.now.applied, after, (changed,), ()),), ())
        await self._store.decisions.apply(batch)
        self._moved(batch, 1)
        return changed

    def _moved(self, batch: Batch, records: int) -> None:
        self.offset += records
        if batch.changes:
            self.state = batch.changes[0].after
