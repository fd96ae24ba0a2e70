"""What the writer reads and writes, in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.conversation import Batch, Change, Conversation, Made, Outcome
from schemas.ids import command_key
from schemas.messages import Message
from store.errors import Conflict
from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase


class MemoryDecisions:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def load(self, conversations: Iterable[str]) -> Mapping[str, Conversation]:
        return await self._wire.ask("decisions.load", lambda: self._load(conversations))

    def _load(self, conversations: Iterable[str]) -> dict[str, Conversation]:
        states = self._database.conversations
        return {conversation: states[conversation] for conversation in conversations if conversation in states}

    async def outcomes(self, keys: Iterable[str]) -> Mapping[str, Outcome | Made]:
        return await self._wire.ask("decisions.outcomes", lambda: self._outcomes(keys))

    def _outcomes(self, keys: Iterable[str]) -> dict[str, Outcome | Made]:
        found = ((key, self._outcome(key)) for key in keys)
        return {key: outcome for key, outcome in found if outcome is not None}

    def _outcome(self, key: str) -> Outcome | Made | None:
        if key in self._database.commands:
            conversation, seq, rev = self._database.commands[key]
            return Made(self._database.messages[conversation][seq], rev)
        return self._database.outcomes.get(key)

    async def messages(self, places: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], Message]:
        return await self._wire.ask("decisions.messages", lambda: self._messages(places))

    def _messages(self, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Message]:
        found = {place: self._database.messages.get(place[0], {}).get(place[1]) for place in places}
        return {place: message for place, message in found.items() if message is not None}

    async def apply(self, batch: Batch) -> None:
        await self._wire.ask("decisions.apply", lambda: self._apply(batch))

    def _apply(self, batch: Batch) -> None:
        self._check(batch)
        for change in batch.changes:
            self._database.conversations[change.after.id] = self._kept(change.after)
            if change.after.ended_at is not None:
                self._database.chats.pop(change.after.id, None)
                self._database.destroyed.discard(change.after.id)
            for message in change.messages:
                self._store(message, change.made.get(message.seq))
        self._database.outcomes.update((outcome.key, outcome) for outcome in batch.outcomes)

    def _kept(self, state: Conversation) -> Conversation:
        """Former members are not written again where they were destroyed."""
        known = self._database.conversations.get(state.id)
        destroyed = known is not None and known.ended_at is not None and not known.former
        return replace(state, former={}) if destroyed else state

    def _store(self, message: Message, made: int | None) -> None:
        self._database.messages.setdefault(message.conversation, {})[message.seq] = message
        if made is not None:
            self._database.commands[_key(message)] = (message.conversation, message.seq, made)

    def _check(self, batch: Batch) -> None:
        for change in batch.changes:
            self._check_change(change)
        keys = [outcome.key for outcome in batch.outcomes]
        if len(set(keys)) < len(keys) or any(key in self._database.outcomes for key in keys):
            raise Conflict("a command has its outcome already")

    def _check_change(self, change: Change) -> None:
        state = self._database.conversations.get(change.after.id)
        if (None if state is None else state.applied) != change.before:
            raise Conflict(f"{change.after.id} is not at {change.before}")
        made = [_key(message) for message in change.messages if message.seq in change.made]
        if len(set(made)) < len(made) or any(key in self._database.commands for key in made):
            raise Conflict("a command has made its message already")


def _key(message: Message) -> str:
    return command_key(message.conversation, message.sender, message.client_id)
