"""The fetch session against a model of the broker's side of it (KIP-227)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bus.kafka.fetch_session import Fetch, FetchSession
from bus.ports import Partition

PARTITIONS = [Partition("topic", number) for number in range(5)]


@dataclass
class Broker:
    """Remembers one session, as a broker does."""

    sessions: int = 0
    session: int = 0
    epoch: int = 0
    known: dict[Partition, int] = field(default_factory=dict)

    def fetch(self, fetch: Fetch) -> int:
        """The session id of the answer. AssertionError for a request that a broker would refuse."""
        if fetch.epoch == 0:
            self.sessions += 1
            self.session, self.epoch, self.known = self.sessions, 1, dict(fetch.changed)
            assert not fetch.forgotten
            return self.session
        assert (fetch.session, fetch.epoch) == (self.session, self.epoch)
        self.epoch += 1
        for partition in fetch.forgotten:
            del self.known[partition]
        self.known.update(fetch.changed)
        return self.session


Move = Callable[[FetchSession, Broker, Random], None]


def want(session: FetchSession, broker: Broker, random: Random) -> None:
    session.want(random.choice(PARTITIONS), random.randrange(4))


def drop(session: FetchSession, broker: Broker, random: Random) -> None:
    session.drop(random.choice(PARTITIONS))


def fetch_while_things_change(session: FetchSession, broker: Broker, random: Random) -> None:
    fetch = session.plan()
    for move in random.choices([want, drop], k=random.randrange(3)):
        move(session, broker, random)
    session.accepted(broker.fetch(fetch))


def lose_the_request(session: FetchSession, broker: Broker, random: Random) -> None:
    session.plan()
    session.broken()


def lose_the_answer(session: FetchSession, broker: Broker, random: Random) -> None:
    broker.fetch(session.plan())
    session.broken()


def evict(session: FetchSession, broker: Broker, random: Random) -> None:
    session.plan()
    broker.session = 0
    session.expired()


MOVES: list[Move] = [want, drop, fetch_while_things_change, lose_the_request, lose_the_answer, evict]


@given(st.lists(st.sampled_from(MOVES), max_size=40), st.randoms(use_true_random=False))
def test_after_a_quiet_fetch_the_broker_knows_exactly_what_is_wanted(moves: list[Move], random: Random) -> None:
    session, broker = FetchSession(), Broker()
    for move in moves:
        move(session, broker, random)
    session.accepted(broker.fetch(session.plan()))
    assert broker.known == {partition: session.offset(partition) for partition in session.partitions}
    assert all(session.is_current(partition) for partition in session.partitions)


@given(st.lists(st.sampled_from(MOVES), max_size=40), st.randoms(use_true_random=False))
def test_an_answer_counts_only_when_it_is_for_the_offset_that_is_wanted(moves: list[Move], random: Random) -> None:
    session, broker = FetchSession(), Broker()
    for move in moves:
        move(session, broker, random)
        for partition in PARTITIONS:
            if session.is_current(partition) and broker.session:
                assert session.offset(partition) >= 0
    fetch = session.plan()
    asked = dict(broker.known) if fetch.epoch else {}
    asked.update(fetch.changed)
    for move in random.choices([want, drop], k=6):
        move(session, broker, random)
    for partition in PARTITIONS:
        if session.is_current(partition):
            assert asked[partition] == session.offset(partition)


def test_only_what_changed_travels() -> None:
    session, broker = FetchSession(), Broker()
    for partition in PARTITIONS:
        session.want(partition, 0)
    session.accepted(broker.fetch(session.plan()))
    session.want(PARTITIONS[0], 7)
    session.want(PARTITIONS[1], 0)
    session.drop(PARTITIONS[2])
    session.drop(PARTITIONS[3])
    session.want(PARTITIONS[3], 1)
    fetch = session.plan()
    assert fetch.changed == {PARTITIONS[0]: 7, PARTITIONS[3]: 1}
    assert fetch.forgotten == (PARTITIONS[2],)
    session.accepted(broker.fetch(fetch))
    assert session.plan()[2:] == ({}, ())


def test_a_broker_that_keeps_no_sessions_is_told_everything_each_time() -> None:
    session = FetchSession()
    session.want(PARTITIONS[0], 3)
    for _ in range(2):
        fetch = session.plan()
        assert (fetch.session, fetch.epoch, fetch.changed) == (0, 0, {PARTITIONS[0]: 3})
        session.accepted(0)


def test_epochs_begin_again_after_the_last() -> None:
    session = FetchSession()
    session.plan()
    session.accepted(5)
    session._epoch = 2**31 - 1
    session.accepted(5)
    assert session.plan().epoch == 1


def test_the_session_is_ended_once() -> None:
    session = FetchSession()
    assert session.farewell() is None
    session.plan()
    session.accepted(5)
    assert session.farewell() == Fetch(5, -1, {}, ())
    assert session.farewell() is None
