"""Judges a history: nothing acknowledged is lost, nothing is doubled, reordered, invented or altered.

Pure: it knows neither Kafka nor MongoDB nor sockets, so that simulated runs are judged by the same rules as real ones.
Every change of a conversation is a new message here: revs are without holes among the messages themselves.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from operator import attrgetter

from loadtests import receipts
from loadtests.history import Device, Entry, History, Sent, StoredConversation
from loadtests.receipts import ReceiptFault


class Fault(StrEnum):
    LOST = "lost"
    """Acknowledged, never rejected, and not in the store."""
    STORED_TWICE = "stored twice"
    """One command made two messages."""
    CONTRADICTED = "contradicted"
    """One command was told two different outcomes, or one that the store belies."""
    SEQ_HOLE = "hole in seq"
    REV_HOLE = "hole in rev"
    NUMBER_TWICE = "number given twice"
    """Two messages of a conversation have the same seq or the same rev."""
    OVERTAKEN = "overtaken"
    """Sent after one of the same sender had been accepted, yet numbered before it."""
    INVENTED = "invented"
    """Stored or seen, and sent by nobody."""
    ALTERED = "altered"
    """The text is not what was sent."""
    UNDELIVERED = "undelivered"
    """In the store, and not seen by a device that was there to the end, or that saw later ones."""
    DELIVERED_TWICE = "delivered twice"
    OUT_OF_ORDER = "out of order"
    """A device saw a lower rev after a higher one."""
    DIVERGED = "diverged"
    """Two devices, or a device and the store, have different messages under one number."""
    PHANTOM = "phantom"
    """Seen by a device, and not in the store."""
    LEAKED = "leaked"
    """Seen by someone who is not a member."""


@dataclass(frozen=True, slots=True)
class Finding:
    fault: Fault | ReceiptFault
    conversation: str
    subject: str
    """The command, number or device it is about."""
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.fault.value}: {self.subject} in {self.conversation} {self.detail}".rstrip()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every fault that was found, and how much there was to judge."""

    findings: tuple[Finding, ...]
    sent: int
    acknowledged: int
    unanswered: int
    """Sent, and never told stored or rejected."""
    stored: int
    seen: int
    raw_duplicates: int
    """Pushes that came twice and were dropped by clients."""

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(finding.fault.value for finding in self.findings))


def check(history: History) -> Verdict:
    """Judge a run that has settled."""
    sent = {one.command: one for one in history.sent}
    return Verdict(
        findings=tuple(_findings(history, sent)),
        sent=len(history.sent),
        acknowledged=sum(one.acknowledged for one in history.sent),
        unanswered=sum(not one.answered for one in history.sent),
        stored=sum(len(conversation.messages) for conversation in history.stored),
        seen=sum(len(device.seen) for device in history.devices),
        raw_duplicates=sum(device.duplicates for device in history.devices),
    )


Commands = Mapping[tuple[str, str, str], Sent]


def _findings(history: History, sent: Commands) -> Iterator[Finding]:
    stored: dict[tuple[str, str, str], list[Entry]] = {}
    for conversation in history.stored:
        yield from _numbers(conversation)
        yield from _origins(conversation.messages, sent)
        for entry in conversation.messages:
            stored.setdefault(entry.command, []).append(entry)
    for one in history.sent:
        yield from _outcome(one, stored.get(one.command, ()))
    yield from _overtaken(history.sent, stored)
    yield from _diverged(history.devices)
    shelves = {conversation.id: _Shelf(conversation) for conversation in history.stored}
    for device in history.devices:
        yield from _device(device, shelves, sent)
    yield from (Finding(*found) for found in receipts.judge(history))


# The store.


def _numbers(conversation: StoredConversation) -> Iterator[Finding]:
    """Seqs and revs are 1, 2, 3… up to the conversation's counters, and grow together."""
    messages = sorted(conversation.messages, key=attrgetter("seq"))
    for name, head, hole in (("seq", conversation.seq, Fault.SEQ_HOLE), ("rev", conversation.rev, Fault.REV_HOLE)):
        counted = Counter(getattr(message, name) for message in messages)
        for number in sorted({*range(1, max(head, *counted, 0) + 1)} - counted.keys()):
            yield Finding(hole, conversation.id, f"{name} {number}", f"the counter is at {head}")
        for number, times in counted.items():
            if times > 1:
                yield Finding(Fault.NUMBER_TWICE, conversation.id, f"{name} {number}", f"{times} messages")
            if number > head or number < 1:
                yield Finding(hole, conversation.id, f"{name} {number}", f"beyond the counter at {head}")
    for before, after in pairwise(messages):
        if after.rev < before.rev:
            yield Finding(Fault.DIVERGED, conversation.id, f"seq {after.seq}", "seq and rev disagree about the order")
    for message in messages:
        if message.epoch != conversation.epoch:
            yield Finding(Fault.DIVERGED, conversation.id, f"seq {message.seq}", "of another epoch")


def _origins(entries: Iterable[Entry], sent: Commands, where: str = "stored") -> Iterator[Finding]:
    """Everything was sent by somebody, as it is."""
    for entry in entries:
        origin = sent.get(entry.command)
        if origin is None:
            yield Finding(Fault.INVENTED, entry.conversation, entry.client_id, f"{where} as seq {entry.seq}")
        elif origin.text != entry.text:
            yield Finding(Fault.ALTERED, entry.conversation, entry.client_id, f"{where} as seq {entry.seq}")


# The senders.


