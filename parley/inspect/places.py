"""Where in Kafka to look for what concerns a user or a conversation, in either layout."""

from random import Random

from bus.placing import partition_of
from bus.ports import Admin, Outgoing, Partition
from schemas.topics import (
    CONVERSATIONS,
    EDGE_TOPIC_PREFIX,
    EVENTS,
    RECEIPTS,
    SHARDED_USERS,
    USER_TOPIC_PREFIX,
    parse_user_topic,
)

KEYED_BY_CONVERSATION = (CONVERSATIONS, RECEIPTS, EVENTS)


async def of_topic(admin: Admin, topic: str) -> list[Partition]:
    """All partitions of a topic, none when there is no such topic."""
    count = (await admin.topics(topic)).get(topic, 0)
    return [Partition(topic, number) for number in range(count)]


async def of_conversation(admin: Admin, topic: str, conversation: str) -> list[Partition]:
    """The partition of a topic that holds a conversation, when that is the key there; otherwise all."""
    partitions = await of_topic(admin, topic)
    return _of_key(partitions, conversation) if topic in KEYED_BY_CONVERSATION else partitions


async def of_user(admin: Admin, user: str) -> list[Partition]:
    """What holds a user's commands: his own topics, the oldest generation first, or his part of all users' topic."""
    mine = [name for name in await admin.topics(USER_TOPIC_PREFIX) if parse_user_topic(name)[0] == user]
    own = [Partition(name) for name in sorted(mine, key=parse_user_topic)]
    return own + _of_key(await of_topic(admin, SHARDED_USERS), user)


async def of_users(admin: Admin) -> list[Partition]:
    """What holds all users' commands."""
    own = [Partition(name) for name in await admin.topics(USER_TOPIC_PREFIX)]
    return own + await of_topic(admin, SHARDED_USERS)


async def of_edges(admin: Admin) -> list[Partition]:
    """Every topic through which an edge or an api process is reached."""
    return [Partition(name) for name in sorted(await admin.topics(EDGE_TOPIC_PREFIX))]


def _of_key(partitions: list[Partition], key: str) -> list[Partition]:
    if not partitions:
        return []
    keyed = Outgoing(partitions[0].topic, None, key=key.encode())
    return [partitions[partition_of(keyed, len(partitions), Random(0))]]
