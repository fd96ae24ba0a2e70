"""The client's files, searches and chat list, against the api itself."""

from datetime import timedelta

import httpx
import pytest

from parley_client.errors import NotFound, RequestFailed
from parley_client.models import OpenedConversation
from parley_client.rest import Rest
from tests.api.test_media import TEXT, photo
from tests.api.world import PASSWORD, World, running


async def signed_in(world: World, username: str) -> tuple[Rest, str]:
    rest = Rest("http://parley.test", httpx.ASGITransport(world.api.app))
    user = await rest.register(username, PASSWORD)
    await rest.login(username, PASSWORD)
    return rest, user.id


async def test_search() -> None:
    async with running() as world:
        alice, alice_id = await signed_in(world, "alice")
        bob, bob_id = await signed_in(world, "bob")
        opened = await alice.direct(bob_id)
        assert isinstance(opened, OpenedConversation)
        conversation = opened.id
        for text in ("tea at one", "tea at two"):
            await alice.send(conversation, text, text)
        await world.store.search.index(world.database.messages[conversation].values(), ())
        hits = (await bob.search("TEA", conversation=conversation, sender=alice_id)).hits
        assert [hit.message.text for hit in hits] == ["tea at two", "tea at one"]
        assert hits[0].highlights == ((0, 3),)
        first = hits[1].message.sent_at
        assert [hit.message.text for hit in (await bob.search("tea", since=first, until=first)).hits] == []
        assert len((await bob.search("tea", since=first)).hits) == 2
        await alice.close()
        await bob.close()


async def test_muting_and_marking() -> None:
    async with running() as world:
        alice, _ = await signed_in(world, "alice")
        bob, bob_id = await signed_in(world, "bob")
        await bob.close()
        opened = await alice.direct(bob_id)
        assert isinstance(opened, OpenedConversation)
        until = world.clock() + timedelta(hours=1)
        assert (await alice.mute(opened.id)).muted_until is None
        assert (await alice.mute(opened.id, until)).muted_until == until
        assert (await alice.conversation(opened.id)).muted
        assert not (await alice.unmute(opened.id)).muted
        assert (await alice.mark_unread(opened.id)).marked_unread
        assert not (await alice.mark_unread(opened.id, unread=False)).marked_unread
        await alice.close()


async def test_files_are_uploaded_and_loaded() -> None:
    async with running() as world:
        alice, alice_id = await signed_in(world, "alice")
        bob, _ = await signed_in(world, "bob")
        plan = await alice.files.upload("plan.txt", TEXT)
        image = await alice.files.upload("me.jpg", photo())
        assert (plan.name, plan.size, plan.thumbnail) == ("plan.txt", len(TEXT), None)
        assert [found.id for found in await alice.files.look_up([image.id, "f_none", plan.id])] == [image.id, plan.id]
        assert await alice.files.load(plan.id) == TEXT
        assert await alice.files.load(plan.id, start=3, stop=9) == TEXT[3:9]
        assert await alice.files.load(plan.id, start=len(TEXT) - 2) == TEXT[-2:]
        assert (await alice.files.load(image.id, thumbnail=True)).startswith(b"RIFF")
        with pytest.raises(NotFound):
            await bob.files.load(plan.id)
        with pytest.raises(RequestFailed, match="content_forbidden"):
            await alice.files.upload("program", b"\x7fELF" + bytes(100))

        picture = await alice.files.set_picture(alice_id, "me.jpg", photo())
        assert (await bob.find_user("alice")).picture == picture.id
        await alice.files.remove_picture(alice_id)
        assert (await bob.find_user("alice")).picture is None
        await alice.close()
        await bob.close()
