"""People with accounts: direct chats over two edges, a group of three, and all that one does to a message."""

import json
import re
from collections.abc import Callable

from playwright.async_api import Route, expect

from tests.web.people import People, Person


async def prefer(person: Person, order: Callable[[list[str]], list[str]]) -> None:
    """Have his page be told of the edges in that order, which the API leaves to chance."""

    async def answered(route: Route) -> None:
        response = await route.fetch()
        body = await response.json()
        await route.fulfill(response=response, body=json.dumps(body | {"urls": order(sorted(body["urls"]))}))

    await person.context.route("**/api/connect", answered)


async def two(people: People) -> tuple[Person, Person]:
    alice, bob = await people.account("alice"), await people.account("bob")
    await alice.open_chat_with(bob)
    return alice, bob


async def test_two_browsers_chat_through_different_edges(people: People) -> None:
    alice, bob = await people.anyone("alice-on-one"), await people.anyone("bob-on-two")
    await prefer(alice, lambda urls: urls)
    await prefer(bob, lambda urls: urls[::-1])
    for person in (alice, bob):
        await person.register()
    await alice.open_chat_with(bob)
    await alice.say("Over one edge")
    await bob.open_chat(alice.name)
    await bob.sees("Over one edge")
    await bob.say("and over the other")
    await alice.sees_in_order("Over one edge", "and over the other")
    await expect(alice.message("Over one edge").get_by_text("Read", exact=True)).to_be_visible()
    assert alice.sockets[-1] != bob.sockets[-1]
    assert (alice.faults, bob.faults) == ([], [])


async def test_a_group_of_three(people: People) -> None:
    alice, bob, carol = [await people.account(name) for name in ("alice", "bob", "carol")]
    page = alice.page
    await page.goto("/groups/new")
    await page.get_by_role("textbox", name="Name").fill("The three of us")
    for other in (bob, carol):
        await page.get_by_role("searchbox", name="Search people to add").fill(other.name)
        await page.get_by_role("main").get_by_role("button", name=re.compile(other.name)).first.click()
        await expect(page.get_by_role("list", name="Members").get_by_text(other.name)).to_be_visible()
    await page.get_by_role("button", name="Create group").click()
    await expect(alice.composer).to_be_visible()
    await alice.say("Welcome")
    for person, word in ((bob, "Hello from Bob"), (carol, "Hello from Carol")):
        await person.open_chat("The three of us")
        await person.sees("Welcome")
        await person.say(word)
        await alice.sees(word)
    for person in (alice, bob, carol):
        await person.sees_in_order("Welcome", "Hello from Bob", "Hello from Carol")


async def test_edit_delete_react_and_reply(people: People) -> None:
    alice, bob = await two(people)
    await alice.say("a typing eror", "something to take back", "something to answer")
    await bob.open_chat(alice.name)
    await bob.sees("a typing eror", "something to take back", "something to answer")

    await alice.does("a typing eror", "Edit")
    await alice.say("a typing error")
    await bob.sees("a typing error")
    await expect(bob.message("a typing eror")).to_have_count(0)
    await expect(bob.message("a typing error").get_by_text("edited")).to_be_visible()

    await alice.does("something to take back", "Delete")
    await alice.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(bob.page.get_by_text("Message deleted")).to_be_visible()
    await expect(bob.message("something to take back")).to_have_count(0)

    await bob.does("something to answer", "Reply")
    await bob.say("an answer")
    await expect(
        alice.message("an answer").get_by_role("button", name=re.compile("something to answer"))
    ).to_be_visible()

    await bob.does("a typing error", "React with 👍")
    reaction = alice.message("a typing error").get_by_role("button", name=re.compile("👍, 1 reaction"))
    await expect(reaction).to_be_visible()
    await reaction.click()
    await expect(
        bob.message("a typing error").get_by_role("button", name=re.compile("👍, 2 reactions"))
    ).to_be_visible()


async def test_a_chat_box_pops_up_when_a_message_arrives_elsewhere(people: People) -> None:
    alice, bob = await two(people)
    await alice.say("are you there?")
    box = bob.page.get_by_role("region", name=f"Chat with {alice.name}")
    await expect(box.get_by_text("are you there?")).to_be_visible()
    await box.get_by_role("textbox").fill("here, in the box")
    await box.get_by_role("textbox").press("Enter")
    await alice.sees("here, in the box")


async def test_up_edits_the_last_message_and_a_draft_is_kept(people: People) -> None:
    alice, bob = await two(people)
    await alice.say("the last one")
    await alice.sees("the last one")
    await expect(alice.message("the last one").get_by_text(re.compile("^(Sent|Delivered)$"))).to_be_visible()
    await alice.composer.press("ArrowUp")
    await expect(alice.composer).to_have_value("the last one")
    await alice.composer.fill("the last one, mended")
    await alice.composer.press("Enter")
    await alice.sees("the last one, mended")

    await alice.composer.fill("not said yet")
    await alice.page.reload()
    await expect(alice.composer).to_have_value("not said yet")
    await bob.open_chat(alice.name)
    await bob.sees("the last one, mended")
