"""Who is answered what: for every route, nobody, a stranger, a former member and a member."""

from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from tests.api.test_media import send, uploaded
from tests.api.world import NOBODY, Person, World, assert_problem
from tests.making import former_member


class Route(NamedTuple):
    method: str
    path: str
    body: dict[str, Any] | None
    stranger: int
    member: int


ROUTES = [
    Route("GET", "/api/users", None, 200, 200),
    Route("GET", "/api/users/{bob}", None, 200, 200),
    Route("GET", "/api/users/{nobody}", None, 404, 404),
    Route("GET", "/api/conversations", None, 200, 200),
    Route("POST", "/api/conversations", {"kind": "direct", "with": "{bob}"}, 201, 200),
    Route("POST", "/api/conversations", {"kind": "direct", "with": "{nobody}"}, 404, 404),
    Route("POST", "/api/conversations", {"kind": "group", "name": "g", "members": ["{bob}"]}, 201, 201),
    Route("POST", "/api/conversations", {"kind": "group", "name": "g", "members": ["{nobody}"]}, 404, 404),
    Route("GET", "/api/conversations/{conversation}", None, 404, 200),
    Route("GET", "/api/conversations/c_made_up", None, 404, 404),
    Route("GET", "/api/conversations/{conversation}/messages", None, 404, 200),
    Route("GET", "/api/conversations/c_made_up/messages", None, 404, 404),
    Route("POST", "/api/conversations/{conversation}/messages", {"text": "hello"}, 404, 201),
    Route("POST", "/api/conversations/{missing}/messages", {"text": "hello"}, 404, 404),
    Route("GET", "/api/messages/{conversation}.1", None, 404, 200),
    Route("GET", "/api/messages/{conversation}.99", None, 404, 404),
    Route("GET", "/api/messages/{conversation}.99999999999999999999999", None, 404, 404),
    Route("GET", "/api/messages/nonsense", None, 404, 404),
    Route("PUT", "/api/conversations/{conversation}/mute", None, 404, 200),
    Route("DELETE", "/api/conversations/{conversation}/mute", None, 404, 200),
    Route("PUT", "/api/conversations/{conversation}/unread", None, 404, 200),
    Route("DELETE", "/api/conversations/{conversation}/unread", None, 404, 200),
    Route("PUT", "/api/conversations/{missing}/mute", None, 404, 404),
    Route("GET", "/api/search?q=nowhere", None, 200, 200),
    Route("GET", "/api/search?q=between&conversation={conversation}", None, 404, 200),
    Route("GET", "/api/search?q=between&conversation={missing}", None, 404, 404),
    Route("GET", "/api/media?id={media}", None, 200, 200),
    Route("GET", "/api/media/{media}", None, 404, 200),
    Route("GET", "/api/media/{media}/thumbnail", None, 404, 404),
    Route("GET", "/api/media/f_made_up", None, 404, 404),
    Route("DELETE", "/api/users/{bob}/picture", None, 403, 403),
    Route("DELETE", "/api/users/{nobody}/picture", None, 403, 403),
    Route("PUT", "/api/users/{bob}/picture", {}, 403, 403),
    Route("POST", "/api/media", {}, 400, 400),
]

MISSING = "c_" + "0" * 26


class Cast:
    """Alice and Bob talk; Carol does not belong there."""

    def __init__(self, world: World, alice: Person, bob: Person, carol: Person, conversation: str, media: str) -> None:
        self.world = world
        self.alice, self.bob, self.carol = alice, bob, carol
        self.conversation = conversation
        self._names = {
            "bob": bob.id,
            "nobody": NOBODY.id,
            "conversation": conversation,
            "missing": MISSING,
            "media": media,
        }

    async def ask(self, route: Route, headers: dict[str, str]) -> Any:
        body = None if route.body is None else {name: self._fill(value) for name, value in route.body.items()}
        return await self.world.client.request(route.method, self._fill(route.path), json=body, headers=headers)

    def remove(self, person: Person) -> None:
        """What a removal leaves behind in the store."""
        kept = self.world.database.conversations
        state = kept[self.conversation]
        members = {user: member for user, member in state.members.items() if user != person.id}
        kept[self.conversation] = replace(state, members=members, former={person.id: former_member(person.id)})
        self.world.pipeline.forget()

    def _fill(self, value: Any) -> Any:
        return [self._fill(one) for one in value] if isinstance(value, list) else value.format_map(self._names)


