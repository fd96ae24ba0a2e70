"""How messages, conversations and people stand now, as far as telling people of messages depends on it."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from domain.conversation import Conversation
from domain.notifying import Listener, Notification, Skip, skipped
from domain.receipts import MemberCursor, Reader
from schemas import metrics
from schemas.messages import Message
from schemas.preferences import Preferences
from store.ports import Store

Reached = Literal["delivered", "read"]
"""By what a message has reached somebody."""


class Place(NamedTuple):
    """A message and a user who may be told of it."""

    conversation: str
    seq: int
    user: str


def place_of(notification: Notification) -> Place:
    return Place(notification.conversation, notification.seq, notification.user)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found out, all of it at about the same time."""

    messages: Mapping[tuple[str, int], Message]
    conversations: Mapping[str, Conversation]
    cursors: Mapping[Reader, MemberCursor]
    muted: frozenset[Reader]
    preferences: Mapping[str, Preferences]
    reached: Reached

    def skip(self, place: Place) -> Skip | None:
        """Why this user is not to be told of this message; None when he is."""
        preferences = self.preferences.get(place.user)
        if preferences is None:
            return Skip.GONE
        message = self.messages.get((place.conversation, place.seq))
        reader = Reader(place.conversation, place.user)
        reached: int = getattr(self.cursors.get(reader, MemberCursor()), self.reached)
        listener = Listener(reached, preferences, muted=reader in self.muted)
        return skipped(place.user, message, self.conversations.get(place.conversation), listener)

    def wanted(self, places: Iterable[Place]) -> frozenset[Place]:
        """Those who are to be told; the others are counted by their reasons."""
        verdicts = {place: self.skip(place) for place in places}
        for reason, count in Counter(verdicts.values()).items():
            if reason is not None:
                metrics.NOTIFICATIONS_SKIPPED.labels(reason.value).inc(count)
        return frozenset(place for place, reason in verdicts.items() if reason is None)


async def find_out(store: Store, places: Iterable[Place], reached: Reached) -> Facts:
    """Raises StoreUnavailable."""
    wanted = frozenset(places)
    readers = {Reader(place.conversation, place.user) for place in wanted}
    messages, conversations, cursors, muted, preferences = await asyncio.gather(
        store.decisions.messages({(place.conversation, place.seq) for place in wanted}),
        store.decisions.load({place.conversation for place in wanted}),
        store.receipts.cursors(readers),
        store.marks.muted(readers),
        store.users.preferences({place.user for place in wanted}),
    )
    return Facts(messages, conversations, cursors, muted, preferences, reached)
