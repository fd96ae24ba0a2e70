"""What else people do: files, search, presence, typing, mentions, blocking, muting, joining by password, profile,
preferences, sign-ins; in either language."""

import io
import re

from PIL import Image
from playwright.async_api import FilePayload, expect

from tests.web.people import PASSWORD, People, Person


def picture() -> bytes:
    found = io.BytesIO()
    Image.new("RGB", (400, 300), "#3b5bdb").save(found, "PNG")
    return found.getvalue()


async def two(people: People) -> tuple[Person, Person]:
    alice, bob = await people.account("alice"), await people.account("bob")
    await alice.open_chat_with(bob)
    await alice.say("hello")
    await bob.open_chat(alice.name)
    await bob.sees("hello")
    return alice, bob


async def choose(person: Person, entry: str) -> None:
    """From the menu of the chat that is open."""
    await person.page.get_by_role("main").get_by_role("button", name=re.compile("^Chat menu")).last.click()
    await person.page.get_by_role("menuitem", name=entry).click()


async def test_pictures_and_other_files(people: People) -> None:
    alice, bob = await two(people)
    notes: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"row seven, seats four and five"}
    sea: FilePayload = {"name": "sea.png", "mimeType": "image/png", "buffer": picture()}
    await alice.page.locator("input[type=file]").first.set_input_files([sea, notes])
    await expect(alice.page.get_by_role("button", name="Remove notes.txt")).to_be_visible()
    await alice.say("two files")
    shown = bob.message("two files")
    await expect(shown.get_by_role("img", name="sea.png")).to_be_visible()
    await shown.get_by_role("button", name="Show sea.png in full").click()
    await expect(bob.page.get_by_role("dialog").get_by_role("img", name="sea.png")).to_be_visible()
    await bob.page.keyboard.press("Escape")
    async with bob.page.expect_download() as download:
        await shown.get_by_role("button", name="Download notes.txt").click()
    assert (await (await download.value).path()).read_bytes() == b"row seven, seats four and five"


async def test_presence_and_typing(people: People) -> None:
    alice, bob = await two(people)
    head = alice.page.get_by_role("heading", name=bob.name).locator("..")
    await expect(head.get_by_text("online", exact=True)).to_be_visible()
    await bob.composer.press_sequentially("I am wri")
    await expect(alice.page.get_by_text(f"{bob.name} is typing").first).to_be_visible()
    await bob.page.close()
    await expect(head.get_by_text("online", exact=True)).to_have_count(0)


async def test_search_leads_to_the_message(people: People) -> None:
    alice, bob = await two(people)
    await alice.say("the heron lands behind the mill", "something else")
    await bob.sees("something else")
    await bob.page.goto("/search")
    await bob.page.get_by_role("searchbox", name="What to look for").fill("heron")
    hit = bob.page.get_by_role("link", name=re.compile("heron"))
    button = bob.page.get_by_role("main").get_by_role("button", name="Search", exact=True)
    await button.click()
    for _ in range(20):  # the index is filled a moment after the message
        if await hit.count():
            break
        await bob.page.wait_for_timeout(500)
        await button.click()
    await hit.click()
    await bob.sees("the heron lands behind the mill")


async def test_muting_marking_and_blocking(people: People) -> None:
    alice, bob = await two(people)
    await choose(bob, "Mute for 8 hours")
    row = bob.page.get_by_role("list", name="Chats").get_by_role("listitem").filter(has_text=alice.name)
    await expect(row.get_by_text("Muted")).to_be_attached()
    await choose(bob, "Mark as unread")
    await bob.page.goto("/people")
    await bob.page.get_by_role("tab", name="Chats").click()
    await expect(row.get_by_text("Marked as unread")).to_be_attached()

    await bob.open_chat(alice.name)
    await choose(bob, "Block")
    await bob.page.get_by_role("dialog").get_by_role("button", name="Block").click()
    await expect(bob.page.get_by_text(f"You have blocked {alice.name}.")).to_be_visible()
    await alice.say("can you still hear me?")
    await expect(alice.page.get_by_text(re.compile("^Not sent. You may not"))).to_be_visible()
    await alice.page.get_by_role("button", name="Discard").click()
    await expect(alice.message("can you still hear me?")).to_have_count(0)
    await bob.page.get_by_role("button", name="Unblock").first.click()
    await expect(bob.composer).to_be_visible()
    await alice.say("and now?")
    await bob.sees("and now?")


