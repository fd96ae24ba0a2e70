"""Rotating refresh tokens, and what becomes of stolen ones."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from store.ports import Login, Store
from tests.making import ALICE, BOB, CAROL, NOW

FAR = NOW + timedelta(days=36_500)
FARTHER = FAR + timedelta(days=1)


def login(number: int = 1, token: str = "t0") -> Login:
    return Login(f"login-{number}", ALICE, "laptop", token, NOW, FAR)


async def test_a_token_is_exchanged_for_its_successor(store: Store) -> None:
    await store.logins.create(login())
    rotated = await store.logins.rotate("t0", "t1", NOW, FARTHER)
    assert rotated == replace(login(), token_hash="t1", expires_at=FARTHER)
    assert await store.logins.rotate("t1", "t2", NOW, FARTHER) == replace(rotated, token_hash="t2")


async def test_an_unknown_token_is_worth_nothing(store: Store) -> None:
    assert await store.logins.rotate("t0", "t1", NOW, FAR) is None
    assert await store.logins.rotate("t1", "t2", NOW, FAR) is None


async def test_an_expired_token_is_worth_nothing(store: Store) -> None:
    await store.logins.create(login())
    assert await store.logins.rotate("t0", "t1", FAR, FARTHER) is None


async def test_a_token_used_twice_ends_its_family(store: Store) -> None:
    await store.logins.create(login())
    await store.logins.create(login(2, "other"))
    for number in range(4):
        assert await store.logins.rotate(f"t{number}", f"t{number + 1}", NOW, FAR)
    assert await store.logins.rotate("t1", "stolen", NOW, FAR) is None
    assert await store.logins.rotate("t4", "t5", NOW, FAR) is None
    assert await store.logins.rotate("other", "other-1", NOW, FAR) is not None


async def test_the_latest_token_used_twice_ends_its_family(store: Store) -> None:
    await store.logins.create(login())
    await store.logins.rotate("t0", "t1", NOW, FAR)
    assert await store.logins.rotate("t0", "stolen", NOW, FAR) is None
    assert await store.logins.rotate("t1", "t2", NOW, FAR) is None
    assert await store.logins.rotate("stolen", "t2", NOW, FAR) is None


async def test_of_two_who_use_one_token_at_once_none_keeps_the_login(store: Store, other: Store) -> None:
    await store.logins.create(login())
    answers = await asyncio.gather(
        store.logins.rotate("t0", "mine", NOW, FAR), other.logins.rotate("t0", "thine", NOW, FAR)
    )
    assert sum(answer is not None for answer in answers) == 1
    assert await store.logins.rotate("mine", "t2", NOW, FAR) is None
    assert await store.logins.rotate("thine", "t2", NOW, FAR) is None


async def test_an_exchange_whose_answer_was_lost_is_repeated(store: Store) -> None:
    await store.logins.create(login())
    first = await store.logins.rotate("t0", "t1", NOW, FAR)
    assert first is not None
    assert await store.logins.rotate("t0", "t1", NOW, FAR) == first
    assert await store.logins.rotate("t1", "t2", NOW, FAR) is not None


async def test_a_repeated_exchange_of_an_older_token_is_a_stolen_one(store: Store) -> None:
    await store.logins.create(login())
    await store.logins.rotate("t0", "t1", NOW, FAR)
    await store.logins.rotate("t1", "t2", NOW, FAR)
    assert await store.logins.rotate("t0", "t1", NOW, FAR) is None
    assert await store.logins.rotate("t2", "t3", NOW, FAR) is None


async def test_any_token_of_a_login_ends_it(store: Store) -> None:
    await store.logins.create(login())
    await store.logins.rotate("t0", "t1", NOW, FAR)
    assert await store.logins.revoke("t0") == "login-1"
    assert await store.logins.rotate("t1", "t2", NOW, FAR) is None
    assert await store.logins.revoke("t1") == "login-1"
    assert await store.logins.revoke("unknown") is None


async def test_creating_may_be_repeated(store: Store) -> None:
    await store.logins.create(login())
    await store.logins.create(login())
    assert await store.logins.rotate("t0", "t1", NOW, FAR) is not None


async def test_the_logins_of_a_user_newest_first(store: Store) -> None:
    await store.logins.create(login())
    await store.logins.create(replace(login(2, "other"), created_at=NOW + timedelta(hours=1)))
    await store.logins.create(replace(login(3, "bobs"), user=BOB))
    await store.logins.create(replace(login(4, "late"), expires_at=NOW))
    assert [found.id for found in await store.logins.of(ALICE)] == ["login-2", "login-1"]
    assert (await store.logins.of(ALICE))[1] == login()
    assert await store.logins.of(CAROL) == []


async def test_a_login_that_was_ended_is_over_for_ever(store: Store, other: Store) -> None:
    await store.logins.create(login())
    await store.logins.create(login(2, "other"))
    assert await store.logins.end(ALICE, ["login-1", "unknown"]) == {"login-1"}
    assert await other.logins.rotate("t0", "t1", NOW, FAR) is None
    assert await other.logins.ended(["login-1", "login-2", "unknown"]) == {"login-1"}
    assert [found.id for found in await other.logins.of(ALICE)] == ["login-2"]
    assert await store.logins.end(ALICE, ["login-1"]) == {"login-1"}
    assert await store.logins.end(ALICE, []) == frozenset()


async def test_a_login_is_ended_by_its_own_user_only(store: Store) -> None:
    await store.logins.create(login())
    assert await store.logins.end(BOB, ["login-1"]) == frozenset()
    assert await store.logins.rotate("t0", "t1", NOW, FAR) is not None
    assert await store.logins.end(ALICE, ["login-1"]) == {"login-1"}
    assert await store.logins.end(BOB, ["login-1"]) == frozenset()


async def test_signing_out_and_theft_end_a_login_too(store: Store) -> None:
    for number, token in ((1, "t0"), (2, "s0")):
        await store.logins.create(login(number, token))
    await store.logins.revoke("t0")
    await store.logins.rotate("s0", "s1", NOW, FAR)
    await store.logins.rotate("s0", "stolen", NOW, FAR)
    assert await store.logins.ended(["login-1", "login-2"]) == {"login-1", "login-2"}
