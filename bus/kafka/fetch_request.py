"""The wire form of a fetch in a session: version 11, the last that names topics by name (KIP-516 came later)."""

from typing import Any

from aiokafka.protocol.api import Request
from aiokafka.protocol.fetch import FetchRequest_v11

from bus.kafka.fetch_session import Fetch
from bus.kafka.topology import by_topic

SESSION_UNKNOWN = 70
SESSION_EPOCH_INVALID = 71

_CONSUMER_REPLICA = -1
_READ_UNCOMMITTED = 0
_MIN_BYTES = 1
_MAX_BYTES = 4 << 20
_MAX_BYTES_OF_PARTITION = 512 << 10
_NO_EPOCH = -1
_NO_LOG_START = -1
_NO_RACK = ""


class SessionFetchRequest(Request[FetchRequest_v11]):  # type: ignore[misc] # it has no types
    """Waits at the broker for up to `max_wait` seconds until there is a record to answer."""

    API_KEY = FetchRequest_v11.API_KEY

    def __init__(self, fetch: Fetch, max_wait: float) -> None:
        self._fetch = fetch
        self._max_wait_ms = int(max_wait * 1000)

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(
            _CONSUMER_REPLICA,
            self._max_wait_ms,
            _MIN_BYTES,
            _MAX_BYTES,
            _READ_UNCOMMITTED,
            self._fetch.session,
            self._fetch.epoch,
            by_topic(
                (partition, (partition.number, _NO_EPOCH, offset, _NO_LOG_START, _MAX_BYTES_OF_PARTITION))
                for partition, offset in self._fetch.changed.items()
            ),
            by_topic((partition, partition.number) for partition in self._fetch.forgotten),
            _NO_RACK,
        )
