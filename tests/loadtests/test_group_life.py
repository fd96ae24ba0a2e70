"""What is changed after it was said, and who comes and goes: a life in which all of it happens, and what is wrong with
ever so slightly other ones."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from loadtests.checker import check
from loadtests.findings import Fault
from loadtests.history import Device, Done, Entry, Happened, History, Sent, StoredConversation, Wish

GROUP, EPOCH = "c_1", "an-epoch"
ANN, BEN, CID, DOT = "u_1", "u_2", "u_3", "u_4"
FOUNDERS = {ANN: "admin", BEN: "member", CID: "member"}

COMMANDS = [
    (BEN, "m1", "hello", Wish()),  # seq 1, rev 1
    (CID, "m2", "hi", Wish()),  # seq 2, rev 2
    (BEN, "e1", "hello!", Wish("edit", 1)),  # rev 3
    (CID, "r1", "", Wish("react", 1, "+", on=True)),  # rev 4
    (ANN, "g1", "", Wish("role", user=BEN, role="admin")),  # seq 3, rev 5
    (BEN, "g2", "", Wish("remove", user=CID)),  # seq 4, rev 6
    (ANN, "m3", "secret", Wish()),  # seq 5, rev 7
    (ANN, "d1", "", Wish("delete", 2)),  # rev 8
    (DOT, "g3", "", Wish("join")),  # seq 6, rev 9
    (ANN, "g4", "", Wish("leave")),  # seq 7, rev 10
]
IDLE = (DOT, "r2", "", Wish("react", 1, "+"))
REFUSED = (CID, "m4", "me too", Wish())


def said(seq: int, rev: int, sender: str, client_id: str, text: str) -> Entry:
    return Entry(GROUP, EPOCH, seq, rev, sender, client_id, text)


def told(seq: int, rev: int, client_id: str, event: Happened) -> Entry:
    return Entry(GROUP, EPOCH, seq, rev, event.by, client_id, None, event=event)


HELLO, HI, SECRET = said(1, 1, BEN, "m1", "hello"), said(2, 2, CID, "m2", "hi"), said(5, 7, ANN, "m3", "secret")
EDITED = HELLO._replace(rev=3, cause="e1", text="hello!")
LIKED = EDITED._replace(rev=4, cause="r1", reactions=(("+", (CID,)),))
DELETED = HI._replace(rev=8, cause="d1", text=None, deleted=True)
PROMOTED = told(3, 5, "g1", Happened("role", ANN, BEN, "admin"))
REMOVED = told(4, 6, "g2", Happened("removed", BEN, CID))
JOINED = told(6, 9, "g3", Happened("joined", DOT, DOT))
LEFT = told(7, 10, "g4", Happened("left", ANN, ANN))
LIVE = [HELLO, HI, EDITED, LIKED, PROMOTED, REMOVED, SECRET, DELETED, JOINED, LEFT]
KEPT = [LIKED, DELETED, PROMOTED, REMOVED, SECRET, JOINED, LEFT]
ROLES = {BEN: "admin", DOT: "member"}


def life() -> History:
    """Ben was there all the time, Dot came late, Cid and Ann were put out or went."""
    sent = [Sent(GROUP, sender, name, text, wish=wish) for sender, name, text, wish in (*COMMANDS, IDLE, REFUSED)]
    done = [Done(BEN, "e1", 1, 3), Done(CID, "r1", 1, 4), Done(ANN, "d1", 2, 8), Done(DOT, "r2", 1, 4, changed=False)]
    stored = StoredConversation(
        GROUP,
        EPOCH,
        7,
        10,
        frozenset(ROLES),
        KEPT,
        made={1: 1, 2: 2},
        done=done,
        refused={(CID, "m4"): "not_a_member"},
        founders=FOUNDERS,
        roles=ROLES,
    )
    holds = {GROUP: ROLES}
    devices = [
        Device(BEN, "there", LIVE, holds=holds),
        Device(DOT, "late", KEPT_IN_ORDER, holds=holds),
        Device(CID, "out", LIVE[:6], caught_up=False),
        Device(CID, "now", (), holds={}),
        Device(ANN, "gone", LIVE, caught_up=False),
    ]
    return History(sent, devices, [stored])


KEPT_IN_ORDER = sorted(KEPT, key=lambda entry: entry.rev)


def conversation(history: History) -> StoredConversation:
    return history.stored[0]


def kept(history: History, **changes: object) -> History:
    return replace(history, stored=[replace(conversation(history), **changes)])  # type: ignore[arg-type]


def seen(history: History, name: str, **changes: object) -> History:
    devices = [replace(one, **changes) if one.name == name else one for one in history.devices]  # type: ignore[arg-type]
    return replace(history, devices=devices)


def with_entry(old: Entry, new: Entry) -> Callable[[History], History]:
    """Store and devices agree about it: only what was asked for belies them."""

    def plant(history: History) -> History:
        devices = [replace(one, seen=[new if entry == old else entry for entry in one.seen]) for one in history.devices]
        messages = [new if entry == old else entry for entry in KEPT]
        return kept(replace(history, devices=devices), messages=messages)

    return plant


def asked(name: str, **changes: object) -> Callable[[History], History]:
    def plant(history: History) -> History:
        sent = [replace(one, **changes) if one.client_id == name else one for one in history.sent]  # type: ignore[arg-type]
        return replace(history, sent=sent)

    return plant


def founded(**roles: str) -> Callable[[History], History]:
    return lambda history: kept(history, founders=roles)


def not_done(name: str) -> Callable[[History], History]:
    """Its rev is somebody else's by now, and the last of them nobody's."""

    def plant(history: History) -> History:
        done = [one for one in conversation(history).done if one.client_id != name]
        return asked(name, accepted=True)(kept(history, done=done))

    return plant


FAULTS: list[tuple[str, Callable[[History], History], Fault]] = [
    ("an edit that is not in the text", with_entry(LIKED, LIKED._replace(text="hello")), Fault.ALTERED),
    ("a tombstone with the text", with_entry(DELETED, DELETED._replace(text="hi")), Fault.ALTERED),
    ("a tombstone with reactions", with_entry(DELETED, DELETED._replace(reactions=(("+", (BEN,)),))), Fault.ALTERED),
    ("a reaction twice", with_entry(LIKED, LIKED._replace(reactions=(("+", (CID, CID)),))), Fault.ALTERED),
    ("a reaction of nobody", with_entry(LIKED, LIKED._replace(reactions=(("+", (BEN, CID)),))), Fault.ALTERED),
    ("another event", with_entry(REMOVED, REMOVED._replace(event=Happened("left", CID, CID))), Fault.ALTERED),
    ("a deletion that is lost", not_done("d1"), Fault.LOST),
    ("a number that nothing took", not_done("e1"), Fault.REV_HOLE),
    (
        "a command done twice",
        lambda history: kept(history, done=[*conversation(history).done, Done(BEN, "e1", 1, 11)], rev=11),
        Fault.STORED_TWICE,
    ),
    (
        "a change nobody asked for",
        lambda history: replace(history, sent=[one for one in history.sent if one.client_id != "d1"]),
        Fault.INVENTED,
    ),
    ("a reaction of another", asked("r1", sender=DOT), Fault.INVENTED),
    ("said by one who never was in", founded(**{ANN: "admin", BEN: "member"}), Fault.INTRUDED),
    ("a deletion by no admin", founded(**dict.fromkeys(FOUNDERS, "member")), Fault.USURPED),
    ("joined though put out", asked("g2", wish=Wish("remove", user=DOT)), Fault.USURPED),
    (
        "told that it was so already",
        asked("r2", wish=Wish("react", 1, "+", on=True)),
        Fault.IDLE,
    ),
    (
        "refused what was his right",
        lambda history: kept(
            replace(history, sent=[*history.sent, Sent(GROUP, BEN, "m5", "never let in")]),
            refused={(BEN, "m5"): "not_a_member"},
        ),
        Fault.REFUSED,
    ),
    (
        "stored and refused",
        lambda history: kept(history, refused={(BEN, "e1"): "forbidden"}),
        Fault.CONTRADICTED,
    ),
    ("an answer over HTTP that names another", asked("g4", places={6}), Fault.CONTRADICTED),
    ("a role nobody gave", lambda history: kept(history, roles={BEN: "admin", DOT: "admin"}), Fault.MISPLACED),
    ("a member too many", lambda history: kept(history, roles={**ROLES, CID: "member"}), Fault.MISPLACED),
    (
        "a device that knows another role",
        lambda history: seen(history, "there", holds={GROUP: {**ROLES, BEN: "member"}}),
        Fault.MISPLACED,
    ),
    ("not told that it is gone", lambda history: seen(history, "now", holds={GROUP: ROLES}), Fault.LINGERING),
    ("shown after the end", lambda history: seen(history, "out", seen=LIVE[:7]), Fault.LEAKED),
    ("pushed after the end", lambda history: seen(history, "now", strays=[(GROUP, 7)]), Fault.LEAKED),
    ("a deletion not told", lambda history: seen(history, "late", seen=KEPT_IN_ORDER[:4]), Fault.UNDELIVERED),
    (
        "the text of what is deleted",
        lambda history: seen(history, "late", seen=[*KEPT_IN_ORDER[:4], HI._replace(rev=8, cause="d1")]),
        Fault.ALTERED,
    ),
    ("back from the dead", lambda history: seen(history, "there", seen=[*LIVE, HI]), Fault.DELIVERED_TWICE),
]


def faults(history: History) -> set[str]:
    return {finding.fault.value for finding in check(history).findings}


def test_all_is_well() -> None:
    assert check(life()).findings == ()


@pytest.mark.parametrize(("plant", "fault"), [pytest.param(p, f, id=name) for name, p, f in FAULTS])
def test_a_planted_fault_is_caught(plant: Callable[[History], History], fault: Fault) -> None:
    assert fault.value in faults(plant(life()))


def test_what_one_may_still_be_shown_of_what_is_gone_is_no_leak() -> None:
    """Told again after a crash: what was for him then is for him still."""
    assert faults(seen(life(), "now", strays=[(GROUP, 4), (GROUP, 6)])) == set()


def test_who_misses_a_state_that_was_changed_again_misses_nothing() -> None:
    assert faults(seen(life(), "there", seen=[HELLO, *KEPT_IN_ORDER])) == set()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ((CID, "x", "", Wish("edit", 1)), "forbidden"),
        ((CID, "x", "", Wish("delete", 1)), "forbidden"),
        ((BEN, "x", "", Wish("react", 2, "+", on=True)), "conflict"),
        ((BEN, "x", "", Wish("react", 4, "+", on=True)), "forbidden"),
        ((CID, "x", "", Wish("add", user=DOT)), "forbidden"),
        ((ANN, "x", "", Wish("role", user=ANN, role="member")), "conflict"),
        ((DOT, "x", "too early", Wish()), "not_found"),
        ((ANN, "x", "", Wish("remove", user="u_9")), "not_found"),
    ],
)
def test_a_refusal_for_a_reason(command: tuple[str, str, str, Wish], code: str) -> None:
    sender, name, text, wish = command
    history = life()
    refused = kept(history, refused={**conversation(history).refused, (sender, name): code})
    assert faults(replace(refused, sent=[*history.sent, Sent(GROUP, sender, name, text, wish=wish)])) == set()
