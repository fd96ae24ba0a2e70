"""The first visit stays small: what is not needed for the first chat is loaded later."""

from tests.web.first_load import visit
from tests.web.people import People

MOST_BYTES = 200_000


async def test_the_first_chat_is_shown_for_200_kb(people: People) -> None:
    alice, bob = await people.account("alice"), await people.account("bob")
    await alice.open_chat_with(bob)
    await alice.say("the first message")
    await bob.open_chat(alice.name)
    await bob.sees("the first message")
    load = await visit(bob.context, bob.page.url, "the first message")
    assert 0 < load.of_the_app <= MOST_BYTES, load
