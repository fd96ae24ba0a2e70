"""The judge of receipts raises no false alarm, and catches a planted fault of every kind."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loadtests.acknowledging import Acknowledging, Attention
from loadtests.checker import check
from loadtests.history import Device, History, Reached, StoredConversation, Told
from loadtests.receipts import ReceiptFault
from loadtests.recording import Recorder, Window
from tests.loadtests.histories import histories
from tests.simulation.clock import run_virtually

Plant = Callable[[st.DataObject, History], History]
Key = tuple[str, str]


@st.composite
def acknowledged(draw: st.DrawFn, least: int = 0) -> History:
    """A correct history in which members say how far they are, and every device is told."""
    history = draw(histories(least))
    said: dict[Key, Reached] = {}
    stored = []
    for conversation in history.stored:
        cursors = {user: _reached(draw, conversation.seq, least) for user in sorted(conversation.members)}
        said |= {(conversation.id, user): reached for user, reached in cursors.items()}
        stored.append(replace(conversation, cursors=cursors))
    devices = [_told(draw, device, stored) for device in history.devices]
    return replace(history, devices=devices, stored=stored, acknowledged=said)


def _reached(draw: st.DrawFn, head: int, least: int) -> Reached:
    delivered = draw(st.integers(min(least, head), head))
    return Reached(delivered, draw(st.integers(0, delivered)))


def _told(draw: st.DrawFn, device: Device, stored: list[StoredConversation]) -> Device:
    receipts: list[Told] = []
    known: dict[Key, Reached] = {}
    for conversation in stored:
        for user in sorted(conversation.members) if device.user in conversation.members else ():
            last = conversation.cursors[user]
            steps = draw(st.lists(st.builds(Reached, st.integers(0, last.delivered), st.integers(0, last.read))))
            growing = accumulate(steps, Reached.raised)
            receipts += [Told(conversation.id, user, reached) for reached in [*growing, last]]
            known[conversation.id, user] = last
    return replace(device, receipts=receipts, known=known)


def some_device(data: st.DataObject, history: History) -> tuple[int, Device]:
    place = data.draw(st.integers(0, len(history.devices) - 1))
    return place, history.devices[place]


def with_device(history: History, place: int, device: Device) -> History:
    return replace(history, devices=[*history.devices[:place], device, *history.devices[place + 1 :]])


def go_back(which: str) -> Plant:
    def plant(data: st.DataObject, history: History) -> History:
        place, device = some_device(data, history)
        told = data.draw(st.sampled_from(list(device.receipts)))
        higher, lower = told.reached.raised(Reached(1, 1)), Reached(1, 1)._replace(**{which: 0})
        again = [told._replace(reached=higher), told._replace(reached=lower)]
        return with_device(history, place, replace(device, receipts=[*device.receipts, *again]))

    return plant


def tell_too_much(data: st.DataObject, history: History) -> History:
    place, device = some_device(data, history)
    told = data.draw(st.sampled_from(list(device.receipts)))
    said = history.acknowledged[told.conversation, told.user]
    ahead = told._replace(reached=said._replace(delivered=said.delivered + 1))
    return with_device(history, place, replace(device, receipts=[*device.receipts, ahead]))


def with_cursor(data: st.DataObject, history: History, by: int) -> History:
    place = data.draw(st.integers(0, len(history.stored) - 1))
    found = history.stored[place]
    user = data.draw(st.sampled_from(sorted(found.members)))
    moved = found.cursors[user]._replace(delivered=found.cursors[user].delivered + by)
    changed = replace(found, cursors={**found.cursors, user: moved})
    return replace(history, stored=[*history.stored[:place], changed, *history.stored[place + 1 :]])


def store_too_much(data: st.DataObject, history: History) -> History:
    return with_cursor(data, history, 1)


def store_too_little(data: st.DataObject, history: History) -> History:
    return with_cursor(data, history, -1)


def keep_from_a_sender(data: st.DataObject, history: History) -> History:
    """One member has everything, and the sender of a message is not told."""
    conversation = data.draw(st.sampled_from(list(history.stored)))
    sender = data.draw(st.sampled_from(sorted({message.sender for message in conversation.messages})))
    reader = data.draw(st.sampled_from(sorted(conversation.members - {sender})))
    everything = Reached(conversation.seq, 0).raised(conversation.cursors[reader])
    stored = [
        replace(one, cursors={**one.cursors, reader: everything}) if one is conversation else one
        for one in history.stored
    ]
    ignorant = Device(sender, "late", [], after={conversation.id: conversation.rev})
    others = {one.id: one.rev for one in history.stored}
    said = {**history.acknowledged, (conversation.id, reader): everything}
    devices = [*history.devices, replace(ignorant, after=others)]
    return replace(history, stored=stored, acknowledged=said, devices=devices)


def tell_a_stranger(data: st.DataObject, history: History) -> History:
    told = Told(history.stored[0].id, min(history.stored[0].members), Reached())
    return replace(history, devices=[*history.devices, Device("u_else", "device", [], receipts=[told])])


def tell_of_a_stranger(data: st.DataObject, history: History) -> History:
    place, device = some_device(data, history)
    told = device.receipts[0]._replace(user="u_else", reached=Reached())
    return with_device(history, place, replace(device, receipts=[*device.receipts, told]))


PLANTS: list[tuple[Plant, ReceiptFault]] = [
    (go_back("delivered"), ReceiptFault.WENT_BACK),
    (go_back("read"), ReceiptFault.WENT_BACK),
    (tell_too_much, ReceiptFault.AHEAD),
    (store_too_much, ReceiptFault.AHEAD),
    (store_too_little, ReceiptFault.LOST),
    (keep_from_a_sender, ReceiptFault.UNTOLD),
    (tell_a_stranger, ReceiptFault.LEAKED),
    (tell_of_a_stranger, ReceiptFault.LEAKED),
]


@given(acknowledged())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_correct_history_raises_no_alarm(history: History) -> None:
    verdict = check(history)
    assert verdict.ok, verdict.findings


@pytest.mark.parametrize(("plant", "fault"), PLANTS, ids=[f"{fault.value}-{n}" for n, (_, fault) in enumerate(PLANTS)])
@given(data=st.data())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_planted_fault_is_caught(plant: Plant, fault: ReceiptFault, data: st.DataObject) -> None:
    history = plant(data, data.draw(acknowledged(least=4)))
    findings = check(history).findings
    assert fault in {finding.fault for finding in findings}, findings


def test_every_fault_is_planted() -> None:
    assert {fault for _, fault in PLANTS} == set(ReceiptFault)


def test_a_run_in_which_nobody_acknowledges_is_not_judged() -> None:
    history = History((), (), (StoredConversation("c_1", "e", 0, 0, frozenset({"u_1"}), (), {"u_1": Reached(1, 1)}),))
    assert check(history).ok


def test_what_a_recipient_says() -> None:
    async def tell() -> tuple[list[tuple[str, int]], list[Reached]]:

        said: list[tuple[str, int]] = []
        noted: list[Reached] = []
        subject = Acknowledging(
            Attention(gather_seconds=0.1),
            Random(1),
            lambda frame: said.append((frame["type"], frame["seq"])),
            lambda _, reached: noted.append(reached),
        )
        subject.got("c_1", 1)
        subject.got("c_1", 2)
        await asyncio.sleep(0.2)
        subject.got("c_1", 3)
        done = [subject.is_done]
        await asyncio.sleep(10)
        assert [*done, subject.is_done] == [False, True]
        return said, noted

    said, noted = run_virtually(tell())
    assert said == [("delivered", 2), ("delivered", 3), ("read", 3)]
    assert noted == [Reached(2, 0), Reached(3, 0), Reached(3, 3)]


def test_the_recorder_knows_what_nobody_has_been_told_of() -> None:
    recorder = Recorder()
    recorder.window = window = Window()
    recorder.said("c_1", "u_1", Reached(1, 0), 10.0)
    recorder.said("c_1", "u_1", Reached(2, 2), 11.0)
    recorder.said("c_1", "u_2", Reached(1, 0), 12.0)
    recorder.heard(Told("c_1", "u_1", Reached(1, 0)), 10.2)
    assert recorder.oldest_unheard() == 11.0
    recorder.heard(Told("c_1", "u_1", Reached(2, 2)), 12.0)
    recorder.heard(Told("c_1", "u_2", Reached(3, 0)), 12.1)
    assert recorder.oldest_unheard() is None
    assert [round(seconds, 3) for seconds in window.receipts.samples] == [0.2, 1.0, 0.1]
    assert window.late_receipts == [12.0]
    assert recorder.acknowledged == {("c_1", "u_1"): Reached(2, 2), ("c_1", "u_2"): Reached(1, 0)}
