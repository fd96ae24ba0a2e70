"""Ephemeral chats over HTTP: start, come in, be kept out, end."""

import asyncio
import base64
import io
import json
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import qrcode
from PIL import Image

from bus.ports import Outgoing, Partition, Record
from domain import sealing
from domain.limits import Rate
from producer_gateway.api.code_tries import TRIES_AT_SEAT, TRIES_OF_SOURCE
from producer_gateway.api.describing import describe
from producer_gateway.api.limiting import ApiLimits
from producer_gateway.api.services import ApiConfig
from producer_gateway.chat_keys import ChatKeys
from producer_gateway.chat_view import ChatView
from producer_gateway.content import ContentConfig
from producer_gateway.seat_tokens import Purpose
from producer_gateway.threads import TooBusy
from schemas.commands import SendMessage
from schemas.deliveries import Deliveries
from schemas.topics import CONVERSATIONS, edge_topic_spec
from store.ports import Session
from tests.api.world import ORIGIN, World, assert_problem, running
from tests.making import NOW


async def start(world: World, *names: str, **more: Any) -> dict[str, Any]:
    made = await world.client.post("/api/chats", json={"names": names or ["Ann", "Ben"], **more})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def token_of(seat: dict[str, Any]) -> str:
    return str(seat["url"].rpartition("/c/")[2])


def link(seat: dict[str, Any]) -> str:
    return f"/api/chats/seats/{token_of(seat)}"


async def enter(browser: httpx.AsyncClient, seat: dict[str, Any], **body: Any) -> httpx.Response:
    return await browser.post(f"{link(seat)}/enter", json=body)


async def entered(browser: httpx.AsyncClient, seat: dict[str, Any]) -> dict[str, Any]:
    found = await enter(browser, seat, code=seat["code"])
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    return answer


def records_of(world: World, topic: str, partition: int) -> Sequence[Record]:
    log = world.cluster.log(Partition(topic, partition))
    return () if log is None else log.read(0, 1000)


def everything_kept(world: World) -> str:
    """In the store and in Kafka."""
    places = [(topic, number) for topic, count in world.cluster.topics().items() for number in range(count)]
    return repr(world.database) + "".join(repr(records_of(world, *place)) for place in places)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_two_names_make_two_seats(world: World) -> None:
    chat = await start(world, "  Ann  Lee ", "ben")

    assert [seat["name"] for seat in chat["seats"]] == ["Ann Lee", "ben"]
    first, second = chat["seats"]
    assert {first["url"], first["code"]}.isdisjoint({second["url"], second["code"]})
    assert first["url"].startswith("http://127.0.0.1:8080/c/")
    state = world.database.conversations[chat["chat"]]
    assert (state.kind, len(state.members), state.name) == ("ephemeral", 2, None)


async def test_the_link_is_drawn_as_a_code(world: World) -> None:
    seat = (await start(world))["seats"][0]
    expected = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    expected.add_data(seat["url"])
    cells = expected.get_matrix()

    assert seat["qr_svg"].startswith("<?xml") or seat["qr_svg"].startswith("<svg")
    with Image.open(io.BytesIO(base64.b64decode(seat["qr_png"]))) as image:
        drawn = image.convert("1")
        assert drawn.size == (8 * len(cells), 8 * len(cells))
        shown = [[not drawn.getpixel((8 * x + 4, 8 * y + 4)) for x in range(len(cells))] for y in range(len(cells))]
    assert shown == [[bool(cell) for cell in row] for row in cells]


@pytest.mark.parametrize(
    "names",
    [["Ann", "ann"], ["Straße", "STRASSE"], ["Ann", "  "], ["Ann", "x" * 41], ["Ann", "B\x00n"], ["Ann", "Inactivity"]],
)
async def test_names_that_cannot_be(world: World, names: list[str]) -> None:
    answer = await world.client.post("/api/chats", json={"names": names})

    assert assert_problem(answer, 400, "invalid_frame")["errors"][0]["field"] == "names"


async def test_one_name_or_three_are_none(world: World) -> None:
    for names in (["Ann"], ["Ann", "Ben", "Cid"]):
        assert_problem(await world.client.post("/api/chats", json={"names": names}), 400, "invalid_frame")


