"""How long a page takes for messages that pour in: `python -m tests.web.flood`, of a running stack without limits."""

import asyncio
import time

from playwright.async_api import CDPSession, expect

from parley.settings import load_settings
from tests.web.people import People, a_browser
from tests.web.test_history import go_to_the_newest
from tests.web.writer import writing_to

BEFORE = 60
COUNT = 2_000
LIMIT_MS = 120_000


async def flood(people: People, app: str, place: str) -> None:
    """COUNT messages for somebody who looks at the dashboard, or at the end of their chat."""
    alice = await people.account("alice")
    async with writing_to(alice.name, app) as writer:
        await writer.say(1, BEFORE)
        if place == "end of the chat":
            await alice.page.goto(f"/chats/{writer.conversation}")
            await go_to_the_newest(alice, BEFORE)
        await alice.page.wait_for_timeout(2_000)
        session = await alice.context.new_cdp_session(alice.page)
        await session.send("Performance.enable")
        worked, began = await work(session), time.monotonic()
        await writer.say(BEFORE + 1, BEFORE + COUNT)
        stored = time.monotonic() - began
        line = f"line {BEFORE + COUNT}"
        listed = alice.page.get_by_role("list", name="Chats").get_by_text(line)
        await expect(listed if place == "dashboard" else alice.message(line)).to_be_visible(timeout=LIMIT_MS)
        seen, worked = time.monotonic() - began, await work(session) - worked
    print(f"{place}: {COUNT} stored after {stored:.1f} s, the last seen after {seen:.1f} s; {worked:.1f} s of work")


async def work(session: CDPSession) -> float:
    """How long (seconds) the page's main thread has worked."""
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


async def main() -> None:
    app = load_settings().public_url
    async with a_browser() as browser:
        people = People(browser, app)
        for place in ("dashboard", "end of the chat"):
            await flood(people, app, place)
        await people.leave(None)


if __name__ == "__main__":
    asyncio.run(main())
