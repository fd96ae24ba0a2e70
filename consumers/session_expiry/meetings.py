"""Those who have just come to share a conversation are told of each other who is online."""

from collections.abc import Sequence
from typing import Any

import orjson

from bus.ports import Partition, Record
from bus.runner import Rest
from consumers.session_expiry.reconciling import Reporter
from store.ports import MAX_AUDIENCE, Presences

_MEETINGS = frozenset({"conversation_created"})


class MeetingHandler:
    """Reads `events`, of which few are meetings, and reports who met whom to `presence`, where each one's status is
    decided and told in order."""

    def __init__(self, presences: Presences, reporter: Reporter) -> None:
        self._presences = presences
        self._reporter = reporter

    async def handle(self, records: Sequence[Record]) -> Rest | None:
        """Raises Unavailable, UnknownOutcome and StoreUnavailable; what is reported again is told again."""
        for members in filter(None, map(_met, records)):
            online = await self._presences.online(members)
            await self._reporter.say_met({user: members - {user} for user in sorted(online)})
        return None

    async def dead_lettered(self, record: Record, error: Exception) -> None:
        """Whoever met there learns of the others' status when it changes, or when he connects again."""

    def lost(self, partitions: frozenset[Partition]) -> None:
        """Nothing is remembered."""


def _met(record: Record) -> frozenset[str]:
    """The members of a conversation that began; nobody, for any other event."""
    event: dict[str, Any] = orjson.loads(record.value or b"{}")
    if event.get("type") not in _MEETINGS:
        return frozenset()
    members = frozenset(map(str, event["members"]))
    return members if len(members) <= MAX_AUDIENCE else frozenset()
