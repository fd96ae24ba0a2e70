"""Search over HTTP."""

import pytest

from tests.api.world import Person, World, assert_problem


async def talk(world: World, person: Person, other: Person, *texts: str) -> str:
    """These texts, said and indexed."""
    conversation = await world.direct(person, other)
    for text in texts:
        assert (await world.say(person, conversation, text)).status_code == 201
    await world.store.search.index(world.database.messages[conversation].values(), ())
    return conversation


async def test_what_is_found_is_marked(world: World) -> None:
    alice, bob, carol = [await world.register(name) for name in ("alice", "bob", "carol")]
    conversation = await talk(world, alice, bob, "Lunch at noon?", "👋 Noon it is", "see you")
    await talk(world, alice, carol, "Noon in Rome")

    page = (await world.get("/api/search?q=NOON", bob)).json()

    assert page["next"] is None
    assert [hit["message"]["text"] for hit in page["hits"]] == ["👋 Noon it is", "Lunch at noon?"]
    assert [hit["highlights"] for hit in page["hits"]] == [[[2, 6]], [[9, 13]]]
    assert page["hits"][0]["message"] == (await world.get(f"/api/messages/{conversation}.2", bob)).json()


async def test_filters_and_pages(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await talk(world, alice, bob, *(f"tea {number}" for number in range(5)))
    await world.say(bob, conversation, "tea of Bob")
    await world.store.search.index(world.database.messages[conversation].values(), ())

    found: list[str] = []
    path = "/api/search?q=tea&limit=2"
    while path:
        page = (await world.get(path, alice)).json()
        found += [hit["message"]["text"] for hit in page["hits"]]
        path = f"/api/search?q=tea&limit=2&cursor={page['next']}" if page["next"] else ""
    assert found == ["tea of Bob", *(f"tea {number}" for number in (4, 3, 2, 1, 0))]

    async def texts(query: str) -> list[str]:
        answer = await world.get(f"/api/search?q=tea&{query}", alice)
        assert answer.status_code == 200, answer.text
        return [hit["message"]["text"] for hit in answer.json()["hits"]]

    assert await texts(f"from={bob.id}") == ["tea of Bob"]
    assert await texts(f"conversation={conversation}&limit=1") == ["tea of Bob"]
    third = (await world.get(f"/api/messages/{conversation}.3", alice)).json()["sent_at"]
    assert await texts(f"until={third}") == ["tea 1", "tea 0"]
    assert await texts(f"since={third}&from={alice.id}") == ["tea 4", "tea 3", "tea 2"]
    assert await texts("from=u_nobody") == []


async def test_other_peoples_conversations_are_not_there(world: World) -> None:
    alice, bob, carol = [await world.register(name) for name in ("alice", "bob", "carol")]
    conversation = await talk(world, alice, bob, "a secret")
    assert (await world.get("/api/search?q=secret", carol)).json() == {"hits": [], "next": None}
    theirs = await world.get(f"/api/search?q=secret&conversation={conversation}", carol)
    missing = await world.get(f"/api/search?q=secret&conversation=c_{'0' * 26}", carol)
    assert_problem(theirs, 404, "not_found")
    assert theirs.content == missing.content


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=",
        "q=%21%3F",
        "q=" + "x" * 201,
        "q=a&cursor=x",
        "q=a&limit=0",
        "q=a&since=yesterday",
        "q=a&since=2026-01-01T00:00:00",
    ],
)
async def test_a_search_that_cannot_be(world: World, query: str) -> None:
    alice = await world.register("alice")
    assert_problem(await world.get(f"/api/search?{query}", alice), 400, "invalid_frame")


async def test_nobody_searches_without_signing_in(world: World) -> None:
    assert_problem(await world.client.get("/api/search?q=a"), 401, "unauthenticated")
