"""Insistence: what it raises the alarm about, and until when."""

import asyncio
from random import Random

from prometheus_client import REGISTRY

from bus.insisting import Insistence, Patience
from tests.simulation.clock import run_virtually


def stopped(group: str) -> float | None:
    return REGISTRY.get_sample_value("parley_partitions_stopped", {"group": group})


class Step:
    def __init__(self) -> None:
        self.works = False

    async def __call__(self) -> None:
        if not self.works:
            raise ConnectionError


def test_partitions_count_as_stopped_until_everything_works_again() -> None:
    async def story() -> None:
        patience = Patience(alarm_after=3)
        insistence = Insistence("insisting", (ConnectionError,), lambda: None, lambda: 7, Random(1), patience)
        storing, telling = Step(), Step()
        async with asyncio.TaskGroup() as tasks:
            stored = tasks.create_task(insistence.on(storing))
            told = tasks.create_task(insistence.on(telling))
            await asyncio.sleep(30)
            assert stopped("insisting") == 7
            storing.works = True
            await stored
            assert stopped("insisting") == 7, "the other half of the work still fails"
            telling.works = True
            await told
            assert stopped("insisting") == 0

    run_virtually(story())


def test_a_passing_failure_is_no_alarm() -> None:
    async def story() -> None:
        patience = Patience(alarm_after=3)
        insistence = Insistence("passing", (ConnectionError,), lambda: None, lambda: 7, Random(1), patience)
        step = Step()
        working = asyncio.create_task(insistence.on(step))
        await asyncio.sleep(0.11)
        assert stopped("passing") is None
        step.works = True
        await working
        assert stopped("passing") is None

    run_virtually(story())
