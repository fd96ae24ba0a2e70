"""What must hold of a run, whatever happened in it: the same checker that judges real runs, and what only a simulation
can see."""

import asyncio
from collections.abc import Iterator

import orjson

from bus.ports import Partition
from domain.receipts import MemberCursor, Reader, RowKey
from loadtests import history, receipts
from loadtests.checker import check
from loadtests.entries import of_frame, of_message
from loadtests.history import Done, History, Reached, StoredConversation
from schemas.receipts import ReceiptKind
from schemas.topics import SHARDED_USERS, USER_TOPIC_PREFIX
from tests.simulation.devices import Device
from tests.simulation.world import FOUNDING, World


def judge(world: World) -> list[str]:
    """All that is wrong with a run that has settled."""
    findings = check(_history(world)).findings
    return [
        *world.account.oddities,
        *map(str, findings),
        *_reordered(world),
        *_rowless(world),
    ]


def receipts_missing(world: World) -> list[str]:
    """What was said of messages and is not stored, or not known to their senders, as things stand."""
    return [" ".join(found) for found in receipts.judge(_history(world))]


def _history(world: World) -> History:
    return History(
        sent=tuple(world.account.sent.values()),
        devices=_devices(world),
        stored=(*_stored(world), *_chats(world)),
        acknowledged=world.account.acknowledged,
    )


def _devices(world: World) -> tuple[history.Device, ...]:
    seated = (one for chat in world.chats.all for one in chat.seen_by())
    return (*(one for device in world.devices for one in (_present(device), *_past(device))), *seated)


def _present(device: Device) -> history.Device:
    return history.Device(
        user=device.user,
        name=device.name,
        seen=[of_frame(message) for seen in device.seen.values() for message in seen.taken],
        receipts=device.reading.receipts,
        known=device.reading.known,
        strays=device.strays,
        holds={conversation: seen.roles for conversation, seen in device.seen.items()},
    )


def _past(device: Device) -> Iterator[history.Device]:
    """Each conversation that was gone for it: it saw it as another device would that stays away since then."""
    for number, (conversation, seen) in enumerate(device.past):
        name = f"{device.name} (once {number})"
        taken = [of_frame(message) for message in seen.taken]
        yield history.Device(device.user, name, taken, after={conversation: seen.since}, caught_up=False)


def _stored(world: World) -> tuple[StoredConversation, ...]:
    return tuple(
        StoredConversation(
            id=state.id,
            epoch=state.epoch,
            seq=state.seq,
            rev=state.rev,
            members=frozenset(state.members),
            messages=[of_message(message) for message in world.database.messages.get(state.id, {}).values()],
            cursors={
                reader.user: Reached(*cursor)
                for reader, cursor in world.database.cursors.items()
                if reader.conversation == state.id
            },
            made={seq: rev for conversation, seq, rev in world.database.commands.values() if conversation == state.id},
            done=[
                Done(each.sender, each.client_id, each.seq, each.rev, changed=bool(each.addressees))
                for each in world.database.outcomes.values()
                if each.conversation == state.id and each.error is None and each.client_id != FOUNDING
            ],
            refused={
                (each.sender, each.client_id): each.error.value
                for each in world.database.outcomes.values()
                if each.conversation == state.id and each.error is not None
            },
            founders=world.founders[state.id],
            former=frozenset(state.former),
            roles={user: member.role.value for user, member in state.members.items()},
        )
        for state in world.lasting()
    )


def _chats(world: World) -> tuple[StoredConversation, ...]:
    return tuple(found for chat in world.chats.all if (found := chat.stored()) is not None)


def _rowless(world: World) -> list[str]:
    """Since when a member is where he is, is known."""
    rows = world.database.receipts
    return [
        f"{reader.user} is at {seq} ({kind.value}) in {reader.conversation}, nobody knows since when"
        for reader, cursor in world.database.cursors.items()
        for kind, seq in ((ReceiptKind.DELIVERED, cursor.delivered), (ReceiptKind.READ, cursor.read))
        if seq and RowKey(reader, kind, seq) not in rows
    ]


def _reordered(world: World) -> list[str]:
    """What one person got into Kafka first has the lower rev in its conversation."""
    places = {
        (step.sender, step.client_id): (stored.id, step.rev) for stored in _stored(world) for step in stored.steps()
    }
    wrong = []
    for partition in _submissions(world):
        heads: dict[tuple[str, str], tuple[int, str]] = {}
        for sender, client_id in _submitted(world, partition):
            if (sender, client_id) in places:
                conversation, rev = places[sender, client_id]
                head, ahead = heads.get((sender, conversation), (0, ""))
                if rev < head:
                    wrong.append(f"{client_id} was submitted after {ahead} and is stored before it")
                heads[sender, conversation] = max((head, ahead), (rev, client_id))
    return wrong


def _submissions(world: World) -> list[Partition]:
    topics = {**world.cluster.topics(USER_TOPIC_PREFIX), **world.cluster.topics(SHARDED_USERS)}
    return [Partition(topic, number) for topic, count in topics.items() for number in range(count)]


def _submitted(world: World, partition: Partition) -> list[tuple[str, str]]:
    """Senders and client ids in the order of their first append."""
    log = world.cluster.log(partition)
    values = [record.value for record in log.records] if log is not None else []
    commands = [orjson.loads(value) for value in values if value is not None]
    return list(dict.fromkeys((each["sender"], each["client_id"]) for each in commands if "client_id" in each))


class CursorWatch:
    """Looks at every member's cursor, ten times a second: none may go back."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[Reader, MemberCursor] = {}
        self.findings: list[str] = []

    async def run(self) -> None:
        while True:
            for reader, cursor in self._world.database.cursors.items():
                before = self._seen.get(reader, MemberCursor())
                if before.raised(*cursor) != cursor:
                    self.findings.append(f"{reader.user} went from {before} to {cursor} in {reader.conversation}")
                self._seen[reader] = before.raised(*cursor)
            await asyncio.sleep(0.1)
