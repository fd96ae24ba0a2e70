"""The client over real sockets, against a server that does what each test scripts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import TypeVar

import httpx
import pytest

from parley_client import Client, SendState, backoff
from parley_client.errors import Closed, Rejected, RequestFailed, StillSending, WrongPassword
from parley_client.events import (
    Connected,
    Connecting,
    ConversationChanged,
    Disconnected,
    Event,
    MessageChanged,
    SendChanged,
    SignedOut,
)
from tests.client.scripted import AT, LIMIT, Frame, Peer, ScriptedServer, message, problem, scripted_server, summary

E = TypeVar("E")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between tries are as drawn, a hundred times shorter."""
    whole = backoff.Backoff.wait
    monkeypatch.setattr(backoff.Backoff, "wait", lambda self, tries, random: whole(self, tries, random) / 100)


@asynccontextmanager
async def client_of(server: ScriptedServer) -> AsyncIterator[Client]:
    async with (
        asyncio.timeout(LIMIT),
        Client(
            "http://parley",
            username="alice",
            password="secret",
            device="d",
            transport=server.transport,
            random=Random(1),
        ) as client,
    ):
        yield client


async def until(client: Client, kind: type[E], when: Callable[[E], bool] = lambda event: True) -> E:
    async for event in client:
        if isinstance(event, kind) and when(event):
            return event
    raise AssertionError(f"no {kind.__name__} came")


