"""Open sockets: found at once, one for each device."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from store.ports import Session, SessionAddress, Store
from tests.making import ALICE, BOB, CAROL, NOW


def session(name: str, user: str = ALICE, device: str = "laptop", incarnation: str = "i1") -> Session:
    return Session(name, user, device, "login-1", f"edge.e.{incarnation}", incarnation, NOW)


def address(name: str, incarnation: str = "i1") -> SessionAddress:
    return SessionAddress(name, f"edge.e.{incarnation}")


async def sockets(store: Store, *users: str) -> dict[str, set[SessionAddress]]:
    found = await store.sessions.of(users)
    return {user: set(addresses) for user, addresses in found.items()}


async def test_another_process_sees_it_at_once(store: Store, other: Store) -> None:
    assert await store.sessions.register([session("s1"), session("s2", device="phone"), session("s3", BOB)]) == {}
    assert await sockets(other, ALICE, BOB, CAROL) == {
        ALICE: {address("s1"), address("s2")},
        BOB: {address("s3")},
    }
    assert await store.sessions.of([]) == {}


async def test_nothing_to_register(store: Store) -> None:
    assert await store.sessions.register([]) == {}


async def test_a_newer_socket_of_a_device_replaces_the_older(store: Store, other: Store) -> None:
    await store.sessions.register([session("s1")])
    assert await other.sessions.register([session("s2", incarnation="i2")]) == {"s2": address("s1")}
    assert await sockets(store, ALICE) == {ALICE: {address("s2", "i2")}}


async def test_registering_may_be_repeated(store: Store) -> None:
    await store.sessions.register([session("s1")])
    await store.sessions.register([session("s2")])
    assert await store.sessions.register([session("s2")]) == {"s2": address("s1")}
    assert await sockets(store, ALICE) == {ALICE: {address("s2")}}


async def test_a_repeated_registration_does_not_undo_its_replacement(store: Store) -> None:
    await store.sessions.register([session("s1")])
    await store.sessions.register([session("s2")])
    assert await store.sessions.register([session("s1")]) == {"s1": address("s1")}
    assert await sockets(store, ALICE) == {ALICE: {address("s2")}}


async def test_a_device_named_like_an_operator_is_a_device(store: Store) -> None:
    await store.sessions.register([session("$s", device="$user"), session("s2", device="$$ROOT")])
    assert await sockets(store, ALICE) == {ALICE: {address("$s"), address("s2")}}
    assert await store.sessions.register([session("s3", device="$user")]) == {"s3": address("$s")}


async def test_known_again_under_a_new_incarnation(store: Store) -> None:
    await store.sessions.register([session("s1"), session("s2", BOB)])
    moved = [session("s1", incarnation="i2"), session("s2", BOB, incarnation="i2")]
    assert await store.sessions.register(moved, again=True) == {}
    assert await sockets(store, ALICE, BOB) == {ALICE: {address("s1", "i2")}, BOB: {address("s2", "i2")}}
    assert await store.sessions.remove_incarnations(["i1"]) == frozenset()


async def test_known_again_after_having_been_removed(store: Store) -> None:
    await store.sessions.register([session("s1")])
    await store.sessions.remove_incarnations(["i1"])
    assert await store.sessions.register([session("s1", incarnation="i2")], again=True) == {}
    assert await sockets(store, ALICE) == {ALICE: {address("s1", "i2")}}


async def test_who_comes_again_does_not_replace_who_came_meanwhile(store: Store, other: Store) -> None:
    await store.sessions.register([session("s1")])
    await store.sessions.remove_incarnations(["i1"])
    await other.sessions.register([session("s2", incarnation="i2")])
    back = session("s1", incarnation="i3")
    assert await store.sessions.register([back], again=True) == {"s1": address("s1", "i3")}
    assert await sockets(store, ALICE) == {ALICE: {address("s2", "i2")}}


async def test_of_many_at_once_one_stays_and_every_other_is_named(store: Store, other: Store) -> None:
    names = [f"s{number}" for number in range(8)]
    registering = [(store, other)[number % 2].sessions.register([session(name)]) for number, name in enumerate(names)]
    answers = await asyncio.gather(*registering)
    ((left,),) = (await store.sessions.of([ALICE])).values()
    closed = {replaced.session for answer in answers for replaced in answer.values()}
    assert closed == set(names) - {left.session}


async def test_removed(store: Store) -> None:
    await store.sessions.register([session("s1"), session("s2", device="phone"), session("s3", BOB)])
    await store.sessions.remove(["s1", "s3", "never"])
    assert await sockets(store, ALICE, BOB) == {ALICE: {address("s2")}}


async def test_a_replaced_socket_that_closes_does_not_remove_its_successor(store: Store) -> None:
    await store.sessions.register([session("s1")])
    await store.sessions.register([session("s2")])
    await store.sessions.remove(["s1"])
    assert await sockets(store, ALICE) == {ALICE: {address("s2")}}


async def test_the_sockets_of_dead_edges_go_and_their_users_are_named(store: Store) -> None:
    registered: Sequence[Session] = [
        session("s1"),
        session("s2", device="phone", incarnation="i2"),
        session("s3", BOB, incarnation="i2"),
        session("s4", CAROL, incarnation="i3"),
    ]
    await store.sessions.register(registered)
    assert await store.sessions.remove_incarnations(["i2", "i3", "i4"]) == {ALICE, BOB, CAROL}
    assert await sockets(store, ALICE, BOB, CAROL) == {ALICE: {address("s1")}}
    assert await store.sessions.remove_incarnations(["i2", "i3"]) == frozenset()


async def test_the_sockets_of_a_login(store: Store, other: Store) -> None:
    await store.sessions.register([session("s1"), replace(session("s2", device="phone"), login="login-2")])
    await store.sessions.register([session("s3", BOB, incarnation="i2")])
    assert set(await other.sessions.of_logins(["login-1", "unknown"])) == {address("s1"), address("s3", "i2")}
    assert await other.sessions.of_logins([]) == []
