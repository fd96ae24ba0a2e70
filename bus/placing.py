"""Where a record goes and whether it fits: the same in Kafka and in memory."""

import random
from functools import lru_cache

from aiokafka.partitioner import murmur2

from bus.errors import RecordTooLarge
from bus.ports import MAX_RECORD_BYTES, Outgoing


@lru_cache(maxsize=65_536)
def _hash_of(key: bytes) -> int:
    return int(murmur2(key)) & 0x7FFFFFFF


def partition_of_key(key: bytes, partitions: int) -> int:
    """Where the records of a key lie, as Kafka's own clients place them."""
    return _hash_of(key) % partitions


def partition_of(message: Outgoing, partitions: int, chance: random.Random) -> int:
    """The partition asked for; else the one of the key; else any."""
    if message.partition is not None:
        return message.partition
    if partitions == 1:
        return 0
    if message.key is None:
        return chance.randrange(partitions)
    return partition_of_key(message.key, partitions)


def require_fits(message: Outgoing) -> int:
    """The bytes of key, value and headers together. Raises RecordTooLarge above MAX_RECORD_BYTES."""
    size = len(message.key or b"") + len(message.value or b"")
    for name, value in message.headers:
        size += len(name) + len(value)
    if size > MAX_RECORD_BYTES:
        raise RecordTooLarge(f"{message.topic}: a record of {size} bytes, {MAX_RECORD_BYTES} is the most")
    return size
