"""The index of search: a document of words for each message, found by conversation and the beginning of a word."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from domain.searching import highlights, vocabulary
from schemas.ids import parse_message_id
from schemas.messages import ConversationKind, Message, MessageKind
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document, member_key, message_from, message_key
from store.mongo.failures import DUPLICATE_KEY, guarded
from store.mongo.scalars import number, text, texts
from store.paging import FoundPlace, parse_found_place
from store.ports import Page, Wanted

_LAST_CHARACTER = "\U0010ffff"


class MongoSearch:
    def __init__(self, database: MotorDatabase) -> None:
        self._search = database.message_search
        self._messages = database.messages
        self._members = database.members
        self._conversations = database.conversations

    @guarded
    async def index(self, messages: Iterable[Message], conversations: Iterable[str]) -> None:
        latest = _latest(messages)
        touched = list(dict.fromkeys([*texts(conversations), *(message.conversation for message in latest)]))
        there = {"_id": {"$in": touched}, "ended_at": None}
        heads = await all_at_once(self._conversations.find(there, {"kind": 1}))
        kinds = {head["_id"]: head["kind"] for head in heads}
        gone = [conversation for conversation in touched if conversation not in kinds]
        if gone:
            await self._search.delete_many({"conversation": {"$in": gone}})
        ephemeral = ConversationKind.EPHEMERAL.value
        await self._store([one for one in latest if kinds.get(one.conversation, ephemeral) != ephemeral])

    async def _store(self, messages: Sequence[Message]) -> None:
        """Each unless a later state is there: then the key is taken."""
        if not messages:
            return
        try:
            await self._search.bulk_write([_write(message) for message in messages], ordered=False)
        except BulkWriteError as error:
            if {failure["code"] for failure in error.details["writeErrors"]} != {DUPLICATE_KEY}:
                raise

    @guarded
    async def find(self, user: str, wanted: Wanted, limit: int, before: str | None = None) -> Page[Message]:
        place = None if before is None else parse_found_place(text(before))
        mine = await self._mine(text(user), wanted.conversation)
        if not mine:
            return Page(())
        query = _query(mine, wanted, place)
        found = self._search.find(query, {"_id": 1, "sent_at": 1}).sort([("sent_at", -1), ("_id", -1)])
        rows = await all_at_once(found.limit(number(limit) + 1))
        page = rows[:limit]
        return Page(await self._current(page, wanted), _next(page[-1]) if len(rows) > limit else None)

    async def _mine(self, user: str, conversation: str | None) -> list[str]:
        row: Document = {"user": user} if conversation is None else {"_id": member_key(text(conversation), user)}
        rows = self._members.find({**row, "left_rev": None}, {"_id": 0, "conversation": 1})
        return [row["conversation"] for row in await all_at_once(rows)]

    async def _current(self, rows: Sequence[Document], wanted: Wanted) -> tuple[Message, ...]:
        """The messages as they are now, those that still have the words."""
        ids = [row["_id"] for row in rows]
        undeleted = {"_id": {"$in": ids}, "kind": MessageKind.TEXT.value, "deleted_at": None}
        found = {document["_id"]: document for document in await all_at_once(self._messages.find(undeleted))}
        messages = (message_from(found[one]) for one in ids if one in found)
        return tuple(message for message in messages if highlights(message.text or "", wanted.terms))


def _latest(messages: Iterable[Message]) -> Sequence[Message]:
    """The latest state of each; system messages are not searched."""
    ascending = sorted((one for one in messages if one.kind is MessageKind.TEXT), key=lambda one: one.rev)
    return tuple({_key(message): message for message in ascending}.values())


def _key(message: Message) -> str:
    return message_key(message.conversation, message.seq)


def _document(message: Message) -> Document:
    return {
        "conversation": message.conversation,
        "sender": message.sender,
        "sent_at": message.sent_at,
        "rev": message.rev,
        "words": [] if message.deleted_at is not None else list(vocabulary(message.text or "")),
    }


def _write(message: Message) -> InsertOne[Document] | UpdateOne:
    """A new message, as nearly all are, is inserted, for a third of what an upsert costs: should its key be taken, then
    by the same words or by later ones."""
    if message.edited_at is None and message.deleted_at is None:
        return InsertOne({"_id": _key(message), **_document(message)})
    return UpdateOne({"_id": _key(message), "rev": {"$lt": message.rev}}, {"$set": _document(message)}, upsert=True)


def _query(conversations: Sequence[str], wanted: Wanted, before: FoundPlace | None) -> Document:
    # The longest word is likely to be the rarest, and the first of several is what the index is searched by.
    terms = sorted(texts(wanted.terms), key=len, reverse=True)
    conditions: list[Document] = [{"conversation": {"$in": list(conversations)}}]
    conditions += [{"words": {"$elemMatch": {"$gte": term, "$lt": term + _LAST_CHARACTER}}} for term in terms]
    if wanted.sender is not None:
        conditions.append({"sender": text(wanted.sender)})
    if wanted.since is not None:
        conditions.append({"sent_at": {"$gte": wanted.since}})
    if wanted.until is not None:
        conditions.append({"sent_at": {"$lt": wanted.until}})
    return {"$and": [*conditions, *_after(before)]}


def _after(place: FoundPlace | None) -> Sequence[Document]:
    if place is None:
        return ()
    key = message_key(place.conversation, place.seq)
    return ({"$or": [{"sent_at": {"$lt": place.sent_at}}, {"sent_at": place.sent_at, "_id": {"$lt": key}}]},)


def _next(row: Mapping[str, Any]) -> str:
    conversation, seq = parse_message_id(row["_id"])
    return str(FoundPlace(row["sent_at"], conversation, seq))