async def test_a_group_is_joined_by_its_password_and_ordered_by_its_admin(people: People) -> None:
    alice, bob = await people.account("alice"), await people.account("bob")
    await alice.page.goto("/groups/new")
    await alice.page.get_by_role("textbox", name="Name").fill("Behind a password")
    await alice.page.get_by_label(re.compile("^Password to join")).fill("open sesame")
    await alice.page.get_by_role("button", name="Create group").click()
    await expect(alice.composer).to_be_visible()
    link = alice.page.url
    await bob.page.goto(link)
    await bob.page.goto(f"{link}/details")
    await bob.page.locator("main input[type=password]").fill("close sesame")
    await bob.page.get_by_role("button", name=re.compile("^Join")).click()
    await expect(bob.page.get_by_role("alert").first).to_be_visible()
    await bob.page.locator("main input[type=password]").fill("open sesame")
    await bob.page.get_by_role("button", name=re.compile("^Join")).click()
    await expect(bob.composer).to_be_visible()
    await expect(alice.page.get_by_role("log").get_by_text(f"{bob.name} joined")).to_be_visible()

    await alice.composer.press_sequentially(f"hello @{bob.name[:5]}")
    await alice.page.get_by_role("option", name=re.compile(bob.name)).click()
    await alice.composer.press("Enter")
    await expect(bob.page.get_by_role("article").get_by_text(re.compile(bob.name)).first).to_be_visible()

    await alice.page.goto(f"{link}/details")
    await alice.page.get_by_role("button", name=f"What to do with {bob.name}").click()
    await alice.page.get_by_role("menuitem", name="Remove from the group").click()
    await alice.page.get_by_role("dialog").get_by_role("button", name="Remove from the group").click()
    await expect(bob.page.get_by_text(re.compile("You were removed from"))).to_be_visible()


async def test_a_group_is_left_by_one_and_deleted_for_all(people: People) -> None:
    alice, bob, carol = await people.account("alice"), await people.account("bob"), await people.account("carol")
    await alice.page.goto("/groups/new")
    await alice.page.get_by_role("textbox", name="Name").fill("Not for long")
    for other in (bob, carol):
        await alice.page.get_by_role("searchbox", name="Search people to add").fill(other.name)
        await alice.page.get_by_role("main").get_by_role("button", name=re.compile(other.name)).first.click()
        await expect(alice.page.get_by_role("list", name="Members").get_by_text(other.name)).to_be_visible()
    await alice.page.get_by_role("button", name="Create group").click()
    await expect(alice.composer).to_be_visible()
    link = alice.page.url
    for other in (bob, carol):
        await other.open_chat("Not for long")

    await finish(bob, link, "Leave group")
    await expect(alice.page.get_by_role("log").get_by_text(f"{bob.name} left")).to_be_visible()
    await expect(bob.page.get_by_role("list", name="Chats").get_by_text("Not for long")).to_have_count(0)
    await finish(alice, link, "Delete group")
    await expect(carol.page.get_by_text("The group was deleted.")).to_be_visible()
    await expect(carol.page.get_by_role("list", name="Chats").get_by_text("Not for long")).to_have_count(0)


async def finish(person: Person, link: str, action: str) -> None:
    """With a group, in its details; asked whether he is sure."""
    await person.page.goto(f"{link}/details")
    await person.page.get_by_role("button", name=action).click()
    await person.page.get_by_role("dialog").get_by_role("button", name=action).click()
    await expect(person.page.get_by_role("dialog")).to_have_count(0)


async def test_profile_preferences_and_sign_ins(people: People) -> None:
    alice = await people.account("alice")
    page = alice.page
    await page.goto("/profile")
    await page.get_by_label("First name").fill("Ada")
    await page.get_by_label("E-mail").fill("ada@example.org")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    await page.goto("/settings")
    digests = page.get_by_role("switch", name="Sum up by e-mail what stays unread")
    await expect(digests).to_be_enabled()
    await digests.press("Space")
    await expect(digests).to_be_checked()
    await page.reload()
    await expect(page.get_by_role("switch", name="Sum up by e-mail what stays unread")).to_be_checked()

    elsewhere = await people.anyone("elsewhere")
    await elsewhere.page.goto("/login")
    await elsewhere.page.get_by_label("Username").fill(alice.name)
    await elsewhere.page.get_by_label(re.compile("^Password")).fill(PASSWORD)
    await elsewhere.page.get_by_role("button", name="Sign in").click()
    await expect(elsewhere.page.get_by_role("tab", name="Chats")).to_be_visible()
    await page.goto("/sessions")
    await page.get_by_role("button", name=re.compile("^Sign out .")).first.click()
    await expect(elsewhere.page.get_by_role("link", name="Sign in")).to_be_visible()


async def test_in_german(people: People) -> None:
    alice = await people.account("alice")
    await alice.page.goto("/settings")
    await alice.page.get_by_role("radio", name="Deutsch").press("Space")
    await expect(alice.page.get_by_role("tab", name="Personen")).to_be_visible()
    await expect(alice.page.locator("html")).to_have_attribute("lang", "de")
