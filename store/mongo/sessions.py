"""Open sockets: one document for each device of a user, which holds its one socket and remembers those it replaced."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import UpdateOne

from store.mongo.client import MotorDatabase, all_at_once
from store.mongo.documents import Document
from store.mongo.failures import guarded
from store.mongo.scalars import text, texts
from store.ports import Session, SessionAddress

_REMEMBERED = 8
"""Replaced sockets, so that each replacer can be told whom it replaced, even one that was itself replaced since."""


class MongoSessions:
    def __init__(self, database: MotorDatabase) -> None:
        self._sessions = database.sessions

    @guarded
    async def register(self, sessions: Sequence[Session], *, again: bool = False) -> Mapping[str, SessionAddress]:
        if not sessions:
            return {}
        taking = [UpdateOne({"_id": _seat(session)}, _take(session, again), upsert=True) for session in sessions]
        await self._sessions.bulk_write(taking)
        seats = await self._find({"_id": {"$in": [_seat(session) for session in sessions]}})
        by_id = {seat["_id"]: seat for seat in seats}
        closing = {session.id: _closing(session, by_id.get(_seat(session))) for session in sessions}
        return {session: address for session, address in closing.items() if address is not None}

    @guarded
    async def remove(self, sessions: Iterable[str]) -> None:
        await self._sessions.delete_many({"session": {"$in": texts(sessions)}})

    @guarded
    async def of(self, users: Iterable[str]) -> Mapping[str, Sequence[SessionAddress]]:
        # Exactly the fields of one index: the documents are not read.
        fields = {"_id": 0, "user": 1, "session": 1, "edge_topic": 1}
        found: defaultdict[str, list[SessionAddress]] = defaultdict(list)
        for seat in await self._find({"user": {"$in": texts(users)}}, fields):
            found[seat["user"]].append(SessionAddress(seat["session"], seat["edge_topic"]))
        return dict(found)

    @guarded
    async def of_logins(self, logins: Iterable[str]) -> Sequence[SessionAddress]:
        found = await self._find({"login": {"$in": texts(logins)}}, {"session": 1, "edge_topic": 1})
        return [SessionAddress(seat["session"], seat["edge_topic"]) for seat in found]

    @guarded
    async def remove_incarnations(self, incarnations: Iterable[str]) -> frozenset[str]:
        dead = {"incarnation": {"$in": texts(incarnations)}}
        users = await self._sessions.distinct("user", dead)
        await self._sessions.delete_many(dead)
        return frozenset(users)

    async def _find(self, matching: Document, fields: Document | None = None) -> list[Document]:
        return await all_at_once(self._sessions.find(matching, fields))


def _seat(session: Session) -> str:
    return f"{text(session.user)}/{text(session.device)}"


def _take(session: Session, again: bool) -> list[Document]:
    """An update that takes the seat, or leaves the document as it is, by what the document says at that moment."""
    mine = {"$literal": session.id}
    free = {"$eq": [{"$type": "$session"}, "missing"]}
    held = {"$eq": ["$session", mine]}
    was_replaced = {"$in": [mine, {"$ifNull": ["$replaced.session", []]}]}
    may_replace = {"$and": [{"$literal": not again}, {"$not": [was_replaced]}]}
    remembered = {"$ifNull": ["$replaced", []]}
    replacing = [{"by": mine, "session": "$session", "edge_topic": "$edge_topic"}]
    history = {"$slice": [{"$concatArrays": [replacing, remembered]}, _REMEMBERED]}
    taken = {
        "$mergeObjects": [
            {"_id": "$_id"},
            {"$literal": _document(session)},
            {"replaced": {"$cond": [{"$or": [free, held]}, remembered, history]}},
        ]
    }
    return [{"$replaceWith": {"$cond": [{"$or": [free, held, may_replace]}, taken, "$$ROOT"]}}]


def _document(session: Session) -> Document:
    return {
        "session": text(session.id),
        "user": session.user,
        "device": session.device,
        "login": session.login,
        "edge_topic": session.edge_topic,
        "incarnation": session.incarnation,
        "connected_at": session.connected_at,
    }


def _closing(session: Session, seat: Mapping[str, Any] | None) -> SessionAddress | None:
    """The socket that has to close for this one, or this one when it could not take its seat."""
    if seat is None:
        return None
    for replaced in seat["replaced"]:
        if replaced["by"] == session.id:
            return SessionAddress(replaced["session"], replaced["edge_topic"])
    return None if seat["session"] == session.id else SessionAddress(session.id, session.edge_topic)
