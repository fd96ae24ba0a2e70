"""What a first visit costs until a chat is shown: `python -m tests.web.first_load`, of a running stack."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from playwright.async_api import BrowserContext, expect

from parley.settings import load_settings
from tests.web.people import People, a_browser

TIMES = 5


@dataclass
class Load:
    """Bytes of content as they crossed the network, by kind of resource, and those of the headers before them; and how
    long it took until a message was shown."""

    bytes: dict[str, int]
    headers: int
    seconds: float

    @property
    def of_the_app(self) -> int:
        """Document, scripts, styles and fonts: what a visit costs whatever is said in the chat."""
        return sum(size for kind, size in self.bytes.items() if kind in ("Document", "Script", "Stylesheet", "Font"))


async def visit(context: BrowserContext, path: str, text: str) -> Load:
    """Open the path in a new tab as if for the first time, past cache and service worker, until the text is shown."""
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    begun: dict[str, tuple[str, int]] = {}
    found: dict[str, int] = {}

    def received(event: dict[str, Any]) -> None:
        begun[event["requestId"]] = event["type"], int(event["response"]["encodedDataLength"])

    def finished(event: dict[str, Any]) -> None:
        kind, headers = begun[event["requestId"]]
        found[kind] = found.get(kind, 0) + int(event["encodedDataLength"]) - headers

    session.on("Network.responseReceived", received)
    session.on("Network.loadingFinished", finished)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await session.send("Network.setBypassServiceWorker", {"bypass": True})
    began = time.monotonic()
    await page.goto(path)
    await expect(page.get_by_text(text).first).to_be_visible()
    load = Load(found, sum(headers for _, headers in begun.values()), time.monotonic() - began)
    await page.close()
    return load


async def main() -> None:
    async with a_browser() as browser:
        people = People(browser, load_settings().public_url)
        alice, bob = await people.account("alice"), await people.account("bob")
        await alice.open_chat_with(bob)
        await alice.say("the first message")
        await bob.open_chat(alice.name)
        await bob.sees("the first message")
        for _ in range(TIMES):
            load = await visit(bob.context, bob.page.url, "the first message")
            kinds = ", ".join(f"{kind} {size / 1000:.1f} kB" for kind, size in sorted(load.bytes.items()))
            print(
                f"{load.seconds:.2f} s until the first message; {load.of_the_app / 1000:.1f} kB of the app ({kinds}; "
                f"headers {load.headers / 1000:.1f} kB)"
            )
        await people.leave(None)


if __name__ == "__main__":
    asyncio.run(main())
