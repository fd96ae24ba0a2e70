"""Whatever goes wrong, wherever: a problem document with the right code, and nothing said that should not be."""

import asyncio
from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import httpx
import pytest
import structlog

from bus.errors import RecordTooLarge, Unavailable, UnknownOutcome
from producer_gateway.api.services import ApiConfig
from producer_gateway.submitting import NotSubmitted
from producer_gateway.threads import TooBusy
from schemas.errors import ErrorCode
from store.errors import StoreUnavailable
from tests.api.world import ORIGIN, PASSWORD, Person, World, assert_problem, running

REGISTER = "/api/users"

Logged = list[MutableMapping[str, Any]]


@pytest.mark.parametrize("path", ["/api/nothing", "/nothing", "/api", "/api/users/", "/api/chats/seats", "/%00"])
async def test_no_such_route(world: World, path: str) -> None:
    assert_problem(await world.client.get(path), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/api/login"), ("PUT", "/"), ("PATCH", "/api/users")])
async def test_no_such_method(world: World, method: str, path: str) -> None:
    answer = await world.client.request(method, path)
    assert_problem(answer, 405, "invalid_frame")
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b'"text"', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 50_000, "application/json"),
        (b'{"username": ' + b"9" * 5000 + b"}", "application/json"),
        (b'{"username": "\\ud800", "password": "long enough"}', "application/json"),
        (b'{"username": NaN, "password": "long enough"}', "application/json"),
        (b'{"username": "alice", "password": "long enough"}', "text/plain"),
        (b'{"username": "alice", "password": "long enough"}', ""),
        (b"username=alice&password=long+enough", "application/x-www-form-urlencoded"),
    ],
    ids=range(13),
)
async def test_a_body_that_is_none(world: World, body: bytes, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert_problem(await world.client.post(REGISTER, content=body, headers=headers), 400, "invalid_frame")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "direct"}, "with"),
        ({"kind": "direct", "with": "bob"}, "with"),
        ({"kind": "direct", "with": {"$ne": None}}, "with"),
        ({"kind": "secret-kind"}, "kind"),
        ({}, "kind"),
        ({"kind": "group"}, "name"),
        ({"kind": "group", "name": " "}, "name"),
        ({"kind": "group", "name": "g", "members": ["bob"]}, "members.0"),
        ({"kind": "group", "name": "g", "members": ["u_" + "0" * 26] * 201}, "members"),
    ],
)
async def test_a_conversation_that_cannot_be(world: World, body: dict[str, object], field: str) -> None:
    alice = await world.register("alice")
    answer = await world.post("/api/conversations", alice, body)
    problem = assert_problem(answer, 400, "invalid_frame")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert "secret-kind" not in answer.text


async def test_nobody_talks_to_himself(world: World) -> None:
    alice = await world.register("alice")
    answer = await world.post("/api/conversations", alice, {"kind": "direct", "with": alice.id})
    assert [error["field"] for error in assert_problem(answer, 400, "invalid_frame")["errors"]] == ["with"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": " \n"},
        {"text": 5},
        {"text": "x" * 16_001},
        {"text": "hello", "reply_to": 0},
        {"text": "hello", "reply_to": "first"},
        {"text": "hello", "reply_to": 2**70},
        {"text": "hello", "mentions": ["everyone"]},
        {"text": "hello", "media": "m"},
    ],
    ids=range(10),
)
async def test_a_message_that_cannot_be(world: World, body: dict[str, object]) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    path = f"/api/conversations/{conversation}/messages"
    assert_problem(await world.post(path, alice, body), 400, "invalid_frame")
    assert (await world.get(path, alice)).json()["messages"] == []


@pytest.mark.parametrize("query", ["before=0", "after=-1", "around=0", "limit=201", "limit=0", "before=1&after=1"])
async def test_a_place_in_history_that_cannot_be(world: World, query: str) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    for place in (query, f"before={2**63}", f"after={'9' * 5000}"):
        answer = await world.get(f"/api/conversations/{conversation}/messages?{place}", alice)
        assert_problem(answer, 400, "invalid_frame")


@pytest.mark.parametrize("key", ["", "k" * 65])
async def test_a_key_that_cannot_be(world: World, key: str) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    problem = assert_problem(await world.say(alice, conversation, "hello", key=key), 400, "invalid_frame")
    assert [error["field"] for error in problem["errors"]] == ["Idempotency-Key"]


async def test_a_reply_to_what_is_not_there(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    body = {"text": "hello", "reply_to": 7}
    answer = await world.post(f"/api/conversations/{conversation}/messages", alice, body, key="m1")
    assert_problem(answer, 404, "not_found")
    assert answer.headers["idempotency-key"] == "m1"


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024 + 1):
        yield b"x" * 1024


