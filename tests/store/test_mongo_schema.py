"""The collections themselves: what their validators refuse, and that indexes serve every question."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pymongo.errors import WriteError

from domain.identity import User
from domain.media import Variant
from domain.notifying import Settled
from domain.presence import Presence
from domain.receipts import MemberCursor, Reader, ReceiptRow, RowKey
from schemas.frames import Cursor
from schemas.ids import command_key
from schemas.messages import ConversationKind
from schemas.preferences import Notifications, PreferencesChange
from schemas.receipts import ReceiptKind
from store.mongo.schema import COLLECTIONS
from store.ports import Deadline, EdgeLife, GroupPassword, PresenceChange, Receipt, Store, Stretch, Wanted
from tests.making import ALICE, BOB, EPOCH, NOW, conversation_id
from tests.store.backends import MongoBackend
from tests.store.test_chats import ANN, CHAT, chat
from tests.store.test_logins import FAR, login
from tests.store.test_media import keep, media
from tests.store.test_notification_ledger import mail, push
from tests.store.test_push_subscriptions import subscription
from tests.store.test_sessions import session
from tests.store.writing import Writing

pytestmark = pytest.mark.real

ONE = conversation_id(1)


async def fill(store: Store) -> None:
    """At least one document in every collection, with as many of its fields as there are."""
    await store.users.create(User(ALICE, "alice", NOW, "Al", "Ice", "al@example.org", "+43 1"), "a-hash")
    await store.users.create(User(BOB, "bob", NOW), "a-hash")
    wanted = PreferencesChange(notifications=Notifications.NONE, email_digest=True, read_receipts=False)
    await store.users.change_preferences(ALICE, wanted)
    await store.user_topics.open([ALICE], 60.0)
    await store.logins.create(login())
    await store.logins.rotate("t0", "t1", NOW, FAR)
    await store.logins.create(login(2, "other"))
    await store.logins.end(ALICE, ["login-2"])
    await store.push_subscriptions.add(subscription(), 10)
    await store.notification_ledger.enter([push()])
    await store.notification_ledger.claim("a-holder", FAR, FAR, 10)
    await store.digests.schedule([ALICE], NOW, timedelta(hours=1))
    digest = await store.digests.claim(NOW, NOW)
    assert digest is not None
    await store.digests.schedule([ALICE], NOW, timedelta(hours=1))
    await store.digests.finish(digest, NOW, NOW)
    await store.sessions.register([session("s1")])
    await store.sessions.register([session("s2")])
    await store.edges.begin(EdgeLife("i1", "e", "edge.e.i1", "ws://e/ws"))
    await store.edges.end(["i1"])
    await store.router_positions.advance({"user.a.1": 1})
    await store.presences.change(
        {ALICE: PresenceChange(Presence(), Presence(online=True, last_online=NOW, cause="0/0"))}
    )
    await store.deadlines.set([Deadline("d1", "k", NOW, {"user": ALICE})])
    await store.deadlines.claim("k", "h", 60.0, 1)
    reader = Reader(ONE, BOB)
    row = ReceiptRow(RowKey(reader, ReceiptKind.READ, 1), 0, NOW)
    await store.receipts.advance([row], {reader: MemberCursor(1, 1)})
    await store.receipt_watermarks.advance({0: NOW})
    await keep(store, media())
    await store.media.claim(ALICE, ["f_1"], "a-key", NOW)
    await store.users.set_picture(ALICE, "f_1")
    await store.group_passwords.put(ONE, GroupPassword("v1", "a-hash"))
    await store.attempts.begin("join/somebody", 5, 60.0)
    await store.chats.create(chat())
    await store.chats.claim(CHAT, ANN, NOW)
    writing = Writing(store)
    await writing.create(ALICE, BOB)
    await writing.say(ALICE, "m1")
    message = await store.conversations.message(ONE, 1)
    assert message is not None
    full = message.model_copy(
        update={"media": ("f",), "reply_to": 1, "mentions": (BOB,), "reactions": {"👍": (BOB,)}, "deleted_at": NOW}
    )
    await store.search.index([message], [ONE])
    await store.marks.mute(Reader(ONE, ALICE), NOW)
    await store.marks.mark_unread(Reader(ONE, ALICE), unread=True)
    await writing.change(full, "e1")


def places(document: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Where every field is, those of objects and of the objects in arrays included."""
    for name, value in document.items():
        yield (name,)
        inner = value[0] if value and isinstance(value, list) else value
        if isinstance(inner, dict) and name != "reactions":
            between = (name, "0") if isinstance(value, list) else (name,)
            yield from ((*between, *place) for place in places(inner))


