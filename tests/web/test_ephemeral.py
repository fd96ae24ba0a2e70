"""Two names, two links, two codes: a chat for two in two browsers, from its start to its end."""

import asyncio
import re
from typing import NamedTuple

import pytest
from playwright.async_api import expect

from tests.web.people import People, Person


class Card(NamedTuple):
    """What one of the two is given."""

    link: str
    code: str


async def start(starter: Person, first: str = "Ann", second: str = "Ben") -> tuple[Card, Card]:
    page = starter.page
    await page.goto("/start")
    await page.get_by_label("Your name").fill(first)
    await page.get_by_label("The other one's name").fill(second)
    await page.get_by_role("button", name="Start the chat").click()
    return await card(starter, first), await card(starter, second)


async def card(starter: Person, name: str) -> Card:
    seat = starter.page.get_by_role("region", name=f"{name}’s seat")
    await expect(seat.get_by_role("img", name=f"QR code of the link for {name}")).to_be_visible()
    text = await seat.inner_text()
    link = re.search(r"\S+/c/\S+", text)
    code = re.search(r"\b([0-9A-Z]{4})-([0-9A-Z]{4})\b", text)
    assert link is not None, text
    assert code is not None, text
    return Card(f"http://{link[0]}", f"{code[1]}{code[2]}")


async def enter(person: Person, found: Card) -> None:
    await person.page.goto(found.link)
    await person.page.get_by_label("Your code").fill(found.code)
    await person.page.get_by_role("button", name="Get in").click()
    await expect(person.composer).to_be_visible()


async def both(people: People) -> tuple[Person, Person, tuple[Card, Card]]:
    ann, ben = await people.anyone("ann"), await people.anyone("ben", phone=True)
    cards = await start(ann)
    await enter(ann, cards[0])
    await enter(ben, cards[1])
    return ann, ben, cards


async def no_seat_cookie(person: Person) -> None:
    async with asyncio.timeout(10):
        while [one for one in await person.page.context.cookies() if one.get("name", "").startswith("parley_seat_")]:
            await asyncio.sleep(0.1)


async def test_from_start_to_end(people: People) -> None:
    ann, ben, cards = await both(people)
    await expect(ann.page.get_by_role("heading", name="Ben")).to_be_visible()
    await ann.say("Do you hear me?")
    await ben.sees("Do you hear me?")
    await ben.say("Loud and clear.")
    await ann.sees("Do you hear me?", "Loud and clear.")
    await expect(ann.message("Do you hear me?").get_by_text("Read", exact=True)).to_be_visible()

    await ben.page.get_by_role("button", name="End chat").click()
    await ben.page.get_by_role("button", name="End for both").click()
    for person in (ann, ben):
        await expect(person.page.get_by_text("Chat has ended")).to_be_visible()
    await expect(ann.page.get_by_text("Ben has ended it.")).to_be_visible()
    for person in (ann, ben):
        await no_seat_cookie(person)
    for found in cards:
        await ann.page.goto(found.link)
        await expect(ann.page.get_by_text("This link leads nowhere")).to_be_visible()
    assert (ann.faults, ben.faults) == ([], [])
    assert await ann.page.evaluate("Object.keys(localStorage).filter(key => /outbox|draft/.test(key))") == []


async def test_a_wrong_code_and_the_lock(people: People) -> None:
    ann, ben = await people.anyone("ann"), await people.anyone("ben")
    cards = await start(ann)
    await enter(ann, cards[0])
    await ben.page.goto(cards[1].link)
    await expect(ben.page.get_by_role("heading", name="Hello Ben")).to_be_visible()
    wrong = "0000 0000"
    await ben.page.get_by_label("Your code").fill(wrong)
    await ben.page.get_by_role("button", name="Get in").click()
    await expect(ben.page.get_by_text("That is not the code.")).to_be_visible()
    await expect(ben.page.get_by_text("4 more tries before you have to wait.")).to_be_visible()
    await expect(ann.page.get_by_text("Somebody tried a wrong code at Ben’s seat.")).to_be_visible()
    await ben.page.get_by_label("Your code").fill(f" {cards[1].code[:4].lower()} - {cards[1].code[4:].lower()}")
    await ben.page.get_by_role("button", name="Get in").click()
    await expect(ben.composer).to_be_visible()


async def test_the_accidental_close(people: People) -> None:
    ann, ben, cards = await both(people)
    await ann.say("before")
    await ben.sees("before")
    await ben.page.close()
    await expect(ann.page.get_by_text("Ben has left for now.")).to_be_visible()
    await ann.say("while you were away")
    ben.page = await ben.context.new_page()
    await ben.page.goto(cards[1].link)
    await expect(ben.composer.or_(ben.page.get_by_role("button", name="Get in"))).to_be_visible()
    if not await ben.composer.is_visible():
        await ben.page.get_by_role("button", name="Get in").click()
    await ben.sees("before", "while you were away")


async def test_another_device_and_the_others_link(people: People) -> None:
    ann, ben, cards = await both(people)
    await ann.say("for all my devices")
    await ben.sees("for all my devices")
    elsewhere = await people.anyone("ann-elsewhere", phone=True)
    await enter(elsewhere, cards[0])
    await elsewhere.sees("for all my devices")
    await elsewhere.say("from the other one")
    await ann.sees("for all my devices", "from the other one")

    await ann.page.goto(cards[1].link)
    await expect(ann.page.get_by_role("heading", name="Ben")).to_be_visible()
    await ann.sees("for all my devices", "from the other one")


async def test_names_that_will_not_do_are_told_in_place(people: People) -> None:
    ann = await people.anyone("ann")
    page = ann.page
    await page.goto("/start")
    await page.get_by_label("Your name").fill("Ann")
    await page.get_by_label("The other one's name").fill(" aNN ")
    await page.get_by_role("button", name="Start the chat").click()
    await expect(page.get_by_text("The two names have to differ")).to_be_visible()


@pytest.mark.parametrize("path", ["/c/AAAAAAAAAAAAAAAAAAAAAA", "/c/nothing"])
async def test_an_unknown_link(path: str, people: People) -> None:
    someone = await people.anyone()
    await someone.page.goto(path)
    await expect(someone.page.get_by_text("This link leads nowhere")).to_be_visible()
