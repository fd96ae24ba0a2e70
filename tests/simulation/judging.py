"""What must hold of a run, whatever happened in it."""

import orjson

from bus.ports import Partition
from schemas.topics import USER_TOPIC_PREFIX
from tests.simulation.world import World


def judge(world: World) -> list[str]:
    return [*world.account.oddities, *_stored(world), *_seen(world), *_in_order(world)]


def _stored(world: World) -> list[str]:
    wrong = []
    placed: dict[str, list[tuple[str, int, int]]] = {}
    for conversation, messages in world.database.messages.items():
        seqs = sorted(messages)
        if seqs != list(range(1, len(seqs) + 1)):
            wrong.append(f"{conversation}: seqs {seqs}")
        for seq, message in messages.items():
            placed.setdefault(message.client_id, []).append((conversation, seq, message.rev))
    missing = world.account.accepted - world.account.rejected.keys() - placed.keys()
    wrong += [f"{client_id} was accepted and is not stored" for client_id in sorted(missing)]
    for client_id, places in placed.items():
        if len(places) > 1:
            wrong.append(f"{client_id} is stored {len(places)} times")
        told = world.account.stored.get(client_id)
        if told is not None and told != places[0]:
            wrong.append(f"{client_id} is at {places[0]}, told {told}")
    wrong += [f"{client_id} was rejected: {code}" for client_id, code in world.account.rejected.items()]
    return wrong


def _seen(world: World) -> list[str]:
    wrong = []
    for device in world.devices:
        for conversation, members in world.conversations.items():
            if device.user not in members:
                continue
            stored = world.database.messages.get(conversation, {})
            expected = [(m.seq, m.client_id, m.text) for _, m in sorted(stored.items())]
            seen = device.seen.get(conversation)
            found = [(m["seq"], m["client_id"], m["text"]) for m in seen.messages] if seen else []
            if found != expected:
                wrong.append(f"{device.title} in {conversation}: saw {found}, stored {expected}")
    return wrong


def _in_order(world: World) -> list[str]:
    """What one person got into Kafka first has the lower seq in its conversation."""
    places = {
        message.client_id: (conversation, seq)
        for conversation, messages in world.database.messages.items()
        for seq, message in messages.items()
    }
    wrong = []
    for topic in world.cluster.topics(USER_TOPIC_PREFIX):
        heads: dict[str, tuple[int, str]] = {}
        for client_id in _submitted(world, topic):
            if client_id in places:
                conversation, seq = places[client_id]
                head, ahead = heads.get(conversation, (0, ""))
                if seq < head:
                    wrong.append(f"{client_id} was submitted after {ahead} and is stored before it")
                heads[conversation] = max((head, ahead), (seq, client_id))
    return wrong


def _submitted(world: World, topic: str) -> list[str]:
    """Client ids in the order of their first append."""
    log = world.cluster.log(Partition(topic))
    values = [record.value for record in log.records] if log is not None else []
    commands = [orjson.loads(value) for value in values if value is not None]
    return list(dict.fromkeys(command["client_id"] for command in commands if "client_id" in command))
