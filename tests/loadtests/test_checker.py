"""The checker raises no false alarm, and catches a planted fault of every kind."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from loadtests.checker import check
from loadtests.findings import Fault
from loadtests.history import Device, Entry, History, Sent, StoredConversation
from tests.loadtests import test_group_life
from tests.loadtests.histories import EPOCH, histories

Plant = Callable[[st.DataObject, History], History]


def with_conversation(history: History, index: int, changed: StoredConversation) -> History:
    stored = list(history.stored)
    stored[index] = changed
    return replace(history, stored=stored)


def with_messages(history: History, index: int, messages: list[Entry]) -> History:
    return with_conversation(history, index, replace(history.stored[index], messages=messages))


def with_device(history: History, index: int, changed: Device) -> History:
    devices = list(history.devices)
    devices[index] = changed
    return replace(history, devices=devices)


def some(data: st.DataObject, count: int) -> int:
    return data.draw(st.integers(0, count - 1))


def pick_stored(data: st.DataObject, history: History) -> tuple[int, int]:
    """A conversation and a message in it, by index."""
    conversation = some(data, len(history.stored))
    return conversation, some(data, len(history.stored[conversation].messages))


def pick_seen(data: st.DataObject, history: History, least: int = 1) -> tuple[int, list[Entry], list[int]]:
    """A device, what it saw, and where in that the messages of one of its conversations are, at least so many."""
    places = [
        (index, list(device.seen), found)
        for index, device in enumerate(history.devices)
        for conversation in history.stored
        if len(found := [at for at, entry in enumerate(device.seen) if entry.conversation == conversation.id]) >= least
    ]
    assume(places)
    return places[some(data, len(places))]


def with_seen(history: History, index: int, seen: list[Entry]) -> History:
    return with_device(history, index, replace(history.devices[index], seen=seen))


def sent_of(history: History, entry: Entry) -> Sent:
    return next(one for one in history.sent if one.command == entry.command)


# What goes wrong in the store.


def lose(data: st.DataObject, history: History) -> History:
    """An acknowledged message is in no store; everything else closes up, as if it had never been."""
    conversation, at = pick_stored(data, history)
    found = history.stored[conversation]
    sent_of(history, found.messages[at]).accepted = True
    renumber = {entry.rev: entry.rev - (entry.rev > at + 1) for entry in found.messages}
    kept = [
        entry._replace(seq=renumber[entry.rev], rev=renumber[entry.rev])
        for entry in found.messages
        if entry is not found.messages[at]
    ]
    for entry in kept:
        one = sent_of(history, entry)
        one.stored = {(entry.seq, entry.rev)} if one.stored else set()
    return with_conversation(history, conversation, replace(found, messages=kept, seq=found.seq - 1, rev=found.rev - 1))


def lose_last(data: st.DataObject, history: History) -> History:
    """The last message vanishes from store and devices alike, the counters with it: only its sender knows."""
    conversation = some(data, len(history.stored))
    found = history.stored[conversation]
    last = found.messages[-1]
    sent_of(history, last).accepted = True
    cut = replace(found, messages=found.messages[:-1], seq=found.seq - 1, rev=found.rev - 1)
    devices = [replace(device, seen=[entry for entry in device.seen if entry != last]) for device in history.devices]
    return with_conversation(replace(history, devices=devices), conversation, cut)


def store_twice(data: st.DataObject, history: History) -> History:
    conversation, at = pick_stored(data, history)
    found = history.stored[conversation]
    head = found.seq + 1
    again = found.messages[at]._replace(seq=head, rev=head)
    devices = [
        replace(device, seen=[*device.seen, again]) if device.user in found.members and device.caught_up else device
        for device in history.devices
    ]
    return with_conversation(
        replace(history, devices=devices),
        conversation,
        replace(found, messages=[*found.messages, again], seq=head, rev=head),
    )


def skip_number(which: str) -> Plant:
    def plant(data: st.DataObject, history: History) -> History:
        conversation, at = pick_stored(data, history)
        found = history.stored[conversation]
        moved = [
            entry._replace(**{which: getattr(entry, which) + (index >= at)})
            for index, entry in enumerate(found.messages)
        ]
        changed = replace(found, messages=moved, **{which: getattr(found, which) + 1})
        return with_conversation(history, conversation, changed)

    return plant


def count_ahead(which: str) -> Plant:
    """The counter says more than there are messages."""

    def plant(data: st.DataObject, history: History) -> History:
        conversation = some(data, len(history.stored))
        found = history.stored[conversation]
        return with_conversation(history, conversation, replace(found, **{which: getattr(found, which) + 1}))

    return plant


def count_behind(data: st.DataObject, history: History) -> History:
    conversation = some(data, len(history.stored))
    found = history.stored[conversation]
    return with_conversation(history, conversation, replace(found, seq=found.seq - 1))


def give_number_twice(which: str) -> Plant:
    def plant(data: st.DataObject, history: History) -> History:
        conversation = some(data, len(history.stored))
        messages = list(history.stored[conversation].messages)
        at = data.draw(st.integers(1, len(messages) - 1))
        messages[at] = messages[at]._replace(**{which: getattr(messages[at - 1], which)})
        return with_messages(history, conversation, messages)

    return plant


def number_against_time(data: st.DataObject, history: History) -> History:
    """Two messages of one sender change places, though the second was sent after the first had been accepted."""
    conversation = some(data, len(history.stored))
    found = history.stored[conversation]
    at = data.draw(st.integers(0, len(found.messages) - 2))
    first, second = found.messages[at], found.messages[at + 1]
    early, late = sent_of(history, first), sent_of(history, second)
    late.sender = early.sender
    early.sent_at, early.accepted_at, early.accepted = 1.0, 2.0, True
    late.sent_at, late.accepted_at, late.accepted = 3.0, 4.0, True
    messages = list(found.messages)
    messages[at] = second._replace(seq=first.seq, rev=first.rev, sender=early.sender)
    messages[at + 1] = first._replace(seq=second.seq, rev=second.rev)
    return with_messages(history, conversation, messages)


def invent(data: st.DataObject, history: History) -> History:
    """The store holds, and everybody saw, what nobody sent."""
    conversation, at = pick_stored(data, history)
    command = history.stored[conversation].messages[at].command
    return replace(history, sent=[one for one in history.sent if one.command != command])


def misattribute(data: st.DataObject, history: History) -> History:
    """The message of one is stored as another's."""
    conversation, at = pick_stored(data, history)
    messages = list(history.stored[conversation].messages)
    messages[at] = messages[at]._replace(sender="u_else")
    return with_messages(history, conversation, messages)


