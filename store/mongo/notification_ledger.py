"""Every notification, once: `_id` is the message, the user and the way, so that a second one cannot be entered.

`due_at` is there while somebody has to see to it: it is the time from which a waiting one may be taken, and the end of
the lease of one that was.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, UpdateOne

from domain.notifying import Channel, Claim, Notification, Origin, Settled
from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document
from store.mongo.failures import guarded
from store.mongo.scalars import number, text, texts

_FIELDS = ("conversation", "seq", "user", "subscription", "host", "at")


class MongoNotificationLedger:
    def __init__(self, database: MotorDatabase) -> None:
        self._ledger = database.notification_ledger

    @guarded
    async def enter(self, notifications: Sequence[Notification], *, again: bool = False) -> None:
        if notifications:
            entering = [UpdateOne({"_id": one.id}, _enter(one, again), upsert=True) for one in notifications]
            await self._ledger.bulk_write(entering, ordered=False)

    @guarded
    async def claim(
        self, holder: str, now: datetime, until: datetime, limit: int, except_hosts: Iterable[str] = ()
    ) -> Sequence[Claim]:
        due = {"channel": "push", "due_at": {"$lte": now}, "host": {"$nin": texts(except_hosts)}}
        first = self._ledger.find(due, {"_id": 1}, sort=[("due_at", ASCENDING)], limit=number(limit))
        chosen = {"_id": {"$in": [document["_id"] for document in await all_at_once(first)]}}
        if not chosen["_id"]["$in"]:
            return []
        # Another process may have chosen the same: each goes to whoever finds it still due.
        taken = {"state": "sending", "holder": text(holder), "due_at": until}
        await self._ledger.update_many(chosen | {"due_at": {"$lte": now}}, {"$set": taken, "$inc": {"attempts": 1}})
        mine = await all_at_once(self._ledger.find(chosen | {"holder": holder}))
        return [Claim(_notification(document), holder, document["attempts"]) for document in mine]

    @guarded
    async def settle(self, notifications: Iterable[str], settled: Settled) -> None:
        these = {"_id": {"$in": texts(notifications)}, "state": {"$ne": Settled.SENT.value}}
        over = {"$set": {"state": settled.value, "holder": None}, "$unset": {"due_at": ""}}
        await self._ledger.update_many(these, over)

    @guarded
    async def retry(self, claim: Claim, at: datetime) -> None:
        mine = {"_id": text(claim.notification.id), "holder": text(claim.holder)}
        await self._ledger.update_one(mine, {"$set": {"state": "waiting", "holder": None, "due_at": at}})

    @guarded
    async def mail(self, user: str, limit: int) -> Sequence[Notification]:
        waiting = {"user": text(user), "channel": "email", "state": "waiting"}
        oldest = self._ledger.find(waiting, sort=[("at", ASCENDING)], limit=number(limit))
        return [_notification(document) for document in await all_at_once(oldest)]

    @guarded
    async def remove_user(self, user: str) -> None:
        await self._ledger.delete_many({"user": text(user)})


def _enter(notification: Notification, again: bool) -> list[Document]:
    """An update that makes it due if it is not known (or had failed), and leaves it as it is otherwise."""
    unknown = {"$eq": [{"$type": "$state"}, "missing"]}
    failed = {"$eq": ["$state", Settled.FAILED.value]}
    fresh = {"$or": [unknown, failed]} if again else unknown
    made = {"$mergeObjects": [{"$literal": _document(notification)}, {"due_at": "$$NOW", "entered_at": "$$NOW"}]}
    return [{"$replaceWith": {"$cond": [fresh, made, "$$ROOT"]}}]


def _document(notification: Notification) -> Document:
    return {
        "_id": text(notification.id),
        **{name: getattr(notification, name) for name in _FIELDS},
        "channel": notification.channel.value,
        "origin": {"partition": notification.origin.partition, "offset": notification.origin.offset},
        "state": "waiting",
        "holder": None,
        "attempts": 0,
    }


def _notification(document: Mapping[str, Any]) -> Notification:
    return Notification(
        **{name: document[name] for name in _FIELDS},
        channel=Channel(document["channel"]),
        origin=Origin(document["origin"]["partition"], document["origin"]["offset"]),
    )
