"""The terminal chat: nothing typed is lost, nothing that arrives can touch what is being typed or obey others."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from parley.chat import lines, talk
from parley.chat.screens import Pipe, Terminal
from parley.chat.talk import Talk
from parley_client import Client, SendState, SentMessage, backoff
from parley_client.errors import NotFound
from parley_client.models import ErrorBody, Message, Summary
from tests.client.scripted import (
    AT,
    LIMIT,
    USER,
    Frame,
    Peer,
    Script,
    ScriptedServer,
    message,
    problem,
    scripted_server,
    summary,
)
from tests.client.terminals import over_http, piped

MEMBERS = [{"user": "u_1", "username": "alice"}, {"user": "u_2", "username": "bob"}]
BOB = summary() | {"members": MEMBERS, "member_count": 2}


class Screen:
    """A screen that a test types on and looks at."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.states: list[str] = []
        self.typed: asyncio.Queue[str | None] = asyncio.Queue()
        self.given_back: list[str] = []
        self.warned: list[str] = []
        self.unread: list[str] = []
        self.half_typed = ""
        self.typing: list[str] = []
        self._changed = asyncio.Event()

    def show(self, text: str) -> None:
        self.shown.append(text)
        self._changed.set()

    def status(self, text: str) -> None:
        self.show(f"* {text}")

    def waiting(self, lines: Sequence[str]) -> None:
        self.states.extend(lines)
        self._changed.set()

    def typists(self, names: Sequence[str]) -> None:
        self.typing = list(names)
        self._changed.set()

    def watch_draft(self, changed: Callable[[str], None]) -> None:
        self.draft_changed = changed

    def give_back(self, text: str) -> None:
        self.given_back.append(text)
        self._changed.set()

    async def read(self) -> str | None:
        return await self.typed.get()

    def draft(self) -> str:
        return self.half_typed

    def warn(self, text: str) -> None:
        self.warned.append(text)

    async def left(self) -> list[str]:
        return self.unread

    async def until(self, seen: Callable[["Screen"], bool]) -> None:
        while not seen(self):
            self._changed.clear()
            await self._changed.wait()

    async def until_shown(self, text: str) -> None:
        await self.until(lambda screen: any(text in line for line in screen.shown))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = backoff.Backoff.wait
    monkeypatch.setattr(backoff.Backoff, "wait", lambda self, tries, random: whole(self, tries, random) / 100)


@asynccontextmanager
async def talking(*scripts: Script, history: Sequence[int] = ()) -> AsyncIterator[tuple[Talk, Screen, ScriptedServer]]:
    """Alice's talk, bob's conversation being the only one she has."""
    page = {"messages": [message(rev) for rev in history], "more": False}
    async with asyncio.timeout(LIMIT), scripted_server(*scripts) as server:
        server.routes |= {
            "GET /conversations": lambda request: httpx.Response(200, json={"conversations": [BOB], "next": None}),
            "GET /conversations/c_1/messages": lambda request: httpx.Response(200, json=page),
        }
        client = Client("http://parley", username="alice", password="p", transport=server.transport)
        try:
            screen = Screen()
            found = Talk(client, await client.connect(), screen)
            await found.load()
            yield found, screen, server
        finally:
            await client.close()


async def answer_all(peer: Peer) -> None:
    await peer.welcome(BOB)
    number = 0
    async for data in peer.socket:
        frame, number = json.loads(data), number + 1
        await peer.say(
            {"type": "accepted", "id": frame["id"], "at": AT},
            {"type": "stored", "id": frame["id"], "conversation": "c_1", "seq": number, "rev": number},
            message(number) | {"sender": "u_1", "client_id": frame["id"], "text": frame["text"]},
        )


async def silence(peer: Peer) -> None:
    await peer.welcome(BOB)
    await peer.stay()


async def test_who_types_is_shown_and_seen() -> None:
    heard = []

    async def bob_types(peer: Peer) -> None:
        await peer.welcome(BOB)
        await peer.say({"type": "typing", "conversation": "c_1", "user": "u_2", "on": True})
        heard.extend([await peer.hear(), await peer.hear()])
        await peer.say({"type": "typing", "conversation": "c_1", "user": "u_2", "on": False})
        await peer.stay()

    async with talking(bob_types) as (talk, screen, _):
        await talk.open("bob")
        running = asyncio.create_task(talk.run())
        await screen.until(lambda screen: screen.typing == ["bob"])
        for draft in ("/li", "h", "he", ""):
            screen.draft_changed(draft)
        await screen.until(lambda screen: screen.typing == [])
        screen.typed.put_nowait(None)
        await running
    assert heard == [
        {"type": "typing", "conversation": "c_1", "on": True},
        {"type": "typing", "conversation": "c_1", "on": False},
    ]


