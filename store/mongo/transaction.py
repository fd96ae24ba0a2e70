"""A writer's batch as one transaction, in one go on a thread.

It speaks to the driver's blocking face because a transaction is several commands in a row: one hop to a thread instead
of one for each saves a third of its CPU, and whoever stops waiting leaves no transaction half open.
"""

import time
from collections.abc import Sequence
from random import Random
from typing import Any

import pymongo
from pymongo import ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError

from domain.conversation import Applied, Batch, Change
from schemas.messages import ConversationKind, Message
from store.errors import Conflict
from store.mongo.documents import (
    Document,
    conversation_document,
    conversation_head,
    member_document,
    message_change,
    message_document,
    message_key,
    outcome_document,
)

_COMMITS = 4
_PAUSE_SECONDS = 0.05


class Transaction:
    def __init__(self, database: Database[Document], timeout_seconds: float) -> None:
        self._database = database
        self._timeout_seconds = timeout_seconds
        self._random = Random()

    def run(self, batch: Batch) -> None:
        """Blocks for at most the timeout, every command and repeated commit included.

        Raises Conflict, or what the driver raises: then it is aborted, except when a commit's answer stayed away.
        """
        with pymongo.timeout(self._timeout_seconds), self._database.client.start_session() as session:
            session.start_transaction()
            # Leaving by an exception ends the session, which aborts what was not committed.
            self._write(batch, session)
            self._commit(session)

    def _write(self, batch: Batch, session: ClientSession) -> None:
        self._move([(change, change.before) for change in batch.changes if change.before is not None], session)
        created = [conversation_document(change.after) for change in batch.changes if change.before is None]
        self._insert("conversations", created, session)
        self._join([change for change in batch.changes if change.members], session)
        self._make(batch.changes, session)
        self._alter([m for change in batch.changes for m in change.messages if m.seq not in change.made], session)
        self._shred([change.after.id for change in batch.changes if _ends_chat(change)], session)
        self._insert("outcomes", [outcome_document(outcome) for outcome in batch.outcomes], session)

    def _move(self, changes: Sequence[tuple[Change, Applied]], session: ClientSession) -> None:
        if not changes:
            return
        moves = [
            UpdateOne(_at(change.after.id, before), {"$set": conversation_head(change.after)})
            for change, before in changes
        ]
        moved = self._collection("conversations").bulk_write(moves, ordered=False, session=session)
        if moved.matched_count != len(moves):
            raise Conflict(f"{len(moves) - moved.matched_count} conversations are not where the decisions began")

    def _join(self, changes: Sequence[Change], session: ClientSession) -> None:
        documents = [member_document(change.after.id, member) for change in changes for member in change.members]
        self._replace("members", documents, session)

    def _make(self, changes: Sequence[Change], session: ClientSession) -> None:
        documents = [
            message_document(message, made_rev)
            for change in changes
            for message in change.messages
            if (made_rev := change.made.get(message.seq)) is not None
        ]
        self._insert("messages", documents, session)

    def _alter(self, messages: Sequence[Message], session: ClientSession) -> None:
        if not messages:
            return
        updates = [UpdateOne({"_id": message_key(m.conversation, m.seq)}, message_change(m)) for m in messages]
        altered = self._collection("messages").bulk_write(updates, ordered=False, session=session)
        if altered.matched_count != len(updates):
            raise Conflict(f"{len(updates) - altered.matched_count} messages to be changed are not there")

    def _shred(self, conversations: Sequence[str], session: ClientSession) -> None:
        """With an ephemeral chat go the keys to all that was said in it."""
        if conversations:
            self._collection("ephemeral_chats").delete_many({"_id": {"$in": conversations}}, session=session)

    def _insert(self, name: str, documents: Sequence[Document], session: ClientSession) -> None:
        if documents:
            self._collection(name).insert_many(documents, ordered=False, session=session)

    def _replace(self, name: str, documents: Sequence[Document], session: ClientSession) -> None:
        replacing = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents]
        if replacing:
            self._collection(name).bulk_write(replacing, ordered=False, session=session)

    def _collection(self, name: str) -> Collection[Document]:
        return self._database[name]

    def _commit(self, session: ClientSession) -> None:
        """Repeating a commit is safe, and the only way to learn what became of it."""
        for attempt in range(_COMMITS - 1):
            try:
                session.commit_transaction()
            except PyMongoError as error:
                if not error.has_error_label("UnknownTransactionCommitResult"):
                    raise
                time.sleep(_PAUSE_SECONDS * 2**attempt * self._random.uniform(0.5, 1.5))
            else:
                return
        session.commit_transaction()


def _ends_chat(change: Change) -> bool:
    return change.after.kind is ConversationKind.EPHEMERAL and change.after.ended_at is not None


def _at(conversation: str, before: Applied) -> dict[str, Any]:
    return {"_id": conversation, "applied.generation": before.generation, "applied.offset": before.offset}
