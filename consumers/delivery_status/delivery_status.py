"""One delivery-status consumer: a member of its group, and a keeper of the watermarks."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from bus.ports import Bus
from bus.runner import GroupRunner, RunnerConfig
from consumers.delivery_status.handler import DeliveryStatusHandler
from consumers.delivery_status.telling import Teller
from consumers.delivery_status.watermarks import WatermarkConfig, WatermarkKeeper
from schemas.times import to_millis
from schemas.topics import RECEIPTS
from store.errors import StoreUnavailable
from store.ports import Store

GROUP = "delivery-status"


@dataclass(frozen=True, slots=True)
class DeliveryStatusConfig:
    watermarks: WatermarkConfig = field(default_factory=WatermarkConfig)


class DeliveryStatus:
    """The consumer of `receipts`."""

    def __init__(
        self,
        bus: Bus,
        store: Store,
        random: Random,
        now: Callable[[], datetime],
        config: DeliveryStatusConfig,
        member: str = "delivery-status-1",
    ) -> None:
        """`member` is the slot in the consumer group, the same after a restart."""
        producer = bus.producer()
        teller = Teller(store.receipts, store.sessions, store.users, producer)
        self._runner = GroupRunner(
            bus.membership(GROUP, RECEIPTS, member),
            bus.reader(),
            producer,
            DeliveryStatusHandler(store.receipts, teller),
            random,
            lambda: to_millis(now()),
            RunnerConfig(GROUP, RECEIPTS, retryable=(StoreUnavailable,)),
        )
        self._keeper = WatermarkKeeper(GROUP, bus.admin(), store.receipt_watermarks, now, random, config.watermarks)

    async def run(self) -> None:
        """Work until cancelled; then finish the batch in hand, commit and leave the group."""
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(self._keeper.run(), name="watermarks")
            try:
                await self._runner.run()
            finally:
                keeping.cancel()
