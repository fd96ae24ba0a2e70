"""A long history: scrolled through without a jump, followed in a flood, with a bounded part of it in the document."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, expect

from tests.local.test_up import Stack
from tests.web.people import WAIT_MS, People, Person
from tests.web.writer import writing_to

COUNT = 10_000
FLOOD = 1_500
MOST_ROWS = 120
# The rows that come into view are measured in the first frame, and stand where they belong in the next.
UP = """async (list, by) => {
    list.scrollTop -= by
    for (let frame = 0; frame < 4; frame += 1) await new Promise(requestAnimationFrame)
}"""
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
    async with writing_to(alice.name, stack.app) as writer:
        await writer.say(1, COUNT)
    page = alice.page
    await page.goto(f"/chats/{writer.conversation}")
    await alice.sees("line 1")  # the first unread
    await go_to_the_newest(alice, COUNT)
    articles = page.get_by_role("article")
    messages = page.get_by_role("log", name="Messages")
    most = await articles.count()
    seq = COUNT
    while seq > 1:
        anchor = await looked_at(messages)
        # Whatever is loaded above meanwhile, what is looked at stays where it is.
        await page.wait_for_timeout(20)
        place = await messages.evaluate(PLACE, anchor[0])
        assert place is None or abs(place - anchor[1]) <= 2, (anchor, place)
        await messages.evaluate(UP, 4000)
        most = max(most, await articles.count())
        seq = int((await looked_at(messages))[0])
    await expect(alice.message("line 1")).to_be_visible()
    assert most <= MOST_ROWS
    await go_to_the_newest(alice, COUNT)
    assert alice.faults == []


async def test_a_flood_is_followed_by_whoever_is_at_the_end(people: People, stack: Stack) -> None:
    alice = await people.account("alice")
    async with writing_to(alice.name, stack.app) as writer:
        await writer.say(1, 60)
        await alice.page.goto(f"/chats/{writer.conversation}")
        await go_to_the_newest(alice, 60)
        await writer.say(61, FLOOD)  # more than a page holds
        await expect(alice.message(f"line {FLOOD}")).to_be_visible()
        messages = alice.page.get_by_role("log", name="Messages")
        for _ in range(3):  # what still settles may swallow the first
            await messages.evaluate(UP, 1000)
        before = await looked_at(messages)
        await writer.say(FLOOD + 1, FLOOD + 60)
        await expect(alice.page.get_by_role("button", name=re.compile("60 new messages"))).to_be_visible()
        place = await messages.evaluate(PLACE, before[0])
        assert abs(place - before[1]) <= 2, (before, place)
    assert alice.faults == []


async def looked_at(messages: Locator) -> tuple[str, float]:
    """A message in view, and where it stands; a list that was scrolled far may draw its rows a moment later."""
    async with asyncio.timeout(WAIT_MS / 1000):
        while (found := await messages.evaluate(ANCHOR)) is None:
            await asyncio.sleep(0.02)
    return found[0], found[1]


async def go_to_the_newest(person: Person, newest: int) -> None:
    await person.page.get_by_role("button", name=re.compile("go to the newest", re.IGNORECASE)).click()
    await expect(person.message(f"line {newest}")).to_be_in_viewport()
    await person.page.get_by_role("log", name="Messages").evaluate(UP, 0)
