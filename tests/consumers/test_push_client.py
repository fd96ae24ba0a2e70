"""Requests to endpoints that users gave us, over real TLS: what is believed, what is bounded, where it never goes."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from consumers.notifications.addresses import Address, NotPublic, public_only
from consumers.notifications.push_client import Answer, PushClient, PushClientConfig, Unreachable
from loadtests.push_receiver import HOST, Authority, PushService, push_service, status
from tests.consumers.push_receiver import leading_to

ENDPOINT = f"https://{HOST}/secret"


@dataclass
class Scene:
    service: PushService
    client: PushClient


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def scene(authority: Authority) -> AsyncIterator[Scene]:
    async with push_service(authority.server(HOST)) as service:
        client = PushClient(leading_to(service), authority.client(), PushClientConfig(request_seconds=5.0))
        yield Scene(service, client)
        await client.close()


async def test_it_posts_and_keeps_the_connection(scene: Scene) -> None:
    for _ in range(2):
        assert await scene.client.post(ENDPOINT, {"TTL": "60"}, b"a body") == Answer(201, None)
    first, second = scene.service.pushes
    assert (first.path, first.headers["ttl"], first.headers["host"], first.body) == ("/secret", "60", HOST, b"a body")
    assert second.body == b"a body"
    assert scene.service.connections == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), ("0", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None), ("9" * 40, None), ("²", None)],
)
async def test_it_tells_when_to_try_again(scene: Scene, header: str, seconds: float | None) -> None:
    scene.service.reply = lambda _: status(429, f"Retry-After: {header}")
    assert await scene.client.post(ENDPOINT, {}, b"") == Answer(429, seconds)


async def test_redirects_are_answers_like_any_other(scene: Scene) -> None:
    scene.service.reply = lambda _: status(307, f"Location: https://{HOST}/elsewhere")
    assert (await scene.client.post(ENDPOINT, {}, b"")).status == 307
    assert len(scene.service.pushes) == 1


async def test_a_long_answer_is_not_read_to_its_end(scene: Scene) -> None:
    scene.service.reply = lambda _: status(201, body=b"x" * 5_000_000)
    for _ in range(2):
        assert (await scene.client.post(ENDPOINT, {}, b"")).status == 201
    assert scene.service.connections == 2


async def test_endless_headers_are_no_answer(scene: Scene) -> None:
    scene.service.reply = lambda _: b"HTTP/1.1 201 Created\r\n" + b"X: " + b"x" * 5_000_000
    with pytest.raises(Unreachable):
        await scene.client.post(ENDPOINT, {}, b"")


async def test_who_does_not_answer_is_not_waited_for(scene: Scene, authority: Authority) -> None:
    scene.service.silent = True
    client = PushClient(leading_to(scene.service), authority.client(), PushClientConfig(request_seconds=0.2))
    with pytest.raises(Unreachable):
        await client.post(ENDPOINT, {}, b"")
    await client.close()


async def test_what_is_no_http_is_no_answer(scene: Scene) -> None:
    scene.service.reply = lambda _: b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n"
    with pytest.raises(Unreachable):
        await scene.client.post(ENDPOINT, {}, b"")


async def test_nobody_there_is_no_answer(authority: Authority) -> None:
    async def nobody(host: str, port: int) -> Address:
        return Address("127.0.0.1", 1)

    client = PushClient(nobody, authority.client(), PushClientConfig())
    with pytest.raises(Unreachable):
        await client.post(ENDPOINT, {}, b"")
    await client.close()


async def test_a_name_that_cannot_be_looked_up_is_no_answer(authority: Authority) -> None:
    async def unknown(host: str, port: int) -> Address:
        raise OSError(-2, "Name or service not known")

    client = PushClient(unknown, authority.client(), PushClientConfig())
    with pytest.raises(Unreachable):
        await client.post(ENDPOINT, {}, b"")
    await client.close()


async def test_a_certificate_for_another_name_is_not_believed(scene: Scene) -> None:
    with pytest.raises(Unreachable):
        await scene.client.post("https://other.example.org/secret", {}, b"")
    assert scene.service.pushes == []


async def test_a_certificate_of_an_unknown_authority_is_not_believed(scene: Scene) -> None:
    client = PushClient(leading_to(scene.service), ssl.create_default_context(), PushClientConfig())
    with pytest.raises(Unreachable):
        await client.post(ENDPOINT, {}, b"")
    await client.close()
    assert scene.service.pushes == []


async def test_a_name_that_leads_to_this_machine_is_not_connected_to(scene: Scene, authority: Authority) -> None:
    client = PushClient(public_only(), authority.client(), PushClientConfig())
    with pytest.raises(NotPublic):
        await client.post(f"https://localhost:{scene.service.port}/secret", {}, b"")
    await client.close()
    assert scene.service.connections == 0


async def test_where_a_name_leads_is_asked_once_for_each_connection(authority: Authority) -> None:
    """The address that was looked at is the one connected to: there is no second look-up to lie to."""
    asked: list[tuple[str, int]] = []
    async with push_service(authority.server(HOST)) as service:

        async def resolve(host: str, port: int) -> Address:
            asked.append((host, port))
            return Address("127.0.0.1", service.port)

        client = PushClient(resolve, authority.client(), PushClientConfig())
        await client.post(ENDPOINT, {}, b"")
        await client.close()
    assert asked == [(HOST, 443)]
