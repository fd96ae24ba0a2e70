"""Judges how ephemeral chats end: once, as their members are told, each of them once; and nothing comes afterwards."""

from collections.abc import Iterable, Iterator, Mapping

from loadtests.findings import Fault, Finding
from loadtests.history import Device, History, Sent, StoredConversation

ENDED = "conversation_ended"


def judge(history: History) -> Iterator[Finding]:
    ended = {each.id: each for each in history.stored if each.ended is not None}
    for device in history.devices:
        yield from _told(device, ended)
    yield from _refused(history.sent, ended)


def _told(device: Device, ended: Mapping[str, StoredConversation]) -> Iterator[Finding]:
    where = f"{device.user}/{device.name}"
    for conversation, by in device.ends:
        found = ended.get(conversation)
        if found is None or found.ended != by:
            detail = f"it has not ended, told by {by}" if found is None else f"by {found.ended}, told by {by}"
            yield Finding(Fault.MISTOLD, conversation, where, detail)
    told = [conversation for conversation, _ in device.ends]
    for conversation, found in ended.items():
        times = told.count(conversation)
        if device.user in found.members and (times > 1 or (not times and device.caught_up)):
            yield Finding(Fault.UNTOLD, conversation, where, f"told {times} times")
    for conversation, rev in device.strays:
        if conversation in ended:
            yield Finding(Fault.LEAKED, conversation, where, f"rev {rev}, after it was told of the end")


def _refused(sent: Iterable[Sent], ended: Mapping[str, StoredConversation]) -> Iterator[Finding]:
    for one in sent:
        if ENDED in one.rejected and one.conversation not in ended:
            yield Finding(Fault.REFUSED, one.conversation, one.client_id, "as after an end, and there was none")
