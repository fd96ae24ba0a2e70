"""Sign-ins and their rotating refresh tokens, in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from schemas.times import from_millis, to_millis
from store.memory.checkpoint import Wire
from store.memory.database import Family, MemoryDatabase
from store.ports import Login


class MemoryLogins:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def create(self, login: Login) -> None:
        await self._wire.ask("logins.create", lambda: self._create(login))

    def _create(self, login: Login) -> None:
        kept = replace(login, created_at=_to_the_millisecond(login.created_at))
        self._set(Family(kept), login.token_hash, login.expires_at)

    def _set(self, family: Family, token_hash: str, expires_at: datetime) -> Login:
        expiry = _to_the_millisecond(expires_at)
        family.login = replace(family.login, token_hash=token_hash, expires_at=expiry)
        self._database.tokens[token_hash] = (family.login.id, expiry)
        self._database.families[family.login.id] = family
        return family.login

    async def rotate(self, old_hash: str, new_hash: str, now: datetime, expires_at: datetime) -> Login | None:
        return await self._wire.ask("logins.rotate", lambda: self._rotate(old_hash, new_hash, now, expires_at))

    def _rotate(self, old_hash: str, new_hash: str, now: datetime, expires_at: datetime) -> Login | None:
        login, expiry = self._database.tokens.get(old_hash, ("", now))
        family = self._database.families.get(login)
        if family is None or expiry <= now:
            return None
        if family.login.token_hash == old_hash:
            family.previous = old_hash
            return self._set(family, new_hash, expires_at)
        if (family.previous, family.login.token_hash) == (old_hash, new_hash):
            return family.login
        self._end(family.login)
        return None

    async def revoke(self, token_hash: str) -> str | None:
        return await self._wire.ask("logins.revoke", lambda: self._revoke(token_hash))

    def _revoke(self, token_hash: str) -> str | None:
        login, _ = self._database.tokens.get(token_hash, (None, None))
        family = self._database.families.get(login or "")
        if family is not None:
            self._end(family.login)
        return login

    def _end(self, login: Login) -> None:
        del self._database.families[login.id]
        self._database.ended_logins[login.id] = login.user

    async def of(self, user: str) -> Sequence[Login]:
        return await self._wire.ask("logins.of", lambda: self._of(user))

    def _of(self, user: str) -> Sequence[Login]:
        now = self._database.now()
        mine = [family.login for family in self._database.families.values() if family.login.user == user]
        alive = [login for login in mine if login.expires_at > now]
        return sorted(alive, key=lambda login: (login.created_at, login.id), reverse=True)

    async def end(self, user: str, logins: Iterable[str]) -> frozenset[str]:
        return await self._wire.ask("logins.end", lambda: self._end_his(user, frozenset(logins)))

    def _end_his(self, user: str, logins: frozenset[str]) -> frozenset[str]:
        families = [family for name in sorted(logins) if (family := self._database.families.get(name)) is not None]
        for family in families:
            if family.login.user == user:
                self._end(family.login)
        return frozenset(login for login in logins if self._database.ended_logins.get(login) == user)

    async def ended(self, logins: Iterable[str]) -> frozenset[str]:
        return await self._wire.ask("logins.ended", lambda: frozenset(logins) & self._database.ended_logins.keys())


def _to_the_millisecond(instant: datetime) -> datetime:
    return from_millis(to_millis(instant))
