"""Password hashes: the right ones, the wrong ones, the old ones, and too many at once."""

import asyncio
from threading import Event

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from producer_gateway.passwords import Passwords, Verdict, recommended
from producer_gateway.threads import TooBusy
from tests.api.world import cheap_hashes


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(cheap_hashes())


async def test_right_and_wrong(passwords: Passwords) -> None:
    stored = await passwords.hash("open sesame")
    assert await passwords.verify("open sesame", stored) == Verdict(right=True)
    assert await passwords.verify("open sesam", stored) == Verdict(right=False)
    assert await passwords.hash("open sesame") != stored


async def test_nobodys_password_is_never_right(passwords: Passwords) -> None:
    for password in ("", "open sesame", "the password of a user who does not exist"):
        assert await passwords.verify(password, None) == Verdict(right=False)


async def test_nobodys_password_costs_a_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: whether the user exists or not, one hash of the same cost is computed."""
    verified: list[str] = []
    hashes = cheap_hashes()
    original = hashes.verify_and_update

    def counted(password: str | bytes, stored: str | bytes) -> tuple[bool, str | None]:
        verified.append(str(stored).rpartition("$")[0].rpartition("$")[0])
        return original(password, stored)

    monkeypatch.setattr(hashes, "verify_and_update", counted)
    passwords = Passwords(hashes)
    await passwords.verify("wrong", await passwords.hash("right"))
    await passwords.verify("wrong", None)
    assert len(verified) == 2
    assert verified[0] == verified[1] == "$argon2id$v=19$m=8,t=1,p=1"


async def test_a_cheaper_or_older_hash_is_upgraded(passwords: Passwords) -> None:
    cheaper = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=8, parallelism=1),)).hash("open sesame")
    for stored in (cheaper, BcryptHasher(rounds=4).hash("open sesame")):
        verdict = await passwords.verify("open sesame", stored)
        assert verdict.right
        assert verdict.upgraded is not None
        assert await passwords.verify("open sesame", verdict.upgraded) == Verdict(right=True)


async def test_bcrypt_is_not_asked_about_what_it_would_not_read(passwords: Passwords) -> None:
    stored = BcryptHasher(rounds=4).hash("x" * 72)
    assert (await passwords.verify("x" * 72, stored)).right
    assert not (await passwords.verify("x" * 73, stored)).right


async def test_a_hash_of_an_unknown_kind_is_not_repeated_in_the_error(passwords: Passwords) -> None:
    with pytest.raises(ValueError, match="unknown kind") as failure:
        await passwords.verify("open sesame", "$md5$a-secret-hash")
    assert "a-secret-hash" not in str(failure.value)


async def test_too_many_at_once_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = cheap_hashes()
    passwords = Passwords(hashes, concurrent=1, waiting=2)
    go_on = Event()
    original = hashes.hash

    def slow(password: str | bytes, *, salt: bytes | None = None) -> str:
        assert go_on.wait(10)
        return original(password, salt=salt)

    monkeypatch.setattr(hashes, "hash", slow)
    under_way = [asyncio.create_task(passwords.hash("open sesame")) for _ in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(TooBusy):
        await passwords.hash("one more")

    go_on.set()
    assert len(await asyncio.gather(*under_way)) == 3
    assert await passwords.hash("and now")


def test_the_recommended_hash_is_argon2id_at_owasps_cost() -> None:
    assert recommended().hash("open sesame").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
