"""Ten thousand guesses at codes: how many get through, at one seat and across a thousand."""

from datetime import UTC, datetime, timedelta

from producer_gateway.addresses import EXEMPT
from producer_gateway.api.code_tries import LOCK_OF_SEAT, LOCK_OF_SOURCE, TRIES_AT_SEAT, TRIES_OF_SOURCE, CodeTries
from producer_gateway.api.problems import ProblemError
from store.memory import MemoryDatabase, MemoryStore

WEEK = 7 * 24 * 60 * 60.0
CODES = 2**40
GROWING_LOCKS = 10
"""1, 2, 4 … 512 seconds: shorter than the longest."""


class Guesser:
    """Guesses as often as he is let, and as soon."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, tzinfo=UTC)
        self.tries = CodeTries(MemoryStore(MemoryDatabase(lambda: self.now)).attempts)

    async def guess(self, seat: str, address: str) -> float:
        """0.0: it was judged (and wrong). Otherwise for how many seconds he is locked out."""
        try:
            await self.tries.begin(seat, address)
        except ProblemError as refusal:
            return float((refusal.headers or {})["Retry-After"])
        return 0.0

    async def judged(self, seats: list[str], addresses: list[str], guesses: int, seconds: float) -> int:
        """How many of so many guesses in turn get through, when he waits out every lock until the time is over."""
        end, judged = self.now + timedelta(seconds=seconds), 0
        for number in range(guesses):
            wait = await self.guess(seats[number % len(seats)], addresses[number % len(addresses)])
            judged += not wait
            if len(seats) == 1:
                self.now += timedelta(seconds=wait)
            if self.now > end:
                break
        return judged


async def test_ten_thousand_at_one_seat() -> None:
    addresses = [f"10.{number // 256}.{number % 256}.1" for number in range(10_000)]
    judged = await Guesser().judged(["seat"], addresses, 10_000, WEEK)

    assert judged <= TRIES_AT_SEAT + GROWING_LOCKS + WEEK / LOCK_OF_SEAT
    assert judged > WEEK / LOCK_OF_SEAT / 2, "its owner gets in again"
    assert judged / CODES < 1e-9


async def test_ten_thousand_at_once_at_one_seat() -> None:
    guesser = Guesser()
    answers = [await guesser.guess("seat", f"10.0.{n // 256}.{n % 256}") for n in range(10_000)]

    assert sum(not wait for wait in answers) == TRIES_AT_SEAT


async def test_ten_thousand_across_a_thousand_seats_from_one_address() -> None:
    seats = [f"seat-{number}" for number in range(1000)]
    guesser = Guesser()
    judged = await guesser.judged(seats, ["10.0.0.1"], 10_000, WEEK)
    assert judged == TRIES_OF_SOURCE

    for _ in range(300):
        guesser.now += timedelta(seconds=LOCK_OF_SOURCE)
        judged += not await guesser.guess(seats[0], "10.0.0.1")
        judged += not await guesser.guess(seats[1], "10.0.0.1")
    assert judged <= TRIES_OF_SOURCE + 2 + 300, "one an hour"


async def test_ten_thousand_across_a_thousand_seats_from_everywhere() -> None:
    seats = [f"seat-{number}" for number in range(1000)]
    addresses = [f"10.{number // 250}.{number % 250}.1" for number in range(9_999)]
    judged = await Guesser().judged(seats, addresses, 10_000, WEEK)

    assert judged == TRIES_AT_SEAT * len(seats)
    assert judged / CODES < 1e-8


async def test_an_exempt_address_is_not_counted_but_its_seat_is() -> None:
    guesser = Guesser()
    judged = [await guesser.guess(f"seat-{number}", EXEMPT) for number in range(TRIES_OF_SOURCE * 2)]
    assert not any(judged)
    assert [bool(await guesser.guess("one", EXEMPT)) for _ in range(TRIES_AT_SEAT + 1)] == [False] * 5 + [True]


async def test_at_a_seat_that_others_have_locked_its_owner_is_charged_nothing() -> None:
    guesser = Guesser()
    for number in range(12):
        guesser.now += timedelta(seconds=await guesser.guess("seat", f"10.0.0.{number}"))
        await guesser.guess("seat", f"10.0.1.{number}")

    waits = [await guesser.guess("seat", "10.9.9.9") for _ in range(TRIES_OF_SOURCE * 2)]

    assert min(waits) > 60, "until when the seat is locked, and not his address"
    assert await guesser.guess("another seat", "10.9.9.9") == 0.0


async def test_each_entry_by_code_gives_a_guesser_few_more_tries() -> None:
    """So many as are stated: the free ones, and those of the short locks."""
    guesser, judged, entries = Guesser(), 0, 0
    end = guesser.now + timedelta(seconds=WEEK)
    while guesser.now < end:
        wait = await guesser.guess("seat", "10.9.9.9")
        if not wait:
            await guesser.tries.right("seat", "10.9.9.9")
            entries += 1
        for _ in range(20):
            wait = await guesser.guess("seat", f"10.{judged % 250}.0.1")
            judged += not wait
            guesser.now += timedelta(seconds=wait)

    assert entries > 100
    assert judged <= (TRIES_AT_SEAT + GROWING_LOCKS) * (entries + 1) + WEEK / LOCK_OF_SEAT
    assert judged / CODES < 1e-7