async def test_who_is_there_is_shown() -> None:
    async def bob_goes(peer: Peer) -> None:
        await peer.welcome(BOB)
        await peer.say({"type": "user_status", "user": "u_2", "status": "online", "last_online": AT})
        await peer.hear()
        await peer.say({"type": "user_status", "user": "u_2", "status": "offline", "last_online": AT})
        await peer.stay()

    async with talking(bob_goes) as (talk, screen, _):
        await talk.open("bob")
        running = asyncio.create_task(talk.run())
        await screen.until_shown("bob (1 online)")
        screen.draft_changed("hello")
        await screen.until(lambda screen: screen.shown[-1].endswith("· bob"))
        screen.typed.put_nowait(None)
        await running


async def test_what_is_typed_is_sent_and_shown_when_it_is_stored() -> None:
    async with talking(answer_all) as (talk, screen, _):
        await talk.open("bob")
        for line in ("hello", "//slash", "  ", None):
            screen.typed.put_nowait(line)
        assert await talk.run()
    assert [line for line in screen.shown if "✓" in line] == [
        "2026-01-31 09:05 alice ✓: hello",
        "2026-01-31 09:05 alice ✓: /slash",
    ]
    assert screen.states[0] == "○ sending: hello"
    assert "● accepted: hello" in screen.states


async def test_what_is_shown_is_read_and_how_far_ones_last_message_has_come() -> None:
    heard: dict[str, Frame] = {}

    async def script(peer: Peer) -> None:
        await peer.welcome(BOB)
        while not {"message", "read"} <= heard.keys():
            frame = await peer.hear()
            heard[frame["type"]] = frame
        stored = {"type": "stored", "id": heard["message"]["id"], "conversation": "c_1", "seq": 4, "rev": 4}
        receipt = {"type": "receipt", "conversation": "c_1", "user": "u_2", "delivered": 4, "read": 4, "at": AT}
        await peer.say(stored, receipt)
        await peer.stay()

    async with talking(script, history=[2, 3]) as (talk, screen, _):
        await talk.open("bob")
        running = asyncio.create_task(talk.run())
        screen.typed.put_nowait("hello")
        await screen.until(lambda screen: any("bob ✓✓ read" in line for line in screen.shown))
        screen.typed.put_nowait(None)
        await running
    assert heard["read"] == {"type": "read", "conversation": "c_1", "seq": 3}


async def test_history_is_shown_once_and_what_comes_after_it() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(BOB)
        await peer.say(*(message(rev) for rev in (1, 2, 3, 4)))
        await peer.stay()

    async with talking(script, history=[2, 3]) as (talk, screen, _):
        await talk.open("BOB")
        running = asyncio.create_task(talk.run())
        await screen.until_shown("text 4")
        screen.typed.put_nowait("/quit")
        assert await running
    texts = [line.rpartition(": ")[2] for line in screen.shown if "bob: " in line]
    assert texts == ["text 2", "text 3", "text 4"]


async def test_messages_of_other_conversations_are_told_apart() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(BOB, summary("c_2") | {"kind": "group", "name": "Team", "members": MEMBERS})
        await peer.say(message(1, "c_2"))
        await peer.stay()

    async with talking(script) as (talk, screen, _):
        await talk.open("bob")
        running = asyncio.create_task(talk.run())
        await screen.until_shown("[Team]")
        screen.typed.put_nowait(None)
        assert await running


async def test_what_was_not_sent_is_shown_again_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "LEAVE_SECONDS", 0.05)
    async with talking(silence) as (alice, screen, _):
        await alice.open("bob")
        screen.typed.put_nowait("never answered")
        screen.typed.put_nowait(None)
        screen.half_typed = "half a thou"
        assert not await alice.run()
    assert screen.warned == ["not sent: never answered\nnot sent: half a thou"]


async def test_a_message_without_a_conversation_is_given_back() -> None:
    async with talking(silence) as (alice, screen, _):
        screen.typed.put_nowait("to whom?")
        screen.typed.put_nowait(None)
        assert await alice.run()
    assert screen.given_back == ["to whom?"]


async def test_a_message_that_is_too_large_is_given_back() -> None:
    async with talking(silence) as (alice, screen, _):
        await alice.open("bob")
        screen.typed.put_nowait("x" * 70_000)
        screen.typed.put_nowait(None)
        assert await alice.run()
    assert screen.given_back == ["x" * 70_000]


