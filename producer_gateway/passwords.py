"""Password hashes: Argon2id (RFC 9106), computed in threads, a few at a time; bcrypt is accepted and upgraded."""

import unicodedata
from typing import NamedTuple

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from producer_gateway.threads import Threads

_BCRYPT_BYTES = 72


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
        self._threads = Threads("password", concurrent=concurrent, waiting=waiting)
        self._nobodys = hashes.hash("the password of a user who does not exist")

    async def hash(self, password: str) -> str:
        """Raises TooBusy."""
        return await self._threads.run(lambda: self._hashes.hash(_prepared(password)))

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Compare with a stored hash. None, for a user who does not exist, costs the same time and is never right.

        Raises TooBusy, and ValueError when `stored` is no hash this version knows.
        """
        if stored is None:
            await self._threads.run(lambda: self._verify(password, self._nobodys))
            return Verdict(right=False)
        return await self._threads.run(lambda: self._verify(password, stored))

    def close(self) -> None:
        self._threads.close()

    def _verify(self, password: str, stored: str) -> Verdict:
        prepared = _prepared(password)
        if BcryptHasher.identify(stored) and len(prepared.encode()) > _BCRYPT_BYTES:
            return Verdict(right=False)  # bcrypt reads no further, and no hash may stand for two passwords
        try:
            return Verdict(*self._hashes.verify_and_update(prepared, stored))
        except UnknownHashError:
            raise ValueError("a stored password hash is of an unknown kind") from None


def _prepared(password: str) -> str:
    """One spelling of each letter (RFC 8265, OpaqueString): keyboards differ in how they compose accents."""
    return unicodedata.normalize("NFC", password)
