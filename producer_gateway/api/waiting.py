"""HTTP requests that wait for the ordered decision on their command, told by the api's own edge topic."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from ulid import ULID

from schemas.deliveries import Delivery
from schemas.errors import ErrorCode
from schemas.metrics import API_WAITING


class Done(NamedTuple):
    """The command was carried out; a message stands at `seq`."""

    conversation: str
    seq: int


class Declined(NamedTuple):
    """The ordered decision went against the command, for ever."""

    code: ErrorCode
    message: str | None


Answer = Done | Declined


class TooManyWaiting(Exception):
    """As many requests wait as may; nothing was asked for this one."""


class Expectation(NamedTuple):
    """One request that waits; `address` is what its answer has to be sent to."""

    address: str
    answer: asyncio.Future[Answer]


class Outcomes:
    """Gives each answer to the request that waits for it. An answer nobody waits for (any more) is dropped."""

    def __init__(self, capacity: int = 1000) -> None:
        self._capacity = capacity
        self._waiting: dict[str, asyncio.Future[Answer]] = {}

    @contextmanager
    def expected(self) -> Iterator[Expectation]:
        """An answer is awaited from here to the end of the block. Raises TooManyWaiting."""
        if len(self._waiting) >= self._capacity:
            raise TooManyWaiting
        expectation = Expectation(f"r_{ULID()}", asyncio.get_running_loop().create_future())
        self._waiting[expectation.address] = expectation.answer
        API_WAITING.set(len(self._waiting))
        try:
            yield expectation
        finally:
            del self._waiting[expectation.address]
            API_WAITING.set(len(self._waiting))

    def deliver(self, delivery: Delivery) -> None:
        """Take what came on the edge topic. Repetitions and frames that are no outcome change nothing."""
        answer = None if delivery.frame is None else _answer(delivery.frame)
        if answer is None:
            return
        for address in delivery.to:
            waiting = self._waiting.get(address)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)


def _answer(frame: Mapping[str, Any]) -> Answer | None:
    # Read leniently: the writer may be one version ahead.
    match frame:
        case {"type": "stored", "conversation": str(conversation), "seq": int(seq)}:
            return Done(conversation, seq)
        case {"type": "rejected", "error": {"code": str(code), **said}}:
            return _declined(code, said.get("message"))
    return None


def _declined(code: str, message: object) -> Declined:
    try:
        known = ErrorCode(code)
    except ValueError:  # a newer version's: all that is certain is that it was refused
        known = ErrorCode.FORBIDDEN
    return Declined(known, message if isinstance(message, str) else None)
