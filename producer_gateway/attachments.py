"""The media that a message is about to carry: looked up and claimed before the command goes to Kafka."""

from collections.abc import Callable
from datetime import datetime

from schemas.commands import SendMessage
from schemas.errors import ErrorCode
from schemas.ids import command_key
from store.errors import StoreUnavailable
from store.ports import MediaFiles


class Attachments:
    """Who may send what: his own uploads, and what he sees in a conversation of his. A message without media asks
    nobody."""

    def __init__(self, media: MediaFiles, now: Callable[[], datetime]) -> None:
        self._media = media
        self._now = now

    async def refusal(self, command: SendMessage) -> ErrorCode | None:
        """Why it cannot be sent with what it carries. Without a refusal all of that stays until the command has its
        outcome, and as long as the message carries it."""
        if not command.media:
            return None
        key = command_key(command.conversation, command.sender, command.client_id)
        try:
            missing = await self._media.claim(command.sender, command.media, key, self._now())
        except StoreUnavailable:
            return ErrorCode.UNAVAILABLE
        return ErrorCode.NOT_FOUND if missing else None