@pytest.fixture
async def cast(world: World) -> Cast:
    alice, bob, carol = [await world.register(name) for name in ("alice", "bob", "carol")]
    conversation = await world.direct(alice, bob)
    assert (await world.say(alice, conversation, "between us")).status_code == 201
    media = await uploaded(world, bob, b"for between us two")
    assert (await send(world, bob, conversation, media)).status_code == 201
    await world.store.search.index(world.database.messages[conversation].values(), [conversation])
    return Cast(world, alice, bob, carol, conversation, media)


def named(route: Route) -> str:
    return f"{route.method} {route.path} {'' if route.body is None else sorted(route.body.values(), key=str)}"


@pytest.mark.parametrize("route", [*ROUTES, Route("GET", "/api/connect", None, 0, 0)], ids=named)
async def test_nobody_is_asked_to_sign_in(cast: Cast, route: Route) -> None:
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}):
        assert_problem(await cast.ask(route, headers), 401, "unauthenticated")
    forged = await cast.ask(route, {"Authorization": "Bearer made.up.token"})
    assert_problem(forged, 401, "unauthenticated")
    assert forged.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("route", ROUTES[:1] + ROUTES[8:9], ids=named)
async def test_a_token_that_ran_out_says_so(cast: Cast, route: Route) -> None:
    cast.world.clock.advance(minutes=16)
    assert_problem(await cast.ask(route, cast.alice.headers), 401, "token_expired")


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_a_stranger_sees_what_is_his(cast: Cast, route: Route) -> None:
    answer = await cast.ask(route, cast.carol.headers)
    assert answer.status_code == route.stranger, answer.text
    if route.stranger == 404:
        assert_problem(answer, 404, "not_found")
    assert "between us" not in answer.text


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_a_member_sees_what_is_his(cast: Cast, route: Route) -> None:
    answer = await cast.ask(route, cast.alice.headers)
    assert answer.status_code == route.member, answer.text
    if route.member == 404:
        assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize("path", ["/api/conversations/{}", "/api/conversations/{}/messages", "/api/messages/{}.1"])
async def test_other_peoples_things_answer_exactly_like_missing_ones(cast: Cast, path: str) -> None:
    conversation = await cast.world.direct(cast.alice, cast.bob)
    theirs = await cast.world.get(path.format(conversation), cast.carol)
    missing = await cast.world.get(path.format(MISSING), cast.carol)
    assert (theirs.status_code, theirs.content) == (missing.status_code, missing.content)


@pytest.mark.parametrize(
    "route",
    [
        Route("GET", "/api/conversations/{conversation}", None, 403, 403),
        Route("GET", "/api/conversations/{conversation}/messages", None, 403, 403),
        Route("GET", "/api/messages/{conversation}.1", None, 403, 403),
        Route("POST", "/api/conversations/{conversation}/messages", {"text": "hello"}, 403, 403),
        Route("PUT", "/api/conversations/{conversation}/mute", None, 403, 403),
        Route("DELETE", "/api/conversations/{conversation}/unread", None, 403, 403),
        Route("GET", "/api/search?q=between&conversation={conversation}", None, 403, 403),
    ],
    ids=named,
)
async def test_a_former_member_is_told_that_he_is_none_any_more(cast: Cast, route: Route) -> None:
    cast.remove(cast.bob)
    answer = await cast.ask(route, cast.bob.headers)
    assert_problem(answer, 403, "not_a_member")
    assert "between us" not in answer.text


async def test_the_ordered_decision_overrules_what_the_api_remembers(cast: Cast) -> None:
    """The api has just seen Alice as a member; the writer knows better, and that is what she is told."""
    route = Route("POST", "/api/conversations/{conversation}/messages", {"text": "hello"}, 0, 0)
    assert (await cast.ask(route, cast.alice.headers)).status_code == 201
    cast.remove(cast.alice)

    assert_problem(await cast.ask(route, cast.alice.headers), 403, "not_a_member")