async def test_a_full_outbox_makes_typing_wait_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with talking(answer_all) as (alice, screen, _):
        await alice.open("bob")
        alice._client._state._outbox._limit = 1
        for number in range(5):
            screen.typed.put_nowait(f"line {number}")
        screen.typed.put_nowait(None)
        assert await alice.run()
    assert [line.rpartition(": ")[2] for line in screen.shown if "✓" in line] == [f"line {n}" for n in range(5)]


async def test_the_end_of_the_connection_ends_the_talk() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(BOB)
        await peer.hear()
        await peer.socket.close(4409, "replaced")

    async with talking(script) as (alice, screen, _):
        await alice.open("bob")
        screen.typed.put_nowait("hello")
        assert not await alice.run()
    assert any("the connection is over: replaced" in line for line in screen.shown)
    assert screen.warned == ["not sent: hello"]


async def test_a_rejected_message_is_shown_whole() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome(BOB)
        frame = await peer.hear()
        error = {"code": "content_forbidden", "message": "not here", "retry": False}
        await peer.say({"type": "rejected", "id": frame["id"], "error": error})
        await peer.stay()

    async with talking(script) as (alice, screen, _):
        await alice.open("bob")
        screen.typed.put_nowait("rude")
        running = asyncio.create_task(alice.run())
        await screen.until_shown("✗ not sent (not here): rude")
        screen.typed.put_nowait(None)
        assert not await running


async def test_what_was_typed_and_never_taken_is_shown_again_but_for_commands() -> None:
    async with talking(silence) as (alice, screen, _):
        screen.unread = ["one", "", "/list", "//two"]
        screen.half_typed = "/qu"
        screen.typed.put_nowait("/quit")
        assert not await alice.run()
    assert screen.warned == ["not sent: one\nnot sent: //two"]


async def test_commands() -> None:
    async with talking(answer_all, history=[1]) as (alice, screen, server):
        server.routes["GET /users"] = lambda request: httpx.Response(200, json={"users": [], "next": None})
        with pytest.raises(NotFound):
            await alice.open_user("nobody")
        for line in ("/list", "/open 1", "/history", "/help", "/nonsense", "/open nobody", "/quit"):
            screen.typed.put_nowait(line)
        assert await alice.run()
    shown = "\n".join(screen.shown)
    for expected in (
        "  1  bob (direct)",
        "— bob —",
        "up to here",
        "/list  ",
        "there is no /nonsense",
        "✗ there is no user",
    ):
        assert expected in shown


async def test_a_direct_conversation_is_begun_with_somebody_new() -> None:
    carol = summary("c_9") | {"members": [MEMBERS[0], {"user": "u_3", "username": "carol"}]}
    async with talking(silence) as (alice, screen, server):
        users = {"users": [{"id": "u_3", "username": "carol"}], "next": None}
        server.routes |= {
            "GET /users": lambda request: httpx.Response(200, json=users),
            "POST /conversations": lambda request: httpx.Response(201, json=carol | {"messages": []}),
            "GET /conversations/c_9/messages": lambda request: httpx.Response(
                200, json={"messages": [], "more": False}
            ),
        }
        await alice.open("carol")
    assert screen.shown[0] == "— carol —"


async def test_errors_of_the_server_do_not_end_the_talk() -> None:
    async with talking(silence) as (alice, screen, server):
        server.routes["GET /conversations/c_1/messages"] = lambda request: problem(503, "unavailable", retry=True)
        screen.typed.put_nowait("/open bob")
        screen.typed.put_nowait("/quit")
        assert await alice.run()
    assert any("unavailable" in line for line in screen.shown)


# Text of others.


def test_text_of_others_cannot_command_the_terminal() -> None:
    for hostile in ("\x1b[2Jgone", "a\rb", "\x9b31m", "x\u202egnp", "bell\a", "two\u2028lines"):
        assert not {"\x1b", "\r", "\x9b", "\u202e", "\a", "\u2028"} & set(lines.safe(hostile))
    assert lines.safe("Grüße 👩\u200d🚀") == "Grüße 👩\u200d🚀"


def test_a_second_line_cannot_pass_for_another_message() -> None:
    told = Message.model_validate(message(1) | {"text": "hi\n09:00:00 alice: I quit"})
    assert "\n    09:00:00" in lines.spoken(told, "bob", state=None)


