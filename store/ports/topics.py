"""The life of users' topics, and how far routers have read them."""

from collections.abc import Iterable, Mapping
from typing import Protocol


class UserTopics(Protocol):
    """The life of user topics, kept in the users' documents, changed by compare-and-set, on the store's clock."""

    async def open(self, users: Iterable[str], lease_seconds: float) -> Mapping[str, int]:
        """Make each user's topic active and leased; returns its generation. One that is absent, or retiring, gets the
        next generation. A user who does not exist, or whose topic is gone for ever, is left out."""

    async def renew(self, users: Iterable[str], lease_seconds: float) -> Mapping[str, int]:
        """Lease each active topic for at least so long from now; returns the generations of those that are."""

    async def leased(self, users: Iterable[str]) -> frozenset[str]:
        """Those of them whose topic is under a lease now."""

    async def generations(self, users: Iterable[str]) -> Mapping[str, int]:
        """The generation of each active topic."""

    async def retire(self, idle_seconds: float, limit: int) -> None:
        """Have active topics be retiring whose leases ended at least so long ago, at most so many."""

    async def retiring(self, users: Iterable[str] | None, limit: int) -> Mapping[str, int]:
        """The generations of topics that are retiring: those of these users, or of anybody's some."""

    async def gone(self, users: Iterable[str]) -> frozenset[str]:
        """Those of them who will never have a topic again: theirs is gone for ever, or they are no users any more."""

    async def retired(self, generations: Mapping[str, int]) -> None:
        """These are absent now, those of them that are still retiring, in this generation."""


class RouterPositions(Protocol):
    """How far each user topic has been forwarded. Moved forward only: a former owner's progress is true progress."""

    async def load(self, topics: Iterable[str]) -> Mapping[str, int]:
        """The next offset of each that has one."""

    async def advance(self, positions: Mapping[str, int]) -> None:
        """Raise each to at least this next offset."""

    async def delete(self, topics: Iterable[str]) -> None:
        """Forget the positions of topics that are no more. One who forwarded from such a topic before, and saves that
        only now, brings it back."""

    async def topics(self) -> frozenset[str]:
        """Everything that has a position."""
