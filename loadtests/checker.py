"""Judges a history: nothing acknowledged is lost, nothing is doubled, reordered, invented or altered, and nobody does
or sees what he may not.

Pure: it knows neither Kafka nor MongoDB nor sockets, so that simulated runs are judged by the same rules as real ones.
What a conversation has to be at each rev is worked out in `loadtests.replay`; store and devices are held against it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

from loadtests import endings, receipts, refusals
from loadtests.findings import Fault, Finding
from loadtests.history import Device, Done, Entry, History, Sent, StoredConversation
from loadtests.replay import Commands, Life


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


def _findings(history: History, sent: Commands) -> Iterator[Finding]:
    done: dict[tuple[str, str, str], list[Done]] = {}
    for conversation in history.stored:
        yield from _numbers(conversation)
        for step in (*conversation.steps(), *(each for each in conversation.done if not each.changed)):
            done.setdefault((conversation.id, step.sender, step.client_id), []).append(step)
    refused = {
        (conversation.id, *command): code
        for conversation in history.stored
        for command, code in conversation.refused.items()
    }
    for one in history.sent:
        yield from _outcome(one, done.get(one.command, ()), refused.get(one.command))
    yield from _overtaken(history.sent, done)
    yield from _diverged(history.devices)
    shelves = {conversation.id: _Shelf(conversation, sent) for conversation in history.stored}
    for shelf in shelves.values():
        yield from _kept(shelf)
    yield from refusals.judge(history.sent, history.stored, {name: shelf.life for name, shelf in shelves.items()})
    for device in history.devices:
        yield from _device(device, shelves, sent)
    yield from endings.judge(history)
    yield from (Finding(*found) for found in receipts.judge(history))


class _Shelf:
    """A stored conversation, and what it has to be."""

    def __init__(self, conversation: StoredConversation, sent: Commands) -> None:
        self.stored = conversation
        self.life = Life(conversation, sent)
        self.members = conversation.members
        self.revs = sorted(self.life.states)


# The store.


def _numbers(conversation: StoredConversation) -> Iterator[Finding]:
    """Seqs and revs are 1, 2, 3… up to the conversation's counters, and grow together."""
    messages = sorted(conversation.messages, key=attrgetter("seq"))
    seqs, revs = [message.seq for message in messages], [step.rev for step in conversation.steps()]
    yield from _counted(conversation.id, "seq", seqs, conversation.seq)
    yield from _counted(conversation.id, "rev", revs, conversation.rev)
    for before, after in pairwise(messages):
        if conversation.made.get(after.seq, after.rev) < conversation.made.get(before.seq, before.rev):
            yield Finding(Fault.DIVERGED, conversation.id, f"seq {after.seq}", "seq and rev disagree about the order")
    for message in messages:
        if message.epoch != conversation.epoch:
            yield Finding(Fault.DIVERGED, conversation.id, f"seq {message.seq}", "of another epoch")


def _counted(conversation: str, name: str, numbers: Iterable[int], head: int) -> Iterator[Finding]:
    hole = Fault.SEQ_HOLE if name == "seq" else Fault.REV_HOLE
    counted = Counter(numbers)
    for number in sorted({*range(1, max(head, *counted, 0) + 1)} - counted.keys()):
        yield Finding(hole, conversation, f"{name} {number}", f"the counter is at {head}")
    for number, times in counted.items():
        if times > 1:
            yield Finding(Fault.NUMBER_TWICE, conversation, f"{name} {number}", f"{times} of them")
        if number > head or number < 1:
            yield Finding(hole, conversation, f"{name} {number}", f"beyond the counter at {head}")


def _kept(shelf: _Shelf) -> Iterator[Finding]:
    """What is stored is what the commands make of it."""
    stored, life = shelf.stored, shelf.life
    yield from life.findings
    for entry in stored.messages:
        wanted = life.final.get(entry.seq)
        if wanted is not None and wanted != entry:
            yield Finding(Fault.ALTERED, stored.id, entry.client_id, f"seq {entry.seq} is {entry}, must be {wanted}")
    members = stored.roles or dict.fromkeys(stored.members, "")
    wanted_roles = life.roles if stored.roles is not None else dict.fromkeys(life.roles, "")
    if members != wanted_roles:
        yield Finding(Fault.MISPLACED, stored.id, "the store", f"has {members}, must have {wanted_roles}")


# The senders.


def _outcome(one: Sent, found: Sequence[Done], refused: str | None) -> Iterator[Finding]:
    if len(found) > 1:
        places = ", ".join(str(step.seq) for step in found)
        yield Finding(Fault.STORED_TWICE, one.conversation, one.client_id, f"as seqs {places}")
    if not found and refused is None and one.acknowledged and not one.rejected:
        yield Finding(Fault.LOST, one.conversation, one.client_id, f"of {one.sender}")
    if len(one.rejected) + len(one.stored) > 1 or (one.rejected and one.places):
        told = ", ".join(sorted({*map(str, one.stored), *map(str, one.places), *one.rejected}))
        yield Finding(Fault.CONTRADICTED, one.conversation, one.client_id, f"told {told}")
    if one.rejected and found:
        yield Finding(Fault.CONTRADICTED, one.conversation, one.client_id, "told rejected, yet stored")
    if refused is not None and (found or one.stored or one.places):
        yield Finding(Fault.CONTRADICTED, one.conversation, one.client_id, f"kept as {refused}, told or stored as done")
    places_found = {(step.seq, step.rev) for step in found}
    for place in one.stored - places_found if found else ():
        yield Finding(Fault.CONTRADICTED, one.conversation, one.client_id, f"told {place}, stored at {places_found}")
    for seq in one.places - {step.seq for step in found} if found else ():
        yield Finding(Fault.CONTRADICTED, one.conversation, one.client_id, f"told {seq}, stored at {places_found}")


