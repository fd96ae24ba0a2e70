"""The way of receipts into Kafka, the same for sockets and HTTP."""

from bus.ports import Outgoing
from schemas import receipts
from schemas.headers import headers
from schemas.receipts import ReceiptRecord
from schemas.topics import RECEIPTS

_HEADERS = headers(schema=f"{receipts.SCHEMA_NAME}/{receipts.SCHEMA_VERSION}")


def outgoing(record: ReceiptRecord) -> Outgoing:
    value = record.__pydantic_serializer__.to_json(record)
    return Outgoing(RECEIPTS, value, key=record.conversation.encode(), headers=_HEADERS)
