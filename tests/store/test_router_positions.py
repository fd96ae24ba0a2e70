"""How far user topics have been forwarded."""

from store.ports import Store


async def test_positions_move_forward_only(store: Store, other: Store) -> None:
    await store.router_positions.advance({"user.a.1": 5, "user.b.1": 0})
    await other.router_positions.advance({"user.a.1": 3, "user.b.1": 7})
    topics = ["user.a.1", "user.b.1", "user.c.1"]
    assert await store.router_positions.load(topics) == {"user.a.1": 5, "user.b.1": 7}


async def test_offsets_of_any_size(store: Store) -> None:
    await store.router_positions.advance({"user.a.1": 2**31 - 1})
    await store.router_positions.advance({"user.a.1": 2**40})
    await store.router_positions.advance({"user.a.1": 2**31})
    assert await store.router_positions.load(["user.a.1"]) == {"user.a.1": 2**40}


async def test_deleted(store: Store) -> None:
    await store.router_positions.advance({"user.a.1": 5, "user.b.1": 6})
    await store.router_positions.delete(["user.a.1", "user.c.1"])
    assert await store.router_positions.load(["user.a.1", "user.b.1"]) == {"user.b.1": 6}


async def test_all_that_have_one_are_known(store: Store, other: Store) -> None:
    assert await store.router_positions.topics() == frozenset()
    await store.router_positions.advance({"user.a.1": 5, "users/3": 6})
    assert await other.router_positions.topics() == {"user.a.1", "users/3"}


async def test_nothing_to_do(store: Store) -> None:
    await store.router_positions.advance({})
    await store.router_positions.delete([])
    assert await store.router_positions.load([]) == {}