def _overtaken(sent: Iterable[Sent], done: Mapping[tuple[str, str, str], Sequence[Done]]) -> Iterator[Finding]:
    """What one sender does in a conversation after an acceptance is numbered after what was accepted."""
    talks: dict[tuple[str, str], list[tuple[Sent, int]]] = {}
    for one in sent:
        for step in done.get(one.command, ())[:1]:
            if step.changed:
                talks.setdefault((one.conversation, one.sender), []).append((one, step.rev))
    for talk in talks.values():
        yield from _overtaken_in(talk)


def _overtaken_in(talk: Sequence[tuple[Sent, int]]) -> Iterator[Finding]:
    accepted = sorted((one.accepted_at, rev) for one, rev in talk if one.accepted_at is not None)
    later = sorted(
        ((one.sent_at, rev, one) for one, rev in talk if one.sent_at is not None), key=lambda found: found[0]
    )
    floor, taken = 0, 0
    for at, rev, one in later:
        while taken < len(accepted) and accepted[taken][0] < at:
            floor = max(floor, accepted[taken][1])
            taken += 1
        if rev < floor:
            yield Finding(Fault.OVERTAKEN, one.conversation, one.client_id, f"rev {rev}, sent after {floor} was known")


# The devices.


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
    seen: dict[str, list[Entry]] = {}
    for entry in device.seen:
        seen.setdefault(entry.conversation, []).append(entry)
    for conversation, entries in seen.items():
        yield from _order(device, entries)
        yield from _rightful(device, entries, shelves.get(conversation), sent)
    for conversation, shelf in shelves.items():
        if device.user in shelf.members:
            yield from _missing(device, conversation, seen.get(conversation, ()), shelf)
        yield from _held(device, shelf)
    for conversation, rev in device.strays:
        if not shelves[conversation].life.may_see(device.user, rev):
            yield Finding(Fault.LEAKED, conversation, _name(device), f"rev {rev}, after it was gone")


def _order(device: Device, entries: Sequence[Entry]) -> Iterator[Finding]:
    """Each rev and each command once, in rev order."""
    revs: set[int] = set()
    commands: dict[tuple[str, str, str, str | None], int] = {}
    highest = 0
    for entry in entries:
        if entry.rev in revs or commands.setdefault((*entry.command, entry.cause), entry.rev) != entry.rev:
            yield Finding(Fault.DELIVERED_TWICE, entry.conversation, entry.client_id, f"to {_name(device)}")
        elif entry.rev < highest:
            detail = f"rev {entry.rev} after {highest} at {_name(device)}"
            yield Finding(Fault.OUT_OF_ORDER, entry.conversation, entry.client_id, detail)
        revs.add(entry.rev)
        highest = max(highest, entry.rev)


def _rightful(device: Device, entries: Iterable[Entry], shelf: _Shelf | None, sent: Commands) -> Iterator[Finding]:
    """What it saw was done by somebody, is what it has to be, and was for its user."""
    where = _name(device)
    for entry in entries:
        wanted = None if shelf is None else shelf.life.states.get(entry.rev)
        if entry.command not in sent:
            yield Finding(Fault.INVENTED, entry.conversation, entry.client_id, f"seen by {where} as seq {entry.seq}")
        if wanted is None:
            yield Finding(Fault.PHANTOM, entry.conversation, entry.client_id, f"at {where}")
        elif (wanted.command, wanted.seq, wanted.epoch) != (entry.command, entry.seq, entry.epoch):
            detail = f"is {wanted.client_id} in the store, {entry.client_id} at {where}"
            yield Finding(Fault.DIVERGED, entry.conversation, f"rev {entry.rev}", detail)
        elif wanted != entry:
            yield Finding(Fault.ALTERED, entry.conversation, entry.client_id, f"is {entry} at {where}, not {wanted}")
        if shelf is not None and not shelf.life.may_see(device.user, entry.rev):
            yield Finding(Fault.LEAKED, entry.conversation, where, f"rev {entry.rev}")


def _missing(device: Device, conversation: str, entries: Iterable[Entry], shelf: _Shelf) -> Iterator[Finding]:
    """Of every message the last state up to where the device is: what was changed again since, it need not have."""
    revs = {entry.rev for entry in entries}
    start = device.after.get(conversation, 0)
    end = max(shelf.revs if device.caught_up else revs, default=0)
    last = {shelf.life.states[rev].seq: rev for rev in shelf.revs if start < rev <= end}
    for rev in sorted(set(last.values()) - revs):
        detail = f"rev {rev} to {_name(device)}"
        yield Finding(Fault.UNDELIVERED, conversation, shelf.life.states[rev].client_id, detail)


def _held(device: Device, shelf: _Shelf) -> Iterator[Finding]:
    """In the end it has the conversations of its user, with those who are in them."""
    roles = None if device.holds is None else device.holds.get(shelf.stored.id)
    if roles is None:
        return
    if device.user not in shelf.members:
        yield Finding(Fault.LINGERING, shelf.stored.id, _name(device))
    elif roles != shelf.life.roles:
        detail = f"has {dict(roles)}, must have {shelf.life.roles}"
        yield Finding(Fault.MISPLACED, shelf.stored.id, _name(device), detail)


def _name(device: Device) -> str:
    return f"{device.user}/{device.name}"
