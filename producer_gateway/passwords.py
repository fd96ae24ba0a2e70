"""Password hashes: Argon2id (RFC 9106), computed in threads, a few at a time; bcrypt is accepted and upgraded."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

_BCRYPT_BYTES = 72

T = TypeVar("T")


class TooBusy(Exception):
    """So many passwords wait to be hashed that another would wait too long."""


class Verdict(NamedTuple):
    """Whether the password is right; `upgraded` is a better hash of it, to be kept from now on."""

    right: bool
    upgraded: str | None = None


def recommended() -> PasswordHash:
    """Argon2id at OWASP's recommended cost (19 MiB, 2 passes, 1 lane); bcrypt is only verified."""
    return PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1), BcryptHasher()))


class Passwords:
    """Hashes and verifies. At most `concurrent` at once and `waiting` more in line: hashing is slow on purpose."""

    def __init__(self, hashes: PasswordHash, *, concurrent: int = 2, waiting: int = 64) -> None:
        self._hashes = hashes
        self._threads = ThreadPoolExecutor(concurrent, thread_name_prefix="password")
        self._limit = concurrent + waiting
        self._under_way = 0
        self._nobodys = hashes.hash("the password of a user who does not exist")

    async def hash(self, password: str) -> str:
        """Raises TooBusy."""
        return await self._in_thread(lambda: self._hashes.hash(_prepared(password)))

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Compare with a stored hash. None, for a user who does not exist, costs the same time and is never right.

        Raises TooBusy, and ValueError when `stored` is no hash this version knows.
        """
        if stored is None:
            await self._in_thread(lambda: self._verify(password, self._nobodys))
            return Verdict(right=False)
        return await self._in_thread(lambda: self._verify(password, stored))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, stored: str) -> Verdict:
        prepared = _prepared(password)
        if BcryptHasher.identify(stored) and len(prepared.encode()) > _BCRYPT_BYTES:
            return Verdict(right=False)  # bcrypt reads no further, and no hash may stand for two passwords
        try:
            return Verdict(*self._hashes.verify_and_update(prepared, stored))
        except UnknownHashError:
            raise ValueError("a stored password hash is of an unknown kind") from None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._under_way >= self._limit:
            raise TooBusy
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1


def _prepared(password: str) -> str:
    """One spelling of each letter (RFC 8265, OpaqueString): keyboards differ in how they compose accents."""
    return unicodedata.normalize("NFC", password)