def alter(data: st.DataObject, history: History) -> History:
    conversation, at = pick_stored(data, history)
    messages = list(history.stored[conversation].messages)
    text = messages[at].text
    messages[at] = messages[at]._replace(text=data.draw(st.sampled_from([None, "", "?", f"{text} "])))
    return with_messages(history, conversation, messages)


def disorder_store(data: st.DataObject, history: History) -> History:
    """Two messages have each other's rev: seq and rev tell different orders."""
    conversation = some(data, len(history.stored))
    messages = list(history.stored[conversation].messages)
    at = data.draw(st.integers(1, len(messages) - 1))
    one, other = messages[at - 1], messages[at]
    messages[at - 1], messages[at] = one._replace(rev=other.rev), other._replace(rev=one.rev)
    return with_messages(history, conversation, messages)


def renumber_epoch(data: st.DataObject, history: History) -> History:
    conversation, at = pick_stored(data, history)
    messages = list(history.stored[conversation].messages)
    messages[at] = messages[at]._replace(epoch="another")
    return with_messages(history, conversation, messages)


# What goes wrong in the answers.


def reject_what_is_stored(data: st.DataObject, history: History) -> History:
    conversation, at = pick_stored(data, history)
    sent_of(history, history.stored[conversation].messages[at]).rejected = {"internal"}
    return history


def tell_another_number(data: st.DataObject, history: History) -> History:
    conversation, at = pick_stored(data, history)
    entry = history.stored[conversation].messages[at]
    sent_of(history, entry).stored = {(entry.seq + 1, entry.rev + 1)}
    return history


def tell_two_numbers(data: st.DataObject, history: History) -> History:
    conversation, at = pick_stored(data, history)
    entry = history.stored[conversation].messages[at]
    sent_of(history, entry).stored = {(entry.seq, entry.rev), (entry.seq + 1, entry.rev + 1)}
    return history


# What goes wrong at a device.


def withhold(data: st.DataObject, history: History) -> History:
    device, seen, places = pick_seen(data, history, least=2)
    del seen[data.draw(st.sampled_from(places[:-1]))]
    return with_seen(history, device, seen)


def withhold_last(data: st.DataObject, history: History) -> History:
    device, seen, places = pick_seen(data, history)
    history.devices[device].caught_up = True
    del seen[places[-1]]
    return with_seen(history, device, seen)


