"""Pictures of every page, on a desktop, a phone and in the dark, for the docs: `python -m tests.web.screenshots`.

They are taken of a running stack (the settings say where), with people and talks that are made for it.
"""

import asyncio
import io
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.async_api import Browser, Page, expect

from parley.settings import load_settings
from tests.web.people import PASSWORD, People, Person, Scheme, a_browser
from tests.web.test_ephemeral import enter, start

PLACE = Path(__file__).resolve().parents[2] / "docs" / "screens"
VARIANTS: Mapping[str, tuple[bool, Scheme]] = {
    "desktop": (False, "light"),
    "phone": (True, "light"),
    "dark": (False, "dark"),
}
NAMES = {"ada": ("Ada", "Berg"), "bruno": ("Bruno", "Costa"), "clara": ("Clara", "Duval"), "emil": ("Emil", "Falk")}

Say = tuple[str, str]
DIRECT: tuple[Say, ...] = (
    ("bruno", "Did you get the tickets for Saturday?"),
    ("ada", "Two of them, row seven 🎟️"),
    ("bruno", "Perfect. Shall we eat something before?"),
    ("ada", "There is that new place by the canal: https://example.org/menu\nThey open at six."),
    ("bruno", "Six it is."),
)
GROUP: tuple[Say, ...] = (
    ("clara", "The hut is ours from Friday to Monday."),
    ("emil", "I can take three people in the car."),
    ("ada", "I bring the map and the good coffee."),
    ("clara", "And somebody who can light a stove?"),
    ("bruno", "That is me 🔥"),
)


class Account:
    """Somebody on the REST interface, to have things said before there is a picture."""

    def __init__(self, api: httpx.AsyncClient, name: str) -> None:
        self._api = api
        self.username = f"{name}.{secrets.token_hex(2)}"
        self.full = NAMES[name]
        self.id = ""
        self._headers: dict[str, str] = {}

    async def register(self) -> None:
        body = {"username": self.username, "password": PASSWORD, "name": self.full[0], "lastname": self.full[1]}
        self.id = (await self._api.post("/users", json=body)).raise_for_status().json()["id"]
        login = await self._api.post("/login", json={"username": self.username, "password": PASSWORD})
        self._headers = {"Authorization": f"Bearer {login.raise_for_status().json()['access_token']}"}

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        key = {"Idempotency-Key": secrets.token_hex(8)} if method == "POST" else {}
        response = await self._api.request(method, path, json=body, headers=self._headers | key)
        found: dict[str, Any] = response.raise_for_status().json() if response.content else {}
        return found

    async def say(self, conversation: str, text: str) -> None:
        await self.ask("POST", f"/conversations/{conversation}/messages", {"text": text})


async def talk(api: httpx.AsyncClient) -> tuple[Account, str, str]:
    """Ada, her chat with Bruno, and the group that she is in."""
    people = {name: Account(api, name) for name in NAMES}
    for each in people.values():
        await each.register()
    ada = people["ada"]
    direct = str((await ada.ask("POST", "/conversations", {"kind": "direct", "with": people["bruno"].id}))["id"])
    members = [each.id for name, each in people.items() if name != "ada"]
    body = {
        "kind": "group",
        "name": "A weekend in the hills",
        "description": "Three days, one stove",
        "members": members,
    }
    group = str((await ada.ask("POST", "/conversations", body))["id"])
    for conversation, said in ((direct, DIRECT), (group, GROUP)):
        for name, text in said:
            await people[name].say(conversation, text)
    await people["bruno"].ask("PUT", f"/messages/{direct}.2/reactions/🎉")
    await people["clara"].ask("PUT", f"/messages/{group}.3/reactions/☕")
    await people["emil"].ask("PUT", f"/messages/{group}.3/reactions/☕")
    return ada, direct, group


class Camera:
    def __init__(self, browser: Browser, app: str, variant: str) -> None:
        self._people = People(browser, app)
        self._variant = variant
        self._phone, self._scheme = VARIANTS[variant]

    async def anyone(self, name: str) -> Person:
        return await self._people.anyone(name, phone=self._phone, scheme=self._scheme)

    async def shoot(self, page: Page, name: str) -> None:
        await page.wait_for_load_state("networkidle")
        await page.wait_for_timeout(400)
        taken = Image.open(io.BytesIO(await page.screenshot()))
        PLACE.mkdir(parents=True, exist_ok=True)
        taken.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(
            PLACE / f"{name}-{self._variant}.png", optimize=True
        )

    async def done(self) -> None:
        await self._people.leave(None)


async def of_accounts(camera: Camera, ada: Account, direct: str, group: str) -> None:
    person = await camera.anyone("ada")
    page = person.page
    for path, name in (("/", "home"), ("/register", "register"), ("/login", "login")):
        await page.goto(path)
        await camera.shoot(page, name)
    await page.get_by_label("Username").fill(ada.username)
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("tab", name="Chats")).to_be_visible()
    await camera.shoot(page, "chats")
    for path, name in (
        (f"/chats/{group}", "group"),
        (f"/chats/{direct}", "chat"),
        (f"/chats/{group}/details", "details"),
        ("/people", "people"),
        ("/groups/new", "new-group"),
        ("/profile", "profile"),
        ("/settings", "settings"),
        ("/sessions", "sessions"),
    ):
        await page.goto(path)
        await camera.shoot(page, name)
    await page.goto("/search")
    await page.get_by_role("searchbox", name="What to look for").fill("coffee")
    await page.get_by_role("searchbox", name="What to look for").press("Enter")
    await expect(page.get_by_text("good coffee").first).to_be_visible()
    await camera.shoot(page, "search")


async def of_a_chat_for_two(camera: Camera) -> None:
    ada, bruno = await camera.anyone("ada"), await camera.anyone("bruno")
    await ada.page.goto("/start")
    await camera.shoot(ada.page, "start")
    cards = await start(ada, "Ada", "Bruno")
    await camera.shoot(ada.page, "seats")
    await bruno.page.goto(cards[1].link)
    await expect(bruno.page.get_by_label("Your code")).to_be_visible()
    await camera.shoot(bruno.page, "landing")
    await enter(ada, cards[0])
    await enter(bruno, cards[1])
    for speaker, text in (
        (ada, "Nobody else reads this?"),
        (bruno, "Nobody. And soon we do not either."),
        (ada, "Good."),
    ):
        await speaker.say(text)
        await (bruno if speaker is ada else ada).sees(text)
    await camera.shoot(bruno.page, "for-two")
    await ada.page.get_by_role("button", name="End chat").click()
    await ada.page.get_by_role("button", name="End for both").click()
    await expect(bruno.page.get_by_text("Chat has ended")).to_be_visible()
    await camera.shoot(bruno.page, "ended")


async def main() -> None:
    app = load_settings().public_url
    async with (
        httpx.AsyncClient(base_url=f"{app}/api", timeout=30, trust_env=False) as api,
        a_browser() as browser,
    ):
        ada, direct, group = await talk(api)
        scenes: tuple[Callable[[Camera], Awaitable[None]], ...] = (
            lambda camera: of_accounts(camera, ada, direct, group),
            of_a_chat_for_two,
        )
        for variant in VARIANTS:
            for scene in scenes:
                camera = Camera(browser, app, variant)
                await scene(camera)
                await camera.done()


if __name__ == "__main__":
    asyncio.run(main())
