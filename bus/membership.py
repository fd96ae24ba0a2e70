"""What membership of a consumer group takes in time, in Kafka and in memory alike."""

import asyncio
from dataclasses import dataclass

import structlog

from bus.ports import Ownership

REVOCATION_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MembershipTimes:
    """In seconds."""

    session: float = 10.0
    """A member that was not heard of for so long has lost its partitions. Kafka's brokers allow no less than 6."""
    heartbeat: float = 3.0
    rebalance: float = 30.0
    """How long the group waits for members to join again, and drops those that do not."""
    progress: float = 60.0
    """A process whose workers reported no progress for so long gives its membership up."""


async def revoke(ownership: Ownership, partitions: frozenset[int], group: str) -> None:
    """Let the owner finish what is under way, for REVOCATION_SECONDS at most; then the partitions go regardless."""
    if not partitions:
        return
    limit = asyncio.timeout(REVOCATION_SECONDS)
    try:
        async with limit:
            await ownership.revoked(partitions)
    except TimeoutError:
        if not limit.expired():
            raise
        log.warning("revocation_overran", group=group, partitions=sorted(partitions))
