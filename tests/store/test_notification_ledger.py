"""Each notification is made once, and is somebody's to send until it is settled."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.notifying import Channel, Claim, Notification, Origin, Settled
from store.ports import Store
from tests.making import ALICE, BOB, NOW, conversation_id

LATER = datetime.now(UTC) + timedelta(days=1)
"""After anything entered here is due: it is due when it is entered, by the store's clock."""
LEASE_END = LATER + timedelta(minutes=1)


def push(seq: int = 1, user: str = ALICE, host: str = "push.example.org") -> Notification:
    return Notification(
        conversation_id(), seq, user, Channel.PUSH, "sub-1", host, NOW + timedelta(seconds=seq), Origin(3, seq)
    )


def mail(seq: int = 1, user: str = ALICE) -> Notification:
    return replace(push(seq, user, ""), channel=Channel.EMAIL, subscription="")


async def claimed(store: Store, holder: str, at: datetime = LATER, limit: int = 10) -> Sequence[Claim]:
    return await store.notification_ledger.claim(holder, at, at + timedelta(minutes=1), limit)


async def test_what_is_entered_twice_is_sent_once(store: Store, other: Store) -> None:
    await asyncio.gather(*(each.notification_ledger.enter([push(1), push(2)]) for each in (store, other, store)))
    claims = await claimed(store, "a")
    assert sorted(claim.notification.seq for claim in claims) == [1, 2]
    assert {claim.notification for claim in claims} == {push(1), push(2)}
    assert [claim.attempts for claim in claims] == [1, 1]
    await store.notification_ledger.settle([claim.notification.id for claim in claims], Settled.SENT)
    await other.notification_ledger.enter([push(1)])
    assert await claimed(other, "b", LEASE_END) == []


async def test_one_is_one_processs_at_a_time(store: Store, other: Store) -> None:
    await store.notification_ledger.enter([push(seq) for seq in range(1, 21)])
    both = await asyncio.gather(claimed(store, "a", limit=20), claimed(other, "b", limit=20))
    taken = [claim.notification.seq for claims in both for claim in claims]
    assert sorted(taken) == list(range(1, 21))


async def test_what_its_holder_does_not_settle_is_free_at_the_end_of_the_lease(store: Store) -> None:
    await store.notification_ledger.enter([push()])
    assert len(await claimed(store, "a")) == 1
    assert not await claimed(store, "b", LEASE_END - timedelta(milliseconds=1))
    (again,) = await claimed(store, "c", LEASE_END)
    assert (again.holder, again.attempts) == ("c", 2)


async def test_another_try_waits_for_its_time(store: Store) -> None:
    await store.notification_ledger.enter([push()])
    (claim,) = await claimed(store, "a")
    await store.notification_ledger.retry(claim, LATER + timedelta(hours=1))
    assert not await claimed(store, "b", LATER + timedelta(minutes=59))
    (again,) = await claimed(store, "c", LATER + timedelta(hours=1))
    assert again.attempts == 2


async def test_who_lost_his_lease_changes_nothing_but_that_it_was_sent(store: Store) -> None:
    await store.notification_ledger.enter([push()])
    (late,) = await claimed(store, "a")
    (fresh,) = await claimed(store, "b", LEASE_END)
    await store.notification_ledger.retry(late, LATER)
    assert not await claimed(store, "c", LEASE_END)
    await store.notification_ledger.settle([late.notification.id], Settled.SENT)
    await store.notification_ledger.retry(fresh, LATER)
    await store.notification_ledger.settle([fresh.notification.id], Settled.FAILED)
    await store.notification_ledger.enter([push()], again=True)
    assert not await claimed(store, "d", LEASE_END + timedelta(days=1))


async def test_what_failed_is_tried_again_when_that_is_asked_for(store: Store) -> None:
    await store.notification_ledger.enter([push()])
    await store.notification_ledger.settle([push().id], Settled.FAILED)
    await store.notification_ledger.enter([push()])
    assert not await claimed(store, "a")
    put_back = replace(push(), origin=Origin(3, 77))
    await store.notification_ledger.enter([put_back], again=True)
    assert [claim.notification for claim in await claimed(store, "b")] == [put_back]


async def test_some_are_taken_at_a_time_and_some_hosts_left_out(store: Store) -> None:
    await store.notification_ledger.enter([push(1, host="slow.example.org"), push(2), push(3)])
    ledger = store.notification_ledger
    first = await ledger.claim("a", LATER, LEASE_END, 1, ["slow.example.org"])
    rest = await ledger.claim("b", LATER, LEASE_END, 9, ["slow.example.org"])
    assert sorted(claim.notification.seq for claim in (*first, *rest)) == [2, 3]
    assert [claim.notification.seq for claim in await claimed(store, "c")] == [1]


async def test_mail_waits_for_the_users_next_digest(store: Store) -> None:
    await store.notification_ledger.enter([mail(2), mail(1), mail(3), mail(4, BOB), push(5)])
    assert await store.notification_ledger.mail(ALICE, 2) == [mail(1), mail(2)]
    await store.notification_ledger.settle([mail(1).id, mail(2).id], Settled.SENT)
    await store.notification_ledger.enter([mail(1)])
    assert await store.notification_ledger.mail(ALICE, 9) == [mail(3)]
    assert [claim.notification for claim in await claimed(store, "a")] == [push(5)]


async def test_a_users_are_forgotten_with_him(store: Store) -> None:
    await store.notification_ledger.enter([push(1), mail(1), push(1, BOB), mail(1, BOB)])
    await store.notification_ledger.remove_user(ALICE)
    assert await store.notification_ledger.mail(ALICE, 9) == []
    assert [claim.notification for claim in await claimed(store, "a")] == [push(1, BOB)]
    assert await store.notification_ledger.mail(BOB, 9) == [mail(1, BOB)]
