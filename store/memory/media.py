"""Uploads and their contents, in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from domain.media import ASK_CLAIMED_AGAIN, KEEP_CLAIMED, KEEP_UNREFERENCED, Media, Purpose, Variant
from schemas.messages import Message
from schemas.times import from_millis, to_millis
from store.memory.checkpoint import Wire
from store.memory.database import KeptMedia, MemoryDatabase


class MemoryMedia:
    def __init__(self, database: MemoryDatabase, wire: Wire) -> None:
        self._database = database
        self._wire = wire

    async def keep(self, media: Media, contents: Mapping[Variant, BinaryIO]) -> None:
        whole = {variant: file.read() for variant, file in contents.items()}
        await self._wire.ask("media.keep", lambda: self._keep(media, whole))

    def _keep(self, media: Media, contents: dict[Variant, bytes]) -> None:
        kept = replace(media, created_at=from_millis(to_millis(media.created_at)))
        self._database.media[media.id] = KeptMedia(kept, contents, kept.created_at + KEEP_UNREFERENCED)

    async def visible(self, user: str, ids: Iterable[str]) -> Mapping[str, Media]:
        return await self._wire.ask("media.visible", lambda: self._visible(user, ids))

    def _visible(self, user: str, ids: Iterable[str]) -> dict[str, Media]:
        found = {one: self._database.media[one].media for one in ids if one in self._database.media}
        return {one: media for one, media in found.items() if self._may_see(user, media)}

    def _may_see(self, user: str, media: Media) -> bool:
        if media.purpose is Purpose.PICTURE or media.uploader == user:
            return True
        return any(self._is_member(message.conversation, user) for message in self._carrying(media.id))

    def _carrying(self, media: str) -> Iterable[Message]:
        messages = (message for found in self._database.messages.values() for message in found.values())
        return (message for message in messages if media in message.media and message.deleted_at is None)

    def _is_member(self, conversation: str, user: str) -> bool:
        state = self._database.conversations.get(conversation)
        return state is not None and user in state.members

    async def claim(self, user: str, ids: Iterable[str], key: str, now: datetime) -> frozenset[str]:
        return await self._wire.ask("media.claim", lambda: self._claim(user, frozenset(ids), key, now))

    def _claim(self, user: str, ids: frozenset[str], key: str, now: datetime) -> frozenset[str]:
        found = self._visible(user, ids)
        missing = ids - {one for one, media in found.items() if media.purpose is Purpose.MESSAGE}
        if not missing:
            for one in ids:
                self._database.media[one].claims.setdefault(key, now)
        return missing

    async def read(self, media: str, variant: Variant, start: int, limit: int) -> bytes:
        return await self._wire.ask("media.read", lambda: self._read(media, variant)[start : start + limit])

    def _read(self, media: str, variant: Variant) -> bytes:
        found = self._database.media.get(media)
        return b"" if found is None else found.contents.get(variant, b"")

    async def sweep(self, now: datetime, limit: int) -> int:
        return await self._wire.ask("media.sweep", lambda: self._sweep(now, limit))

    def _sweep(self, now: datetime, limit: int) -> int:
        due = sorted((kept.due_at, one) for one, kept in self._database.media.items() if kept.due_at <= now)
        looked_at = [one for _, one in islice(due, limit)]
        for one in looked_at:
            self._look_at(one, self._database.media[one], now)
        return len(looked_at)

    def _look_at(self, media: str, kept: KeptMedia, now: datetime) -> None:
        kept.claims = {key: at for key, at in kept.claims.items() if at > now - KEEP_CLAIMED and not self._settled(key)}
        if self._is_referenced(media):
            kept.due_at = now + KEEP_UNREFERENCED
        elif kept.claims:
            kept.due_at = now + ASK_CLAIMED_AGAIN
        else:
            del self._database.media[media]

    def _settled(self, key: str) -> bool:
        return key in self._database.commands or key in self._database.outcomes

    def _is_referenced(self, media: str) -> bool:
        shown = (account.user.picture for account in self._database.accounts.values())
        return any(True for _ in self._carrying(media)) or media in shown
