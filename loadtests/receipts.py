"""Judges receipts: they only grow, never run ahead of what was said, and are complete in the end."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from loadtests.history import Device, History, Reached, StoredConversation


class ReceiptFault(StrEnum):
    WENT_BACK = "receipt went back"
    """A device was told less than before on the same socket."""
    AHEAD = "receipt ahead"
    """Told, or stored, and never said by that member's devices."""
    LOST = "receipt lost"
    """Said, and not in the store in the end."""
    UNTOLD = "receipt untold"
    """A sender's device does not know in the end how far a member has come with his messages."""
    LEAKED = "receipt leaked"
    """Told to someone who never was a member, or of someone who never was one."""


class Found(NamedTuple):
    fault: ReceiptFault
    conversation: str
    subject: str
    detail: str


def judge(history: History) -> Iterator[Found]:
    """Of a run in which members said how far they had come; nothing of one in which nobody did."""
    if not history.acknowledged:
        return
    members = {conversation.id: conversation.members | conversation.former for conversation in history.stored}
    for device in history.devices:
        yield from _went_back(device)
        yield from _told(device, history.acknowledged, members)
    for conversation in history.stored:
        yield from _stored(conversation, history.acknowledged)
        yield from _untold(conversation, history)


def _went_back(device: Device) -> Iterator[Found]:
    highest: dict[tuple[str, str], Reached] = {}
    for conversation, user, reached in device.receipts:
        before = highest.get((conversation, user), Reached())
        if not reached.covers(before):
            yield Found(ReceiptFault.WENT_BACK, conversation, user, f"{before} to {reached} at {_name(device)}")
        highest[conversation, user] = before.raised(reached)


def _told(
    device: Device, acknowledged: Mapping[tuple[str, str], Reached], members: Mapping[str, frozenset[str]]
) -> Iterator[Found]:
    for conversation, user, reached in device.receipts:
        here = members.get(conversation, frozenset())
        if device.user not in here or user not in here:
            yield Found(ReceiptFault.LEAKED, conversation, user, f"to {_name(device)}")
        said = acknowledged.get((conversation, user), Reached())
        if not said.covers(reached):
            yield Found(ReceiptFault.AHEAD, conversation, user, f"{reached} at {_name(device)}, said {said}")


def _stored(conversation: StoredConversation, acknowledged: Mapping[tuple[str, str], Reached]) -> Iterator[Found]:
    for user in sorted(conversation.members | conversation.cursors.keys()):
        said = acknowledged.get((conversation.id, user), Reached())
        kept = conversation.cursors.get(user, Reached())
        if not said.covers(kept):
            yield Found(ReceiptFault.AHEAD, conversation.id, user, f"{kept} is stored, said {said}")
        if user in conversation.members and not kept.covers(said):
            yield Found(ReceiptFault.LOST, conversation.id, user, f"{kept} is stored, said {said}")


def _untold(conversation: StoredConversation, history: History) -> Iterator[Found]:
    own: dict[str, list[int]] = {}
    for message in sorted(conversation.messages, key=lambda message: message.seq):
        own.setdefault(message.sender, []).append(message.seq)
    for device in history.devices:
        if device.caught_up and device.user in own and device.user in conversation.members:
            yield from _untold_to(device, conversation, own[device.user], history.acknowledged)


def _untold_to(
    device: Device,
    conversation: StoredConversation,
    own: list[int],
    acknowledged: Mapping[tuple[str, str], Reached],
) -> Iterator[Found]:
    for user in sorted(conversation.members - {device.user}):
        said = acknowledged.get((conversation.id, user), Reached())
        known = device.known.get((conversation.id, user), Reached())
        wanted = Reached(_last(own, said.delivered), _last(own, said.read))
        if not known.covers(wanted):
            detail = f"{known} at {_name(device)}, whose messages are covered up to {wanted}"
            yield Found(ReceiptFault.UNTOLD, conversation.id, user, detail)


def _last(own: Iterable[int], up_to: int) -> int:
    """The last of one's own messages that is covered."""
    return max((seq for seq in own if seq <= up_to), default=0)


def _name(device: Device) -> str:
    return f"{device.user}/{device.name}"
