"""The judge of guesses lets through what the locks allow, and no more; and guesses come from where they say."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from loadtests.guessing import (
    SEAT,
    SOURCE,
    Answer,
    Verdict,
    allowed_at_seats,
    counted,
    elapsed,
    judge,
    judge_one_seat,
    judge_seats,
)
from loadtests.sources import NETWORKS, SITES, Sources, require_believing
from loadtests.stack import NotRunning
from parley.settings import Settings


def judged(at: float, left: int = 0, seat: str = "s") -> Answer:
    return Answer(seat, at, at + 0.1, 403, tries_left=left)


def locked(at: float, seconds: float, seat: str = "s") -> Answer:
    return Answer(seat, at, at + 0.1, 429, retry_after=seconds)


@pytest.mark.parametrize(
    ("seconds", "allowed"),
    [(0.0, 5), (0.99, 5), (1.0, 6), (2.9, 6), (3.0, 7), (1023.0, 15), (1922.0, 15), (1923.0, 16)],
)
def test_a_lock_allows_a_try_more_whenever_one_is_over(seconds: float, allowed: int) -> None:
    assert SEAT.allowed(seconds) == allowed


def test_a_week_allows_what_the_documentation_says() -> None:
    week = 7 * 24 * 60 * 60.0
    assert 5 + 10 + 670 <= SEAT.allowed(week) <= 5 + 10 + 672
    assert 20 + 12 + 166 <= SOURCE.allowed(week) <= 20 + 12 + 168
    assert [SEAT.after(tries) for tries in (4, 5, 6, 14, 15, 100)] == [0.0, 1.0, 2.0, 512.0, 900.0, 900.0]


FIRST = [judged(number / 10, 4 - number) for number in range(5)]
FLOOD = [locked(0.6, 1), judged(1.5), locked(1.7, 2), locked(3.0, 1), judged(3.6), locked(3.8, 4)]


def test_what_the_locks_let_through_is_no_fault() -> None:
    assert list(judge_one_seat(FIRST, FLOOD)) == []
    many = [judged(number / 100, seat=f"s{number}") for number in range(20)]
    assert list(judge("many", [*many, *(locked(0.5, 1) for _ in range(50))], SOURCE)) == []
    assert list(judge_seats("seats", [*many, *(judged(0.3, seat="s0") for _ in range(4))])) == []
    assert (counted(FLOOD, Verdict.JUDGED), counted(FLOOD, Verdict.LOCKED_OUT)) == (2, 4)
    assert elapsed(FLOOD) == pytest.approx(3.3)
    assert elapsed([]) == 0.0


def test_as_many_are_allowed_at_seats_as_at_each_and_no_more_than_there_were() -> None:
    at_once = [locked(0.1, 1, seat="a") for _ in range(10)]
    assert allowed_at_seats([*at_once, judged(0.0, seat="b"), judged(0.0, seat="c")]) == 5 + 1 + 1


Plant = Callable[[list[Answer], list[Answer]], tuple[Sequence[Answer], Sequence[Answer]]]

PLANTS: list[tuple[str, Plant, str]] = [
    ("too many", lambda first, flood: (first, [*flood, judged(3.7), judged(3.8), judged(3.9)]), "are allowed"),
    ("too few", lambda first, flood: ([*first[:4], locked(0.4, 1)], flood[:1]), "are free"),
    ("got in", lambda first, flood: (first, [*flood, replace(flood[0], status=200)]), "1 guesses got in"),
    ("failed", lambda first, flood: (first, [*flood, replace(flood[0], status=500)]), "answered with [500]"),
    ("limited", lambda first, flood: (first, [*flood, replace(flood[0], retry_after=None)]), "answered with [429]"),
    ("countdown", lambda first, flood: ([*first[:3], *reversed(first[3:])], flood), "tries left were told"),
    ("left over", lambda first, flood: (first, [replace(flood[1], tries_left=3), *flood]), "after the last free one"),
    ("too long", lambda first, flood: (first, [*flood, locked(3.9, 8)]), "4 s are due"),
    ("does not grow", lambda first, flood: (first, [replace(f, retry_after=1.0) if f.retry_after else f for f in flood])
     , "does not grow"),
]  # fmt: skip


@pytest.mark.parametrize(("plant", "told"), [plant[1:] for plant in PLANTS], ids=[plant[0] for plant in PLANTS])
def test_a_planted_fault_is_caught(plant: Plant, told: str) -> None:
    assert any(told in fault for fault in judge_one_seat(*plant(list(FIRST), list(FLOOD))))


def test_one_seat_of_many_is_found_that_lets_too_many_through() -> None:
    many = [judged(0.0, seat=f"s{number}") for number in range(20)]
    (fault,) = judge_seats("seats", [*many, *(judged(0.1, seat="s7") for _ in range(5))])
    assert fault.startswith("seats, seat s7: 6 guesses were judged")


def test_sources_are_of_the_ranges_for_documentation_and_never_the_same() -> None:
    sources = Sources()
    found = [ip_address(sources.new()) for _ in range(10_000)]
    assert len(set(found)) == 10_000
    assert all(any(address in network for network in (*NETWORKS, SITES)) for address in found)
    assert {address.version for address in found} == {4, 6}
    sites = {ip_network((address, 64), strict=False) for address in found if address.version == 6}
    assert len(sites) == sum(address.version == 6 for address in found), "each is limited as one of its own"
    assert ip_address(sources.site()) in SITES


def settings(**given: object) -> Settings:
    believing = {"trusted_proxies": "127.0.0.1/32", "limit_exempt": "192.0.2.1/32"}
    return Settings.model_validate({**believing, "limit_chats": "off", "limit_address_requests": "off", **given})


def test_a_stack_that_believes_this_machine_can_be_guessed_at() -> None:
    require_believing(settings())


@pytest.mark.parametrize(
    "given",
    [
        {"trusted_proxies": ""},
        {"limit_exempt": "127.0.0.0/8"},
        {"limit_exempt": "2001:db8::/31"},
        {"limit_chats": "20+6/min"},
        {"limit_address_requests": "1000+300/s"},
    ],
    ids=str,
)
def test_any_other_is_told_what_to_set(given: dict[str, object]) -> None:
    with pytest.raises(NotRunning, match="with PARLEY_TRUSTED_PROXIES="):
        require_believing(settings(**given))
