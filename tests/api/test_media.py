"""Files over HTTP: uploaded, sent, loaded, and for nobody else."""

import asyncio
from collections.abc import AsyncIterator, Iterator, MutableMapping
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
import structlog
from PIL import Image

from producer_gateway.api.services import ApiConfig
from producer_gateway.api.uploading import MediaConfig
from tests.api.world import NOBODY, Front, Person, World, assert_problem, running

TEXT = b"We meet at noon.\n" * 100


def photo(size: tuple[int, int] = (60, 40)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "red").save(file, "JPEG")
    return file.getvalue()


async def upload(
    front: Front, person: Person, content: bytes = TEXT, name: str = "plan.txt", path: str = "/api/media"
) -> httpx.Response:
    method = "POST" if path == "/api/media" else "PUT"
    files = {"file": (name, content, "application/octet-stream")}
    return await front.client.request(method, path, files=files, headers=person.headers)


async def uploaded(front: Front, person: Person, content: bytes = TEXT, name: str = "plan.txt") -> str:
    answer = await upload(front, person, content, name)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def send(front: Front, person: Person, conversation: str, *media: str, key: str | None = None) -> httpx.Response:
    return await front.post(f"/api/conversations/{conversation}/messages", person, {"media": media}, key)


async def test_an_upload_is_described(world: World) -> None:
    alice = await world.register("alice")
    answer = await upload(world, alice, photo(), "me.jpg")
    assert answer.status_code == 201, answer.text
    view = answer.json()
    assert answer.headers["location"] == f"/api/media/{view['id']}"
    assert (view["name"], view["type"], view["width"], view["height"]) == ("me.jpg", "image/jpeg", 60, 40)
    assert (view["thumbnail"]["type"], view["thumbnail"]["width"]) == ("image/webp", 60)
    assert view["uploader"] == alice.id
    text = (await upload(world, alice)).json()
    assert (text["type"], text["size"], text["width"], text["thumbnail"]) == ("text/plain", len(TEXT), None, None)
    found = (await world.get(f"/api/media?id={text['id']}&id={view['id']}&id=f_none&id={view['id']}", alice)).json()
    assert found == {"media": [text, view]}


async def test_a_file_is_for_those_to_whom_it_was_sent(world: World) -> None:
    alice, bob, carol = [await world.register(name) for name in ("alice", "bob", "carol")]
    conversation = await world.direct(alice, bob)
    media = await uploaded(world, alice, photo(), "me.jpg")
    paths = [f"/api/media/{media}", f"/api/media/{media}/thumbnail"]
    for path in paths:
        assert (await world.get(path, alice)).status_code == 200
        assert_problem(await world.get(path, bob), 404, "not_found")
    sent = await send(world, alice, conversation, media)
    assert (sent.status_code, sent.json()["media"]) == (201, [media])
    for path in paths:
        assert (await world.get(path, bob)).content == (await world.get(path, alice)).content
        missing, theirs = await world.get("/api/media/f_none", carol), await world.get(path, carol)
        assert (theirs.status_code, theirs.content) == (missing.status_code, missing.content) == (404, missing.content)
        assert_problem(await world.get(path, NOBODY), 401, "unauthenticated")
    assert (await world.get(f"/api/media?id={media}", carol)).json() == {"media": []}


async def test_nobody_sends_what_he_does_not_see(world: World) -> None:
    alice, bob, carol = [await world.register(name) for name in ("alice", "bob", "carol")]
    to_bob, to_carol = await world.direct(alice, bob), await world.direct(bob, carol)
    media = await uploaded(world, alice)
    for stolen in (media, "f_none"):
        assert_problem(await send(world, bob, to_carol, stolen), 404, "not_found")
    assert (await send(world, alice, to_bob, media)).status_code == 201
    assert (await send(world, bob, to_carol, media)).status_code == 201
    assert (await world.get(f"/api/media/{media}", carol)).content == TEXT
    again = [await send(world, alice, to_bob, media, key="once") for _ in range(2)]
    assert again[0].json() == again[1].json()


