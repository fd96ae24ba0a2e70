"""What is told of users."""

from datetime import timedelta

from domain.presence import Presence
from store.ports import PresenceChange, Store
from tests.making import ALICE, BOB, CAROL, NOW
from tests.store.test_sessions import session
from tests.store.writing import enrol

ONLINE = Presence(online=True, last_online=NOW, cause="0/1")
OFFLINE = Presence(online=False, last_online=NOW + timedelta(seconds=9), cause="0/2")


async def become(store: Store, user: str, before: Presence, after: Presence) -> bool:
    return not await store.presences.change({user: PresenceChange(before, after)})


async def test_nobody_is_online_at_first(store: Store) -> None:
    await enrol(store, ALICE)
    assert await store.presences.load([ALICE, BOB]) == {ALICE: Presence()}
    assert await store.presences.online([ALICE, BOB]) == frozenset()
    assert await store.presences.change({}) == frozenset()


async def test_a_change_is_seen_at_once(store: Store, other: Store) -> None:
    await enrol(store, ALICE, BOB)
    assert await become(store, ALICE, Presence(), ONLINE)
    assert await other.presences.load([ALICE, BOB]) == {ALICE: ONLINE, BOB: Presence()}
    assert await other.presences.online([ALICE, BOB]) == {ALICE}
    assert await become(other, ALICE, ONLINE, OFFLINE)
    assert await store.presences.load([ALICE]) == {ALICE: OFFLINE}
    assert await store.presences.online([ALICE]) == frozenset()


async def test_only_what_is_still_as_it_was_is_changed(store: Store, other: Store) -> None:
    await enrol(store, ALICE, BOB)
    await become(store, ALICE, Presence(), ONLINE)
    changes = {user: PresenceChange(Presence(), OFFLINE) for user in (ALICE, BOB, CAROL)}
    assert await other.presences.change(changes) == {ALICE, CAROL}
    assert await store.presences.load([ALICE, BOB]) == {ALICE: ONLINE, BOB: OFFLINE}


async def test_who_is_in_doubt(store: Store) -> None:
    await enrol(store, ALICE, BOB, CAROL)
    await become(store, ALICE, Presence(), ONLINE)
    await become(store, CAROL, Presence(), ONLINE)
    await store.sessions.register([session("s1", BOB), session("s2", CAROL), session("s3", CAROL, "phone")])
    assert await store.presences.doubtful() == {ALICE, BOB}


async def test_those_who_are_online_in_pages(store: Store) -> None:
    await enrol(store, CAROL, BOB, ALICE)
    for user in (ALICE, CAROL):
        await become(store, user, Presence(), ONLINE)
    first = await store.users.active(None, 1)
    assert [user.id for user in first.items] == [ALICE]
    second = await store.users.active(first.next, 1)
    assert [user.id for user in second.items] == [CAROL]
    assert second.next is None


async def test_who_is_erased_goes_like_anybody(store: Store) -> None:
    """His sockets are still to be closed, and the others to be told."""
    await enrol(store, ALICE)
    await become(store, ALICE, Presence(), ONLINE)
    assert await store.users.erase(ALICE, "a-hash")
    assert await store.presences.load([ALICE]) == {ALICE: ONLINE}
    assert (await store.users.active(None, 10)).items == ()
    assert await become(store, ALICE, ONLINE, OFFLINE)
    assert await store.presences.online([ALICE]) == frozenset()
