"""The connection breaks, the page is loaded again, an edge is killed: nothing is lost, and nothing is there twice."""

import asyncio
import os
import re
import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Route, WebSocketRoute, expect
from playwright.async_api import TimeoutError as Impatient

from tests.local.running import processes_with
from tests.local.test_up import Stack
from tests.web.people import WAIT_MS, People, Person


class Network:
    """Somebody's way to the server, which can be cut."""

    def __init__(self) -> None:
        self._down = False
        self._sockets: list[WebSocketRoute] = []
        self.tries = 0
        """How often a socket was asked for."""

    async def of(self, person: Person) -> "Network":
        await person.context.route_web_socket(re.compile("/ws$"), self._socket)
        await person.context.route("**/api/**", self._request)
        return self

    async def cut(self) -> None:
        self._down = True
        for socket in self._sockets:
            await socket.close(code=1001)
        self._sockets.clear()

    def mend(self) -> None:
        self._down = False

    async def _socket(self, socket: WebSocketRoute) -> None:
        self.tries += 1
        if self._down:
            await socket.close(code=1001)
            return
        socket.connect_to_server()
        self._sockets.append(socket)

    async def _request(self, route: Route) -> None:
        await (route.abort() if self._down else route.continue_())


async def two(people: People) -> tuple[Person, Person, Network]:
    alice, bob = await people.anyone("alice"), await people.account("bob")
    network = await Network().of(alice)
    alice.name = f"alice-of-{bob.name}"
    await alice.register()
    await alice.open_chat_with(bob)
    await alice.say("before")
    await bob.open_chat(alice.name)
    await bob.sees("before")
    return alice, bob, network


async def test_offline_is_told_and_the_gap_is_filled(people: People) -> None:
    alice, bob, network = await two(people)
    await network.cut()
    await expect(alice.page.get_by_text(re.compile("Trying again in"))).to_be_visible()
    await bob.say("said meanwhile", "and this too")
    await alice.say("written without a network")
    await expect(alice.message("written without a network").get_by_text("Sending", exact=True)).to_be_visible()
    tries = network.tries
    now = alice.page.get_by_role("button", name="Try now")
    await now.click()
    async with asyncio.timeout(WAIT_MS / 1000):
        while network.tries == tries:
            await alice.page.wait_for_timeout(20)
    network.mend()
    with suppress(Impatient):  # by now it may have come back by itself
        await now.click(timeout=3_000)
    await alice.sees_in_order("before", "said meanwhile", "and this too")
    await alice.sees("written without a network")
    await bob.sees("before", "said meanwhile", "and this too", "written without a network")
    await expect(alice.page.get_by_text(re.compile("Trying again in"))).to_have_count(0)
    assert await alice.page.get_by_role("article").count() == 4


async def test_what_was_not_sent_survives_a_reload(people: People) -> None:
    alice, bob, network = await two(people)
    await network.cut()
    texts = [f"unsent {number}" for number in range(5)]
    await alice.say(*texts)
    await expect(alice.message(texts[-1]).get_by_text("Sending", exact=True)).to_be_visible()
    network.mend()
    await alice.page.reload()
    await bob.sees_in_order(*texts)
    await alice.sees_in_order("before", *texts)


async def test_an_edge_is_killed_under_an_open_page(people: People, stack: Stack) -> None:
    alice, bob = await people.account("alice"), await people.account("bob")
    await alice.open_chat_with(bob)
    await alice.say("before")
    await bob.open_chat(alice.name)
    await bob.sees("before")
    port = urlsplit(alice.sockets[-1]).port
    os.kill(edge_at(stack, port), signal.SIGKILL)
    texts = [f"after the kill {number}" for number in range(5)]
    await alice.say(*texts)
    await bob.sees_in_order("before", *texts)
    await alice.sees_in_order("before", *texts)
    await bob.say("all of it came")
    await alice.sees("all of it came")
    assert await alice.page.get_by_role("article").count() == 7


def edge_at(stack: Stack, port: int | None) -> int:
    """The process that listens on that port."""
    edges = stack.children() & processes_with("\0parley\0edge\0")
    (found,) = [
        pid for pid in edges if str(port) in Path(f"/proc/{pid}/cmdline").read_text(encoding="ascii").split("\0")
    ]
    return found
