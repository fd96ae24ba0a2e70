"""Requests that wait for the outcome of their commands."""

import asyncio
from typing import Any

import pytest

from producer_gateway.api.waiting import Declined, Done, Outcomes, TooManyWaiting
from schemas.deliveries import Delivery
from schemas.errors import ErrorCode

STORED = {"type": "stored", "id": "m1", "conversation": "c_1", "seq": 3, "rev": 4, "of_a_newer_version": True}


def rejected(code: str, **more: Any) -> dict[str, Any]:
    return {"type": "rejected", "id": "m1", "error": {"code": code, "retry": False, **more}}


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (STORED, Done("c_1", 3)),
        (rejected("not_found", message="No."), Declined(ErrorCode.NOT_FOUND, "No.")),
        (rejected("not_found"), Declined(ErrorCode.NOT_FOUND, None)),
        (rejected("of_a_newer_version", message="No."), Declined(ErrorCode.FORBIDDEN, "No.")),
    ],
)
async def test_each_answer_reaches_who_waits_for_it(frame: dict[str, Any], answer: object) -> None:
    outcomes = Outcomes()
    with outcomes.expected() as mine, outcomes.expected() as other:
        outcomes.deliver(Delivery(to=("s_somebody", mine.address), frame=frame))
        assert mine.answer.result() == answer
        assert not other.answer.done()


async def test_the_first_answer_counts_and_others_change_nothing() -> None:
    outcomes = Outcomes()
    with outcomes.expected() as mine:
        outcomes.deliver(Delivery(to=(mine.address,), frame={"type": "message", "seq": 3}))
        outcomes.deliver(Delivery(to=(mine.address,), close=4401))
        assert not mine.answer.done()
        outcomes.deliver(Delivery(to=(mine.address,), frame=STORED))
        outcomes.deliver(Delivery(to=(mine.address,), frame=rejected("not_found")))
        assert await mine.answer == Done("c_1", 3)
    outcomes.deliver(Delivery(to=(mine.address,), frame=STORED))


async def test_only_so_many_may_wait_and_each_makes_room_when_it_ends() -> None:
    outcomes = Outcomes(capacity=1)
    for _ in range(2):
        with outcomes.expected(), pytest.raises(TooManyWaiting), outcomes.expected():
            pass
    with pytest.raises(asyncio.CancelledError), outcomes.expected():
        raise asyncio.CancelledError
    with outcomes.expected():
        pass
