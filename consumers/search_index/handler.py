"""One batch of events: the messages they show are taken into the index."""

from collections.abc import Sequence

from bus.errors import Refused
from bus.ports import Partition, Record
from schemas import metrics
from schemas.base import Consumed
from schemas.events import SCHEMA_NAME, SCHEMA_VERSION
from schemas.headers import schema_version
from schemas.ids import ConversationId
from schemas.messages import Message
from store.ports import Search


class Shown(Consumed):
    """All that search needs of an event, whatever happened: where, and the message it shows, if it shows one. What a
    newer writer adds to either is passed over."""

    conversation: ConversationId
    message: Message | None = None


class SearchIndexHandler:
    """Repeats are harmless: of each message the latest state that was ever shown stays."""

    def __init__(self, search: Search) -> None:
        self._search = search

    async def handle(self, records: Sequence[Record]) -> None:
        """Raises StoreUnavailable when the batch has to come again, anything else for a record that is no event."""
        shown = [read(record) for record in records]
        messages = [one.message for one in shown if one.message is not None]
        with metrics.SEARCH_INDEX_SECONDS.time():
            await self._search.index(messages, {one.conversation for one in shown})
        metrics.SEARCH_INDEXED.inc(len(messages))

    async def dead_lettered(self, record: Record, error: Exception) -> None:
        """Nobody waits for it."""

    def lost(self, partitions: frozenset[Partition]) -> None:
        """Nothing is remembered of them."""


def read(record: Record) -> Shown:
    """Raises Refused for a schema version above ours, ValueError for what is no event."""
    schema = schema_version(record.headers)
    if schema is not None and (schema[0] != SCHEMA_NAME or schema[1] > SCHEMA_VERSION):
        raise Refused("unsupported_version", f"schema {schema!r}, this consumer reads {SCHEMA_NAME}/{SCHEMA_VERSION}")
    return Shown.model_validate_json(record.value or b"", extra="ignore")
