"""The way of receipts into Kafka, the same for sockets and HTTP."""

import asyncio

from bus.errors import BusError, UnknownOutcome
from bus.ports import Outgoing, Producer
from producer_gateway.submitting import NotSubmitted
from schemas import receipts
from schemas.errors import ErrorCode
from schemas.headers import headers
from schemas.receipts import ReceiptRecord
from schemas.topics import RECEIPTS

_HEADERS = headers(schema=f"{receipts.SCHEMA_NAME}/{receipts.SCHEMA_VERSION}")


def outgoing(record: ReceiptRecord) -> Outgoing:
    value = record.__pydantic_serializer__.to_json(record)
    return Outgoing(RECEIPTS, value, key=record.conversation.encode(), headers=_HEADERS)


class ReceiptSender:
    """Receipts one at a time, each waited for."""

    def __init__(self, producer: Producer, wait_seconds: float = 3.0) -> None:
        self._producer = producer
        self._wait_seconds = wait_seconds

    async def send(self, record: ReceiptRecord) -> None:
        """Returns when Kafka has it. Raises NotSubmitted; trying again is harmless."""
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._producer.send(outgoing(record))
        except (UnknownOutcome, TimeoutError) as error:
            raise NotSubmitted(ErrorCode.UNKNOWN_OUTCOME) from error
        except BusError as error:
            raise NotSubmitted(ErrorCode.UNAVAILABLE) from error
