"""A seat in an ephemeral chat, from a program and from a terminal."""

import asyncio
import json
import traceback
from collections.abc import Callable

import httpx
import pytest
from typer.testing import CliRunner

from parley.chat import lines
from parley.chat.talk import Talk
from parley.cli import app
from parley_client import Client, Seat, parse_link
from parley_client.errors import Closed, Unreachable, WrongPassword
from parley_client.events import ChatEnded, Event, Noticed
from tests.client.scripted import AT, LIMIT, USER, Peer, message, problem, scripted_server, summary
from tests.client.test_chat import Screen, soon

__all__ = ["soon"]

SEAT = Seat("a-token", "7K3M-9QZT", "Ann")
MEMBERS = [{"user": "u_1", "username": "Ann"}, {"user": "u_2", "username": "Ben"}]
CHAT = summary() | {"kind": "ephemeral", "members": MEMBERS, "member_count": 2}


def entering(asked: list[object]) -> httpx.Response:
    body = {"access_token": f"seat.{len(asked)}", "expires_in": 600_000, "conversation": "c_1"}
    return httpx.Response(200, json=body | {"user": USER | {"username": "Ann"}, "peer": USER | {"id": "u_2"}})


async def hear(client: Client, keep: Callable[[Event], None]) -> None:
    async for event in client:
        keep(event)


async def ends(peer: Peer) -> None:
    await peer.welcome(CHAT)
    await peer.say({"type": "notice", "conversation": "c_1", "code": "inactivity_soon", "at": AT})
    await peer.say({"type": "ended", "conversation": "c_1", "by": "Ben"})
    await peer.socket.close(4401)


def test_a_link_names_server_and_seat() -> None:
    assert parse_link("https://chat.example/c/abc") == ("https://chat.example", "abc")
    assert parse_link("http://127.0.0.1:8080/parley/c/abc") == ("http://127.0.0.1:8080/parley", "abc")
    for wrong in ("abc", "https://chat.example/", "https://chat.example/c/", "ftp://x/c/y", "https://x/c/y/z", "/c/y"):
        with pytest.raises(ValueError, match="not a link"):
            parse_link(wrong)


async def test_a_program_takes_its_seat_and_stops_when_the_chat_ends() -> None:
    asked: list[object] = []

    def enter(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return entering(asked)

    async with asyncio.timeout(LIMIT), scripted_server(ends) as server:
        server.routes["POST /chats/seats/a-token/enter"] = enter
        client = Client("http://parley", seat=SEAT, transport=server.transport)
        me = await client.connect()
        events: list[Event] = []
        with pytest.raises(Closed, match="the chat has ended"):
            await hear(client, events.append)
        await client.close()

    assert (me.username, asked) == ("Ann", [{"code": "7K3M-9QZT", "name": "Ann"}])
    assert [event.code for event in events if isinstance(event, Noticed)] == ["inactivity_soon"]
    assert [event for event in events if isinstance(event, ChatEnded)] == [ChatEnded("c_1", "Ben")]


async def test_a_wrong_code_is_told_and_a_seat_that_is_gone_ends_it() -> None:
    async def refuse(peer: Peer) -> None:
        await peer.socket.close(4401)

    async with asyncio.timeout(LIMIT), scripted_server(refuse) as server:
        client = Client("http://parley", seat=SEAT, transport=server.transport)
        server.routes["POST /chats/seats/a-token/enter"] = lambda request: problem(403, "wrong_code")
        with pytest.raises(WrongPassword):
            await client.connect()
        server.routes["POST /chats/seats/a-token/enter"] = lambda request: entering([])
        await client.connect()
        server.routes["POST /chats/seats/a-token/enter"] = lambda request: problem(404, "not_found")
        with pytest.raises(Closed, match="not_found"):
            await hear(client, lambda event: None)
        await client.close()


async def test_a_talk_shows_what_one_should_know_and_ends_with_the_chat() -> None:
    ended = asyncio.Event()

    async def chats(peer: Peer) -> None:
        await peer.welcome(CHAT)
        await peer.say({"type": "notice", "conversation": "c_1", "code": "peer_joined"})
        await ended.wait()
        await peer.say({"type": "ended", "conversation": "c_1", "by": "Ann"})
        await peer.socket.close(4401)

    def end(request: httpx.Request) -> httpx.Response:
        ended.set()
        return httpx.Response(204)

    async with asyncio.timeout(LIMIT), scripted_server(chats) as server:
        page = {"messages": [message(1)], "more": False}
        server.routes |= {
            "POST /chats/seats/a-token/enter": lambda request: entering([]),
            "GET /conversations": lambda request: httpx.Response(200, json={"conversations": [CHAT], "next": None}),
            "GET /conversations/c_1/messages": lambda request: httpx.Response(200, json=page),
            "POST /chats/c_1/end": end,
        }
        client = Client("http://parley", seat=SEAT, transport=server.transport)
        screen = Screen()
        talk = Talk(client, await client.connect(), screen)
        await talk.load()
        await talk.open("1")
        running = asyncio.create_task(talk.run())
        await screen.until_shown("the other one is here")
        screen.typed.put_nowait("/end")
        assert await running
        await client.close()
    assert any("Ann ended it; nothing of it is left" in line for line in screen.shown)


def test_why_a_chat_ended() -> None:
    assert "too long" in lines.end_of_chat("inactivity")
    assert "time is over" in lines.end_of_chat("expired")
    assert "\x1b" not in lines.end_of_chat("Ben\x1b[2J")
    assert lines.notice("something new", None) == "something new"


def test_either_a_user_or_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARLEY_CHAT_CODE", raising=False)
    for arguments in (
        [],
        ["--user", "alice", "--link", "http://x/c/y"],
        ["--link", "http://x/c/y", "--with", "bob"],
        ["--link", "no link"],
        ["--link", "http://x/c/y"],
    ):
        assert CliRunner().invoke(app, ["chat", *arguments]).exit_code == 2, arguments


async def test_a_link_is_not_told_where_it_does_not_answer() -> None:
    """Errors end up in logs."""

    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = Client("http://parley", seat=SEAT, transport=httpx.MockTransport(unreachable))
    with pytest.raises(Unreachable) as failure:
        await client.connect()

    assert SEAT.token not in "".join(traceback.format_exception(failure.value))
    await client.close()
