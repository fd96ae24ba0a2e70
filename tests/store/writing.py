"""A writer without a log: decides commands one after the other and stores what comes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.conversation import Applied, Batch, Change, Conversation, Member, Outcome
from domain.deciding import decide
from domain.decision import Stamp
from domain.identity import User
from schemas.commands import Command
from schemas.messages import ConversationKind, Message
from store.ports import Store
from tests.making import NOW, create, send


def at(offset: int) -> datetime:
    """When the record at this offset was first appended."""
    return NOW + timedelta(seconds=offset)


async def enrol(store: Store, *users: str) -> None:
    for user in users:
        await store.users.create(User(user, f"name-of-{user}", NOW), "a-hash")


def batch_of(
    state: Conversation | None, commands: Sequence[Command], offset: int, stored: Mapping[int, Message] | None = None
) -> Batch:
    """What these commands, standing in the log from this offset on, make of a conversation. `stored` are the messages
    that they may change, by seq."""
    before = None if state is None else state.applied
    messages: dict[int, Message] = {}
    outcomes: list[Outcome] = []
    members: list[Member] = []
    made: dict[int, int] = {}
    known = stored or {}
    for place, command in enumerate(commands, offset):
        about = getattr(command, "seq", 0)
        decision = decide(state, command, Stamp(Applied(1, place), at(place)), messages.get(about) or known.get(about))
        state = decision.state
        members += decision.members
        if decision.message is None or decision.message.cause is not None:
            outcomes.append(decision.outcome)
        else:
            made[decision.message.seq] = decision.message.rev
        if decision.message is not None:
            messages[decision.message.seq] = decision.message
    changes = () if state is None else (Change(before, state, tuple(messages.values()), tuple(members), made),)
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
        self._messages: dict[int, Message] = {}
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

    async def apply(self, commands: Sequence[Command]) -> None:
        batch = batch_of(self.state, commands, self.offset, self._messages)
        await self._store.decisions.apply(batch)
        self._moved(batch, len(commands))

    async def change(self, message: Message, cause: str) -> Message:
        """Store any later state of a message."""
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
            self._messages.update((message.seq, message) for message in batch.changes[0].messages)