def withhold_everything(data: st.DataObject, history: History) -> History:
    device, _, _ = pick_seen(data, history)
    history.devices[device].caught_up = True
    return with_seen(history, device, [])


def show_twice(data: st.DataObject, history: History) -> History:
    device, seen, places = pick_seen(data, history)
    at = data.draw(st.sampled_from(places))
    seen.insert(data.draw(st.integers(at, len(seen))), seen[at])
    return with_seen(history, device, seen)


def show_under_two_numbers(data: st.DataObject, history: History) -> History:
    device, seen, places = pick_seen(data, history)
    entry = seen[data.draw(st.sampled_from(places))]
    seen.append(entry._replace(seq=entry.seq + 50, rev=entry.rev + 50))
    return with_seen(history, device, seen)


def swap(data: st.DataObject, history: History) -> History:
    device, seen, places = pick_seen(data, history, least=2)
    at = data.draw(st.integers(1, len(places) - 1))
    one, other = places[at - 1], places[at]
    seen[one], seen[other] = seen[other], seen[one]
    return with_seen(history, device, seen)


def swap_with_numbers(data: st.DataObject, history: History) -> History:
    """One device has two messages under each other's numbers: in order by itself, unlike everybody else."""
    device, seen, places = pick_seen(data, history, least=2)
    at = data.draw(st.integers(1, len(places) - 1))
    one, other = seen[places[at - 1]], seen[places[at]]
    seen[places[at - 1]] = other._replace(seq=one.seq, rev=one.rev)
    seen[places[at]] = one._replace(seq=other.seq, rev=other.rev)
    return with_seen(history, device, seen)


def show_what_nobody_sent(data: st.DataObject, history: History) -> History:
    device, seen, places = pick_seen(data, history)
    entry = seen[places[-1]]
    seen.append(entry._replace(client_id="nobody's", seq=entry.seq + 1, rev=entry.rev + 1))
    return with_seen(history, device, seen)


def show_altered(data: st.DataObject, history: History) -> History:
    device, seen, places = pick_seen(data, history)
    at = data.draw(st.sampled_from(places))
    seen[at] = seen[at]._replace(text="something else")
    return with_seen(history, device, seen)


def show_what_is_not_stored(data: st.DataObject, history: History) -> History:
    """A push went out, and its message was never stored."""
    device, seen, places = pick_seen(data, history)
    entry = seen[places[0]]
    number = 1000
    ghost = Sent(entry.conversation, entry.sender, "a ghost", "boo")
    seen.append(Entry(entry.conversation, EPOCH, number, number, entry.sender, ghost.client_id, ghost.text))
    return with_seen(replace(history, sent=[*history.sent, ghost]), device, seen)


def show_to_a_stranger(data: st.DataObject, history: History) -> History:
    conversation, at = pick_stored(data, history)
    stranger = Device("u_else", "device-0", [history.stored[conversation].messages[at]])
    return replace(history, devices=[*history.devices, stranger])


# What goes wrong with the end of a chat.


def pick_told(data: st.DataObject, history: History) -> tuple[int, int]:
    """A device and one of the ends that it was told of, by index."""
    places = [(index, at) for index, device in enumerate(history.devices) for at in range(len(device.ends))]
    assume(places)
    return places[some(data, len(places))]


def with_ends(history: History, index: int, ends: list[tuple[str, str]]) -> History:
    return with_device(history, index, replace(history.devices[index], ends=ends))


def keep_the_end_to_itself(data: st.DataObject, history: History) -> History:
    index, at = pick_told(data, history)
    return with_ends(history, index, [end for n, end in enumerate(history.devices[index].ends) if n != at])


def tell_of_the_end_twice(data: st.DataObject, history: History) -> History:
    index, at = pick_told(data, history)
    ends = list(history.devices[index].ends)
    return with_ends(history, index, [*ends, ends[at]])


def tell_two_of_different_ends(data: st.DataObject, history: History) -> History:
    """Both ended it, and each is told that it was himself."""
    index, at = pick_told(data, history)
    ends = list(history.devices[index].ends)
    ends[at] = (ends[at][0], "somebody else")
    return with_ends(history, index, ends)


def tell_of_an_end_that_was_none(data: st.DataObject, history: History) -> History:
    """A device is told, and the store goes on as if nothing had been."""
    index, at = pick_told(data, history)
    conversation = history.devices[index].ends[at][0]
    stored = [replace(each, ended=None) if each.id == conversation else each for each in history.stored]
    return replace(history, stored=stored)


