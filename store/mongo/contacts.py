"""Who is told of whom: the members of conversations, but for those in which one has blocked the other."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain

from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document
from store.mongo.failures import guarded
from store.mongo.scalars import texts
from store.ports import MAX_AUDIENCE, MAX_CONTACTS


class MongoContacts:
    def __init__(self, database: MotorDatabase) -> None:
        self._members = database.members
        self._conversations = database.conversations

    @guarded
    async def of(self, users: Iterable[str]) -> Mapping[str, frozenset[str]]:
        mine = await self._conversations_of(texts(users))
        small = {"member_count": {"$lte": MAX_AUDIENCE}}
        circles = await self._audiences(await self._open(list(set(chain.from_iterable(mine.values()))), small))
        known = {user: _others(user, (circles.get(one, frozenset()) for one in found)) for user, found in mine.items()}
        return {user: others for user, others in known.items() if others}

    async def _conversations_of(self, users: list[str]) -> Mapping[str, list[str]]:
        present = {"user": {"$in": users}, "left_rev": None}
        found: defaultdict[str, list[str]] = defaultdict(list)
        for row in await all_at_once(self._members.find(present, {"_id": 0, "conversation": 1, "user": 1})):
            found[row["user"]].append(row["conversation"])
        return found

    async def _open(self, conversations: list[str], further: Document) -> list[str]:
        """Those in which nobody has blocked anybody."""
        matching = {"_id": {"$in": conversations}, "blocked_by.0": {"$exists": False}, **further}
        return [found["_id"] for found in await all_at_once(self._conversations.find(matching, {"_id": 1}))]

    @guarded
    async def audiences(self, conversations: Iterable[str]) -> Mapping[str, frozenset[str]]:
        return await self._audiences(await self._open(texts(conversations), {}))

    async def _audiences(self, conversations: list[str]) -> dict[str, frozenset[str]]:
        present = {"conversation": {"$in": conversations}, "left_rev": None}
        found: defaultdict[str, set[str]] = defaultdict(set)
        for row in await all_at_once(self._members.find(present, {"_id": 0, "conversation": 1, "user": 1})):
            found[row["conversation"]].add(row["user"])
        return {conversation: frozenset(users) for conversation, users in found.items()}


def _others(user: str, circles: Iterable[frozenset[str]]) -> frozenset[str]:
    others = frozenset(chain.from_iterable(circles)) - {user}
    return others if len(others) <= MAX_CONTACTS else frozenset(sorted(others)[:MAX_CONTACTS])
