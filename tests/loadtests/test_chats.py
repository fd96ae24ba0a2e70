"""Ends of ephemeral chats are judged, sides come back to them, and only what was killed may be away."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve

from loadtests.asking import Asking
from loadtests.fates import Fate, Over, fate_of, first_ends, judge
from loadtests.history import Entry, Sent
from loadtests.resuming_sides import ResumingSide
from loadtests.seats import Side, opened
from tests.client.scripted import LIMIT, message, summary

OVER = Over("c_1", frozenset({"Ann"}), {"Ann": ["Ann"], "Ben": ["Ann"]}, [404, 404], 0.2)


def test_an_end_as_it_should_be_is_no_fault() -> None:
    assert list(judge(OVER, killed=False)) == []
    assert list(judge(replace(OVER, enders=frozenset({"Ann", "Ben"})), killed=False)) == []
    assert list(judge(replace(OVER, readable=5.0), killed=True)) == [], "something was killed meanwhile"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"told": {"Ann": ["Ann"], "Ben": []}}, "Ben was told 0 times"),
        ({"told": {"Ann": ["Ann", "Ann"], "Ben": ["Ann"]}}, "Ann was told 2 times"),
        ({"told": {"Ann": ["Ann"], "Ben": ["Ben"]}, "enders": frozenset({"Ann", "Ben"})}, "different ends"),
        ({"enders": frozenset({"Ben"})}, "who sent no `end`"),
        ({"told": {"Ann": ["inactivity"], "Ben": ["inactivity"]}}, "who sent no `end`"),
        ({"links": [404, 200]}, "its links answered [404, 200]"),
        ({"readable": 1.01}, "led somewhere for 1.01 s"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_planted_fault_is_caught(change: Mapping[str, Any], told: str) -> None:
    (fault,) = judge(replace(OVER, **change), killed=False)
    assert told in fault


def test_every_fate_comes_from_both_sides_as_often_as_any_other() -> None:
    found = [(fate_of(number), first_ends(number)) for number in range(2 * len(Fate))]
    assert sorted(found) == sorted((fate, first) for fate in Fate for first in (True, False))


def test_what_the_store_kept_sealed_has_the_texts_that_it_showed_or_that_were_said() -> None:
    side = Side("token", "u_1", "Ann", "c_1", "link")
    for number in (1, 2):
        side.said[f"m{number}"] = Sent("c_1", "u_1", f"m{number}", f"text {number}")
    sealed = [Entry("c_1", "e", number, number, "u_1", f"m{number}", "1:sealed") for number in (1, 2, 3)]
    shown = [sealed[0]._replace(text="something else")]
    assert [entry.text for entry in opened(sealed, shown, [side])] == ["something else", "text 2", None]


# Sides that come back.

Play = Callable[[ServerConnection, int, dict[str, Any]], Any]


class Edge:
    """What an edge says, socket by socket."""

    def __init__(self, play: Play) -> None:
        self.heard: list[dict[str, Any]] = []
        self._play = play

    async def __call__(self, socket: ServerConnection) -> None:
        connect = json.loads(await socket.recv())
        self.heard.append(connect)
        await self._play(socket, sum(frame["type"] == "connect" for frame in self.heard), connect)


async def connected(socket: ServerConnection) -> None:
    await socket.send(json.dumps({"type": "connected", "conversations": [summary() | {"rev": 1}]}))


def changes(*revs: int) -> dict[str, Any]:
    page = {"type": "changes", "conversation": "c_1", "epoch": "e", "from": 1, "to": revs[-1], "more": False}
    return page | {"messages": [message(rev) for rev in revs]}


async def played(play: Play, act: Callable[[ResumingSide], Any]) -> tuple[ResumingSide, list[dict[str, Any]]]:
    edge = Edge(play)
    async with asyncio.timeout(LIMIT), serve(edge, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        side = ResumingSide("token", "u_1", "Ann", "c_1", "link")
        try:
            await side.connect([f"ws://127.0.0.1:{port}/ws"])
            await act(side)
        finally:
            side.leave()
    return side, edge.heard


async def test_a_side_resumes_where_it_was_and_says_again_what_has_no_outcome() -> None:
    said: list[list[str]] = []

    async def play(socket: ServerConnection, time: int, connect: dict[str, Any]) -> None:
        await connected(socket)
        if time == 1:
            await socket.send(json.dumps(message(2)))
            stored = {"type": "stored", "id": json.loads(await socket.recv())["id"], "seq": 2, "rev": 2}
            await socket.send(json.dumps(stored))
            await socket.recv()
            socket.transport.abort()
            return
        await socket.send(json.dumps(changes(2, 3)))
        said.append([json.loads(await socket.recv())["id"] for _ in range(2)])
        await socket.send(json.dumps({"type": "ended", "conversation": "c_1", "by": "Ann"}))

    async def act(side: ResumingSide) -> None:
        side.say("m1", "stored")
        await side.until(lambda side: bool(side.said["m1"].stored))
        side.say("m2", "lost with its socket")
        side.end()
        await side.until(lambda side: bool(side.ends))

    side, heard = await played(play, act)
    assert heard[1]["cursors"] == {"c_1": {"epoch": "e", "rev": 2}}
    assert said == [["m2", "the-end"]], "in order, under the same ids"
    assert [entry.rev for entry in side.device().seen] == [2, 3]
    assert side.device().duplicates == 1
    assert side.ends == [("c_1", "Ann")]
    assert side.device().caught_up


async def test_a_side_that_is_told_of_nothing_but_the_end_did_not_see_everything() -> None:
    async def play(socket: ServerConnection, time: int, connect: dict[str, Any]) -> None:
        if time == 1:
            await connected(socket)
            await socket.wait_closed()
            return
        await socket.send(json.dumps({"type": "ended", "conversation": "c_1", "by": "Ben"}))
        await socket.close(4401)

    async def act(side: ResumingSide) -> None:
        side.leave()
        assert not side.connected
        side.come_back()
        await side.until(lambda side: bool(side.ends))
        await asyncio.sleep(0.6)  # longer than it takes to connect again

    side, heard = await played(play, act)
    assert (side.ends, side.device().caught_up) == ([("c_1", "Ben")], False)
    assert len(heard) == 2, "who knows of the end does not come back"


async def test_what_is_refused_for_now_is_said_again_and_no_refusal() -> None:
    async def play(socket: ServerConnection, time: int, connect: dict[str, Any]) -> None:
        await connected(socket)
        for number in range(2):
            said = json.loads(await socket.recv())["id"]
            error = {"code": "unavailable" if number == 0 else "conversation_ended", "retry": number == 0}
            await socket.send(json.dumps({"type": "rejected", "id": said, "error": error}))
        await socket.wait_closed()

    async def act(side: ResumingSide) -> None:
        side.say("m1", "once more")
        await side.until(lambda side: bool(side.said["m1"].rejected))

    side, _ = await played(play, act)
    assert side.said["m1"].rejected == {"conversation_ended"}


# Requests.


async def asked(patience: float, *answers: httpx.Response | Exception) -> tuple[httpx.Response, int]:
    waiting = list(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        found = waiting.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://x") as http:
        asking = Asking(http, patience)
        return await asking.ask("GET", "/"), asking.repeats


async def test_what_is_not_there_for_a_moment_is_asked_again() -> None:
    busy = httpx.Response(503, headers={"Retry-After": "0"})
    response, repeats = await asked(60.0, httpx.ConnectError("away"), busy, httpx.Response(200))
    assert (response.status_code, repeats) == (200, 2)


async def test_without_patience_whoever_is_not_there_is_a_fault() -> None:
    with pytest.raises(httpx.ConnectError):
        await asked(0.0, httpx.ConnectError("away"), httpx.Response(200))


async def test_any_other_answer_is_the_answer() -> None:
    response, repeats = await asked(60.0, httpx.Response(409))
    assert (response.status_code, repeats) == (409, 0)