def _outcome(one: Sent, found: Sequence[Entry]) -> Iterator[Finding]:
    if len(found) > 1:
        places = ", ".join(str(entry.seq) for entry in found)
        yield Finding(Fault.STORED_TWICE, one.conversation, one.client_id, f"as seqs {places}")
    if not found and one.acknowledged and not one.rejected:
        yield Finding(Fault.LOST, one.conversation, one.client_id, f"of {one.sender}")
    if len(one.rejected) + len(one.stored) > 1:
        told = ", ".join(sorted({*map(str, one.stored), *one.rejected}))
        yield Finding(Fault.CONTRADICTED, one.conversation, one.client_id, f"told {told}")
    if one.rejected and found:
        yield Finding(Fault.CONTRADICTED, one.conversation, one.client_id, "told rejected, yet stored")
    places_found = {(entry.seq, entry.rev) for entry in found}
    for place in one.stored - places_found if found else ():
        yield Finding(Fault.CONTRADICTED, one.conversation, one.client_id, f"told {place}, stored at {places_found}")


def _overtaken(sent: Iterable[Sent], stored: Mapping[tuple[str, str, str], Sequence[Entry]]) -> Iterator[Finding]:
    """What one sender says in a conversation after an acceptance is numbered after what was accepted."""
    talks: dict[tuple[str, str], list[tuple[Sent, int]]] = {}
    for one in sent:
        for entry in stored.get(one.command, ())[:1]:
            talks.setdefault((one.conversation, one.sender), []).append((one, entry.seq))
    for talk in talks.values():
        yield from _overtaken_in(talk)


def _overtaken_in(talk: Sequence[tuple[Sent, int]]) -> Iterator[Finding]:
    accepted = sorted((one.accepted_at, seq) for one, seq in talk if one.accepted_at is not None)
    later = sorted(
        ((one.sent_at, seq, one) for one, seq in talk if one.sent_at is not None), key=lambda found: found[0]
    )
    floor, taken = 0, 0
    for at, seq, one in later:
        while taken < len(accepted) and accepted[taken][0] < at:
            floor = max(floor, accepted[taken][1])
            taken += 1
        if seq < floor:
            yield Finding(Fault.OVERTAKEN, one.conversation, one.client_id, f"seq {seq}, sent after {floor} was known")


# The devices.


class _Shelf:
    """A stored conversation, ready to be compared with what devices saw."""

    def __init__(self, conversation: StoredConversation) -> None:
        self.members = conversation.members
        self.by_rev = {entry.rev: entry for entry in conversation.messages}
        self.revs = sorted(self.by_rev)


def _diverged(devices: Iterable[Device]) -> Iterator[Finding]:
    """Whoever saw a number saw the same message under it."""
    first: dict[tuple[str, int], tuple[Entry, Device]] = {}
    for device in devices:
        for entry in device.seen:
            other, where = first.setdefault((entry.conversation, entry.rev), (entry, device))
            if other is not entry and other != entry:
                detail = f"is {other.client_id} at {_name(where)}, {entry.client_id} at {_name(device)}"
                yield Finding(Fault.DIVERGED, entry.conversation, f"rev {entry.rev}", detail)


def _device(device: Device, shelves: Mapping[str, _Shelf], sent: Commands) -> Iterator[Finding]:
    yield from _origins(device.seen, sent, f"seen by {_name(device)}")
    seen: dict[str, list[Entry]] = {}
    for entry in device.seen:
        seen.setdefault(entry.conversation, []).append(entry)
    for conversation, entries in seen.items():
        yield from _order(device, entries)
        shelf = shelves.get(conversation)
        if shelf is not None and device.user not in shelf.members:
            yield Finding(Fault.LEAKED, conversation, _name(device), f"{len(entries)} messages")
        yield from _against_store(device, entries, shelf)
    for conversation, shelf in shelves.items():
        if device.user in shelf.members:
            yield from _missing(device, conversation, seen.get(conversation, ()), shelf)


def _order(device: Device, entries: Sequence[Entry]) -> Iterator[Finding]:
    """Each rev and each command once, in rev order."""
    revs: set[int] = set()
    commands: dict[tuple[str, str, str], int] = {}
    highest = 0
    for entry in entries:
        if entry.rev in revs or commands.setdefault(entry.command, entry.rev) != entry.rev:
            yield Finding(Fault.DELIVERED_TWICE, entry.conversation, entry.client_id, f"to {_name(device)}")
        elif entry.rev < highest:
            detail = f"rev {entry.rev} after {highest} at {_name(device)}"
            yield Finding(Fault.OUT_OF_ORDER, entry.conversation, entry.client_id, detail)
        revs.add(entry.rev)
        highest = max(highest, entry.rev)


def _against_store(device: Device, entries: Iterable[Entry], shelf: _Shelf | None) -> Iterator[Finding]:
    for entry in entries:
        kept = None if shelf is None else shelf.by_rev.get(entry.rev)
        if kept is None:
            yield Finding(Fault.PHANTOM, entry.conversation, entry.client_id, f"at {_name(device)}")
        elif kept != entry:
            detail = f"is {kept.client_id} in the store, {entry.client_id} at {_name(device)}"
            yield Finding(Fault.DIVERGED, entry.conversation, f"rev {entry.rev}", detail)


def _missing(device: Device, conversation: str, entries: Iterable[Entry], shelf: _Shelf) -> Iterator[Finding]:
    revs = {entry.rev for entry in entries}
    start = device.after.get(conversation, 0)
    end = max(shelf.revs if device.caught_up else revs, default=0)
    for rev in shelf.revs:
        if start < rev <= end and rev not in revs:
            detail = f"rev {rev} to {_name(device)}"
            yield Finding(Fault.UNDELIVERED, conversation, shelf.by_rev[rev].client_id, detail)


def _name(device: Device) -> str:
    return f"{device.user}/{device.name}"
