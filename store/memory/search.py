"""The index of search, in memory: a copy of each message as it was shown last."""

from collections.abc import Iterable
from itertools import islice

from domain.searching import highlights
from schemas.messages import ConversationKind, Message, MessageKind
from store.memory.checkpoint import Wire
from store.memory.database import MemoryDatabase
from store.paging import FoundPlace, parse_found_place
from store.ports import Page, Wanted


class MemorySearch:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def index(self, messages: Iterable[Message], conversations: Iterable[str]) -> None:
        await self._wire.ask("search.index", lambda: self._index(messages, frozenset(conversations)))

    def _index(self, messages: Iterable[Message], conversations: frozenset[str]) -> None:
        indexed = self._database.indexed
        gone = frozenset(one for one in conversations if not self._is_there(one))
        for place in [place for place in indexed if place[0] in gone]:
            del indexed[place]
        for message in (one for one in messages if one.kind is MessageKind.TEXT):
            place = message.conversation, message.seq
            if self._is_searched(message.conversation) and (place not in indexed or indexed[place].rev < message.rev):
                indexed[place] = message

    def _is_there(self, conversation: str) -> bool:
        state = self._database.conversations.get(conversation)
        return state is not None and state.ended_at is None

    def _is_member(self, conversation: str, user: str) -> bool:
        state = self._database.conversations.get(conversation)
        return state is not None and user in state.members

    def _is_searched(self, conversation: str) -> bool:
        state = self._database.conversations.get(conversation)
        return state is not None and state.kind is not ConversationKind.EPHEMERAL

    async def find(self, user: str, wanted: Wanted, limit: int, before: str | None = None) -> Page[Message]:
        place = None if before is None else parse_found_place(before)
        return await self._wire.ask("search.find", lambda: self._find(user, wanted, limit, place))

    def _find(self, user: str, wanted: Wanted, limit: int, before: FoundPlace | None) -> Page[Message]:
        known = (one for one in self._database.indexed.values() if self._is_member(one.conversation, user))
        places = sorted((_place(one) for one in known if _fits(one, wanted)), reverse=True)
        rest = [place for place in places if before is None or place < before]
        current = (self._database.messages[place.conversation][place.seq] for place in islice(rest, limit))
        return Page(
            tuple(message for message in current if _fits(message, wanted)),
            str(rest[limit - 1]) if len(rest) > limit else None,
        )


def _place(message: Message) -> FoundPlace:
    return FoundPlace(message.sent_at, message.conversation, message.seq)


def _fits(message: Message, wanted: Wanted) -> bool:
    return (
        message.deleted_at is None
        and bool(highlights(message.text or "", wanted.terms))
        and wanted.conversation in (None, message.conversation)
        and wanted.sender in (None, message.sender)
        and (wanted.since is None or message.sent_at >= wanted.since)
        and (wanted.until is None or message.sent_at < wanted.until)
    )
