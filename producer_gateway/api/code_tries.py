"""Tries at the codes of seats: counted before they are judged, locked out for growing times."""

from domain.limits import whole_seconds
from producer_gateway.addresses import EXEMPT
from producer_gateway.api.problems import ProblemError
from schemas import metrics
from schemas.errors import ErrorCode
from store.ports import Attempts

TRIES_AT_SEAT, LOCK_OF_SEAT = 5, 900.0
"""Of whomever: few enough that no code is found, with locks that end before its owner gives up."""
TRIES_OF_SOURCE, LOCK_OF_SOURCE = 20, 3600.0
"""Of one address, at whatever seats."""


class CodeTries:
    """A try counts as wrong until `right` is called: of many at once no more get through than one after the other."""

    def __init__(self, attempts: Attempts) -> None:
        self._attempts = attempts

    async def begin(self, seat: str, address: str) -> None:
        """Raises ProblemError `locked_out`, with when to try again. What a seat refuses is no try of the source."""
        if address != EXEMPT:
            _lock_out(await self._attempts.begin(_of_source(address), TRIES_OF_SOURCE, LOCK_OF_SOURCE))
        wait = await self._attempts.begin(_at_seat(seat), TRIES_AT_SEAT, LOCK_OF_SEAT)
        if wait:
            await self._take_back_of_source(address)
        _lock_out(wait)

    async def right(self, seat: str, address: str) -> None:
        """The code was right: nothing is held against the seat, nor this try against the source. What else that has
        guessed is: a chat of one's own clears nobody."""
        await self._attempts.succeed(_at_seat(seat))
        await self._take_back_of_source(address)

    async def unjudged(self, seat: str, address: str) -> None:
        """Nobody looked at the code: this was no try."""
        await self._attempts.take_back(_at_seat(seat))
        await self._take_back_of_source(address)

    async def _take_back_of_source(self, address: str) -> None:
        if address != EXEMPT:
            await self._attempts.take_back(_of_source(address))

    async def left(self, seat: str) -> int:
        """Tries at the seat before it is locked out after each."""
        return max(0, TRIES_AT_SEAT - await self._attempts.made(_at_seat(seat)))


def _at_seat(user: str) -> str:
    return f"seat/{user}"


def _of_source(address: str) -> str:
    return f"seat-source/{address}"


def _lock_out(wait: float) -> None:
    if wait:
        metrics.RATE_LIMITED.labels("codes").inc()
        raise ProblemError(ErrorCode.LOCKED_OUT, headers={"Retry-After": str(whole_seconds(wait))})
