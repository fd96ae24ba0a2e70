"""User topics that hold commands nobody has forwarded."""

from collections.abc import Iterable

from bus.ports import Admin, Partition
from store.ports import RouterPositions


async def lagging(topics: Iterable[str], admin: Admin, positions: RouterPositions) -> frozenset[str]:
    """Those of them with records beyond the routers' positions; what retention has eaten is nobody's to forward.

    Raises Unavailable or StoreUnavailable.
    """
    names = tuple(topics)
    forwarded = await positions.load(names)
    # Positions first: what is forwarded meanwhile only makes a topic seem to lag.
    ends = await admin.end_offsets(Partition(name) for name in names)
    starts = await admin.start_offsets(ends)
    return frozenset(p.topic for p, end in ends.items() if end > max(forwarded.get(p.topic, 0), starts.get(p, 0)))
