"""People in browsers: what they do with the app, found by role and name as assistive technology finds it."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, BrowserContext, Locator, Page, WebSocket, async_playwright, expect

PASSWORD = "correct horse battery"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
WAIT_MS = 20_000

expect.set_options(timeout=WAIT_MS)

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

Scheme = Literal["light", "dark"]


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


class People:
    """Everybody of one test: each person is a browser profile of his own."""

    def __init__(self, browser: Browser, app: str) -> None:
        self._browser = browser
        self._app = app
        self._people: list[Person] = []

    async def anyone(self, name: str = "someone", *, phone: bool = False, scheme: Scheme = "light") -> "Person":
        """Somebody with a new browser profile."""
        context = await self._browser.new_context(
            base_url=self._app,
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
            has_touch=phone,
            color_scheme=scheme,
            locale="en-GB",
            reduced_motion="reduce",
        )
        context.set_default_timeout(WAIT_MS)
        await context.tracing.start(snapshots=True)
        person = Person(name, context, await context.new_page())
        self._people.append(person)
        return person

    async def account(self, name: str, *, phone: bool = False, scheme: Scheme = "light") -> "Person":
        """Somebody who has just registered, under a name like this one, and looks at the dashboard."""
        person = await self.anyone(f"{name}{secrets.token_hex(3)}", phone=phone, scheme=scheme)
        await person.register()
        return person

    async def leave(self, keep: Path | None) -> None:
        """Close every browser profile; with a directory, keep what they showed last and how they got there."""
        for person in self._people:
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                for number, page in enumerate(person.context.pages):
                    await page.screenshot(path=keep / f"{person.name}-{number}.png")
                await person.context.tracing.stop(path=keep / f"{person.name}.zip")
            await person.context.close()


class Person:
    def __init__(self, name: str, context: BrowserContext, page: Page) -> None:
        self.name = name
        self.context = context
        self.page = page
        self.sockets: list[str] = []
        """The address of every socket that his page opened."""
        self.faults: list[str] = []
        """What the page's console says that nobody expects: errors, and whatever the policy refused."""
        self._watch(page)

    async def reopen(self) -> None:
        """A new tab in place of the one there was."""
        self.page = await self.context.new_page()
        self._watch(self.page)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if _is_fault(said.text) else None)
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        self.sockets.append(socket.url)

    async def register(self) -> None:
        await self.page.goto("/register")
        await self.page.get_by_label("Username").fill(self.name)
        await self.page.get_by_label(re.compile("^Password")).fill(PASSWORD)
        await self.page.get_by_role("button", name="Register").click()
        await expect(self.page.get_by_role("tab", name="Chats")).to_be_visible()

    async def open_chat_with(self, other: "Person") -> None:
        await self.page.goto("/people")
        await self.page.get_by_role("searchbox", name="Search people").fill(other.name)
        await self.page.get_by_role("button", name=re.compile(other.name)).first.click()
        await expect(self.composer).to_be_visible()

    async def open_chat(self, title: str) -> None:
        await self.page.get_by_role("list", name="Chats").get_by_role("link", name=re.compile(re.escape(title))).click()
        await expect(self.composer).to_be_visible()

    @property
    def composer(self) -> Locator:
        return self.page.get_by_role("textbox", name="Write a message")

    async def say(self, *texts: str) -> None:
        for text in texts:
            await self.composer.fill(text)
            await self.composer.press("Enter")

    def message(self, text: str) -> Locator:
        """The message that says exactly this."""
        return self.page.get_by_role("article").filter(has=self.page.get_by_text(text, exact=True))

    async def sees(self, *texts: str) -> None:
        """Each of these, once."""
        for text in texts:
            await expect(self.message(text)).to_have_count(1)

    async def sees_in_order(self, *texts: str) -> None:
        """Each of these, once and in this order; what else there is does not matter."""
        await self.sees(*texts)
        shown = await self.page.get_by_role("article").all_inner_texts()
        places = [next(place for place, said in enumerate(shown) if text in said) for text in texts]
        assert places == sorted(places), shown

    async def does(self, text: str, deed: str) -> None:
        """Something to the message that says this: what its tools offer under that name."""
        message = self.message(text)
        await message.hover()
        tool = message.get_by_role("button", name=deed, exact=True)
        if await tool.count() == 0:
            await message.get_by_role("button", name="More", exact=True).click()
            tool = self.page.get_by_role("menuitem", name=deed, exact=True)
        await tool.click()


def _is_fault(text: str) -> bool:
    return "Content Security Policy" in text or "Uncaught" in text
