"""A seat in an ephemeral chat, from a program and from a terminal."""

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from typer.testing import CliRunner

from parley.chat import lines
from parley.chat.talk import Talk
from parley.cli import app
from parley_client import Client, Seat, parse_link
from parley_client.errors import Closed, RequestFailed, Unreachable, WrongPassword
from parley_client.events import ChatEnded, Event, Noticed
from parley_client.rest import Rest
from tests.client.scripted import (
    AT,
    LIMIT,
    USER,
    Peer,
    Script,
    ScriptedServer,
    message,
    problem,
    scripted_server,
    summary,
)
from tests.client.terminals import at_terminal, over_http, piped
from tests.client.test_chat import Screen, soon

__all__ = ["soon"]

SEAT = Seat("a-token", "7K3M-9QZT", "Ann")
MEMBERS = [{"user": "u_1", "username": "Ann"}, {"user": "u_2", "username": "Ben"}]
ENTER = "POST /chats/seats/a-token/enter"
CODE = SEAT.code
NOWHERE = "This link leads nowhere: it is mistyped, or its chat has ended."
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


@pytest.mark.parametrize(
    ("typed", "server"),
    [
        (" https://chat.example/c/abc/\n", "https://chat.example"),
        ("chat.example/c/abc", "https://chat.example"),
        ("127.0.0.1:8080/c/abc", "http://127.0.0.1:8080"),
        ("localhost:8080/c/abc//", "http://localhost:8080"),
        ("LOCALHOST/c/abc", "http://LOCALHOST"),
        ("[::1]:8080/parley/c/abc/", "http://[::1]:8080/parley"),
        ("https://localhost/c/abc", "https://localhost"),
    ],
)
def test_a_link_is_understood_as_it_was_copied(typed: str, server: str) -> None:
    assert parse_link(typed) == (server, "abc")


def test_what_is_no_address_is_no_link() -> None:
    with pytest.raises(ValueError, match="not a link to a chat"):
        parse_link("[::1/c/abc")


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
    for asking in (client.connect(), client.rest.look(SEAT.token)):
        with pytest.raises(Unreachable) as failure:
            await asking
        assert SEAT.token not in "".join(traceback.format_exception(failure.value))
    await client.close()


async def test_a_program_sees_whose_seat_it_is_and_how_many_tries_are_left() -> None:
    server = ScriptedServer()
    server.routes["GET /chats/seats/a-token"] = seen
    server.routes[ENTER] = lambda request: wrong_code(3)
    async with Rest("http://parley", server.transport) as rest:
        found = await rest.look("a-token")
        with pytest.raises(WrongPassword) as wrong:
            await rest.enter("a-token", "0000-0000")

    assert (found.name, found.state, found.url) == ("Ann", "entered", None)
    assert wrong.value.tries_left == 3


def test_what_is_told_of_failures() -> None:
    def wrong(left: int | None) -> str:
        return lines.failure(WrongPassword("wrong_code", "", retry=False, tries_left=left))

    def locked(seconds: float | None) -> str:
        return lines.failure(RequestFailed("locked_out", "Wait.", retry=True, retry_after=seconds))

    assert wrong(4) == "The code is wrong: 4 tries left."
    assert wrong(1) == "The code is wrong: one try left."
    assert wrong(0) == "The code is wrong. From now on every try has to wait for a while."
    assert wrong(None) == "The code is wrong."
    assert locked(8) == "Too many wrong tries: try again in 8 s"
    assert locked(900) == "Too many wrong tries: try again in 15 min"
    assert locked(None) == "Wait. (locked_out)"
    assert "\x1b" not in lines.failure(RequestFailed("internal", "\x1b[2J", retry=False))


# As people start it.


def seen(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"name": "Ann", "state": "entered"})


def wrong_code(left: int) -> httpx.Response:
    body = {"status": 403, "detail": "The code is wrong.", "code": "wrong_code", "retry": False, "tries_left": left}
    return httpx.Response(403, json=body)


@asynccontextmanager
async def chat(script: Script) -> AsyncIterator[tuple[ScriptedServer, str]]:
    """Ann's chat with Ben, and the link to her seat in it."""
    async with asyncio.timeout(LIMIT * 2), scripted_server(script) as server:
        page = {"messages": [], "more": False}
        server.routes |= {
            "GET /chats/seats/a-token": seen,
            ENTER: lambda request: entering([]),
            "GET /conversations": lambda request: httpx.Response(200, json={"conversations": [CHAT], "next": None}),
            "GET /conversations/c_1/messages": lambda request: httpx.Response(200, json=page),
        }
        with over_http(server) as address:
            yield server, f"{address}/c/a-token"


async def stays(peer: Peer) -> None:
    await peer.welcome(CHAT)
    await peer.stay()