async def test_a_message_without_media_asks_nobody_about_any(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    conversation = await world.direct(alice, bob)

    async def refuse(*args: object) -> None:
        raise AssertionError

    world.store.media.claim = refuse  # type: ignore[method-assign,assignment]
    assert (await world.say(alice, conversation, "hello")).status_code == 201


async def test_what_is_served_can_do_nothing_in_a_browser(world: World) -> None:
    alice = await world.register("alice")
    page = await uploaded(world, alice, b"<script>alert(1)</script>", "evil%;ö.html")
    answer = await world.get(f"/api/media/{page}", alice)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"evil_;_.html\"; filename*=UTF-8''evil%25%3B%C3%B6.html"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer.headers["cache-control"] == "private, no-cache"
    image = await uploaded(world, alice, photo(), "ä.jpg")
    shown = await world.get(f"/api/media/{image}", alice)
    assert shown.headers["content-disposition"] == "inline; filename=\"_.jpg\"; filename*=UTF-8''%C3%A4.jpg"


async def test_ranges(world: World) -> None:
    alice = await world.register("alice")
    path = f"/api/media/{await uploaded(world, alice)}"

    async def ask(**headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await world.client.get(path, headers=alice.headers | named)

    whole = await ask()
    assert (whole.status_code, whole.content, whole.headers["accept-ranges"]) == (200, TEXT, "bytes")
    etag = whole.headers["etag"]
    part = await ask(range="bytes=10-19")
    assert (part.status_code, part.content) == (206, TEXT[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(TEXT)}"
    assert part.headers["content-length"] == "10"
    assert (await ask(range="bytes=-7", if_range=etag)).content == TEXT[-7:]
    assert (await ask(range="bytes=-7", if_range='"older"')).status_code == 200
    outside = await ask(range=f"bytes={len(TEXT)}-")
    assert (outside.status_code, outside.headers["content-range"]) == (416, f"bytes */{len(TEXT)}")
    assert outside.json()["code"] == "invalid_frame"
    fresh = await ask(if_none_match=etag, range="bytes=0-1")
    assert (fresh.status_code, fresh.content, fresh.headers["etag"]) == (304, b"", etag)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "invalid_frame"),
        (b"\x7fELF" + bytes(100), 422, "content_forbidden"),
        (b"\x00\x01\x02", 422, "content_forbidden"),
        (photo()[:300], 422, "content_forbidden"),
        (photo((200, 200)), 422, "content_forbidden"),
        (b"x" * 20_001, 413, "too_large"),
        (b"x" * 200_000, 413, "too_large"),
    ],
    ids=["empty", "program", "bytes", "half an image", "many pixels", "large", "very large"],
)
async def test_what_is_not_taken(content: bytes, status: int, code: str) -> None:
    async with running(ApiConfig(media=MediaConfig(max_bytes=20_000, max_pixels=30_000))) as world:
        alice = await world.register("alice")
        assert_problem(await upload(world, alice, content), status, code)
        assert (await upload(world, alice, photo((150, 150)))).status_code == 201
        assert len(world.database.media) == 1


async def test_only_uploads_may_be_large(world: World) -> None:
    alice = await world.register("alice")
    assert (await upload(world, alice, b"x" * 300_000)).status_code == 201
    assert_problem(await upload(world, alice, b"x" * 300_000, path=f"/api/users/{alice.id}"), 413, "too_large")


