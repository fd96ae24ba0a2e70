"""A member's list of conversations: a handful of queries, however many conversations are on the page."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from domain.receipts import MemberCursor, status_of
from schemas.messages import MemberView, MessageKind, Summary
from schemas.receipts import MessageStatus
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document, last_message_from, member_key
from store.mongo.marks import marked
from store.paging import Place
from store.ports import MAX_UNREAD, STATUS_MEMBERS, SUMMARY_MEMBERS, Page

Cursors = Mapping[str, MemberCursor]
"""By member key; one who has none is at the beginning."""


class MongoSummaries:
    def __init__(self, database: MotorDatabase) -> None:
        self._database = database
        self._conversations = database.conversations
        self._members = database.members
        self._messages = database.messages
        self._users = database.users
        self._cursors = database.cursors

    async def one(self, user: str, conversation: str) -> Summary | None:
        row = {"_id": member_key(conversation, user)}
        joined = await self._joined(row)
        heads = await all_at_once(self._conversations.find({"_id": {"$in": list(joined)}, **_shown_to(user)}))
        summaries = await marked(self._database, user, await self._summarise(user, heads, joined))
        return next(iter(await self._still_his(row, joined, summaries)), None)

    async def newest(self, user: str, limit: int, before: Place | None) -> Page[Summary]:
        joined = await self._joined({"user": user})
        mine = {"_id": {"$in": list(joined)}, **_older_than(before), **_shown_to(user)}
        newest = self._conversations.find(mine).sort([("updated_at", -1), ("_id", -1)])
        heads = await all_at_once(newest.limit(limit + 1))
        page = heads[:limit]
        following = str(Place(page[-1]["updated_at"], page[-1]["_id"])) if len(heads) > limit else None
        summaries = await marked(self._database, user, await self._summarise(user, page, joined))
        rows = {"_id": {"$in": [member_key(head["_id"], user) for head in page]}}
        return Page(await self._still_his(rows, joined, summaries), following)

    async def _still_his(
        self, rows: Document, joined: Mapping[str, "_Joining"], summaries: Sequence[Summary]
    ) -> tuple[Summary, ...]:
        """Memberships are read again when everything else has been: who is a member then, in the same rev since he
        joined, was one all the while, and sees nothing that came after."""
        now = await self._joined(rows) if summaries else {}
        return tuple(one for one in summaries if now.get(one.id) == joined[one.id])

    async def _joined(self, rows: Document) -> dict[str, "_Joining"]:
        """Conversation → when this member joined."""
        fields = {"_id": 0, "conversation": 1, "joined_rev": 1, "joined_at": 1}
        found = await all_at_once(self._members.find({**rows, "left_rev": None}, fields))
        return {row["conversation"]: _Joining(row["joined_rev"], row["joined_at"]) for row in found}

    async def _summarise(self, user: str, heads: Sequence[Document], joined: Mapping[str, "_Joining"]) -> list[Summary]:
        if not heads:
            return []
        members = await self._members_shown(user, heads)
        users = await self._names({row["user"] for rows in members.values() for row in rows})
        cursors = await self._cursors_of(user, members)
        unread = await self._unread(user, [_span(head, user, joined, cursors) for head in heads])
        shown = {**cursors, **_hidden(user, members, users)}
        return [
            _summary(
                head,
                user,
                _views(members[head["_id"]][:SUMMARY_MEMBERS], users, shown),
                _status(user, head, members[head["_id"]], shown),
                unread.get(head["_id"], 0),
            )
            for head in heads
        ]

    async def _members_shown(self, user: str, heads: Sequence[Document]) -> Mapping[str, list[Document]]:
        """One plain query for all conversations but large groups: each is cut off where it is looked up, unless
        all of its members have to be known."""
        members: defaultdict[str, list[Document]] = defaultdict(list)
        large = [
            head["_id"] for head in heads if head["member_count"] > SUMMARY_MEMBERS and not _has_status(user, head)
        ]
        whole = {"conversation": {"$in": [head["_id"] for head in heads if head["_id"] not in large]}, "left_rev": None}
        for row in await all_at_once(self._members.find(whole, _MEMBER).sort(_LONGEST_FIRST)):
            members[row["conversation"]].append(row)
        if large:
            rows = [{"_id": conversation} for conversation in large]
            found = self._database.aggregate([{"$documents": {"$literal": rows}}, _FIRST_MEMBERS])
            members.update((row["_id"], row["members"]) for row in await found.to_list())
        return members

    async def _names(self, users: set[str]) -> Mapping[str, Document]:
        found = self._users.find({"_id": {"$in": list(users)}}, _NAME)
        return {user["_id"]: user for user in await all_at_once(found)}

    async def _cursors_of(self, user: str, members: Mapping[str, Sequence[Document]]) -> Cursors:
        """How far the members shown have come, and this one, who may not be among them."""
        keys = {member_key(conversation, row["user"]) for conversation, rows in members.items() for row in rows}
        keys |= {member_key(conversation, user) for conversation in members}
        found = self._cursors.find({"_id": {"$in": list(keys)}}, {"delivered": 1, "read": 1})
        return {row["_id"]: MemberCursor(row["delivered"], row["read"]) for row in await all_at_once(found)}

    async def _unread(self, user: str, spans: Sequence["_Span"]) -> Mapping[str, int]:
        """Others' undeleted text messages of each conversation, as far as any can be unread."""
        above = [
            {
                "conversation": span.conversation,
                "rev": {"$gt": span.since},
                "seq": {"$gt": span.read, "$lte": span.head},
                "sent_at": {"$gte": span.joined_at},
            }
            for span in spans
            if span.read < span.head
        ]
        if not above:
            return {}
        others = {"kind": MessageKind.TEXT.value, "deleted_at": None, "sender": {"$ne": user}}
        count = {"$group": {"_id": "$conversation", "unread": {"$sum": 1}}}
        found = self._messages.aggregate([{"$match": {"$or": above, **others}}, count])
        return {row["_id"]: row["unread"] for row in await found.to_list()}


