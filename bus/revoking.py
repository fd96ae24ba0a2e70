"""Giving partitions up, in bounded time: the group waits for it."""

import asyncio

import structlog

from bus.ports import Ownership

REVOCATION_SECONDS = 5.0

log = structlog.get_logger(__name__)


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