def refuse_before_the_end(data: st.DataObject, history: History) -> History:
    conversation = history.stored[some(data, len(history.stored))]
    assume(conversation.ended is None)
    refused = Sent(
        conversation.id, min(conversation.members), "refused", "is it over?", rejected={"conversation_ended"}
    )
    return replace(history, sent=[*history.sent, refused])


def show_after_the_end(data: st.DataObject, history: History) -> History:
    index, at = pick_told(data, history)
    strays = [(history.devices[index].ends[at][0], 1)]
    return with_device(history, index, replace(history.devices[index], strays=strays))


PLANTS: list[tuple[Plant, Fault]] = [
    (lose, Fault.LOST),
    (lose_last, Fault.LOST),
    (store_twice, Fault.STORED_TWICE),
    (skip_number("seq"), Fault.SEQ_HOLE),
    (skip_number("rev"), Fault.REV_HOLE),
    (count_ahead("seq"), Fault.SEQ_HOLE),
    (count_ahead("rev"), Fault.REV_HOLE),
    (count_behind, Fault.SEQ_HOLE),
    (give_number_twice("seq"), Fault.NUMBER_TWICE),
    (give_number_twice("rev"), Fault.NUMBER_TWICE),
    (number_against_time, Fault.OVERTAKEN),
    (invent, Fault.INVENTED),
    (misattribute, Fault.INVENTED),
    (alter, Fault.ALTERED),
    (disorder_store, Fault.DIVERGED),
    (renumber_epoch, Fault.DIVERGED),
    (reject_what_is_stored, Fault.CONTRADICTED),
    (tell_another_number, Fault.CONTRADICTED),
    (tell_two_numbers, Fault.CONTRADICTED),
    (withhold, Fault.UNDELIVERED),
    (withhold_last, Fault.UNDELIVERED),
    (withhold_everything, Fault.UNDELIVERED),
    (show_twice, Fault.DELIVERED_TWICE),
    (show_under_two_numbers, Fault.DELIVERED_TWICE),
    (swap, Fault.OUT_OF_ORDER),
    (swap_with_numbers, Fault.DIVERGED),
    (show_what_nobody_sent, Fault.INVENTED),
    (show_altered, Fault.ALTERED),
    (show_what_is_not_stored, Fault.PHANTOM),
    (show_to_a_stranger, Fault.LEAKED),
    (keep_the_end_to_itself, Fault.UNTOLD),
    (tell_of_the_end_twice, Fault.UNTOLD),
    (tell_two_of_different_ends, Fault.MISTOLD),
    (tell_of_an_end_that_was_none, Fault.MISTOLD),
    (refuse_before_the_end, Fault.REFUSED),
    (show_after_the_end, Fault.LEAKED),
]


@given(histories())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_correct_history_raises_no_alarm(history: History) -> None:
    verdict = check(history)
    assert verdict.ok, verdict.findings
    assert verdict.sent == len(history.sent)
    assert verdict.raw_duplicates == sum(device.duplicates for device in history.devices)


@pytest.mark.parametrize(("plant", "fault"), PLANTS, ids=[f"{fault.value}-{n}" for n, (_, fault) in enumerate(PLANTS)])
@given(data=st.data())
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_planted_fault_is_caught(plant: Plant, fault: Fault, data: st.DataObject) -> None:
    history = plant(data, data.draw(histories(least=4)))
    findings = check(history).findings
    assert fault in {finding.fault for finding in findings}, findings


def test_every_fault_is_planted() -> None:
    assert {fault for _, fault in PLANTS} | {fault for _, _, fault in test_group_life.FAULTS} == set(Fault)


def test_devices_that_agree_with_each_other_but_not_with_the_store_diverge() -> None:
    stored = Entry("c_1", EPOCH, 1, 1, "u_1", "m1", "hello")
    seen = stored._replace(seq=2, client_id="m2", text="hi")
    sent = [Sent("c_1", "u_1", "m1", "hello"), Sent("c_1", "u_1", "m2", "hi")]
    conversation = StoredConversation("c_1", EPOCH, 1, 1, frozenset({"u_1", "u_2"}), [stored])
    devices = [Device(user, "device", [seen]) for user in ("u_1", "u_2")]
    assert Fault.DIVERGED in {finding.fault for finding in check(History(sent, devices, [conversation])).findings}
