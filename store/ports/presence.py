"""Who is online, and whom that concerns."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from domain.presence import Presence

MAX_AUDIENCE = 500
"""In a larger conversation nobody is told who is online: one socket more would be news for thousands."""
MAX_CONTACTS = 5_000


class Contacts(Protocol):
    """Who is told of whom, beside what is said in their conversations."""

    async def of(self, users: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """For each who has any, the others with whom he shares a conversation of at most MAX_AUDIENCE members in which
        nobody has blocked anybody; of more than MAX_CONTACTS so many, always the same."""

    async def audiences(self, conversations: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """The members of each conversation that exists; in one where somebody has blocked the other, nobody is told."""


class PresenceChange(NamedTuple):
    """What is told of a user from now on, provided that it still was `before`."""

    before: Presence
    after: Presence


class Presences(Protocol):
    """What is told of users: kept in their documents, read at majority."""

    async def load(self, users: Iterable[str]) -> Mapping[str, Presence]:
        """Of those users who exist."""

    async def change(self, changes: Mapping[str, PresenceChange]) -> frozenset[str]:
        """Returns the users of whom it was not as `before`: nothing has changed for them. Instants are kept to the
        millisecond."""

    async def online(self, users: Iterable[str]) -> frozenset[str]:
        """Those of them who are online."""

    async def doubtful(self) -> frozenset[str]:
        """Users who are online without a socket, or have one and are not; perhaps only for this moment."""
