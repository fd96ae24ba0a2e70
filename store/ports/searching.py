"""Messages by their words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schemas.messages import Message
from store.ports.paging import Page


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: every one of these words (folded), each as the beginning of a word."""

    terms: Sequence[str]
    conversation: str | None = None
    sender: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Sent before it."""


class Search(Protocol):
    """An index of the words in messages, filled after them. It only says where to look: what is shown is read from the
    messages, so that an edit, a deletion or a removal counts at once, however far the index is behind."""

    async def index(self, messages: Iterable[Message], conversations: Iterable[str]) -> None:
        """Take these messages in, unless a later state of them was taken in before. A deleted one loses its words. Of
        those `conversations` that do not exist everything is forgotten; nothing is taken in of them, nor of ephemeral
        ones. Repeating it changes nothing."""

    async def find(self, user: str, wanted: Wanted, limit: int, before: str | None = None) -> Page[Message]:
        """Text messages of the user's own conversations that have all the words, newest first; `before` is an earlier
        page's `next`. A page may hold fewer than `limit` and still not be the last. Raises ValueError when `before` is
        nothing that a page gave."""
