"""What clients read: who is in a conversation, its history, and what a returning client missed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from domain.conversation import Leaving
from schemas.frames import Cursor, ResumeAnswer
from schemas.ids import command_key, direct_conversation_id
from schemas.messages import ConversationKind, Message, Summary
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document, member_key, message_from, message_key
from store.mongo.failures import guarded
from store.mongo.scalars import number, text, texts
from store.mongo.summaries import MongoSummaries
from store.paging import parse_place
from store.ports import Belonging, Membership, Page
from store.resuming import Missed, Standing, answer_to
from store.windows import Stretch, window

_MAX_SEQ = 9_999_999_999


class MongoConversations:
    def __init__(self, database: MotorDatabase) -> None:
        self._conversations = database.conversations
        self._members = database.members
        self._messages = database.messages
        self._summaries = MongoSummaries(database)

    @guarded
    async def membership(self, conversation: str, user: str) -> Membership | None:
        key = member_key(text(conversation), text(user))
        row = await self._members.find_one({"_id": key}, {"left_rev": 1, "left_how": 1})
        if row is None:
            return None
        if row["left_rev"] is None:
            return "member"
        return "ended" if Leaving(row["left_how"]).with_the_conversation else "former"

    @guarded
    async def summary(self, user: str, conversation: str) -> Summary | None:
        return await self._summaries.one(text(user), text(conversation))

    @guarded
    async def summaries(self, user: str, limit: int, before: str | None = None) -> Page[Summary]:
        place = None if before is None else parse_place(text(before))
        return await self._summaries.newest(text(user), number(limit), place)

    @guarded
    async def resume(self, user: str, cursors: Mapping[str, Cursor], limit: int) -> Sequence[ResumeAnswer]:
        standings = await self._standings(text(user), cursors)
        answers = [
            answer_to(conversation, cursor, standings[conversation], number(limit))
            for conversation, cursor in cursors.items()
        ]
        messages = await self._changed([answer for answer in answers if isinstance(answer, Missed)])
        return [
            answer.answer(messages[answer.conversation]) if isinstance(answer, Missed) else answer
            for answer in answers
            if answer is not None
        ]

    async def _standings(self, user: str, conversations: Iterable[str]) -> dict[str, Standing]:
        """The heads are read before the memberships: who is a member then was one when the head was as it is told."""
        rows = {conversation: member_key(text(conversation), user) for conversation in conversations}
        heads = await self._heads(list(rows))
        found = self._members.find({"_id": {"$in": list(rows.values())}}, {"left_rev": 1, "left_how": 1})
        standing = {row["_id"]: row for row in await all_at_once(found)}
        return {
            conversation: _standing(standing.get(row), heads.get(conversation)) for conversation, row in rows.items()
        }

    async def _heads(self, conversations: list[str]) -> dict[str, tuple[str, int]]:
        """Epoch and rev of each; read before the messages, which then hold every change up to it."""
        heads = self._conversations.find({"_id": {"$in": conversations}}, {"epoch": 1, "rev": 1})
        return {head["_id"]: (head["epoch"], head["rev"]) for head in await all_at_once(heads)}

    async def _changed(self, stretches: Sequence[Missed]) -> Mapping[str, list[Message]]:
        messages: defaultdict[str, list[Message]] = defaultdict(list)
        if stretches:
            revs = [_revs(stretch) for stretch in stretches]
            for document in await all_at_once(self._messages.find({"$or": revs})):
                messages[document["conversation"]].append(message_from(document))
        return messages

    @guarded
    async def history(
        self, conversation: str, *, before: int | None, after: int | None, around: int | None, limit: int
    ) -> tuple[tuple[Message, ...], bool]:
        messages: list[Message] = []
        more = False
        for stretch in window(before, after, around, number(limit)):
            found = await self._stretch(text(conversation), stretch)
            messages += map(message_from, found[: stretch.limit])
            more = more or len(found) > stretch.limit
        return tuple(sorted(messages, key=lambda message: message.seq)), more

    async def _stretch(self, conversation: str, stretch: Stretch) -> list[Document]:
        """One document more than asked for tells that there are more."""
        above = message_key(conversation, 0 if stretch.above is None else _clamped(stretch.above))
        below = message_key(conversation, _MAX_SEQ if stretch.below is None else _clamped(stretch.below))
        inside = self._messages.find({"_id": {"$gt": above, "$lt": below}})
        return await all_at_once(inside.sort("_id", -1 if stretch.descending else 1).limit(stretch.limit + 1))

    @guarded
    async def heads(self, conversations: Iterable[str]) -> Mapping[str, int]:
        found = self._conversations.find({"_id": {"$in": texts(conversations)}}, {"seq": 1})
        return {head["_id"]: head["seq"] for head in await all_at_once(found)}

    @guarded
    async def groups_of(self, user: str, limit: int) -> Sequence[Belonging]:
        present = {"user": text(user), "left_rev": None}
        groups = {
            "from": "conversations",
            "localField": "conversation",
            "foreignField": "_id",
            "pipeline": [{"$match": {"kind": ConversationKind.GROUP.value}}, {"$project": {"_id": 1}}],
            "as": "group",
        }
        found = self._members.aggregate(
            [
                {"$match": present},
                {"$project": {"_id": 0, "conversation": 1, "joined_rev": 1}},
                {"$lookup": groups},
                {"$match": {"group": {"$ne": []}}},
                {"$limit": number(limit)},
            ]
        )
        return [Belonging(row["conversation"], row["joined_rev"]) for row in await found.to_list()]

    @guarded
    async def blocking(self, pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        wanted = {pair: direct_conversation_id(text(pair[0]), text(pair[1])) for pair in pairs}
        found = self._conversations.find({"_id": {"$in": list(set(wanted.values()))}}, {"blocked_by": 1})
        blocked_by = {head["_id"]: head.get("blocked_by", ()) for head in await all_at_once(found)}
        return frozenset(pair for pair, conversation in wanted.items() if pair[0] in blocked_by.get(conversation, ()))

    @guarded
    async def message(self, conversation: str, seq: int) -> Message | None:
        found = await self._messages.find_one({"_id": message_key(text(conversation), _clamped(seq))})
        return None if found is None else message_from(found)

    @guarded
    async def message_by_client_id(self, conversation: str, sender: str, client_id: str) -> Message | None:
        key = command_key(text(conversation), text(sender), text(client_id))
        found = await self._messages.find_one({"key": key})
        return None if found is None else message_from(found)


def _standing(row: Document | None, head: tuple[str, int] | None) -> Standing:
    if row is None:
        return Standing(None, None)
    return Standing(head, None) if row["left_rev"] is None else Standing(None, Leaving(row["left_how"]))


def _revs(stretch: Missed) -> Document:
    return {"conversation": stretch.conversation, "rev": {"$gt": stretch.start, "$lte": stretch.end}}


def _clamped(seq: int) -> int:
    """Within the digits of a message's key; no message is at either end."""
    return min(max(number(seq), 0), _MAX_SEQ)