_NAME = {"username": 1, "name": 1, "picture": 1, "preferences.read_receipts": 1}
_MEMBER = {"_id": 0, "conversation": 1, "user": 1, "role": 1}
_LONGEST_FIRST = [("joined_rev", 1), ("user", 1)]
_FIRST_MEMBERS: Document = {
    "$lookup": {
        "from": "members",
        "localField": "_id",
        "foreignField": "conversation",
        "pipeline": [
            {"$match": {"left_rev": None}},
            {"$sort": dict(_LONGEST_FIRST)},
            {"$limit": SUMMARY_MEMBERS},
            {"$project": _MEMBER},
        ],
        "as": "members",
    }
}


class _Joining(NamedTuple):
    rev: int
    at: datetime


class _Span(NamedTuple):
    """Where a member's unread messages are: above the rev `since` (when he joined, and among the newest changes) and
    sent since he joined (what is older may have been changed since), above the seq `read`, up to the seq `head`."""

    conversation: str
    since: int
    joined_at: datetime
    read: int
    head: int


def _span(head: Mapping[str, Any], user: str, joined: Mapping[str, "_Joining"], cursors: Cursors) -> _Span:
    conversation = head["_id"]
    since = max(joined[conversation].rev, head["rev"] - MAX_UNREAD)
    return _Span(conversation, since, joined[conversation].at, _cursor(cursors, conversation, user).read, head["seq"])


def _cursor(cursors: Cursors, conversation: str, user: str) -> MemberCursor:
    return cursors.get(member_key(conversation, user), MemberCursor())


def _shown_to(user: str) -> Document:
    """A conversation in which nothing was said is kept from whom the other one has blocked (`domain.blocking`)."""
    return {"$nor": [{"seq": 0, "blocked_by": {"$elemMatch": {"$ne": user}}}]}


def _older_than(place: Place | None) -> Document:
    if place is None:
        return {}
    same_time = {"updated_at": place.updated_at, "_id": {"$lt": place.conversation}}
    return {"$or": [{"updated_at": {"$lt": place.updated_at}}, same_time]}


def _views(rows: Sequence[Document], users: Mapping[str, Document], cursors: Cursors) -> tuple[MemberView, ...]:
    return tuple(_view(row, users[row["user"]], cursors) for row in rows if row["user"] in users)


def _view(row: Mapping[str, Any], user: Mapping[str, Any], cursors: Cursors) -> MemberView:
    delivered, read = _cursor(cursors, row["conversation"], row["user"])
    return MemberView(
        user=user["_id"],
        username=user["username"],
        name=user.get("name"),
        picture=user.get("picture"),
        role=row["role"],
        delivered=delivered,
        read=read,
    )


def _hidden(user: str, members: Mapping[str, Sequence[Document]], users: Mapping[str, Document]) -> Cursors:
    """What others see of those who keep their receipts private."""
    private = {one for one, found in users.items() if not found.get("preferences", {}).get("read_receipts", True)}
    private.discard(user)
    return {
        member_key(conversation, row["user"]): MemberCursor()
        for conversation, rows in members.items()
        for row in rows
        if row["user"] in private
    }


def _has_status(user: str, head: Mapping[str, Any]) -> bool:
    last = head["last_message"]
    return last is not None and last["sender"] == user and head["member_count"] <= STATUS_MEMBERS


def _status(user: str, head: Mapping[str, Any], members: Sequence[Document], cursors: Cursors) -> MessageStatus | None:
    if not _has_status(user, head):
        return None
    others = [_cursor(cursors, head["_id"], row["user"]) for row in members if row["user"] != user]
    return status_of(head["last_message"]["seq"], others)


def _summary(
    head: Mapping[str, Any], user: str, members: tuple[MemberView, ...], status: MessageStatus | None, unread: int
) -> Summary:
    return Summary(
        id=head["_id"],
        kind=head["kind"],
        name=head["name"],
        description=head["description"],
        epoch=head["epoch"],
        seq=head["seq"],
        rev=head["rev"],
        members=members,
        member_count=head["member_count"],
        last_message=last_message_from(head),
        last_message_status=status,
        unread=unread,
        blocked=user in head.get("blocked_by", ()),
        created_at=head["created_at"],
        updated_at=head["updated_at"],
    )
