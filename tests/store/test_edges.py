"""Lives of edge and api processes."""

from store.ports import EdgeLife, Store


def life(incarnation: str, url: str | None = "ws://edge/ws") -> EdgeLife:
    return EdgeLife(incarnation, "edge-1", f"edge.edge-1.{incarnation}", url)


async def test_a_lease_counts_up(store: Store, other: Store) -> None:
    await store.edges.begin(life("i1"))
    await store.edges.begin(life("i2"))
    assert await store.edges.renew("i1")
    assert await store.edges.renew("i1")
    assert await other.edges.leases() == {"i1": 2, "i2": 0}


async def test_beginning_again_changes_nothing(store: Store) -> None:
    await store.edges.begin(life("i1"))
    await store.edges.renew("i1")
    await store.edges.begin(life("i1"))
    assert await store.edges.leases() == {"i1": 1}


async def test_what_has_ended_is_not_renewed(store: Store, other: Store) -> None:
    await store.edges.begin(life("i1"))
    await other.edges.end(["i1", "never"])
    assert not await store.edges.renew("i1")
    assert not await store.edges.renew("never")
    assert await store.edges.leases() == {}


async def test_sockets_are_opened_at_living_edges(store: Store) -> None:
    await store.edges.begin(life("i1", "ws://b/ws"))
    await store.edges.begin(life("i2", "ws://a/ws"))
    await store.edges.begin(life("i3", "ws://a/ws"))
    await store.edges.begin(life("i4", None))
    assert await store.edges.urls() == ["ws://a/ws", "ws://b/ws"]
    await store.edges.end(["i1"])
    assert await store.edges.urls() == ["ws://a/ws"]


async def test_the_ended_are_remembered_until_forgotten(store: Store) -> None:
    for incarnation in ("i1", "i2", "i3"):
        await store.edges.begin(life(incarnation))
    await store.edges.end(["i1"])
    await store.edges.end(["i1", "i2"])
    assert await store.edges.ended(0.0) == {"i1": "edge.edge-1.i1", "i2": "edge.edge-1.i2"}
    assert await store.edges.ended(600.0) == {}
    assert await store.edges.topics() == {"edge.edge-1.i1", "edge.edge-1.i2", "edge.edge-1.i3"}
    await store.edges.forget(["i1", "never"])
    assert await store.edges.topics() == {"edge.edge-1.i2", "edge.edge-1.i3"}
    assert await store.edges.ended(0.0) == {"i2": "edge.edge-1.i2"}
