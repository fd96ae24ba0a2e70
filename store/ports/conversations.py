"""What the writer writes and clients read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from domain.conversation import Batch, Conversation, Made, Outcome
from schemas.frames import Cursor, ResumeAnswer
from schemas.messages import Message, Summary
from store.ports.paging import Page

SUMMARY_MEMBERS = 50
"""The members a summary names: those who have been in longest."""
STATUS_MEMBERS = 500
"""In larger groups a summary does not say how far one's last message has come: that is asked for by itself."""
MAX_UNREAD = 1000
"""Unread messages are counted among a conversation's so many newest changes: a count must not cost a scan of years."""


class Decisions(Protocol):
    """What the writer reads and writes; reads are at majority and see every batch applied before they began."""

    async def load(self, conversations: Iterable[str]) -> Mapping[str, Conversation]:
        """Those of them that exist."""

    async def outcomes(self, keys: Iterable[str]) -> Mapping[str, Outcome | Made]:
        """By command key: the message a command made, or the outcome it had otherwise."""

    async def messages(self, places: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], Message]:
        """By conversation and seq: those of them that exist."""

    async def apply(self, batch: Batch) -> None:
        """Store all of it in one transaction, each change on condition of its `before`, each outcome and each new
        message on condition that its command has none yet.

        Raises Conflict (nothing was written), Refused (nothing was written, and trying again cannot help) or
        StoreUnavailable (unknown: `applied` and the outcomes of a fresh `load` tell).
        """


class Belonging(NamedTuple):
    """A user is a member of a conversation, since this rev of it."""

    conversation: str
    joined_rev: int


Membership = Literal["member", "former", "ended"]


class Conversations(Protocol):
    """What clients read. A user sees his own conversations only."""

    async def membership(self, conversation: str, user: str) -> Membership | None:
        """Whether he is a member, was one once, or was one when it ended. None for strangers, for whom it does not
        exist."""

    async def summary(self, user: str, conversation: str) -> Summary | None:
        """None when it does not exist or is not his; nor, as long as nothing was said there, when the other one of the
        two has blocked him."""

    async def summaries(self, user: str, limit: int, before: str | None = None) -> Page[Summary]:
        """Newest change first; `before` is an earlier page's `next`. Unread messages are counted among the MAX_UNREAD
        newest changes of each. Raises ValueError when `before` is nothing that a page gave."""

    async def resume(self, user: str, cursors: Mapping[str, Cursor], limit: int) -> Sequence[ResumeAnswer]:
        """One answer for each cursor that is behind, none for one that is up to date; at most `limit` changes each.
        A former member's conversation is gone by the way he came out of it (`left`, `removed`, `deleted`), what he
        never was in (or is not there) as `deleted`. Nothing is shown that came after the end of his membership."""

    async def history(
        self, conversation: str, *, before: int | None, after: int | None, around: int | None, limit: int
    ) -> tuple[tuple[Message, ...], bool]:
        """At most `limit` messages ascending by seq, and whether there are more in that direction: the newest, or those
        next before or after a seq, or those `around` one (it included, about half of them older; more on either side).
        """

    async def groups_of(self, user: str, limit: int) -> Sequence[Belonging]:
        """Groups that he is a member of, at most so many."""

    async def blocking(self, pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those of the pairs of users in which the first one blocks the second."""

    async def heads(self, conversations: Iterable[str]) -> Mapping[str, int]:
        """The seq of the newest message of each that exists, read at majority."""

    async def message(self, conversation: str, seq: int) -> Message | None:
        """The message of that seq."""

    async def message_by_client_id(self, conversation: str, sender: str, client_id: str) -> Message | None:
        """The message that this command made."""