def holder_of(document: Any, place: tuple[str, ...]) -> Any:
    for name in place[:-1]:
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


@pytest.fixture
async def filled(mongo: MongoBackend) -> MongoBackend:
    store = await mongo.emptied().open()
    await fill(store)
    await store.close()
    return mongo


@pytest.mark.parametrize("name", [spec.name for spec in COLLECTIONS])
async def test_a_field_of_another_type_is_refused(filled: MongoBackend, name: str) -> None:
    collection = filled.raw[name]
    (found,) = list(collection.find(sort=[("$natural", 1)], limit=1))
    checked = [place for place in places(found) if place != ("_id",)]
    assert checked
    for place in checked:
        for wrong in ({"no": "such"}, [1.5], True):
            changed = deepcopy(found)
            value = holder_of(changed, place)[place[-1]]
            if isinstance(value, type(wrong)) and wrong != [1.5]:
                continue
            holder_of(changed, place)[place[-1]] = wrong
            with pytest.raises(WriteError) as refusal:
                collection.replace_one({"_id": found["_id"]}, changed)
            assert refusal.value.code == 121, (place, wrong)


_OPTIONAL = {
    "notification_ledger": {"due_at"},
    "digests": {"due_at"},
    "users": {
        "name",
        "lastname",
        "email",
        "phone_number",
        "picture",
        "topic",
        "preferences",
        "presence",
        "erased_at",
        "erasing",
    },
    "conversations": {"password", "blocked_by"},
    "members": {"joined_by"},
    "messages": {"cause", "event", "text", "media", "reply_to", "mentions", "reactions", "edited_at", "deleted_at"},
    "media": {"thumbnail"},
    "marks": {"muted_until", "unread"},
    "group_passwords": {"due_at"},
}


@pytest.mark.parametrize("name", [spec.name for spec in COLLECTIONS])
async def test_a_missing_field_is_refused(filled: MongoBackend, name: str) -> None:
    collection = filled.raw[name]
    (found,) = list(collection.find(sort=[("$natural", 1)], limit=1))
    for field in found.keys() - {"_id"}:
        rest = {name: value for name, value in found.items() if name != field}
        if field in _OPTIONAL.get(name, ()):
            collection.replace_one({"_id": found["_id"]}, rest)
            continue
        with pytest.raises(WriteError) as refusal:
            collection.replace_one({"_id": found["_id"]}, rest)
        assert refusal.value.code == 121, field


_SCANNED = frozenset({"edges", "receipt_watermarks"})
"""One document for each process, or for each partition: no index is worth its upkeep."""


async def test_indexes_serve_every_question(mongo: MongoBackend) -> None:
    store = await mongo.emptied().open()
    await fill(store)
    mongo.raw.command("profile", 2)
    try:
        await _ask_everything(store)
    finally:
        mongo.raw.command("profile", 0)
        await store.close()
    profile = mongo.raw["system.profile"]
    asked = list(profile.find({"appName": "parley", "planSummary": {"$exists": True}}))
    scans = {entry["ns"].rpartition(".")[2] for entry in asked if "COLLSCAN" in entry["planSummary"]}
    looked_up = [entry for entry in asked if entry["ns"].endswith(".sessions") and entry["op"] == "query"]
    profile.drop()
    assert len(asked) > 30
    assert scans <= _SCANNED
    assert any(entry["docsExamined"] == 0 and entry["nreturned"] == 2 for entry in looked_up)


