"""A long history: scrolled through without a jump, with a bounded part of it in the document."""

import asyncio
import re
import secrets
from typing import Any

import httpx
import orjson
import pytest
from playwright.async_api import expect
from websockets.asyncio.client import ClientConnection, connect

from tests.local.test_up import Stack
from tests.web.people import PASSWORD, People, Person

COUNT = 10_000
AT_ONCE = 500
MOST_ROWS = 120
ANCHOR = """list => {
    const top = list.getBoundingClientRect().top
    const rows = [...list.querySelectorAll("article[data-seq]")]
    const row = rows.find(row => row.getBoundingClientRect().top >= top + 40)
    return row ? [row.dataset.seq, row.getBoundingClientRect().top] : null
}"""
PLACE = """(list, seq) => list.querySelector(`article[data-seq="${seq}"]`)?.getBoundingClientRect().top ?? null"""


@pytest.mark.timeout(400)
async def test_ten_thousand_messages_are_scrolled_through(people: People, stack: Stack) -> None:
    alice = await people.account("alice")
    conversation = await fill(stack, alice.name)
    page = alice.page
    await page.goto(f"/chats/{conversation}")
    await alice.sees("line 1")  # the first unread
    await go_to_the_newest(alice)
    articles = page.get_by_role("article")
    messages = page.get_by_role("log", name="Messages")
    most = await articles.count()
    seq = COUNT
    while seq > 1:
        anchor = await messages.evaluate(ANCHOR)
        assert anchor is not None
        # Whatever is loaded above meanwhile, what is looked at stays where it is.
        await page.wait_for_timeout(20)
        place = await messages.evaluate(PLACE, anchor[0])
        assert place is None or abs(place - anchor[1]) <= 2, (anchor, place)
        await messages.evaluate("list => { list.scrollTop -= 4000 }")
        await page.wait_for_timeout(20)
        most = max(most, await articles.count())
        now = await messages.evaluate(ANCHOR)
        seq = int(now[0]) if now is not None else seq
    await expect(alice.message("line 1")).to_be_visible()
    assert most <= MOST_ROWS
    await go_to_the_newest(alice)
    assert alice.faults == []


async def go_to_the_newest(person: Person) -> None:
    await person.page.get_by_role("button", name=re.compile("go to the newest", re.IGNORECASE)).click()
    await expect(person.message(f"line {COUNT}")).to_be_visible()


async def fill(stack: Stack, reader: str) -> str:
    """A direct chat in which somebody has said COUNT lines to this reader; returns its id."""
    async with httpx.AsyncClient(base_url=f"{stack.app}/api", timeout=30, trust_env=False) as api:
        name = f"writer{secrets.token_hex(3)}"
        (await api.post("/users", json={"username": name, "password": PASSWORD})).raise_for_status()
        signed_in = (await api.post("/login", json={"username": name, "password": PASSWORD})).json()
        api.headers["Authorization"] = f"Bearer {signed_in['access_token']}"
        users = (await api.get("/users", params={"q": reader})).json()["users"]
        opened = await api.post("/conversations", json={"kind": "direct", "with": users[0]["id"]})
        conversation = str(opened.json()["id"])
        url = (await api.get("/connect")).json()["urls"][0]
        async with connect(url, max_size=None, max_queue=None) as socket:
            await socket.send(frame(type="connect", protocol=1, token=signed_in["access_token"], device="writer"))
            await write(socket, conversation)
    return conversation


async def write(socket: ClientConnection, conversation: str) -> None:
    stored = 0
    for number in range(1, COUNT + 1):
        await socket.send(frame(type="message", id=f"l{number}", conversation=conversation, text=f"line {number}"))
        while number - stored > AT_ONCE:
            stored += await answered(socket)
    while stored < COUNT:
        stored += await answered(socket)


async def answered(socket: ClientConnection) -> int:
    async with asyncio.timeout(30):
        told = orjson.loads(await socket.recv())
    assert told["type"] not in ("error", "rejected"), told
    return int(told["type"] == "stored")


def frame(**fields: Any) -> str:
    return orjson.dumps(fields).decode()
