"""Nobody is left out: axe (WCAG 2.2 A and AA) finds nothing on any page, light and dark; all flows by keyboard."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.web.people import People, Person, Scheme
from tests.web.test_ephemeral import card, enter, start

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN = (
    """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})"""
)


async def assert_accessible(page: Page) -> None:
    await page.wait_for_load_state("networkidle")  # pages and what they show come in parts
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = await page.evaluate(RUN)
    told = [
        f"{violation['id']} ({violation['impact']}): {node['html'][:200]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
    assert told == [], f"{page.url}\n" + "\n".join(told)


SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_pages_of_those_without_an_account(scheme: Scheme, people: People) -> None:
    someone = await people.anyone(scheme=scheme)
    for path in ("/", "/login", "/register", "/start", "/c/nothing", "/no/such/page"):
        await someone.page.goto(path)
        await assert_accessible(someone.page)


@pytest.mark.parametrize(("phone", "scheme"), [(False, "light"), (True, "dark")])
async def test_pages_of_an_account(phone: bool, scheme: Scheme, people: People) -> None:
    bob = await people.account("bob")
    alice = await people.account("alice", scheme=scheme, phone=phone)
    for path in ("/", "/people", "/groups/new", "/search", "/profile", "/settings", "/sessions"):
        await alice.page.goto(path)
        await assert_accessible(alice.page)
    await alice.open_chat_with(bob)
    await alice.say("See https://example.org", "and 🎉")
    await alice.sees("and 🎉")
    await assert_accessible(alice.page)
    await alice.page.goto(alice.page.url + "/details")
    await assert_accessible(alice.page)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_group_and_its_dialogs(scheme: Scheme, people: People) -> None:
    bob, alice = await people.account("bob"), await people.account("alice", scheme=scheme)
    page = alice.page
    await page.goto("/groups/new")
    await page.get_by_role("textbox", name="Name").fill("Everybody")
    await page.get_by_role("searchbox", name="Search people to add").fill(bob.name)
    await page.get_by_role("button", name=f"Add {bob.name}").click()
    await page.get_by_label(re.compile("^Password to join")).fill("open sesame")
    await page.get_by_role("button", name="Create group").click()
    await alice.say("to everybody")
    await alice.sees("to everybody")
    await assert_accessible(page)
    await alice.does("to everybody", "Message info")
    await assert_accessible(page)
    await page.keyboard.press("Escape")
    await alice.does("to everybody", "Delete")
    await assert_accessible(page)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+/")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    await assert_accessible(page)
    link = page.url
    await page.goto(f"{link}/details")
    await assert_accessible(page)
    stranger = await people.account("stranger", scheme=scheme)
    await stranger.page.goto(f"{link}/details")
    await assert_accessible(stranger.page)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_chat_for_two(scheme: Scheme, people: People) -> None:
    ann, ben = await people.anyone("ann", scheme=scheme), await people.anyone("ben", scheme=scheme, phone=True)
    cards = await start(ann)
    await assert_accessible(ann.page)
    await ben.page.goto(cards[1].link)
    await expect(ben.page.get_by_label("Your code")).to_be_visible()
    await assert_accessible(ben.page)
    await enter(ben, cards[1])
    await enter(ann, cards[0])
    await ann.say("Is it you?")
    await ben.sees("Is it you?")
    for person in (ann, ben):
        await assert_accessible(person.page)
    await ann.page.get_by_role("button", name="End chat").click()
    await assert_accessible(ann.page)
    await ann.page.get_by_role("button", name="End for both").click()
    await expect(ben.page.get_by_text("Chat has ended")).to_be_visible()
    await assert_accessible(ben.page)


async def type_and_go_on(person: Person, text: str) -> None:
    await person.page.keyboard.type(text)
    await person.page.keyboard.press("Tab")


async def focus(person: Person, role: Any, name: str) -> None:
    """Get there by the Tab key alone."""
    wanted = person.page.get_by_role(role, name=name).first
    await expect(wanted).to_be_visible()
    for _ in range(80):
        if await wanted.evaluate("element => element === document.activeElement"):
            return
        await person.page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {role} {name}")


async def test_a_chat_for_two_by_the_keyboard_alone(people: People) -> None:
    ann, ben = await people.anyone("ann"), await people.anyone("ben")
    keys = ann.page.keyboard
    await ann.page.goto("/start")
    await focus(ann, "textbox", "Your name")
    await keys.type("Ann")
    await focus(ann, "textbox", "The other one's name")
    await keys.type("Ben")
    await keys.press("Enter")
    cards = [await card(ann, name) for name in ("Ann", "Ben")]
    for person, given in ((ann, cards[0]), (ben, cards[1])):
        await person.page.goto(given.link)
        await focus(person, "textbox", "Your code")
        await person.page.keyboard.type(given.code)
        await person.page.keyboard.press("Enter")
        await focus(person, "textbox", "Write a message")
    await keys.type("by keyboard")
    await keys.press("Enter")
    await ben.sees("by keyboard")
    await focus(ann, "button", "End chat")
    await keys.press("Enter")
    await focus(ann, "button", "End for both")
    await keys.press("Enter")
    await expect(ben.page.get_by_text("Chat has ended")).to_be_visible()


async def test_an_account_by_the_keyboard_alone(people: People) -> None:
    bob = await people.account("bob")
    alice = await people.anyone("alice-by-keyboard")
    keys = alice.page.keyboard
    await alice.page.goto("/register")
    await focus(alice, "textbox", "Username")
    await keys.type(f"{bob.name}-friend")
    await alice.page.get_by_label(re.compile("^Password")).focus()
    await keys.type("correct horse battery")
    await keys.press("Enter")
    await expect(alice.page.get_by_role("tab", name="Chats")).to_be_visible()
    await keys.press("Control+k")
    await expect(alice.page.get_by_placeholder("Go to…")).to_be_focused()
    await keys.type(bob.name)
    await expect(
        alice.page.get_by_role("button", name=bob.name).or_(alice.page.get_by_role("option", name=bob.name)).first
    ).to_be_visible()
    await keys.press("Enter")
    await expect(alice.composer).to_be_focused()
    await keys.type("no mouse here")
    await keys.press("Enter")
    await alice.sees("no mouse here")
    await keys.press("Control+/")
    await expect(alice.page.get_by_role("dialog", name="Keys")).to_be_visible()
    await keys.press("Escape")
    await expect(alice.page.get_by_role("dialog", name="Keys")).to_have_count(0)


async def test_a_message_by_the_keyboard_alone(people: People) -> None:
    alice, bob = await people.account("alice"), await people.account("bob")
    await alice.open_chat_with(bob)
    await alice.say("first", "second")
    await bob.open_chat(alice.name)
    await bob.sees("first", "second")
    keys = bob.page.keyboard
    await bob.composer.focus()
    for _ in range(20):
        if await bob.page.evaluate("document.activeElement.matches('article')"):
            break
        await keys.press("Shift+Tab")
    await keys.press("ArrowUp")
    await expect(bob.message("first")).to_be_focused()
    react = bob.message("first").get_by_role("button", name="React", exact=True)
    await expect(react).to_have_attribute("tabindex", "0")
    await keys.press("Tab")
    await expect(react).to_be_focused()
    await keys.press("Tab")
    await keys.press("Enter")
    await expect(bob.composer).to_be_focused()
    await keys.type("an answer to the first")
    await keys.press("Enter")
    await expect(
        alice.message("an answer to the first").get_by_role("button", name=re.compile("first"))
    ).to_be_visible()
