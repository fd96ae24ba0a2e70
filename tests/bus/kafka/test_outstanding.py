"""What a producer answers for when its engine is replaced."""

import asyncio

import pytest

from bus.errors import Unavailable, UnknownOutcome
from bus.kafka.outstanding import Outstanding
from bus.ports import Position


def new() -> "asyncio.Future[Position]":
    return asyncio.get_running_loop().create_future()


async def test_what_came_after_the_last_request_is_certainly_not_appended() -> None:
    outstanding = Outstanding(10, 1000)
    early, done, late = new(), new(), new()
    outstanding.take(1.0, 5, early)
    settled = outstanding.take(2.0, 5, done)
    outstanding.take(4.0, 5, late)
    outstanding.settle(settled)
    settled.answer(Position("topic", 0, 0, 0))
    outstanding.give_up(produced_at=3.0)
    assert isinstance(early.exception(), UnknownOutcome)
    assert isinstance(late.exception(), Unavailable)
    assert done.result().offset == 0
    assert outstanding.oldest() is None


async def test_the_oldest_is_the_oldest_unsettled() -> None:
    outstanding = Outstanding(10, 1000)
    pending = [outstanding.take(float(at), 5, new()) for at in range(3)]
    outstanding.settle(pending[1])
    assert outstanding.oldest() == 0.0
    outstanding.settle(pending[0])
    assert outstanding.oldest() == 2.0


@pytest.mark.parametrize(("records", "size"), [(2, 1000), (10, 10)])
async def test_it_is_bounded(records: int, size: int) -> None:
    outstanding = Outstanding(records, size)
    first = outstanding.take(0.0, 5, new())
    await outstanding.wait_for_room(0.01)
    outstanding.take(0.0, 5, new())
    with pytest.raises(Unavailable):
        await outstanding.wait_for_room(0.01)
    waiting = asyncio.create_task(outstanding.wait_for_room(10.0))
    await asyncio.sleep(0)
    outstanding.settle(first)
    await waiting


async def test_somebody_who_gave_up_waiting_is_not_answered() -> None:
    outstanding = Outstanding(10, 1000)
    cancelled = new()
    pending = outstanding.take(0.0, 5, cancelled)
    cancelled.cancel()
    pending.answer(Position("topic", 0, 0, 0))
    outstanding.give_up(produced_at=1.0)
    assert cancelled.cancelled()
