"""Who is told of whom: read from `members`, by its indexes alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.failures import guarded
from store.mongo.scalars import texts


class MongoContacts:
    def __init__(self, database: MotorDatabase) -> None:
        self._members = database.members

    @guarded
    async def audiences(self, conversations: Iterable[str]) -> Mapping[str, frozenset[str]]:
        return await self._audiences(texts(conversations))

    async def _audiences(self, conversations: list[str]) -> dict[str, frozenset[str]]:
        present = {"conversation": {"$in": conversations}, "left_rev": None}
        found: defaultdict[str, set[str]] = defaultdict(set)
        for row in await all_at_once(self._members.find(present, {"_id": 0, "conversation": 1, "user": 1})):
            found[row["conversation"]].add(row["user"])
        return {conversation: frozenset(users) for conversation, users in found.items()}
