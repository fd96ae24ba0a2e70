"""Guesses at the codes of ephemeral chats, over HTTP: at one seat from many sources, across many seats from one source,
and across many seats from everywhere. How many are judged, and that none gets in."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from loadtests.asking import Asking, bearer
from loadtests.clock import now
from loadtests.guessing import (
    CODES,
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
from loadtests.report import Report, Row
from loadtests.scenarios.chats import seats_http
from loadtests.seats import Side
from loadtests.sources import Sources, not_believing, require_believing
from loadtests.stack import Stack

AT_ONCE = 16
"""Guesses at a time: fewer than the API keeps waiting for a thread."""
PROBED_CHATS = 3
TIMES = 3
"""So often the owner tries before it is believed that no lock keeps him out: one may end just then."""
CODE_CHARACTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Seat:
    """A link, and its right code."""

    link: str
    code: str


@dataclass(frozen=True, slots=True)
class Chat:
    """One that is guessed at; whoever has the second seat has entered."""

    id: str
    seats: tuple[Seat, Seat]
    peer: Side


async def guesses(stack: Stack, *, guesses: int, seats: int) -> Report:
    """So many guesses at one seat, then so many across so many seats from one source, then from everywhere."""
    require_believing(stack.settings)
    report = Report("guesses", {"guesses": guesses, "seats": seats, "at_once": AT_ONCE})
    async with seats_http(stack, AT_ONCE) as http:
        guesser = _Guesser(stack, http, report)
        async with guesser.chats(PROBED_CHATS) as probed:
            await guesser.require_believed([seat for chat in probed for seat in chat.seats])
        async with guesser.chats(1) as (chat,):
            await guesser.at_one_seat(chat, guesses)
        async with guesser.chats((seats + 1) // 2) as many:
            await guesser.across([seat for chat in many for seat in chat.seats][:seats], guesses)
    return report


class _Guesser:
    def __init__(self, stack: Stack, http: httpx.AsyncClient, report: Report) -> None:
        self._stack = stack
        self._http = http
        self._asking = Asking(http)
        self._report = report
        self._sources = Sources()

    # Chats to guess at.

    @asynccontextmanager
    async def chats(self, count: int) -> AsyncIterator[list[Chat]]:
        """So many, until the block ends: then they are ended."""
        free = asyncio.Semaphore(AT_ONCE)
        chats: list[Chat] = []

        async def start() -> None:
            async with free:
                chats.append(await self._start())

        async def end(chat: Chat) -> None:
            async with free:
                headers = bearer(chat.peer.token)
                await self._asking.done("POST", f"/chats/{chat.id}/end", headers=headers)

        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(count):
                    tasks.create_task(start())
            self._stack.say(f"{count} chats started")
            yield chats
        finally:
            async with asyncio.TaskGroup() as tasks:
                for chat in chats:
                    tasks.create_task(end(chat))
            self._stack.say(f"{len(chats)} chats ended")

    async def _start(self) -> Chat:
        started = await self._asking.done("POST", "/chats", {"names": ["Ann", "Ben"]}, self._from(self._sources.new()))
        first, second = (Seat(seat["url"].rpartition("/")[2], seat["code"]) for seat in started["seats"])
        path, body = f"/chats/seats/{second.link}/enter", {"code": second.code}
        entered = await self._asking.done("POST", path, body, self._from(self._sources.new()))
        peer = Side(entered["access_token"], entered["user"]["id"], "Ben", started["chat"], second.link)
        return Chat(started["chat"], (first, second), peer)

    # Guesses.

    async def _guess(self, seat: Seat, source: str) -> Answer:
        code = "".join(secrets.choice(CODE_CHARACTERS) for _ in range(len(seat.code)))
        return await self._try(seat, code, source)

    async def _try(self, seat: Seat, code: str, source: str) -> Answer:
        sent = now()
        path = f"/chats/seats/{seat.link}/enter"
        answer = await self._http.post(path, json={"code": code}, headers=self._from(source))
        told = answer.json()
        locked = told.get("code") == "locked_out"
        retry_after = float(answer.headers["Retry-After"]) if locked else None
        return Answer(seat.link, sent, now(), answer.status_code, told.get("tries_left"), retry_after)

    async def _many(self, targets: Sequence[tuple[Seat, str]]) -> list[Answer]:
        """A guess at each of these seats from its source, in this order, so many at a time as may be."""
        answers: list[Answer] = []
        waiting = iter(targets)

        async def work() -> None:
            for seat, source in waiting:
                answers.append(await self._guess(seat, source))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(work())
        return answers

    @staticmethod
    def _from(source: str) -> dict[str, str]:
        return {"X-Forwarded-For": source}

    async def require_believed(self, seats: Sequence[Seat]) -> None:
        """Raises NotRunning when a source is not locked out after its free tries, or another one with it."""
        source = self._sources.site()
        free = [await self._guess(seats[number % len(seats)], source) for number in range(SOURCE.free)]
        locked = await self._guess(seats[-1], source)
        other = await self._guess(seats[-1], self._sources.site())
        as_it_is = [answer.verdict for answer in (*free, locked, other)]
        if as_it_is != [*[Verdict.JUDGED] * SOURCE.free, Verdict.LOCKED_OUT, Verdict.JUDGED]:
            raise not_believing()

    # The three parts.

    async def at_one_seat(self, chat: Chat, guesses: int) -> None:
        """From many sources, each of which guesses once. The other one is there, and told of it."""
        urls = await self._stack.urls((await self._stack.people(1))[0])
        await chat.peer.connect(urls)
        try:
            seat = chat.seats[0]
            first = [await self._guess(seat, self._sources.new()) for _ in range(SEAT.free)]
            flood = await self._many([(seat, self._sources.new()) for _ in range(guesses - SEAT.free)])
            self._report.faults += judge_one_seat(first, flood)
            answers = [*first, *flood]
            self._show("one seat, many sources", answers, SEAT.allowed(elapsed(answers)))
            more, waited = await self._owner(seat)
            judged = counted([*answers, *more], Verdict.JUDGED)
            told = chat.peer.notices.count("wrong_code_tried")
        finally:
            chat.peer.leave()
        if not 0 < told <= judged:
            self._report.faults.append(f"one seat: the other one was told {told} times of {judged} wrong codes")
        longest = max((answer.retry_after or 0.0 for answer in answers), default=0.0)
        row = {"longest Retry-After s": longest, "owner locked out for s": waited, "the other was told": told}
        self._report.add("at one seat", row)

    async def _owner(self, seat: Seat) -> tuple[list[Answer], float]:
        """Is kept out with his right code while the seat is locked, and let in when he has waited. What was guessed to
        have it locked, and for how long he waited."""
        more: list[Answer] = []
        waited: float | None = None
        for _ in range(TIMES):
            if waited is None:
                more += await self._until_locked(seat)
                waited = (await self._try(seat, seat.code, self._sources.site())).retry_after
        if waited is None:
            self._report.faults.append("one seat: its owner was not kept out while it was locked")
            return more, 0.0
        await asyncio.sleep(waited)
        let_in = await self._try(seat, seat.code, self._sources.site())
        if let_in.verdict is not Verdict.GOT_IN:
            self._report.faults.append(f"one seat: its owner was answered {let_in.status} after he had waited")
        return more, waited

    async def _until_locked(self, seat: Seat) -> list[Answer]:
        answers: list[Answer] = []
        while len(answers) <= SEAT.free and counted(answers, Verdict.LOCKED_OUT) == 0:
            answers.append(await self._guess(seat, self._sources.site()))
        return answers

    async def across(self, seats: Sequence[Seat], guesses: int) -> None:
        """First from one source, at every seat in turn: its own lock holds it back, before any seat's could. Then from
        everywhere, all guesses at a seat at once: no source guesses twice, so the seats' locks alone hold them back.
        """
        source = self._sources.site()
        alone = await self._many([(seats[number % len(seats)], source) for number in range(guesses)])
        self._report.faults += judge("many seats, one source", alone, SOURCE)
        self._show(f"{len(seats)} seats, one source", alone, SOURCE.allowed(elapsed(alone)))
        each = max(1, guesses // len(seats))
        everywhere = await self._many([(seat, self._sources.new()) for seat in seats for _ in range(each)])
        at_seats = [*_judged(alone), *everywhere]
        self._report.faults += judge_seats("many seats, many sources", at_seats)
        self._show(f"{len(seats)} seats, many sources", everywhere, allowed_at_seats(at_seats) - len(_judged(alone)))

    def _show(self, part: str, answers: Sequence[Answer], allowed: int) -> None:
        seconds, judged = elapsed(answers), counted(answers, Verdict.JUDGED)
        row: Row = {
            "guesses at": part,
            "guesses": len(answers),
            "s": seconds,
            "per s": len(answers) / seconds,
            "judged": judged,
            "allowed": allowed,
            "locked out": counted(answers, Verdict.LOCKED_OUT),
            "got in": counted(answers, Verdict.GOT_IN),
            "odds": f"{judged / CODES:.1e}",
        }
        self._report.add("guesses", row)
        self._stack.say(f"{part}: {judged} of {len(answers)} guesses judged in {seconds:.1f} s, {allowed} are allowed")


def _judged(answers: Iterable[Answer]) -> list[Answer]:
    return [answer for answer in answers if answer.verdict is Verdict.JUDGED]
