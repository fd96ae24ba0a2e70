"""What a record looks like that no handler can handle, put aside for operators."""

from bus.errors import Refused
from bus.ports import Outgoing, Record
from schemas import headers as names
from schemas.headers import headers
from schemas.topics import DEAD_LETTERS


def dead_letter(record: Record, error: Exception, attempts: int, now: int) -> Outgoing:
    """The original bytes and headers, with where it came from and why it is here (`now` in epoch milliseconds)."""
    added = headers(
        **{
            names.DEAD_LETTER_TOPIC: record.topic,
            names.DEAD_LETTER_PARTITION: str(record.partition),
            names.DEAD_LETTER_OFFSET: str(record.offset),
            names.DEAD_LETTER_CODE: code_of(error),
            names.DEAD_LETTER_REASON: _reason(error),
            names.DEAD_LETTER_ATTEMPTS: str(attempts),
            names.DEAD_LETTER_AT: str(now),
        }
    )
    key = () if record.key is None else ((names.DEAD_LETTER_KEY, record.key),)
    origin = f"{record.topic}/{record.partition}/{record.offset}"
    return Outgoing(DEAD_LETTERS, record.value, key=origin.encode(), headers=record.headers + added + key)


def code_of(error: Exception) -> str:
    return error.code if isinstance(error, Refused) else "internal"


def _reason(error: Exception) -> str:
    """A few words that cannot hold a message's body: what a library says of bad input often quotes it."""
    return str(error) if isinstance(error, Refused) else type(error).__name__