async def _ask_everything(store: Store) -> None:
    await fill_again(store)
    await store.users.get([ALICE])
    await store.users.credentials("alice")
    await store.users.list(None, None, 10)
    await store.users.list("al", "a", 10)
    await store.logins.rotate("t1", "t2", NOW, FAR)
    await store.logins.of(ALICE)
    await store.logins.end(ALICE, ["login-1"])
    await store.logins.ended(["login-1"])
    await store.logins.revoke("t2")
    await store.sessions.of_logins(["login-1"])
    await store.users.replace_password_hash(ALICE, "a-hash", "b-hash")
    await store.users.change_profile(ALICE, {"name": "Alma"})
    await store.push_subscriptions.of([ALICE, BOB])
    await store.push_subscriptions.remove(ALICE, "sub-1")
    await store.push_subscriptions.remove_logins(["l_1"])
    await store.push_subscriptions.remove_user(ALICE)
    await store.notification_ledger.enter([push(), mail()], again=True)
    for claim in await store.notification_ledger.claim("another", FAR, FAR, 10, ["a-host"]):
        await store.notification_ledger.retry(claim, FAR)
    await store.notification_ledger.settle([push().id], Settled.SENT)
    await store.notification_ledger.mail(ALICE, 10)
    await store.notification_ledger.remove_user(ALICE)
    await store.digests.schedule([ALICE], NOW, timedelta(hours=1))
    digest = await store.digests.claim(NOW, NOW)
    assert digest is not None
    await store.digests.postpone(digest, NOW)
    await store.digests.finish(digest, NOW, NOW)
    await store.digests.remove_user(ALICE)
    await store.sessions.of([ALICE, BOB])
    await store.sessions.remove(["s1"])
    await store.sessions.remove_incarnations(["i1"])
    await store.edges.leases()
    await store.edges.ended(0)
    await store.user_topics.renew([ALICE], 60.0)
    await store.user_topics.leased([ALICE])
    await store.user_topics.retire(60.0, 10)
    await store.user_topics.retiring(None, 10)
    await store.user_topics.retiring([ALICE], 10)
    await store.user_topics.retired({ALICE: 1})
    await store.router_positions.load(["user.a.1"])
    await store.decisions.load([ONE])
    await store.decisions.outcomes([command_key(ONE, ALICE, "m1"), command_key(ONE, ALICE, "m2")])
    conversations = store.conversations
    await store.contacts.audiences([ONE])
    await store.contacts.of([ALICE])
    await store.presences.online([ALICE])
    await store.presences.doubtful()
    await store.users.active(None, 10)
    await store.users.active("a", 10)
    await store.deadlines.set([Deadline("d2", "k", NOW + timedelta(1), {})])
    await store.deadlines.claim("k", "h", 60.0, 1)
    await store.deadlines.overdue_seconds("k")
    await store.deadlines.done("h", ["d1"])
    await conversations.membership(ONE, ALICE)
    await conversations.blocking([(ALICE, BOB)])
    await store.group_passwords.current(ONE)
    await store.group_passwords.forget_superseded(NOW + timedelta(days=36_500), 10)
    await store.attempts.begin("join/somebody", 5, 60.0)
    await store.attempts.made("join/somebody")
    await store.attempts.take_back("join/somebody")
    await store.attempts.succeed("join/somebody")
    await store.chats.create(chat())
    await store.chats.at("hash-1")
    await store.chats.get(CHAT)
    await store.chats.claim(CHAT, ANN, NOW)
    await store.chats.close_topics(CHAT)
    await store.endings.due(ConversationKind.EPHEMERAL, NOW, 10)
    await store.endings.destroy(CHAT)
    await conversations.summaries(ALICE, 10)
    await conversations.summary(ALICE, ONE)
    await conversations.resume(ALICE, {ONE: Cursor(epoch=EPOCH, rev=0)}, 10)
    for place in ({"before": 5}, {"after": 0}, {"around": 1}):
        asked = {"before": None, "after": None, "around": None} | place
        await conversations.history(ONE, **asked, limit=10)
    await conversations.message_by_client_id(ONE, ALICE, "m1")
    await conversations.heads([ONE])
    receipts = store.receipts
    await receipts.cursors([Reader(ONE, BOB)])
    await receipts.rows([RowKey(Reader(ONE, BOB), ReceiptKind.READ, 1)])
    await receipts.senders({ONE: Stretch(0, 1)})
    await receipts.members([Reader(ONE, BOB)])
    assert await receipts.of_message(ONE, 1) == [Receipt(BOB, None, NOW)]
    await receipts.delete([conversation_id(2)])
    wanted = Wanted(("m", "m1"), sender=ALICE, since=NOW, until=NOW)
    await store.search.index([], [ONE, conversation_id(9)])
    for before in (None, f"1.{ONE}.1"):
        await store.search.find(ALICE, wanted, 10, before)
        await store.search.find(ALICE, replace(wanted, conversation=ONE), 10, before)
    await store.marks.muted([Reader(ONE, ALICE)])
    await store.marks.remove_user(BOB)
    await conversations.groups_of(ALICE, 10)
    await store.marks.unmute(Reader(ONE, ALICE))
    await store.media.visible(BOB, ["f_1"])
    await store.media.claim(ALICE, ["f_1"], "another-key", NOW)
    await store.media.read("f_1", Variant.ORIGINAL, 0, 10)
    await store.media.sweep(NOW + timedelta(days=20), 10)
    await store.users.set_picture(ALICE, None)
    await store.media.sweep(NOW + timedelta(days=40), 10)


async def fill_again(store: Store) -> None:
    writing = Writing(store, 2)
    await writing.create(ALICE, BOB)
    await writing.say(ALICE, "m1")
    await store.router_positions.advance({"user.a.1": 2})
    await store.sessions.register([session("s3", BOB)])
    await store.user_topics.open([BOB], 60.0)
