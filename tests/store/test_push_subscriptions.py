"""Where browsers are reached: one place for each endpoint, some for each user, none after the sign-in."""

from dataclasses import replace
from datetime import timedelta

from domain.push import PushSubscription
from store.ports import Store
from tests.making import ALICE, BOB, NOW


def subscription(number: int = 1, user: str = ALICE, login: str = "l_1") -> PushSubscription:
    return PushSubscription(
        id=f"sub-{number}",
        user=user,
        login=login,
        endpoint=f"https://push.example.org/{number}",
        p256dh="a-key",
        auth="a-secret",
        created_at=NOW + timedelta(seconds=number),
    )


async def test_each_user_has_his_own_oldest_first(store: Store, other: Store) -> None:
    for one in (subscription(2), subscription(1), subscription(3, BOB)):
        await store.push_subscriptions.add(one, 10)
    assert await other.push_subscriptions.of([ALICE, BOB]) == {
        ALICE: [subscription(1), subscription(2)],
        BOB: [subscription(3, BOB)],
    }
    assert await other.push_subscriptions.of([]) == {}


async def test_an_endpoint_belongs_to_whom_it_was_last_made_for(store: Store) -> None:
    await store.push_subscriptions.add(subscription(1), 10)
    await store.push_subscriptions.add(replace(subscription(1, BOB, "l_2"), auth="another"), 10)
    assert await store.push_subscriptions.of([ALICE, BOB]) == {
        BOB: [replace(subscription(1, BOB, "l_2"), auth="another")]
    }


async def test_beyond_the_limit_the_oldest_go(store: Store) -> None:
    await store.push_subscriptions.add(subscription(9, BOB), 2)
    for number in (1, 2, 3, 4):
        await store.push_subscriptions.add(subscription(number), 2)
    assert await store.push_subscriptions.of([ALICE]) == {ALICE: [subscription(3), subscription(4)]}
    assert await store.push_subscriptions.of([BOB]) == {BOB: [subscription(9, BOB)]}


async def test_only_ones_own_are_removed(store: Store) -> None:
    await store.push_subscriptions.add(subscription(1), 10)
    await store.push_subscriptions.remove(BOB, "sub-1")
    assert await store.push_subscriptions.of([ALICE]) == {ALICE: [subscription(1)]}
    for _ in range(2):
        await store.push_subscriptions.remove(ALICE, "sub-1")
    assert await store.push_subscriptions.of([ALICE]) == {}


async def test_what_sign_ins_made_ends_with_them(store: Store) -> None:
    for one in (subscription(1, login="l_1"), subscription(2, login="l_2"), subscription(3, BOB, "l_3")):
        await store.push_subscriptions.add(one, 10)
    await store.push_subscriptions.remove_logins(["l_1", "l_3"])
    await store.push_subscriptions.remove_logins([])
    assert await store.push_subscriptions.of([ALICE, BOB]) == {ALICE: [subscription(2, login="l_2")]}


async def test_a_users_are_removed_with_him(store: Store) -> None:
    for one in (subscription(1), subscription(2), subscription(3, BOB)):
        await store.push_subscriptions.add(one, 10)
    await store.push_subscriptions.remove_user(ALICE)
    assert await store.push_subscriptions.of([ALICE, BOB]) == {BOB: [subscription(3, BOB)]}
