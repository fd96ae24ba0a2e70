"""Group passwords, tries at them, and what is left of groups that ended, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.ephemeral import timer_prefix
from schemas.messages import ConversationKind
from store.memory.checkpoint import Wire
from store.memory.database import KeptPassword, MemoryDatabase, Tries
from store.ports import ATTEMPTS_REMEMBERED, PASSWORDS_KEPT, GroupPassword


class MemoryGroupPasswords:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def put(self, conversation: str, password: GroupPassword) -> None:
        await self._wire.ask("group_passwords.put", lambda: self._put(conversation, password))

    def _put(self, conversation: str, password: GroupPassword) -> None:
        due_at = self._database.now() + PASSWORDS_KEPT
        self._database.group_passwords[conversation, password.version] = KeptPassword(password.hash, due_at)

    async def forget_superseded(self, now: datetime, limit: int) -> int:
        return await self._wire.ask("group_passwords.forget_superseded", lambda: self._forget(now, limit))

    def _forget(self, now: datetime, limit: int) -> int:
        kept = self._database.group_passwords
        due = sorted((place for place, one in kept.items() if one.due_at <= now), key=lambda place: kept[place].due_at)
        for conversation, version in due[:limit]:
            state = self._database.conversations.get(conversation)
            one = kept.pop((conversation, version))
            if state is not None and state.password == version:
                kept[conversation, version] = one._replace(due_at=now + PASSWORDS_KEPT)
        return len(due[:limit])

    async def current(self, conversation: str) -> GroupPassword | None:
        return await self._wire.ask("group_passwords.current", lambda: self._current(conversation))

    def _current(self, conversation: str) -> GroupPassword | None:
        state = self._database.conversations.get(conversation)
        if state is None or state.password is None:
            return None
        found = self._database.group_passwords.get((conversation, state.password))
        return None if found is None else GroupPassword(state.password, found.hash)


class MemoryAttempts:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def begin(self, subject: str, free: int, longest_seconds: float) -> float:
        return await self._wire.ask("attempts.begin", lambda: self._begin(subject, free, longest_seconds))

    def _begin(self, subject: str, free: int, longest_seconds: float) -> float:
        now = self._database.now()
        known = self._database.attempts.get(subject)
        if known is None or known.expires_at <= now:
            known = Tries(0, now, now)
        if known.locked_until > now:
            return (known.locked_until - now).total_seconds()
        tries = known.tries + 1
        locked = min(2.0 ** min(tries - free, 32), longest_seconds) if tries >= free else 0.0
        self._database.attempts[subject] = Tries(tries, now + timedelta(seconds=locked), now + ATTEMPTS_REMEMBERED)
        return 0.0

    async def made(self, subject: str) -> int:
        return await self._wire.ask("attempts.made", lambda: self._made(subject))

    def _made(self, subject: str) -> int:
        known = self._database.attempts.get(subject)
        return 0 if known is None or known.expires_at <= self._database.now() else known.tries

    async def take_back(self, subject: str) -> None:
        await self._wire.ask("attempts.take_back", lambda: self._take_back(subject))

    def _take_back(self, subject: str) -> None:
        known = self._database.attempts.get(subject)
        if known is not None:
            taken = replace(known, tries=max(0, known.tries - 1), locked_until=self._database.now())
            self._database.attempts[subject] = taken

    async def succeed(self, subject: str) -> None:
        await self._wire.ask("attempts.succeed", lambda: self._database.attempts.pop(subject, None))


class MemoryEndings:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def due(self, kind: ConversationKind, ended_before: datetime, limit: int) -> Sequence[str]:
        return await self._wire.ask("endings.due", lambda: self._due(kind, ended_before)[:limit])

    def _due(self, kind: ConversationKind, before: datetime) -> list[str]:
        states = (state for state in self._database.conversations.values() if state.kind is kind)
        ended = ((state.ended_at, state.id) for state in states if state.ended_at)
        return [one for at, one in sorted(ended) if at < before and one not in self._database.destroyed]

    async def destroy(self, conversation: str) -> None:
        await self._wire.ask("endings.destroy", lambda: self._destroy(conversation))

    def _destroy(self, conversation: str) -> None:
        database = self._database
        database.messages.pop(conversation, None)
        database.indexed = {place: one for place, one in database.indexed.items() if place[0] != conversation}
        database.commands = {key: place for key, place in database.commands.items() if place[0] != conversation}
        database.outcomes = {key: one for key, one in database.outcomes.items() if one.conversation != conversation}
        database.cursors = {key: one for key, one in database.cursors.items() if key.conversation != conversation}
        database.receipts = {k: one for k, one in database.receipts.items() if k.reader.conversation != conversation}
        database.muted_until = {k: one for k, one in database.muted_until.items() if k.conversation != conversation}
        database.marked_unread = {one for one in database.marked_unread if one.conversation != conversation}
        database.group_passwords = {k: one for k, one in database.group_passwords.items() if k[0] != conversation}
        _destroy_users(database, conversation)
        database.conversations[conversation] = replace(database.conversations[conversation], former={})
        database.destroyed.add(conversation)


def _destroy_users(database: MemoryDatabase, conversation: str) -> None:
    users = {user for user, account in database.accounts.items() if account.chat == conversation}
    database.chats.pop(conversation, None)
    for timer in [timer for timer in database.timers if _concerns(timer, conversation, users)]:
        del database.timers[timer]
    for sitting in [sitting for sitting in database.seats if sitting[0] in users]:
        del database.seats[sitting]
    for user in users:
        database.attempts.pop(f"seat/{user}", None)
        database.user_topics.pop(user, None)
        database.presences.pop(user, None)
        del database.accounts[user]


def _concerns(timer: str, conversation: str, users: set[str]) -> bool:
    return timer.startswith(timer_prefix(conversation)) or timer.removeprefix("away/") in users