def test_names_are_as_harmless_as_texts() -> None:
    group = Summary.model_validate(summary() | {"kind": "group", "name": "a\x1b[0m"})
    assert "\x1b" not in lines.title(group, "u_1")
    failed = SentMessage("id", "c_1", "text", state=SendState.REJECTED, error=ErrorBody(code="x", message="\x1b"))
    assert "\x1b" not in lines.refused(failed)


def test_older_messages_show_their_day() -> None:
    old = Message.model_validate(message(1))
    new = old.model_copy(update={"sent_at": datetime.now(UTC)})
    assert lines.spoken(old, "bob", state=None).startswith("2026-01-31 ")
    assert lines.spoken(new, "bob", state=None)[2] == ":"


# Screens.


async def test_lines_come_through_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    source, sink = os.pipe()
    os.write(sink, "one\ntwo\r\nGrü".encode())
    pipe = Pipe(source)
    assert [await pipe.read(), await pipe.read()] == ["one", "two"]
    os.write(sink, "ße".encode())
    os.close(sink)
    assert [await pipe.read(), await pipe.read()] == ["Grüße", None]
    os.close(source)
    pipe.status("connected")
    pipe.status("connected")
    pipe.waiting(["○ one"])
    pipe.waiting(["○ one", "○ two"])
    assert capsys.readouterr().out.splitlines() == ["* connected", "○ one", "○ two"]


async def test_a_pipe_keeps_what_was_not_taken(capsys: pytest.CaptureFixture[str]) -> None:
    source, sink = os.pipe()
    os.write(sink, b"one\ntwo\nthree\n")
    pipe = Pipe(source)
    line = await pipe.read()
    assert line == "one"
    pipe.give_back(line)
    assert await pipe.left() == ["one", "two", "three"], "though more might come"
    os.close(sink)
    assert await pipe.read() is None
    assert await pipe.left() == []
    os.close(source)
    pipe.warn("not sent: one")
    assert capsys.readouterr() == ("", "not sent: one\n")


async def test_lines_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("one\ntwo\n", encoding="utf-8")
    with path.open("rb") as file:
        pipe = Pipe(file.fileno())
        assert [await pipe.read(), await pipe.read(), await pipe.read()] == ["one", "two", None]


async def test_what_is_being_typed_survives_what_arrives_and_the_end() -> None:
    with create_pipe_input() as keys:
        terminal = Terminal(keys, DummyOutput())
        keys.send_text("half ")
        reading = asyncio.create_task(terminal.read())
        await asyncio.sleep(0.05)
        terminal.status("connected")
        terminal.waiting(["○ sending: one"])
        keys.send_text("typed\r")
        assert await reading == "half typed"
        assert terminal.draft() == ""

        keys.send_text("a draft")
        reading = asyncio.create_task(terminal.read())
        await asyncio.sleep(0.05)
        reading.cancel()
        await asyncio.wait([reading])
        assert terminal.draft() == "a draft"

        keys.send_text("!\x03")
        assert await terminal.read() is None
        assert terminal.draft() == "a draft!"

        terminal.give_back("given back")
        keys.send_text(" again\r")
        assert await terminal.read() == "given back again"
        keys.send_text("\x04")
        assert await terminal.read() is None


async def test_an_account_is_made_and_used_through_pipes() -> None:
    async with asyncio.timeout(LIMIT), scripted_server(answer_all) as server:
        page = {"messages": [], "more": False}
        server.routes |= {
            "POST /users": lambda request: httpx.Response(201, json=USER),
            "GET /conversations": lambda request: httpx.Response(200, json={"conversations": [BOB], "next": None}),
            "GET /conversations/c_1/messages": lambda request: httpx.Response(200, json=page),
        }
        with over_http(server) as address:
            arguments = "--server", address, "--user", "alice", "--register", "--with", "bob"
            ended = await piped(*arguments, typed="hello\n", PARLEY_CHAT_PASSWORD="a password")
            server.routes["POST /login"] = lambda request: problem(
                429, "locked_out", retry=True, **{"retry-after": "300"}
            )
            locked = await piped(*arguments, typed="hello\n", PARLEY_CHAT_PASSWORD="a password")
    assert server.requests[:2] == ["POST /users", "POST /login"]
    assert (ended.code, ended.err) == (0, "")
    assert "alice ✓: hello" in ended.out
    assert locked == (1, "", "Too many wrong tries: try again in 5 min\n")


def test_there_is_no_password_to_ask_for_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from parley.cli import app

    monkeypatch.delenv("PARLEY_CHAT_PASSWORD", raising=False)
    result = CliRunner().invoke(app, ["chat", "--user", "alice"])
    assert result.exit_code == 2
    assert "PARLEY_CHAT_PASSWORD" in result.output