async def test_a_type_that_is_not_taken_here() -> None:
    async with running(ApiConfig(media=MediaConfig(types=frozenset({"image/jpeg"})))) as world:
        alice = await world.register("alice")
        assert_problem(await upload(world, alice), 422, "content_forbidden")
        assert (await upload(world, alice, photo())).status_code == 201


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "application/json"}, b"{}"),
        ({"content-type": "multipart/form-data"}, b"no boundary"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\nnonsense"),
        (
            {"content-type": "multipart/form-data; boundary=x"},
            b'--x\r\ncontent-disposition: form-data; name="file"\r\n\r\na\r\n--x--',
        ),
        (
            {"content-type": "multipart/form-data; boundary=x"},
            b'--x\r\ncontent-disposition: form-data; name="other"; filename="f"\r\n\r\na\r\n--x--',
        ),
    ],
    ids=["json", "no boundary", "nonsense", "no file", "another field"],
)
async def test_a_body_that_holds_no_file(world: World, headers: dict[str, str], body: bytes) -> None:
    alice = await world.register("alice")
    answer = await world.client.post("/api/media", content=body, headers=alice.headers | headers)
    assert_problem(answer, 400, "invalid_frame")


async def test_who_is_not_signed_in_is_not_listened_to(world: World) -> None:
    asked: list[str] = []

    async def body() -> AsyncIterator[bytes]:
        asked.append("for the body")
        yield b""

    answer = await world.client.post("/api/media", content=body(), headers={"content-type": "multipart/form-data"})
    assert_problem(answer, 401, "unauthenticated")
    assert not asked


async def test_a_client_that_leaves_in_the_middle(world: World) -> None:
    alice = await world.register("alice")
    headers = alice.headers | {"content-type": "multipart/form-data; boundary=x"}
    half = b'--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\nabc'
    received: Iterator[MutableMapping[str, Any]] = iter(
        ({"type": "http.request", "body": half, "more_body": True}, {"type": "http.disconnect"})
    )
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return next(received)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/api/media",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    with structlog.testing.capture_logs() as logs:
        await world.api.app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert [entry["event"] for entry in logs] == ["request"]
    assert (await upload(world, alice)).status_code == 201


async def test_uploads_are_bounded_in_number() -> None:
    async with running(ApiConfig(media=MediaConfig(at_once=1))) as world:
        alice = await world.register("alice")
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            begun.set()
            await go_on.wait()
            yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\nabc\r\n--x--'

        headers = alice.headers | {"content-type": "multipart/form-data; boundary=x"}
        first = asyncio.create_task(world.client.post("/api/media", content=slow(), headers=headers))
        await begun.wait()
        assert_problem(await upload(world, alice), 503, "unavailable")
        go_on.set()
        assert (await first).status_code == 201


async def test_a_picture_is_for_everybody(world: World) -> None:
    alice, bob = await world.register("alice"), await world.register("bob")
    path = f"/api/users/{alice.id}/picture"
    answer = await upload(world, alice, photo(), path=path)
    assert (answer.status_code, answer.json()["width"], answer.json()["height"]) == (200, 512, 512)
    picture = (await world.get(f"/api/users/{alice.id}", bob)).json()["picture"]
    assert picture == answer.json()["id"]
    assert (await world.get(f"/api/media/{picture}/thumbnail", bob)).headers["content-type"] == "image/webp"
    conversation = await world.direct(alice, bob)
    members = (await world.get(f"/api/conversations/{conversation}", bob)).json()["members"]
    assert {member["user"]: member.get("picture") for member in members} == {alice.id: picture, bob.id: None}
    assert_problem(await send(world, alice, conversation, picture), 404, "not_found")

    assert_problem(await upload(world, bob, photo(), path=path), 403, "forbidden")
    assert_problem(await world.client.delete(path, headers=bob.headers), 403, "forbidden")
    assert_problem(await upload(world, alice, TEXT, path=path), 422, "content_forbidden")
    assert (await world.client.delete(path, headers=alice.headers)).status_code == 204
    assert (await world.get(f"/api/users/{alice.id}", bob)).json()["picture"] is None


async def test_what_is_removed_is_not_found(world: World) -> None:
    alice = await world.register("alice")
    media = await uploaded(world, alice)
    await world.store.media.sweep(world.clock() + timedelta(days=1), 10)
    assert_problem(await world.get(f"/api/media/{media}", alice), 404, "not_found")
