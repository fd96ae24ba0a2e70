"""The judge of notifications raises no false alarm, and catches a planted fault of every kind."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from loadtests.notified import Mail, Notified, NotifiedFault, Push, Said, judge

HERE, AWAY, SENDER = "u_here", "u_away", "u_sender"
KILL = 100.0
MESSAGES = [f"c_1.{seq}" for seq in range(1, 9)]


def pushed(message: str, at: float, user: str = AWAY) -> Push:
    return Push(user, message, f"topic of {message} for {user}", at)


def run() -> Notified:
    """Eight messages: somebody was there, somebody was not; of two pushes in flight at the kill both came again, and
    so did a digest."""
    everybody = frozenset({HERE, AWAY})
    first = [pushed(message, 96.0 + number / 2) for number, message in enumerate(MESSAGES)]
    return Notified(
        recipients=dict.fromkeys(MESSAGES, everybody),
        absent=frozenset({AWAY}),
        pushes=[*first, pushed("c_1.7", 116.0), pushed("c_1.8", 116.1)],
        mails=[
            Mail(AWAY, "a", 5, 97.0),
            Mail(AWAY, "b", 2, 99.9),
            Mail(AWAY, "b", 2, 115.0),
            Mail(AWAY, "c", 1, 120.0),
        ],
        said=[Said("c_1", HERE, seq, 80.0 + seq) for seq in range(1, 9)],
        kills=[KILL],
        at_once=2,
        longest_seconds=12.0,
    )


def and_pushed(*pushes: Push) -> Notified:
    return replace(run(), pushes=[*run().pushes, *pushes])


def lost() -> Notified:
    return replace(run(), pushes=[push for push in run().pushes if push.message != "c_1.3"])


def to_who_had_it() -> Notified:
    return and_pushed(pushed("c_1.4", 95.0, HERE))


def to_the_sender() -> Notified:
    return and_pushed(pushed("c_1.4", 95.0, SENDER))


def of_no_message() -> Notified:
    return and_pushed(pushed("c_1.9", 95.0))


def again_without_a_kill() -> Notified:
    return and_pushed(pushed("c_1.1", 98.0))


def again_long_after_it_was_settled() -> Notified:
    pushes = [push._replace(at=50.0) if push.message == "c_1.1" else push for push in run().pushes]
    return replace(run(), pushes=[*pushes, pushed("c_1.1", 117.0)])


def three_times_across_one_kill() -> Notified:
    return and_pushed(pushed("c_1.8", 117.0))


def more_again_than_were_in_flight() -> Notified:
    return and_pushed(pushed("c_1.6", 116.2))


def under_another_topic() -> Notified:
    pushes = run().pushes
    return replace(run(), pushes=[*pushes[:-1], pushes[-1]._replace(topic="another")])


def two_under_one_topic() -> Notified:
    pushes = run().pushes
    return replace(run(), pushes=[pushes[0]._replace(topic=pushes[1].topic), *pushes[1:]])


def in_no_digest() -> Notified:
    return replace(run(), mails=run().mails[:-1])


def only_in_the_repetition_of_a_digest() -> Notified:
    """It has the Message-ID of one that came before: a mail system does not show it."""
    mails = [mail._replace(messages=3) if mail.at == 115.0 else mail for mail in run().mails[:-1]]
    return replace(run(), mails=mails)


def in_two_digests() -> Notified:
    """More than the one digest at the kill can account for."""
    return replace(run(), mails=[*run().mails, Mail(AWAY, "d", 4, 121.0), Mail(AWAY, "e", 4, 127.0)])


def a_digest_again_without_a_kill() -> Notified:
    return replace(run(), mails=[*run().mails, Mail(AWAY, "c", 1, 130.0)])


def a_digest_for_who_had_everything() -> Notified:
    return replace(run(), kills=[], pushes=run().pushes[:8], mails=[Mail(AWAY, "a", 8, 97.0), Mail(HERE, "b", 1, 99.0)])


FAULTS: dict[Callable[[], Notified], NotifiedFault] = {
    lost: NotifiedFault.LOST,
    to_who_had_it: NotifiedFault.HAD,
    to_the_sender: NotifiedFault.MISDIRECTED,
    of_no_message: NotifiedFault.MISDIRECTED,
    again_without_a_kill: NotifiedFault.DOUBLED,
    again_long_after_it_was_settled: NotifiedFault.DOUBLED,
    three_times_across_one_kill: NotifiedFault.DOUBLED,
    more_again_than_were_in_flight: NotifiedFault.TOO_MANY,
    under_another_topic: NotifiedFault.TOPIC,
    two_under_one_topic: NotifiedFault.TOPIC,
    in_no_digest: NotifiedFault.UNMAILED,
    only_in_the_repetition_of_a_digest: NotifiedFault.UNMAILED,
    in_two_digests: NotifiedFault.MAILED_TWICE,
    a_digest_for_who_had_everything: NotifiedFault.MAILED_TWICE,
    a_digest_again_without_a_kill: NotifiedFault.MAIL_DOUBLED,
}


def test_what_a_kill_explains_is_no_fault() -> None:
    assert judge(run()) == []
    assert run().repeated == 2
    assert run().unmailed == 0


def test_who_says_late_that_he_has_it_may_be_told_before() -> None:
    assert judge(and_pushed(pushed("c_1.8", 92.9, HERE))) == []


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_caught(plant: Callable[[], Notified]) -> None:
    assert FAULTS[plant] in {found.fault for found in judge(plant())}


def test_every_kind_of_fault_is_planted() -> None:
    assert set(FAULTS.values()) == set(NotifiedFault)


def test_what_is_still_missing_is_counted() -> None:
    assert lost().untold == {("c_1.3", AWAY)}
    assert in_no_digest().unmailed == 1
