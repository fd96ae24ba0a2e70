"""Token buckets and growing delays, by the clock they are given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.limits import Bucket, Guesses, Limiter, Patience, Rate, milliseconds, whole_seconds

RATE = Rate(burst=5, per_second=2.0)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("100+20/s", Rate(100, 20)),
        ("20+6/min", Rate(20, 0.1)),
        ("1+0.5/s", Rate(1, 0.5)),
        ("3+7200/h", Rate(3, 2)),
        ("off", None),
    ],
)
def test_rates_are_written_so(text: str, rate: Rate | None) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize(
    "text", ["", "100", "100/s", "0+1/s", "1+0/s", "1+0.0/s", "-1+1/s", "1+1", "1+1/d", "OFF", "1+1e9/s"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="100\\+20/s"):
        Rate.parse(text)


def test_a_burst_and_then_the_rate() -> None:
    bucket = Bucket()
    assert [bucket.take(RATE, 100.0) for _ in range(5)] == [0.0] * 5
    assert bucket.take(RATE, 100.0) == pytest.approx(0.5)
    assert bucket.take(RATE, 100.4) == pytest.approx(0.1)
    assert bucket.take(RATE, 100.5) == 0.0
    assert bucket.take(RATE, 100.5) > 0
    assert [bucket.take(RATE, 200.0) for _ in range(5)] == [0.0] * 5


def test_what_costs_more_takes_more_or_nothing() -> None:
    bucket = Bucket()
    assert bucket.take(RATE, 1.0, cost=4) == 0.0
    assert bucket.take(RATE, 1.0, cost=2) == pytest.approx(0.5)
    assert bucket.take(RATE, 1.0, cost=1) == 0.0


@given(st.integers(1, 50), st.floats(0.1, 1000), st.lists(st.floats(0, 2), max_size=80))
def test_no_stretch_of_time_lets_more_through(burst: int, per_second: float, gaps: list[float]) -> None:
    bucket, rate, now = Bucket(), Rate(burst, per_second), 1000.0
    taken: list[float] = []
    for gap in gaps:
        now += gap
        wait = bucket.take(rate, now)
        assert wait >= 0
        if wait:
            assert bucket.take(rate, now + wait / 2) > 0
        else:
            taken.append(now)
    for first, begun in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + (taken[last] - begun) * per_second + 1e-6


@given(st.integers(1, 50), st.floats(0.1, 1000))
def test_waiting_as_told_is_enough(burst: int, per_second: float) -> None:
    bucket, rate, now = Bucket(), Rate(burst, per_second), 1000.0
    for _ in range(burst * 2):
        wait = bucket.take(rate, now)
        if wait:
            now += milliseconds(wait)
            assert bucket.take(rate, now) == 0.0


def test_a_pause_refuses_what_comes_before_it_is_over_and_no_longer() -> None:
    bucket = Bucket()
    for _ in range(5):
        bucket.take(RATE, 0.0, pause=1.0)
    assert bucket.take(RATE, 0.0, pause=1.0) == 1.0
    assert bucket.take(RATE, 0.6, pause=1.0) == pytest.approx(0.4)
    assert [bucket.take(RATE, 1.0, pause=1.0) for _ in range(3)] == [0.0, 0.0, 1.0]


def test_each_key_has_its_own() -> None:
    limiter: Limiter[str] = Limiter(RATE)
    for _ in range(5):
        assert not limiter.take("alice", 1.0)
    assert limiter.take("alice", 1.0)
    assert not limiter.take("bob", 1.0)
    unlimited: Limiter[str] = Limiter(None)
    assert not any(unlimited.take("alice", 1.0) for _ in range(1000))


def test_memory_is_bounded_and_the_busy_are_kept() -> None:
    limiter: Limiter[int] = Limiter(RATE, capacity=100)
    for _ in range(6):
        limiter.take(-1, 1000.0)
    for key in range(10_000):
        limiter.take(key, 1000.0 + key / 100)
        assert limiter.take(-1, 1000.0 + key / 100) > 0 or key >= 50
        assert len(limiter) <= 100
    crowded: Limiter[int] = Limiter(RATE, capacity=100)
    for key in range(10_000):
        crowded.take(key, 1000.0)
        assert len(crowded) <= 100


def test_guesses_wait_longer_and_longer() -> None:
    guesses: Guesses[str] = Guesses(Patience(free=3, first=1.0, longest=5.0, forget=100.0))
    assert [guesses.guess("k", 0.0) for _ in range(3)] == [0.0] * 3
    assert guesses.guess("k", 0.0) == 1.0
    assert guesses.guess("k", 0.5) == 0.5
    assert guesses.guess("k", 1.0) == 0.0
    assert guesses.guess("k", 1.0) == 2.0
    assert guesses.guess("k", 3.0) == 0.0
    assert guesses.guess("k", 3.0) == 4.0
    assert guesses.guess("k", 7.0) == 0.0
    assert guesses.guess("k", 7.0) == 5.0
    assert guesses.guess("other", 7.0) == 0.0


def test_a_right_guess_or_a_long_time_makes_up_for_it() -> None:
    guesses: Guesses[str] = Guesses(Patience(free=2, forget=100.0))
    for _ in range(2):
        guesses.guess("k", 0.0)
    assert guesses.guess("k", 0.0) > 0
    guesses.right("k")
    assert [guesses.guess("k", 0.0) for _ in range(2)] == [0.0] * 2
    assert guesses.guess("k", 101.0) == 0.0
    assert guesses.guess("k", 101.0) == 0.0
    assert guesses.guess("k", 101.0) > 0
    guesses.right("never made")


def test_guesses_are_bounded() -> None:
    guesses: Guesses[int] = Guesses(Patience(free=1), capacity=10)
    for key in range(100):
        guesses.guess(key, 0.0)
    assert len(guesses) == 10
    assert guesses.guess(99, 0.0) > 0
    assert guesses.guess(0, 0.0) == 0.0


def test_waits_are_told_rounded_up() -> None:
    assert (whole_seconds(0.01), whole_seconds(1.2), milliseconds(0.00001)) == (1, 2, 0.001)