async def test_looking_at_a_link_changes_nothing(world: World) -> None:
    seat = (await start(world))["seats"][0]
    before = repr(world.database)
    for _ in range(3):
        seen = await world.client.get(link(seat))
        assert seen.json() == {"name": "Ann", "state": "new"}
        assert "set-cookie" not in seen.headers
    assert repr(world.database) == before

    await entered(world.browser(), seat)

    assert (await world.client.get(link(seat))).json() == {"name": "Ann", "state": "entered"}
    assert_problem(await world.client.get("/api/chats/seats/not-a-token"), 404, "not_found")


async def test_link_and_code_let_in_on_any_device(world: World) -> None:
    chat = await start(world)
    ann, ben = chat["seats"]
    first = await entered(world.browser(), ann)
    code = ann["code"].replace("-", " ").lower()
    again = (await enter(world.browser(), ann, code=code, name=" ANN ")).json()
    other = await entered(world.browser(), ben)

    assert (first["user"], first["peer"]) == (other["peer"], other["user"]) == (again["user"], again["peer"])
    assert (first["conversation"], first["user"]["username"], first["peer"]["username"]) == (chat["chat"], "Ann", "Ben")
    found = world.tokens.seats.open(first["access_token"], Purpose.ACCESS)
    assert found is not None
    assert found.key == getattr(world.tokens.seats.open(other["access_token"], Purpose.ACCESS), "key", None)
    assert first["expires_in"] > timedelta(days=6).total_seconds()
    assert (first["inactivity_seconds"], first["expires_at"]) == (3600, chat["expires_at"])


async def test_a_wrong_code_tells_how_many_tries_are_left(world: World) -> None:
    ann = (await start(world))["seats"][0]
    left = [
        assert_problem(await enter(world.client, ann, code="0000-0000"), 403, "wrong_code")["tries_left"]
        for _ in range(TRIES_AT_SEAT)
    ]
    assert left == [4, 3, 2, 1, 0]

    locked = await enter(world.client, ann, code=ann["code"])

    assert_problem(locked, 429, "locked_out")
    assert locked.headers["retry-after"] == "1"
    world.clock.advance(seconds=1.1)
    assert (await enter(world.client, ann, code=ann["code"])).status_code == 200
    assert_problem(await enter(world.browser(), ann, code="0000-0000"), 403, "wrong_code")


async def test_locks_grow(world: World) -> None:
    ann, ben = (await start(world))["seats"]
    waits = []
    for _ in range(20):
        answer = await enter(world.client, ann, code="wrong")
        if answer.status_code == 429:
            waits.append(int(answer.headers["retry-after"]))
            world.clock.advance(seconds=waits[-1])
    assert waits == sorted(waits)
    assert waits[:4] == [1, 2, 4, 8]
    assert (await enter(world.browser(), ben, code=ben["code"])).status_code == 200, "the other seat is not locked"


async def test_the_wrong_name_is_a_wrong_try(world: World) -> None:
    ann = (await start(world))["seats"][0]
    assert_problem(await enter(world.client, ann, code=ann["code"], name="Ben"), 403, "wrong_code")
    assert_problem(await enter(world.client, ann), 400, "invalid_frame")
    assert_problem(await enter(world.client, ann, code=""), 403, "wrong_code")


async def test_many_at_once_get_no_more_tries(world: World) -> None:
    ann = (await start(world))["seats"][0]
    answers = await asyncio.gather(*(enter(world.browser(), ann, code=f"{n:08}") for n in range(30)))

    assert sorted({answer.status_code for answer in answers}) == [403, 429]
    assert sum(answer.status_code == 403 for answer in answers) == TRIES_AT_SEAT


async def test_a_source_is_locked_out_of_all_seats(world: World) -> None:
    chats = [await start(world) for _ in range(10)]
    answers = [await enter(world.client, chat["seats"][0], code="wrong") for chat in chats for _ in range(3)]

    assert sum(answer.status_code == 403 for answer in answers) == TRIES_OF_SOURCE
    own = await start(world)
    assert_problem(await enter(world.client, own["seats"][0], code=own["seats"][0]["code"]), 429, "locked_out")