async def test_at_a_terminal_the_code_is_asked_for_until_it_is_right() -> None:
    tried: list[str] = []

    def enter(request: httpx.Request) -> httpx.Response:
        tried.append(json.loads(request.content)["code"])
        return entering([]) if tried[-1] == CODE else wrong_code(5 - len(tried))

    async with chat(ends) as (server, link):
        server.routes[ENTER] = enter
        with at_terminal(link) as terminal:
            await terminal.until("Ann")
            for code, answer in (("0000-0000", "4 tries left"), ("1111-1111", "3 tries left"), (CODE, "Ben ended it")):
                await terminal.until("code: ")
                terminal.type(f"{code}\r")
                await terminal.until(answer)
            assert await terminal.end() == 0

    assert tried == ["0000-0000", "1111-1111", CODE]
    assert CODE not in terminal.seen
    assert "connection is over" not in terminal.seen


@pytest.mark.parametrize("keys", ["\r", "  \r", "\x04", "\x03"])
async def test_giving_up_costs_no_try(keys: str) -> None:
    async with chat(stays) as (server, link):
        with at_terminal(link) as terminal:
            await terminal.until("code: ")
            terminal.type(keys)
            assert await terminal.end() == 1

    assert server.requests == ["GET /chats/seats/a-token"]
    assert "Traceback" not in terminal.seen


async def test_whoever_is_locked_out_is_told_for_how_long() -> None:
    async with chat(stays) as (server, link):
        server.routes[ENTER] = lambda request: problem(429, "locked_out", retry=True, **{"retry-after": "8"})
        with at_terminal(link) as terminal:
            await terminal.until("code: ")
            terminal.type("0000-0000\r")
            assert await terminal.end() == 1

    assert "Too many wrong tries: try again in 8 s" in terminal.seen


async def test_a_dead_link_is_told_before_a_code_is_asked_for() -> None:
    async with chat(stays) as (server, link):
        del server.routes["GET /chats/seats/a-token"]
        with at_terminal(link) as terminal:
            assert await terminal.end() == 1
        ended = await piped("--link", link, typed="", PARLEY_CHAT_CODE=CODE)

    assert terminal.seen.strip() == NOWHERE
    assert ended == (1, "", f"{NOWHERE}\n")
    assert server.requests == ["GET /chats/seats/a-token"] * 2


async def test_a_chat_that_ends_while_the_code_is_typed_is_told_alike() -> None:
    async with chat(stays) as (server, link):
        del server.routes[ENTER]
        ended = await piped("--link", link, typed="", PARLEY_CHAT_CODE=CODE)

    assert ended == (1, "", f"{NOWHERE}\n")


async def test_a_wrong_code_from_a_variable_is_tried_once() -> None:
    async with chat(stays) as (server, link):
        server.routes[ENTER] = lambda request: wrong_code(2)
        ended = await piped("--link", link, typed="hello\n", PARLEY_CHAT_CODE=CODE)
        without = await piped("--link", link, typed="hello\n", PARLEY_CHAT_CODE=" ")

    assert ended == (1, "", "The code is wrong: 2 tries left.\n")
    assert server.requests.count(ENTER) == 1
    assert without.code == 2
    assert "PARLEY_CHAT_CODE" in without.err


async def test_the_end_of_a_chat_is_told_once() -> None:
    async with chat(ends) as (_, link):
        ended = await piped("--link", link, typed=None, PARLEY_CHAT_CODE=CODE)

    assert ended.code == 0
    assert ended.err == ""
    assert ended.out.splitlines()[-1] == "— the chat has ended: Ben ended it; nothing of it is left —"
    assert ended.out.count("the chat has ended") == 1


async def test_lines_after_the_end_are_reported() -> None:
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def script(peer: Peer) -> None:
        await peer.welcome(CHAT)
        await ending.wait()
        await peer.say({"type": "ended", "conversation": "c_1", "by": "Ann"})
        await peer.socket.close(4401)

    def end(request: httpx.Request) -> httpx.Response:
        loop.call_soon_threadsafe(ending.set)
        return httpx.Response(204)

    for typed, expected in (
        ("/end\nand one\n\n/list\n//more\n", (1, "not sent: and one\nnot sent: //more\n")),
        ("/end\n" + "more\n" * 150, (1, "not sent: more\n" * 150)),
        ("/end\n/quit\n", (0, "")),
    ):
        ending.clear()
        async with chat(script) as (server, link):
            server.routes["POST /chats/c_1/end"] = end
            ended = await piped("--link", link, typed=typed, PARLEY_CHAT_CODE=CODE)
        assert (ended.code, ended.err) == expected
        assert ended.out.count("the chat has ended") == 1
