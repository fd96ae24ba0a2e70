"""A member's list of conversations: a handful of queries, however many conversations are on the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.messages import MemberView, MessageKind, Summary
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document, last_message_from, member_key
from store.paging import Place
from store.ports import MAX_UNREAD, SUMMARY_MEMBERS, Page


class MongoSummaries:
    def __init__(self, database: MotorDatabase) -> None:
        self._database = database
        self._conversations = database.conversations
        self._members = database.members
        self._users = database.users

    async def one(self, user: str, conversation: str) -> Summary | None:
        joined = await self._joined({"_id": member_key(conversation, user)})
        heads = await all_at_once(self._conversations.find({"_id": {"$in": list(joined)}}))
        return next(iter(await self._summarise(user, heads, joined)), None)

    async def newest(self, user: str, limit: int, before: Place | None) -> Page[Summary]:
        joined = await self._joined({"user": user})
        mine = {"_id": {"$in": list(joined)}, **_older_than(before)}
        newest = self._conversations.find(mine).sort([("updated_at", -1), ("_id", -1)])
        heads = await all_at_once(newest.limit(limit + 1))
        page = heads[:limit]
        following = str(Place(page[-1]["updated_at"], page[-1]["_id"])) if len(heads) > limit else None
        return Page(tuple(await self._summarise(user, page, joined)), following)

    async def _joined(self, rows: Document) -> dict[str, int]:
        """Conversation → the rev at which this member joined."""
        fields = {"_id": 0, "conversation": 1, "joined_rev": 1}
        found = await all_at_once(self._members.find({**rows, "left_rev": None}, fields))
        return {row["conversation"]: row["joined_rev"] for row in found}

    async def _summarise(self, user: str, heads: Sequence[Document], joined: Mapping[str, int]) -> list[Summary]:
        if not heads:
            return []
        details = await self._details(user, {head["_id"]: joined[head["_id"]] for head in heads})
        users = await self._names({row["user"] for detail in details.values() for row in detail["members"]})
        return [_summary(head, details[head["_id"]], users) for head in heads]

    async def _details(self, user: str, joined: Mapping[str, int]) -> Mapping[str, Document]:
        """The first members of each conversation, and how much of it this one has not read."""
        rows = [{"_id": conversation, "joined_rev": rev} for conversation, rev in joined.items()]
        stages = [{"$documents": {"$literal": rows}}, _FIRST_MEMBERS, _unread(user)]
        return {detail["_id"]: detail for detail in await self._database.aggregate(stages).to_list()}

    async def _names(self, users: set[str]) -> Mapping[str, Document]:
        found = self._users.find({"_id": {"$in": list(users)}}, {"username": 1, "name": 1})
        return {user["_id"]: user for user in await all_at_once(found)}


_FIRST_MEMBERS: Document = {
    "$lookup": {
        "from": "members",
        "localField": "_id",
        "foreignField": "conversation",
        "pipeline": [
            {"$match": {"left_rev": None}},
            {"$sort": {"joined_rev": 1, "user": 1}},
            {"$limit": SUMMARY_MEMBERS},
            {"$project": {"_id": 0, "user": 1, "role": 1}},
        ],
        "as": "members",
    }
}


def _unread(user: str) -> Document:
    """Others' undeleted text messages since this member joined, among the newest."""
    others = {"kind": MessageKind.TEXT.value, "deleted_at": None, "sender": {"$ne": user}}
    return {
        "$lookup": {
            "from": "messages",
            "localField": "_id",
            "foreignField": "conversation",
            "let": {"joined_rev": "$joined_rev"},
            "pipeline": [
                {"$match": {"$expr": {"$gt": ["$rev", "$$joined_rev"]}}},
                {"$sort": {"rev": -1}},
                {"$limit": MAX_UNREAD},
                {"$match": others},
                {"$count": "count"},
            ],
            "as": "unread",
        }
    }


def _older_than(place: Place | None) -> Document:
    if place is None:
        return {}
    same_time = {"updated_at": place.updated_at, "_id": {"$lt": place.conversation}}
    return {"$or": [{"updated_at": {"$lt": place.updated_at}}, same_time]}


def _views(rows: Sequence[Document], users: Mapping[str, Document]) -> tuple[MemberView, ...]:
    return tuple(_view(row, users[row["user"]]) for row in rows if row["user"] in users)


def _view(row: Mapping[str, Any], user: Mapping[str, Any]) -> MemberView:
    return MemberView(user=user["_id"], username=user["username"], name=user.get("name"), role=row["role"])


def _summary(head: Mapping[str, Any], detail: Mapping[str, Any], users: Mapping[str, Document]) -> Summary:
    return Summary(
        id=head["_id"],
        kind=head["kind"],
        name=head["name"],
        description=head["description"],
        epoch=head["epoch"],
        seq=head["seq"],
        rev=head["rev"],
        members=_views(detail["members"], users),
        member_count=head["member_count"],
        last_message=last_message_from(head),
        unread=detail["unread"][0]["count"] if detail["unread"] else 0,
        created_at=head["created_at"],
        updated_at=head["updated_at"],
    )
