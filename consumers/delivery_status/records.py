"""A record of `receipts`, read."""

from bus.errors import Refused
from bus.ports import Record
from domain.receipts import Mark, Reader
from schemas.headers import schema_version
from schemas.receipts import SCHEMA_NAME, SCHEMA_VERSION, ReceiptRecord
from schemas.times import from_millis


def read(record: Record) -> Mark:
    """What a member said of himself. Raises Refused for a schema version above ours, ValueError for what is none."""
    schema = schema_version(record.headers)
    if schema is not None and (schema[0] != SCHEMA_NAME or schema[1] > SCHEMA_VERSION):
        raise Refused("unsupported_version", f"schema {schema!r}, this consumer reads {SCHEMA_NAME}/{SCHEMA_VERSION}")
    said = ReceiptRecord.model_validate_json(record.value or b"")
    reader = Reader(said.conversation, said.user)
    return Mark(reader, said.delivered, said.read, from_millis(record.timestamp), said.session)
