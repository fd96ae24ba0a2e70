"""One search-index consumer: a member of its group on `events`."""

from collections.abc import Callable
from datetime import datetime
from random import Random

from bus.ports import Bus, Pace
from bus.runner import GroupRunner, RunnerConfig
from consumers.search_index.handler import SearchIndexHandler
from schemas.times import to_millis
from schemas.topics import EVENTS
from store.errors import StoreUnavailable
from store.ports import Store

GROUP = "search-index"


class SearchIndex:
    """The consumer that fills the index of search."""

    def __init__(
        self, bus: Bus, store: Store, random: Random, now: Callable[[], datetime], member: str = "search-index-1"
    ) -> None:
        """`member` is the slot in the consumer group, the same after a restart."""
        self._runner = GroupRunner(
            bus.membership(GROUP, EVENTS, member),
            bus.reader(Pace.LEISURELY),
            bus.producer(),
            SearchIndexHandler(store.search),
            random,
            lambda: to_millis(now()),
            RunnerConfig(GROUP, EVENTS, retryable=(StoreUnavailable,)),
        )

    async def run(self) -> None:
        """Work until cancelled; then finish the batch in hand, commit and leave the group."""
        await self._runner.run()