async def test_too_large_whether_it_says_so_or_not(world: World) -> None:
    headers = {"Content-Type": "application/json"}
    said = await world.client.post(REGISTER, content=b"x" * (64 * 1024 + 1), headers=headers)
    unsaid = await world.client.post(REGISTER, content=in_pieces(64 * 1024), headers=headers)
    assert_problem(said, 413, "too_large")
    assert_problem(unsaid, 413, "too_large")


async def never() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.Event().wait()


async def test_a_body_that_does_not_end_is_given_up() -> None:
    async with running(ApiConfig(body_seconds=0.05)) as world:
        answer = await world.client.post(REGISTER, content=never(), headers={"Content-Type": "application/json"})
        assert_problem(answer, 400, "invalid_frame")


async def test_more_at_once_than_it_takes() -> None:
    async with running(ApiConfig(requests_at_once=1)) as world:
        slow = asyncio.create_task(
            world.client.post(REGISTER, content=never(), headers={"Content-Type": "application/json"})
        )
        await asyncio.sleep(0)
        while (answer := await world.client.get("/healthz")).status_code == 200:
            pass
        problem = assert_problem(answer, 503, "unavailable")
        assert (problem["retry"], answer.headers["retry-after"]) == (True, "1")
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        assert (await world.client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("failure", [StoreUnavailable("down"), TooBusy()])
async def test_what_is_down_is_worth_another_try(
    world: World, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await world.register("alice")
    monkeypatch.setattr(world.store.users, "get", failing(failure))
    answer = await world.get(f"/api/users/{alice.id}", alice)
    assert assert_problem(answer, 503, "unavailable")["retry"] is True
    assert answer.headers["retry-after"] == "1"


def failing(failure: Exception) -> object:
    async def fail(*args: object, **kwargs: object) -> None:
        raise failure

    return fail


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (Unavailable("down"), 503, "unavailable"),
        (UnknownOutcome("who knows"), 504, "unknown_outcome"),
        (RecordTooLarge("large"), 413, "too_large"),
        (NotSubmitted(ErrorCode.UNAUTHENTICATED), 401, "unauthenticated"),
    ],
)
async def test_what_kafka_does_not_take_says_whether_and_how_to_try_again(
    world: World, failure: Exception, status: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    for producer in world.bus._producers:
        monkeypatch.setattr(type(producer), "enqueue", failing(failure))

    answer = await world.say(alice, conversation, "hello", key="again")

    assert_problem(answer, status, code)
    assert answer.headers["idempotency-key"] == "again"


@pytest.fixture
def logged() -> Iterator[Logged]:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as found:
        yield found


async def test_what_breaks_inside_is_said_and_logged_without_its_reasons_reaching_the_client(
    world: World, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await world.register("alice")
    monkeypatch.setattr(world.store.users, "list", failing(ValueError("an inner secret")))

    answer = await world.get("/api/users?q=whom-she-looks-for", alice)

    problem = assert_problem(answer, 500, "internal")
    assert problem["retry"] is True
    assert "an inner secret" not in answer.text
    (failed,) = [line for line in logged if line["event"] == "request_failed"]
    (request,) = [line for line in logged if line["event"] == "request" and line["status"] == 500]
    assert failed["route"] == request["route"] == "/api/users"
    assert failed["trace"] == request["trace"]


async def test_logs_hold_no_secret_and_no_word_of_what_was_said(world: World, logged: Logged) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)
    await world.say(alice, conversation, "for bob alone")
    login = await world.client.post("/api/login", json={"username": "alice", "password": PASSWORD})
    await world.get(f"/api/users?q=whom-she-looks-for&token={alice.token}", alice)

    said = repr(logged)
    assert "request" in said
    secrets = ("for bob alone", PASSWORD, alice.token, "whom-she", conversation, login.cookies["parley_refresh"])
    assert [secret for secret in secrets if secret in said] == []


@pytest.mark.parametrize("path", ["/", "/api/docs", "/api/users", "/nothing", "/healthz", "/api/openapi.json"])
async def test_every_answer_is_guarded(world: World, path: str) -> None:
    headers = (await world.client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "cache-control" in headers


async def preflight(world: World, origin: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    return await world.client.options("/api/conversations", headers=headers)


async def test_pages_of_configured_origins_only(world: World) -> None:
    ours, theirs = await preflight(world, ORIGIN), await preflight(world, "https://evil.example")

    assert ours.status_code == 200
    assert ours.headers["access-control-allow-origin"] == ORIGIN
    assert ours.headers["access-control-allow-credentials"] == "true"
    assert_problem(theirs, 403, "forbidden")
    assert "access-control-allow-origin" not in theirs.headers


async def test_answers_too_are_for_configured_origins_only(world: World) -> None:
    alice: Person = await world.register("alice")
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://evil.example", None)):
        answer = await world.client.get("/api/users", headers=alice.headers | {"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed
