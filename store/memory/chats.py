"""Ephemeral chats, in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from domain.ephemeral import EphemeralChat, Seat
from domain.identity import User
from schemas.times import from_millis, to_millis
from store.memory.checkpoint import Wire
from store.memory.database import Account, MemoryDatabase, UserTopicState


class MemoryChats:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def create(self, chat: EphemeralChat) -> None:
        await self._wire.ask("chats.create", lambda: self._create(chat))

    def _create(self, chat: EphemeralChat) -> None:
        created, expires = (from_millis(to_millis(at)) for at in (chat.created_at, chat.expires_at))
        self._database.chats.setdefault(chat.conversation, replace(chat, created_at=created, expires_at=expires))
        for seat in chat.seats:
            account = Account(User(seat.user, seat.name, created), seat.user, "", chat=chat.conversation)
            self._database.accounts.setdefault(seat.user, account)

    async def at(self, token_hash: str) -> EphemeralChat | None:
        return await self._wire.ask("chats.at", lambda: self._at(token_hash))

    def _at(self, token_hash: str) -> EphemeralChat | None:
        chats = self._database.chats.values()
        return next((chat for chat in chats if any(seat.token_hash == token_hash for seat in chat.seats)), None)

    async def get(self, conversation: str) -> EphemeralChat | None:
        return await self._wire.ask("chats.get", lambda: self._database.chats.get(conversation))

    async def claim(self, conversation: str, user: str, at: datetime) -> None:
        await self._wire.ask("chats.claim", lambda: self._claim(conversation, user, from_millis(to_millis(at))))

    def _claim(self, conversation: str, user: str, at: datetime) -> None:
        chat = self._database.chats.get(conversation)
        if chat is not None:
            first, second = (_claimed(seat, user, at) for seat in chat.seats)
            self._database.chats[conversation] = replace(chat, seats=(first, second))

    async def close_topics(self, conversation: str) -> Mapping[str, int]:
        return await self._wire.ask("chats.close_topics", lambda: self._close_topics(conversation))

    def _close_topics(self, conversation: str) -> dict[str, int]:
        users = [user for user, account in self._database.accounts.items() if account.chat == conversation]
        for user in users:
            topic = self._database.user_topics.setdefault(user, UserTopicState(0, self._database.now()))
            topic.state = "gone"
        return {user: n for user in users if (n := self._database.user_topics[user].generation)}


def _claimed(seat: Seat, user: str, at: datetime) -> Seat:
    return replace(seat, claimed_at=at) if seat.user == user and seat.claimed_at is None else seat
