"""Users, in memory."""

import builtins
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.identity import User, folded
from schemas.preferences import Preferences, PreferencesChange
from schemas.times import from_millis, to_millis
from store.errors import Taken
from store.memory.checkpoint import Wire
from store.memory.database import Account, MemoryDatabase
from store.ports import DELETED, PROFILE, Page


class MemoryUsers:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def create(self, user: User, password_hash: str) -> None:
        await self._wire.ask("users.create", lambda: self._create(user, password_hash))

    def _create(self, user: User, password_hash: str) -> None:
        name = folded(user.username)
        if self._database.names.get(name, user.id) != user.id:
            raise Taken(user.username)
        if user.id not in self._database.accounts:
            kept = replace(user, created_at=from_millis(to_millis(user.created_at)))
            self._database.names[name] = user.id
            self._database.accounts[user.id] = Account(kept, name, password_hash)

    async def get(self, ids: Iterable[str]) -> Mapping[str, User]:
        return await self._wire.ask("users.get", lambda: self._get(ids))

    def _get(self, ids: Iterable[str]) -> dict[str, User]:
        return {user: account.user for user in ids if (account := self._account(user)) is not None}

    def _account(self, user: str) -> Account | None:
        """Unless it was erased, or sits in an ephemeral chat."""
        account = self._database.accounts.get(user)
        return None if account is None or not account.is_here else account

    async def credentials(self, username: str) -> tuple[User, str] | None:
        return await self._wire.ask("users.credentials", lambda: self._credentials(username))

    def _credentials(self, username: str) -> tuple[User, str] | None:
        user = self._database.names.get(folded(username))
        if user is None:
            return None
        account = self._database.accounts[user]
        return account.user, account.password_hash

    async def replace_password_hash(self, user: str, old: str, new: str) -> bool:
        return await self._wire.ask("users.replace_password_hash", lambda: self._replace_password_hash(user, old, new))

    def _replace_password_hash(self, user: str, old: str, new: str) -> bool:
        account = self._account(user)
        if account is None or account.password_hash not in (old, new):
            return False
        account.password_hash = new
        return True

    async def change_profile(self, user: str, change: Mapping[str, str | None]) -> User | None:
        return await self._wire.ask("users.change_profile", lambda: self._change_profile(user, change))

    def _change_profile(self, user: str, change: Mapping[str, str | None]) -> User | None:
        account = self._account(user)
        if account is None:
            return None
        wanted: dict[str, Any] = {name: value for name, value in change.items() if name in PROFILE}
        account.user = replace(account.user, **wanted)
        return account.user

    async def erase(self, user: str, password_hash: str) -> bool:
        return await self._wire.ask("users.erase", lambda: self._erase(user, password_hash))

    def _erase(self, user: str, password_hash: str) -> bool:
        account = self._account(user)
        if account is None or account.password_hash != password_hash:
            return False
        del self._database.names[account.folded]
        nobody = User(user, DELETED, account.user.created_at)
        private = Preferences(read_receipts=False)
        self._database.accounts[user] = Account(nobody, user, "", private, erased=True, erasing=True)
        self._database.user_topics.pop(user, None)
        return True

    async def erasing(self, limit: int) -> Sequence[str]:
        return await self._wire.ask("users.erasing", lambda: self._erasing()[:limit])

    def _erasing(self) -> builtins.list[str]:
        return [user for user, account in self._database.accounts.items() if account.erasing]

    async def erased(self, user: str) -> None:
        await self._wire.ask("users.erased", lambda: self._erased(user))

    def _erased(self, user: str) -> None:
        self._database.accounts[user].erasing = False

    async def preferences(self, ids: Iterable[str]) -> Mapping[str, Preferences]:
        return await self._wire.ask("users.preferences", lambda: self._preferences(ids))

    def _preferences(self, ids: Iterable[str]) -> dict[str, Preferences]:
        return {user: account.preferences for user in ids if (account := self._account(user)) is not None}

    async def change_preferences(self, user: str, change: PreferencesChange) -> Preferences | None:
        return await self._wire.ask("users.change_preferences", lambda: self._change_preferences(user, change))

    def _change_preferences(self, user: str, change: PreferencesChange) -> Preferences | None:
        account = self._account(user)
        if account is None:
            return None
        account.preferences = account.preferences.model_copy(update=change.model_dump(exclude_none=True))
        return account.preferences

    async def set_picture(self, user: str, media: str | None) -> None:
        await self._wire.ask("users.set_picture", lambda: self._set_picture(user, media))

    def _set_picture(self, user: str, media: str | None) -> None:
        account = self._account(user)
        if account is not None:
            account.user = replace(account.user, picture=media)

    async def list(self, query: str | None, cursor: str | None, limit: int) -> Page[User]:
        return await self._wire.ask("users.list", lambda: self._list(folded(query or ""), cursor, limit))

    def _list(self, prefix: str, cursor: str | None, limit: int) -> Page[User]:
        return _page([one for one in self._database.accounts.values() if _matches(one, prefix)], cursor, limit)

    async def active(self, cursor: str | None, limit: int) -> Page[User]:
        return await self._wire.ask("users.active", lambda: self._active(cursor, limit))

    def _active(self, cursor: str | None, limit: int) -> Page[User]:
        online = {user for user, presence in self._database.presences.items() if presence.online}
        return _page(
            [account for account in self._database.accounts.values() if account.user.id in online], cursor, limit
        )


def _page(accounts: Iterable[Account], cursor: str | None, limit: int) -> Page[User]:
    found = sorted((account for account in accounts if account.is_here), key=lambda account: account.folded)
    rest = [account for account in found if cursor is None or account.folded > cursor]
    page = rest[:limit]
    return Page(tuple(account.user for account in page), page[-1].folded if len(rest) > limit else None)


def _matches(account: Account, prefix: str) -> bool:
    user = account.user
    names: builtins.list[str] = [account.folded, folded(user.name or ""), folded(user.lastname or "")]
    return any(name.startswith(prefix) for name in names)
