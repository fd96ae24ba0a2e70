"""Uploads: who may see them, and how long they stay."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest

from domain.media import (
    ASK_CLAIMED_AGAIN,
    KEEP_CLAIMED,
    KEEP_UNREFERENCED,
    Content,
    Media,
    Purpose,
    Variant,
)
from schemas.commands import SendMessage
from schemas.ids import command_key
from store.ports import Store
from tests.making import ALICE, BOB, CAROL, NOW, conversation_id
from tests.store.writing import Writing, at, enrol

ONE = conversation_id(1)
LARGE = bytes(range(256)) * 3000
"""More than two chunks of GridFS."""


def media(name: str = "f_1", uploader: str = ALICE, purpose: Purpose = Purpose.MESSAGE) -> Media:
    original = Content("image/png", len(LARGE), "a-digest", 20, 10)
    return Media(name, uploader, purpose, "a photo.png", NOW, original, Content("image/webp", 5, "other", 4, 2))


async def keep(store: Store, *kept: Media) -> None:
    for one in kept:
        await store.media.keep(one, {Variant.ORIGINAL: BytesIO(LARGE), Variant.THUMBNAIL: BytesIO(b"small")})


async def seen(store: Store, user: str, *ids: str) -> set[str]:
    return set(await store.media.visible(user, ids))


def carrying(client_id: str, *ids: str, sender: str = ALICE, conversation: str = ONE) -> SendMessage:
    return SendMessage(conversation=conversation, sender=sender, client_id=client_id, text="look", media=ids)


@pytest.fixture
async def writing(store: Store) -> Writing:
    await enrol(store, ALICE, BOB, CAROL)
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    return writing


async def later(store: Store, after: timedelta) -> datetime:
    """Sweep so long after the upload."""
    await store.media.sweep(NOW + after, 10)
    return NOW + after


async def test_an_upload_is_its_uploaders_alone(store: Store) -> None:
    await keep(store, media())
    assert await store.media.visible(ALICE, ["f_1", "f_2"]) == {"f_1": media()}
    assert await seen(store, BOB, "f_1") == set()


async def test_a_picture_is_for_everybody(store: Store) -> None:
    await keep(store, media(purpose=Purpose.PICTURE))
    assert await seen(store, BOB, "f_1") == {"f_1"}


async def test_contents_are_read_in_parts(store: Store) -> None:
    await keep(store, media())
    for start, limit in ((0, 10), (255 * 1024 - 3, 10), (len(LARGE) - 4, 10), (len(LARGE), 10), (10**9, 10), (5, 0)):
        assert await store.media.read("f_1", Variant.ORIGINAL, start, limit) == LARGE[start : start + limit]
    assert await store.media.read("f_1", Variant.ORIGINAL, 0, 10**9) == LARGE
    assert await store.media.read("f_1", Variant.THUMBNAIL, 0, 10) == b"small"
    assert await store.media.read("f_2", Variant.ORIGINAL, 0, 10) == b""


async def test_members_see_what_a_message_carries(store: Store, writing: Writing) -> None:
    await keep(store, media(), media("f_2"))
    await writing.apply([carrying("m1", "f_1")])
    assert await seen(store, BOB, "f_1", "f_2") == {"f_1"}
    assert await seen(store, CAROL, "f_1") == set()


async def test_of_several_conversations_one_is_enough(store: Store, writing: Writing) -> None:
    await keep(store, media())
    await writing.apply([carrying("m1", "f_1")])
    other = Writing(store, 2)
    await other.create(BOB, CAROL)
    await other.apply([carrying("m1", "f_1", sender=BOB, conversation=conversation_id(2))])
    assert await seen(store, CAROL, "f_1") == {"f_1"}


async def test_a_deleted_message_shows_nothing(store: Store, writing: Writing) -> None:
    await keep(store, media())
    await writing.apply([carrying("m1", "f_1")])
    message = writing.now.last_message
    assert message is not None
    await writing.change(message.model_copy(update={"deleted_at": at(9), "text": None}), "d1")
    assert await seen(store, BOB, "f_1") == set()
    assert await seen(store, ALICE, "f_1") == {"f_1"}


async def test_one_sends_what_one_sees(store: Store, writing: Writing) -> None:
    await keep(store, media(), media("f_2"), media("f_3", purpose=Purpose.PICTURE))
    await writing.apply([carrying("m1", "f_1")])
    claim = store.media.claim
    assert await claim(BOB, ["f_1"], "k1", NOW) == set()
    assert await claim(BOB, ["f_1"], "k1", NOW) == set()
    assert await claim(BOB, ["f_1", "f_2"], "k2", NOW) == {"f_2"}
    assert await claim(ALICE, ["f_1", "f_2"], "k3", NOW) == set()
    assert await claim(ALICE, ["f_3", "f_4"], "k4", NOW) == {"f_3", "f_4"}
    assert await claim(CAROL, ["f_1"], "k5", NOW) == {"f_1"}


async def test_what_nothing_refers_to_goes_after_a_day(store: Store) -> None:
    await keep(store, media())
    assert await store.media.sweep(NOW + KEEP_UNREFERENCED - timedelta(seconds=1), 10) == 0
    assert await seen(store, ALICE, "f_1") == {"f_1"}
    assert await store.media.sweep(NOW + KEEP_UNREFERENCED, 10) == 1
    assert await seen(store, ALICE, "f_1") == set()
    assert await store.media.read("f_1", Variant.ORIGINAL, 0, 10) == b""
    assert await store.media.claim(ALICE, ["f_1"], "k1", NOW) == {"f_1"}
    assert await store.media.sweep(NOW + 2 * KEEP_UNREFERENCED, 10) == 0


async def test_a_sweep_takes_no_more_than_it_is_told(store: Store) -> None:
    await keep(store, media("f_1"), media("f_2"), media("f_3"))
    now = NOW + KEEP_UNREFERENCED
    assert [await store.media.sweep(now, 2) for _ in range(3)] == [2, 1, 0]


async def test_what_a_message_carries_stays_until_it_is_deleted(store: Store, writing: Writing) -> None:
    await keep(store, media())
    await store.media.claim(ALICE, ["f_1"], command_key(ONE, ALICE, "m1"), NOW)
    await writing.apply([carrying("m1", "f_1")])
    now = await later(store, KEEP_UNREFERENCED)
    assert await store.media.sweep(now, 10) == 0
    assert await seen(store, BOB, "f_1") == {"f_1"}

    message = writing.now.last_message
    assert message is not None
    await writing.change(message.model_copy(update={"deleted_at": at(9), "media": ()}), "d1")
    await later(store, 2 * KEEP_UNREFERENCED)
    assert await seen(store, ALICE, "f_1") == set()


async def test_a_users_picture_stays_until_he_shows_another(store: Store, writing: Writing) -> None:
    await keep(store, media("f_1", purpose=Purpose.PICTURE), media("f_2", purpose=Purpose.PICTURE))
    await store.users.set_picture(ALICE, "f_1")
    assert (await store.users.get([ALICE]))[ALICE].picture == "f_1"
    summary = await store.conversations.summary(BOB, ONE)
    assert summary is not None
    assert [member.picture for member in summary.members] == ["f_1", None]
    await later(store, KEEP_UNREFERENCED)
    assert await seen(store, BOB, "f_1", "f_2") == {"f_1"}
    await store.users.set_picture(ALICE, None)
    assert (await store.users.get([ALICE]))[ALICE].picture is None
    await later(store, 2 * KEEP_UNREFERENCED)
    assert await seen(store, BOB, "f_1") == set()


async def test_what_a_command_on_its_way_carries_stays(store: Store, writing: Writing) -> None:
    """However long the writer is away: the message that is stored at last has what it carries."""
    await keep(store, media())
    await store.media.claim(ALICE, ["f_1"], command_key(ONE, ALICE, "m1"), NOW + timedelta(hours=23))
    now = await later(store, KEEP_UNREFERENCED)
    assert await seen(store, ALICE, "f_1") == {"f_1"}
    assert await store.media.sweep(now + ASK_CLAIMED_AGAIN, 10) == 1
    await writing.apply([carrying("m1", "f_1")])
    await later(store, timedelta(days=13))
    assert await seen(store, BOB, "f_1") == {"f_1"}


async def test_what_a_refused_command_carried_goes(store: Store, writing: Writing) -> None:
    await keep(store, media())
    await store.media.claim(CAROL, ["f_1"], command_key(ONE, CAROL, "m1"), NOW)  # she may not: nothing is claimed
    await store.media.claim(ALICE, ["f_1"], command_key(ONE, ALICE, "m1"), NOW)
    await writing.apply([carrying("m1", "f_1").model_copy(update={"reply_to": 99})])
    await later(store, KEEP_UNREFERENCED)
    assert await seen(store, ALICE, "f_1") == set()


async def test_a_claim_is_over_when_its_command_cannot_come_any_more(store: Store) -> None:
    await keep(store, media())
    await store.media.claim(ALICE, ["f_1"], "k1", NOW)
    await later(store, KEEP_CLAIMED - timedelta(seconds=1))
    assert await seen(store, ALICE, "f_1") == {"f_1"}
    await later(store, KEEP_CLAIMED + ASK_CLAIMED_AGAIN)
    assert await seen(store, ALICE, "f_1") == set()