async def revs(client: Client, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        found.append((await until(client, MessageChanged)).message.rev)
    return found


async def idle(peer: Peer) -> None:
    await peer.welcome(summary())
    await peer.stay()


async def test_it_connects_and_tells_what_happens() -> None:
    async def script(peer: Peer) -> None:
        assert peer.connect == {"type": "connect", "protocol": 1, "token": "token-1", "device": "d"}
        await peer.welcome(summary())
        await peer.say(message(1), message(2))
        await peer.stay()

    async with scripted_server(script) as server, client_of(server) as client:
        told: list[Event] = []
        async for event in client:
            told.append(event)
            if isinstance(event, MessageChanged) and event.message.rev == 2:
                break
    assert [type(event) for event in told] == [
        Connecting, Connected, ConversationChanged, MessageChanged, MessageChanged,
    ]  # fmt: skip


async def test_send_waits_for_what_is_asked() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(summary())
        for number in (1, 2):
            frame = await peer.hear()
            await peer.say({"type": "accepted", "id": frame["id"], "at": AT})
            await peer.say({"type": "stored", "id": frame["id"], "conversation": "c_1", "seq": number, "rev": number})
        await peer.stay()

    async with scripted_server(script) as server, client_of(server) as client:
        assert (await client.send("c_1", "one")).state is SendState.ACCEPTED
        sent = await client.send("c_1", "two", until=SendState.SENT)
        assert (sent.state, sent.seq, sent.rev) == (SendState.SENT, 2, 2)
        assert not client.unsettled


async def test_what_the_application_has_taken_is_acknowledged() -> None:
    acknowledged = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.welcome(summary())
        await peer.say(message(1), message(2))
        heard: list[Frame] = []
        while not all(any(one.items() >= wanted.items() for one in heard) for wanted in wanted_frames):
            heard.append(await peer.hear())
        acknowledged.set()
        await peer.stay()

    wanted_frames = ({"type": "read", "seq": 1}, {"type": "delivered", "seq": 2})
    async with scripted_server(script) as server, client_of(server) as client:
        assert await revs(client, 2) == [1, 2]
        client.read("c_1", 1)
        await acknowledged.wait()


async def test_what_becomes_of_ones_own_message() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(summary() | {"member_count": 2})
        frame = await peer.hear()
        await peer.say({"type": "stored", "id": frame["id"], "conversation": "c_1", "seq": 1, "rev": 1})
        receipt = {"type": "receipt", "conversation": "c_1", "user": "u_2", "at": AT}
        await peer.say(receipt | {"delivered": 1, "read": 0}, receipt | {"delivered": 1, "read": 1})
        await peer.stay()

    async with scripted_server(script) as server, client_of(server) as client:
        client.submit("c_1", "hello")
        states = [(await until(client, SendChanged)).sent.state for _ in range(4)]
        assert states == [SendState.SENDING, SendState.SENT, SendState.DELIVERED, SendState.READ]
        assert client.status("c_1", 1) is SendState.READ
        assert client.status("c_1", 2) is SendState.SENT


async def test_a_rejected_message_raises() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(summary())
        frame = await peer.hear()
        error = {"code": "not_a_member", "message": "no", "retry": False}
        await peer.say({"type": "rejected", "id": frame["id"], "error": error})
        await peer.stay()

    async with scripted_server(script) as server, client_of(server) as client:
        with pytest.raises(Rejected) as raised:
            await client.send("c_1", "one")
        assert (raised.value.code, raised.value.retry) == ("not_a_member", False)


async def test_a_message_without_an_answer_goes_on_being_sent() -> None:
    async with scripted_server(idle) as server, client_of(server) as client:
        with pytest.raises(StillSending) as raised:
            await client.send("c_1", "one", timeout=0.05)
        assert [sent.id for sent in client.unsettled] == [raised.value.id]


async def test_it_resumes_by_itself() -> None:
    async def first(peer: Peer) -> None:
        await peer.welcome(summary())
        await peer.say(message(1))
        sent.append(await peer.hear())
        peer.socket.transport.abort()

    async def second(peer: Peer) -> None:
        assert peer.connect["cursors"] == {"c_1": {"epoch": "e", "rev": 1}}
        await peer.welcome(summary(rev=3))
        missed = [{**message(rev)} for rev in (2, 3)]
        await peer.say(
            {"type": "changes", "conversation": "c_1", "epoch": "e", "from": 1, "to": 3}
            | {"messages": missed, "more": False},
            message(3),
            message(4),
        )
        assert await peer.hear() == sent[0]
        await peer.say({"type": "stored", "id": sent[0]["id"], "conversation": "c_1", "seq": 5, "rev": 5})
        await peer.stay()

    sent: list[dict[str, object]] = []
    async with scripted_server(first, second) as server, client_of(server) as client:
        assert await revs(client, 1) == [1]
        client.submit("c_1", "said before the cut")
        assert (await until(client, Disconnected)).retry_in is not None
        assert await revs(client, 3) == [2, 3, 4]
        stored = await until(client, SendChanged)
        assert (stored.sent.state, stored.sent.seq) == (SendState.SENT, 5)
        assert client.duplicates == 1


@pytest.mark.parametrize("code", [4400, 4409, 4413])
async def test_a_terminal_close_code_ends_it(code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(summary())
        await peer.hear()
        await peer.socket.close(code, "no more")

    async with scripted_server(script) as server, client_of(server) as client:
        with pytest.raises(Closed) as raised:
            await client.send("c_1", "one")
        assert raised.value.code == code
        with pytest.raises(Closed):
            await until(client, MessageChanged)
        with pytest.raises(Closed):
            client.submit("c_1", "two")
        assert [sent.text for sent in client.unsettled] == ["one"]
    assert len(server.scripts) == 1


@pytest.mark.parametrize("code", [1000, 1012, 4408, 4429, 4430])
async def test_after_any_other_close_code_it_comes_back(code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(summary())
        await peer.socket.close(code)

    async with scripted_server(script, idle) as server, client_of(server) as client:
        assert (await until(client, Disconnected)).code == code
        await until(client, Connected)


async def test_4401_makes_it_refresh_its_token() -> None:
    async def refuse(peer: Peer) -> None:
        error = {"code": "token_expired", "message": "", "retry": False}
        await peer.say({"type": "error", "error": error})
        await peer.socket.close(4401)

    async def script(peer: Peer) -> None:
        assert peer.connect["token"] == "token-2"
        await idle(peer)

    async with scripted_server(refuse, script) as server, client_of(server) as client:
        await until(client, Connected)
    assert server.requests.count("POST /refresh") == 1
    assert server.requests.count("POST /login") == 1


async def test_it_signs_in_again_when_the_refresh_token_is_void() -> None:
    async def refuse(peer: Peer) -> None:
        await peer.socket.close(4401)

    async with scripted_server(refuse, idle) as server, client_of(server) as client:
        server.routes["POST /refresh"] = lambda request: problem(401, "unauthenticated")
        await until(client, Connected)
    assert server.requests.count("POST /login") == 2


async def test_a_password_that_is_right_no_more_ends_it() -> None:
    async def refuse(peer: Peer) -> None:
        server.routes["POST /refresh"] = lambda request: problem(401, "unauthenticated")
        server.routes["POST /login"] = lambda request: problem(403, "wrong_password")
        await peer.socket.close(4401)

    async with scripted_server(refuse) as server, client_of(server) as client:
        with pytest.raises(Closed):
            await until(client, Connected)


async def test_a_revoked_sign_in_ends_it() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(summary())
        await peer.say({"type": "signed_out"})
        await peer.socket.close(4401)

    async with scripted_server(script) as server, client_of(server) as client:
        await until(client, SignedOut)
        with pytest.raises(Closed):
            await until(client, Connected)
    assert "POST /refresh" not in server.requests


async def test_it_renews_its_token_before_that_expires() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(summary())
        assert await peer.hear() == {"type": "refresh", "token": "token-2"}
        server.expires_in = 900.0
        await peer.say({"type": "refreshed"}, message(1))
        await peer.stay()

    async with scripted_server(script) as server:
        server.expires_in = 0.2
        async with client_of(server) as client:
            await until(client, MessageChanged)


async def test_it_tries_the_edges_in_turn() -> None:
    async with scripted_server(idle) as server:
        dead = "ws://127.0.0.1:1/ws"
        server.urls = [dead, *server.urls]
        async with client_of(server) as client:
            assert (await until(client, Connecting)).url == dead
            assert (await until(client, Connecting)).url == server.urls[1]
            await until(client, Connected)


async def test_known_edges_do_while_the_api_is_away() -> None:
    async def cut(peer: Peer) -> None:
        await peer.welcome(summary())
        server.routes["GET /connect"] = lambda request: problem(503, "unavailable", retry=True)
        peer.socket.transport.abort()

    async with scripted_server(cut, idle) as server, client_of(server) as client:
        await until(client, Connected)
        await until(client, Connected)


async def test_a_broken_frame_costs_the_socket_not_the_client() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(summary())
        await peer.say({"type": "message", "conversation": "c_1"})
        await peer.stay()

    async with scripted_server(script, idle) as server, client_of(server) as client:
        await until(client, Disconnected)
        await until(client, Connected)


async def test_conversations_beyond_the_first_hundred_are_read_page_by_page() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(summary("c_1"), more=True)
        await peer.stay()

    def pages(request: httpx.Request) -> httpx.Response:
        if "cursor" not in request.url.params:
            return httpx.Response(200, json={"conversations": [summary("c_1"), summary("c_2", 5)], "next": "2"})
        return httpx.Response(200, json={"conversations": [summary("c_3", 7)], "next": None})

    async with scripted_server(script) as server:
        server.routes["GET /conversations"] = pages
        async with client_of(server) as client:
            for conversation in ("c_1", "c_2", "c_3"):
                assert (await until(client, ConversationChanged)).summary.id == conversation


async def test_an_application_that_does_not_read_holds_the_socket_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(summary())
        for rev in range(1, 200):
            await peer.say(message(rev))
        await peer.stay()

    monkeypatch.setattr("parley_client.client.EVENTS_LIMIT", 10)
    async with scripted_server(script) as server, client_of(server) as client:
        await until(client, Connected)
        await asyncio.sleep(0.2)
        assert client._state.cursors["c_1"]["rev"] <= 11
        assert await revs(client, 199) == list(range(1, 200))


async def test_wrong_password_is_told_at_once() -> None:
    async with scripted_server(idle) as server:
        server.routes["POST /login"] = lambda request: problem(403, "wrong_password")
        with pytest.raises(WrongPassword):
            async with client_of(server):
                pass


async def test_errors_carry_the_servers_word() -> None:
    async with scripted_server(idle) as server, client_of(server) as client:
        server.routes["GET /connect"] = lambda request: problem(503, "unavailable", retry=True, **{"retry-after": "3"})
        with pytest.raises(RequestFailed) as raised:
            await client.rest.where_to_connect()
        assert (raised.value.code, raised.value.retry, raised.value.retry_after) == ("unavailable", True, 3.0)
        server.routes["GET /connect"] = lambda request: httpx.Response(502, text="<html>")
        with pytest.raises(RequestFailed) as raised:
            await client.rest.where_to_connect()
        assert (raised.value.code, raised.value.retry) == ("unavailable", True)


async def test_closing_ends_the_iteration() -> None:
    async with scripted_server(idle) as server, client_of(server) as client:
        await until(client, Connected)
        await client.close()
        assert [type(event) async for event in client][-1] is Disconnected