async def test_ones_own_chat_clears_no_source(world: World) -> None:
    own, *others = [await start(world) for _ in range(12)]
    wrong = 0
    for chat in others:
        for _ in range(2):
            wrong += (await enter(world.browser(), chat["seats"][0], code="wrong")).status_code == 403
            await enter(world.browser(), own["seats"][0], code=own["seats"][0]["code"])
    assert wrong <= TRIES_OF_SOURCE


async def test_what_could_not_be_judged_is_no_try(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = (await start(world))["seats"][0]

    async def too_busy(*_: object) -> bytes:
        raise TooBusy

    with monkeypatch.context() as patched:
        patched.setattr(ChatKeys, "opened", too_busy)
        for _ in range(TRIES_OF_SOURCE + 1):
            assert_problem(await enter(world.client, ann, code=ann["code"]), 503, "unavailable")

    answer = assert_problem(await enter(world.client, ann, code="wrong"), 403, "wrong_code")
    assert answer["tries_left"] == TRIES_AT_SEAT - 1


async def test_the_other_one_is_told_of_wrong_tries(world: World) -> None:
    chat = await start(world)
    ann, ben = chat["seats"]
    user = (await entered(world.browser(), ben))["user"]["id"]
    world.cluster.create([edge_topic_spec("edge.e.i")])
    await world.store.sessions.register([Session("s_1", user, "d", "seat", "edge.e.i", "i", NOW)])

    await enter(world.client, ann, code="wrong")

    told = records_of(world, "edge.e.i", 0)
    assert len(told) == 1
    (delivery,) = Deliveries.model_validate_json(told[0].value or b"").deliveries
    assert (delivery.to, delivery.frame) == (
        ("s_1",),
        {"type": "notice", "conversation": chat["chat"], "code": "wrong_code_tried"},
    )


async def test_a_browser_keeps_its_seat(world: World) -> None:
    ann, ben = (await start(world))["seats"]
    browser = world.browser()
    mine = await entered(browser, ann)

    again = await enter(browser, ann)
    assert again.json()["user"] == mine["user"]
    seen = (await browser.get(link(ben))).json()
    assert seen == {"name": "Ann", "state": "entered", "url": ann["url"]}
    assert (await enter(browser, ben, code=ben["code"])).json()["user"] == mine["user"]
    assert_problem(await enter(world.browser(), ann), 400, "invalid_frame")


async def test_the_cookie_is_for_this_chat_and_no_page_of_others(world: World) -> None:
    ann, _ = (await start(world))["seats"]
    elsewhere, _ = (await start(world))["seats"]
    browser = world.browser()
    answer = await enter(browser, ann, code=ann["code"])
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/api/chats"} <= {part.strip() for part in cookie.split(";")}

    assert_problem(await enter(browser, elsewhere), 400, "invalid_frame")
    foreign = {"Origin": "https://evil.example"}
    assert_problem(await browser.post(f"{link(ann)}/enter", json={}, headers=foreign), 403, "forbidden")
    ours = await browser.post(f"{link(ann)}/enter", json={}, headers={"Origin": ORIGIN})
    assert ours.status_code == 200


async def test_an_access_token_is_no_cookie_and_no_sign_in(world: World) -> None:
    ann, _ = (await start(world))["seats"]
    browser = world.browser()
    token = (await entered(browser, ann))["access_token"]
    (cookie,) = browser.cookies.jar
    for path in ("/api/sessions", "/api/users", "/api/users/active", "/api/search?q=heron"):
        assert_problem(await world.client.get(path, headers=bearer(token)), 401, "unauthenticated")
    assert_problem(await world.client.get("/api/connect", headers=bearer(str(cookie.value))), 401, "unauthenticated")
    thief = world.browser()
    thief.cookies.set(cookie.name, token)
    assert_problem(await enter(thief, ann), 400, "invalid_frame")
    # No edge is up in this world: whoever is let in is told so.
    assert_problem(await world.client.get("/api/connect", headers=bearer(token)), 503, "unavailable")
    world.clock.advance(days=8)
    assert_problem(await world.client.get("/api/connect", headers=bearer(token)), 401, "token_expired")


async def test_his_token_opens_these_routes_and_no_other(world: World) -> None:
    chat = await start(world)
    token = (await entered(world.browser(), chat["seats"][0]))["access_token"]
    opened = set()
    for path, methods in describe(world.api.app)["paths"].items():
        for method in methods:
            filled = re.sub(r"\{[^}]*\}", "x", path.replace("{id}", chat["chat"]))
            answer = await world.client.request(method, filled, headers=bearer(token), json={})
            if answer.status_code != 401:
                opened.add(f"{method.upper()} {path.removeprefix('/api')}")

    without_any = {"POST /users", "POST /login", "POST /logout"}
    chats = {"POST /chats", "GET /chats/seats/{token}", "POST /chats/seats/{token}/enter", "POST /chats/{id}/end"}
    conversations = {"GET /conversations", "GET /conversations/{id}"}
    messages = {"GET /messages/{id}", "PUT /messages/{id}", "DELETE /messages/{id}", "GET /messages/{id}/receipts"}
    messages |= {"PUT /messages/{id}/read", "POST /conversations/{id}/messages", "GET /conversations/{id}/messages"}
    messages |= {"PUT /messages/{id}/reactions/{emoji}", "DELETE /messages/{id}/reactions/{emoji}"}
    assert opened == without_any | chats | conversations | messages | {"GET /connect"}


async def test_either_ends_it_and_the_links_are_as_if_they_never_were(world: World) -> None:
    chat = await start(world)
    ann, ben = chat["seats"]
    browser = world.browser()
    first, second = await entered(browser, ann), await entered(world.browser(), ben)
    path = f"/api/chats/{chat['chat']}/end"

    ended = await browser.post(path, headers=bearer(first["access_token"]))

    assert ended.status_code == 204
    assert not list(browser.cookies.jar)
    for seat in (ann, ben):
        unknown = await world.client.get("/api/chats/seats/never-was")
        assert (await world.client.get(link(seat))).content == unknown.content
        assert_problem(await enter(world.client, seat, code=seat["code"]), 404, "not_found")
    again = await world.client.post(path, headers=bearer(second["access_token"]))
    assert_problem(again, 410, "conversation_ended")
    assert world.database.conversations[chat["chat"]].ended_by == first["user"]["id"]


async def test_a_browser_keeps_no_cookie_of_what_has_ended(world: World) -> None:
    chat = await start(world)
    elsewhere = (await start(world))["seats"][0]
    browsers = [world.browser() for _ in range(3)]
    ann, ben = chat["seats"]
    tokens = []
    for browser, seat in zip(browsers, (ann, ben, ben), strict=True):
        tokens.append((await entered(browser, seat))["access_token"])
        await entered(browser, elsewhere)
    path = f"/api/chats/{chat['chat']}/end"
    assert (await browsers[0].post(path, headers=bearer(tokens[0]))).status_code == 204

    assert_problem(await browsers[1].get(link(ben)), 404, "not_found")
    assert_problem(await browsers[2].post(path, headers=bearer(tokens[2])), 410, "conversation_ended")

    for browser in browsers:
        (kept,) = browser.cookies.jar
        assert chat["chat"] not in kept.name, "the other chat goes on"
    again = world.browser()
    again.cookies.set(f"parley_seat_{chat['chat']}", "nonsense")
    assert "set-cookie" not in (await again.get(link(ben))).headers, "it answers him as if it had never been"


async def test_nobody_enters_when_its_time_is_over_and_whoever_is_there_is_told_for_an_hour(world: World) -> None:
    chat = await start(world)
    token = (await entered(world.browser(), chat["seats"][0]))["access_token"]
    world.clock.advance(days=7, minutes=30)

    for seat in chat["seats"]:
        assert_problem(await world.client.get(link(seat)), 404, "not_found")
        assert_problem(await enter(world.browser(), seat, code=seat["code"]), 404, "not_found")
    # No edge is up in this world: whoever is let in is told so.
    assert_problem(await world.client.get("/api/connect", headers=bearer(token)), 503, "unavailable")


async def test_he_reads_his_chat_over_http_and_nothing_else(world: World) -> None:
    chat = await start(world)
    elsewhere = await start(world)
    ann, ben = [await entered(world.browser(), seat) for seat in chat["seats"]]
    seat = world.tokens.seats.open(ann["access_token"], Purpose.ACCESS)
    assert seat is not None
    said = SendMessage(conversation=chat["chat"], sender=seat.user, client_id="m1", text="the heron lands")
    sealed = ChatView(seat).sealed(said)
    assert "heron" not in repr(sealed)
    await world.bus.producer().send(Outgoing(CONVERSATIONS, sealed.model_dump_json().encode(), chat["chat"].encode()))
    while world.database.conversations[chat["chat"]].seq < 1:
        await asyncio.sleep(0.005)

    for token in (ann["access_token"], ben["access_token"]):
        listed = (await world.client.get("/api/conversations", headers=bearer(token))).json()["conversations"]
        one = (await world.client.get(f"/api/conversations/{chat['chat']}", headers=bearer(token))).json()
        page = (await world.client.get(f"/api/conversations/{chat['chat']}/messages", headers=bearer(token))).json()
        assert [found["last_message"]["text"] for found in (*listed, one)] == ["the heron lands"] * 2
        assert [found["text"] for found in page["messages"]] == ["the heron lands"]
        other = await world.client.get(f"/api/conversations/{elsewhere['chat']}/messages", headers=bearer(token))
        assert_problem(other, 404, "not_found")


async def test_he_writes_over_http_and_it_is_sealed_on_its_way(world: World) -> None:
    chat = await start(world)
    ann, ben = [await entered(world.browser(), seat) for seat in chat["seats"]]
    his, hers = bearer(ben["access_token"]), bearer(ann["access_token"])
    path = f"/api/conversations/{chat['chat']}/messages"

    said = await world.client.post(path, json={"text": "the heron lands"}, headers=hers)
    one = f"/api/messages/{chat['chat']}.1"
    edited = await world.client.put(one, json={"text": "the heron leaves"}, headers=hers)
    reacted = await world.client.put(f"{one}/reactions/🦀", headers=his)

    assert (said.status_code, said.json()["text"]) == (201, "the heron lands")
    assert edited.json()["text"] == "the heron leaves"
    assert reacted.json()["reactions"] == {"🦀": [ben["user"]["id"]]}
    assert (await world.client.get(one, headers=his)).json()["text"] == "the heron leaves"
    assert (await world.client.put(f"{one}/read", headers=his)).status_code == 204
    assert (await world.client.get(f"{one}/receipts", headers=hers)).status_code == 200
    assert_problem(await world.client.put(one, json={"text": "not his"}, headers=his), 403, "forbidden")
    everything = everything_kept(world)
    assert chat["chat"] in everything
    for secret in ("heron", "🦀"):
        assert secret not in everything


async def test_a_command_that_comes_again_after_the_end_shows_nothing_of_it(world: World) -> None:
    chat = await start(world)
    ann, ben = [await entered(world.browser(), seat) for seat in chat["seats"]]
    his, hers = bearer(ben["access_token"]), bearer(ann["access_token"])
    messages, one = f"/api/conversations/{chat['chat']}/messages", f"/api/messages/{chat['chat']}.1"
    commands = [
        ("POST", messages, {"text": "the heron lands"}, hers | {"Idempotency-Key": "m"}),
        ("PUT", one, {"text": "the heron leaves"}, hers | {"Idempotency-Key": "e"}),
        ("PUT", f"{one}/reactions/🦀", None, his | {"Idempotency-Key": "r"}),
    ]
    for method, path, body, headers in commands:
        answer = await world.client.request(method, path, json=body, headers=headers)
        assert "the heron" in answer.text
    await world.client.post(f"/api/chats/{chat['chat']}/end", headers=hers)

    for method, path, body, headers in [*commands, ("DELETE", one, None, hers | {"Idempotency-Key": "e"})]:
        again = await world.client.request(method, path, json=body, headers=headers)
        assert_problem(again, 410, "conversation_ended")
        assert "heron" not in again.text


async def test_a_key_that_was_used_for_something_else_ends_nothing(world: World) -> None:
    chat = await start(world)
    token = (await entered(world.browser(), chat["seats"][0]))["access_token"]
    headers = bearer(token) | {"Idempotency-Key": "k"}
    await world.client.post(f"/api/conversations/{chat['chat']}/messages", json={"text": "hello"}, headers=headers)

    refused = await world.client.post(f"/api/chats/{chat['chat']}/end", headers=headers)

    assert_problem(refused, 409, "conflict")
    assert "set-cookie" not in refused.headers
    assert (await world.client.get(link(chat["seats"][0]))).status_code == 200
    for _ in range(2):
        ended = await world.client.post(
            f"/api/chats/{chat['chat']}/end", headers=bearer(token) | {"Idempotency-Key": "e"}
        )
        assert ended.status_code == 204


async def test_nobody_else_ends_it(world: World) -> None:
    chat = await start(world)
    stranger = (await entered(world.browser(), (await start(world))["seats"][0]))["access_token"]
    alice = await world.register("alice")
    path = f"/api/chats/{chat['chat']}/end"

    assert_problem(await world.client.post(path, headers=bearer(stranger)), 404, "not_found")
    assert_problem(await world.client.post(path, headers=alice.headers), 401, "unauthenticated")
    assert_problem(await world.client.post(path), 401, "unauthenticated")
    assert_problem(await world.client.post(path, headers=bearer("seat.AAAA")), 401, "unauthenticated")


async def test_whoever_sits_there_is_no_user(world: World) -> None:
    user = (await entered(world.browser(), (await start(world))["seats"][0]))["user"]["id"]
    alice = await world.register("alice")

    assert_problem(await world.get(f"/api/users/{user}", alice), 404, "not_found")
    assert_problem(await world.post("/api/conversations", alice, {"kind": "direct", "with": user}), 404, "not_found")
    assert [one["username"] for one in (await world.get("/api/users", alice)).json()["users"]] == ["alice"]


async def test_secrets_are_kept_nowhere(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    chat = await start(world)
    answers = [await entered(world.browser(), seat) for seat in chat["seats"]]
    found = world.tokens.seats.open(answers[0]["access_token"], Purpose.ACCESS)
    assert found is not None
    everything = everything_kept(world) + "".join(capsys.readouterr())
    assert sealing.token_hash(token_of(chat["seats"][0])) in everything, "the scan would find what is there"
    for seat, answer in zip(chat["seats"], answers, strict=True):
        for secret in (token_of(seat), seat["code"], sealing.normal_code(seat["code"]), answer["access_token"]):
            assert secret not in everything
    for written in (found.key.hex(), base64.b64encode(found.key).decode(), repr(found.key)[2:-1]):
        assert written not in everything


async def test_names_obey_the_operators_words(tmp_path: Path) -> None:
    reject, mask = tmp_path / "reject", tmp_path / "mask"
    reject.write_text("villain\n", encoding="utf-8")
    mask.write_text("rascal\n", encoding="utf-8")
    async with running(ApiConfig(content=ContentConfig(reject=reject, mask=mask))) as world:
        refused = await world.client.post("/api/chats", json={"names": ["Ann", "Villain"]})
        assert_problem(refused, 422, "content_forbidden")
        assert [seat["name"] for seat in (await start(world, "Ann", "Rascal"))["seats"]] == ["Ann", "******"]
        assert_problem(
            await world.client.post("/api/chats", json={"names": ["rascal", "Rascal"]}), 400, "invalid_frame"
        )


async def test_an_address_starts_so_many_and_no_more() -> None:
    async with running(ApiConfig(limits=ApiLimits(chats=Rate(2, 0.001)))) as world:
        for _ in range(2):
            await start(world)
        answer = await world.client.post("/api/chats", json={"names": ["Ann", "Ben"]})
        assert_problem(answer, 429, "rate_limited")


async def test_a_chat_that_cannot_begin_tells_no_secrets() -> None:
    async with running(wait_seconds=0.05) as world:
        await world.pipeline.hold()
        answer = await world.client.post("/api/chats", json={"names": ["Ann", "Ben"]})
        assert_problem(answer, 503, "unavailable")
        assert "/c/" not in json.dumps(answer.json())
        assert world.database.timers, "what is there ends by its timers"
