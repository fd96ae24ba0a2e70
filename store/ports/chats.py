"""Ephemeral chats: what is kept of them beside their conversations."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from domain.ephemeral import EphemeralChat


class Chats(Protocol):
    """Seats and wrapped keys. They are gone with the batch that ends the conversation, in one transaction with it.

    Who sits in a seat has a topic, sessions and a presence like any user, and is found as none: not by his id, not by
    his name, not in any list.
    """

    async def create(self, chat: EphemeralChat) -> None:
        """Keep a new chat and make its two users known. Repeating it changes nothing. Instants are kept to the
        millisecond."""

    async def at(self, token_hash: str) -> EphemeralChat | None:
        """The chat that this link leads to."""

    async def get(self, conversation: str) -> EphemeralChat | None:
        """None when there is none, or none any more."""

    async def claim(self, conversation: str, user: str, at: datetime) -> None:
        """Somebody got in at this seat; only the first time counts."""

    async def close_topics(self, conversation: str) -> Mapping[str, int]:
        """Let nobody open the topics of its users any more, ever. Returns the generation of each that has had one."""
