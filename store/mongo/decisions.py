"""What the writer reads and writes: each batch one transaction, on condition of what its decisions were made from."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping

from domain.conversation import Batch, Conversation, Made, Outcome
from schemas.messages import Message
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document, conversation_from, made_from, message_from, message_key, outcome_from
from store.mongo.failures import guarded
from store.mongo.scalars import number, text, texts
from store.mongo.transaction import Transaction


class MongoDecisions:
    def __init__(self, database: MotorDatabase, timeout_seconds: float) -> None:
        self._conversations = database.conversations
        self._members = database.members
        self._messages = database.messages
        self._outcomes = database.outcomes
        self._transaction = Transaction(database.delegate, timeout_seconds)

    @guarded
    async def load(self, conversations: Iterable[str]) -> Mapping[str, Conversation]:
        ids = texts(conversations)
        if not ids:
            return {}
        # Heads first: members that change in between belong to a later `applied`, on which the decision then fails.
        heads = await all_at_once(self._conversations.find({"_id": {"$in": ids}}))
        members = await self._members_of([head["_id"] for head in heads])
        return {head["_id"]: conversation_from(head, members[head["_id"]]) for head in heads}

    async def _members_of(self, conversations: list[str]) -> Mapping[str, list[Document]]:
        members: defaultdict[str, list[Document]] = defaultdict(list)
        if conversations:
            found = self._members.find({"conversation": {"$in": conversations}})
            for row in await all_at_once(found.sort([("joined_rev", 1), ("user", 1)])):
                members[row["conversation"]].append(row)
        return members

    @guarded
    async def outcomes(self, keys: Iterable[str]) -> Mapping[str, Outcome | Made]:
        wanted = texts(keys)
        if not wanted:
            return {}
        messages, outcomes = await asyncio.gather(
            all_at_once(self._messages.find({"key": {"$in": wanted}})),
            all_at_once(self._outcomes.find({"_id": {"$in": wanted}})),
        )
        found: dict[str, Outcome | Made] = {document["_id"]: outcome_from(document) for document in outcomes}
        return found | {document["key"]: made_from(document) for document in messages}

    @guarded
    async def messages(self, places: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], Message]:
        keys = [message_key(text(conversation), number(seq)) for conversation, seq in places]
        found = map(message_from, await all_at_once(self._messages.find({"_id": {"$in": keys}})))
        return {(message.conversation, message.seq): message for message in found}

    @guarded
    async def apply(self, batch: Batch) -> None:
        if batch.changes or batch.outcomes:
            await asyncio.to_thread(self._transaction.run, batch)
