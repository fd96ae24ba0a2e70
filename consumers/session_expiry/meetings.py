"""Those who have just come to share a conversation are told of each other who is online."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from bus.ports import Partition, Record
from bus.runner import Rest
from consumers.session_expiry.reconciling import Reporter
from store.ports import MAX_AUDIENCE, Presences

_ARRIVALS = frozenset({"joined", "added"})
"""System messages that say that somebody is a member now."""


class Meeting(NamedTuple):
    """The members of a conversation, and who of them came last; None: they all came at once."""

    members: frozenset[str]
    newcomer: str | None

    def met_by(self, user: str) -> frozenset[str]:
        """Those who did not share this conversation with him before."""
        if self.newcomer is None or user == self.newcomer:
            return self.members - {user}
        return frozenset((self.newcomer,))


class MeetingHandler:
    """Reads `events`, of which few are meetings, and reports who met whom to `presence`, where each one's status is
    decided and told in order."""

    def __init__(self, presences: Presences, reporter: Reporter) -> None:
        self._presences = presences
        self._reporter = reporter

    async def handle(self, records: Sequence[Record]) -> Rest | None:
        """Raises Unavailable, UnknownOutcome and StoreUnavailable; what is reported again is told again."""
        for meeting in filter(None, map(_meeting, records)):
            online = await self._presences.online(meeting.members)
            met = {user: meeting.met_by(user) for user in sorted(online)}
            await self._reporter.say_met({user: others for user, others in met.items() if others})
        return None

    async def dead_lettered(self, record: Record, error: Exception) -> None:
        """Whoever met there learns of the others' status when it changes, or when he connects again."""

    def lost(self, partitions: frozenset[Partition]) -> None:
        """Nothing is remembered."""


def _meeting(record: Record) -> Meeting | None:
    """None for any other event."""
    event: dict[str, Any] = orjson.loads(record.value or b"{}")
    newcomer = None
    if event.get("type") == "message_stored":
        change = event["message"].get("event") or {}
        newcomer = change.get("user") if change.get("type") in _ARRIVALS else None
    if newcomer is None and event.get("type") != "conversation_created":
        return None
    members = frozenset(map(str, event["members"]))
    return Meeting(members, newcomer) if len(members) <= MAX_AUDIENCE else None
