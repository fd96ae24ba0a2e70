"""Ephemeral chats of a run, one after the other and many at a time: started, entered, used, ended."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import httpx

from loadtests.asking import Asking, bearer
from loadtests.clock import now
from loadtests.entries import of_frame, of_message
from loadtests.fates import NOT_FOUND, Fate, Over, fate_of, first_ends, judge
from loadtests.history import Entry, StoredConversation
from loadtests.recording import Latencies
from loadtests.report import Report, Row
from loadtests.resuming_sides import ResumingSide
from loadtests.seats import STEP_SECONDS, Side, opened
from loadtests.stack import Stack

DECIDED_SECONDS = 60.0
"""By then all that was accepted is stored or refused, and nothing of it is destroyed yet."""
LOOK_SECONDS = 0.25
READABLE_LOOK_SECONDS = 0.01
AWAY_SECONDS = (0.0, 2.0)
TOLD = "end, until both know"
UNREADABLE = "end, until unreadable"


@dataclass(slots=True)
class Times:
    """Seconds that each step took, of all chats."""

    steps: dict[str, Latencies] = field(default_factory=dict)

    def done(self, step: str, since: float) -> float:
        at = now()
        self.steps.setdefault(step, Latencies()).add(at - since)
        return at

    @property
    def count(self) -> int:
        return sum(len(latencies.samples) for latencies in self.steps.values())

    def rows(self) -> list[Row]:
        return [{"ms": step} | latencies.summary() for step, latencies in self.steps.items()]


class Chatting:
    """With `killed`, sides resume, and how each chat ends varies by its number; else the first always ends it."""

    def __init__(
        self, asking: Asking, stack: Stack, urls: Sequence[str], messages: int, report: Report, *, killed: bool
    ) -> None:
        self._asking = asking
        self._stack = stack
        self._urls = urls
        self._messages = messages
        self._report = report
        self._killed = killed
        self._numbers = count()
        self._random = Random(0)
        self.times = Times()
        self.chats: list[tuple[Sequence[Side], StoredConversation]] = []
        """All that were ended."""
        self.fates: Counter[str] = Counter()

    @property
    def users(self) -> list[str]:
        return [side.user for sides, _ in self.chats for side in sides]

    @property
    def ids(self) -> list[str]:
        return [stored.id for _, stored in self.chats]

    async def run(self, chats: int, at_once: int) -> None:
        free = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with free:
                await self._one()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(chats):
                tasks.create_task(one())

    async def _one(self) -> None:
        at, sides = now(), list[Side]()
        try:
            chat = await self._asking.done("POST", "/chats", {"names": ["Ann", "Ben"]})
            entering = self.times.done("start", at)
            sides += await asyncio.gather(*(self._enter(chat["chat"], seat) for seat in chat["seats"]))
            # What broke off ends by its timers, long after the run.
            self.chats.append((sides, await self._live(sides, self.times.done("enter, both", entering))))
        except (TimeoutError, httpx.HTTPError, OSError) as error:
            self._report.faults.append(f"a chat broke off: {error!r} {'; '.join(map(_state, sides))}")
        finally:
            for side in sides:
                side.leave()
        self.times.done("whole chat", at)

    async def _enter(self, conversation: str, seat: Mapping[str, str]) -> Side:
        link = seat["url"].rpartition("/")[2]
        entered = await self._asking.done("POST", f"/chats/seats/{link}/enter", {"code": seat["code"]})
        made = ResumingSide if self._killed else Side
        return made(entered["access_token"], entered["user"]["id"], seat["name"], conversation, link)

    async def _live(self, sides: Sequence[Side], at: float) -> StoredConversation:
        await asyncio.gather(*(side.connect([*self._urls[n:], *self._urls[:n]]) for n, side in enumerate(sides)))
        self.times.done("connect, both", at)
        for number in range(self._messages):
            await self._say(sides[number % 2], sides, number)
        # Afterwards nobody can read what the store holds.
        headers = bearer(sides[0].token)
        path = f"/conversations/{sides[0].conversation}/messages?limit=200"
        shown = (await self._asking.done("GET", path, headers=headers))["messages"]
        await self._end(sides, next(self._numbers))
        return await self._stored(sides, [of_frame(message) for message in shown])

    async def _say(self, side: Side, sides: Sequence[Side], number: int) -> None:
        at = now()
        side.say(f"m{number}", f"text {number}")
        await asyncio.gather(*(each.until(lambda each: each.has(f"m{number}")) for each in sides))
        self.times.done("message, until both have it", at)

    # The end.

    async def _end(self, sides: Sequence[Side], number: int) -> None:
        fate = fate_of(number) if self._killed else Fate.ONE
        ender, other = sides if first_ends(number) or not self._killed else reversed(sides)
        at = now()
        reading = asyncio.create_task(self._unreadable(sides, at))
        try:
            await asyncio.gather(self._carry_out(fate, ender, other), self._told(sides, fate, at))
            links = [await self._look(side) for side in sides]
            readable = await reading
        finally:
            reading.cancel()
        enders = {side.name for side in sides} if fate is Fate.BOTH else {ender.name}
        told = {side.name: [by for _, by in side.ends] for side in sides}
        over = Over(ender.conversation, frozenset(enders), told, links, readable)
        self.fates[fate] += 1
        self._report.faults += judge(over, killed=self._killed)

    async def _carry_out(self, fate: Fate, ender: Side, other: Side) -> None:
        match fate:
            case Fate.ONE:
                ender.end()
            case Fate.BOTH:
                ender.end()
                other.end()
            case Fate.RACE:
                other.say("before", "said as it ends")
                ender.end()
                other.say("after", "said as it has ended")
            case Fate.AWAY:
                await self._end_without(ender, other)
            case Fate.HTTP:
                headers = bearer(ender.token) | {"Idempotency-Key": "the-end"}
                await self._asking.done("POST", f"/chats/{ender.conversation}/end", headers=headers)

    async def _told(self, sides: Sequence[Side], fate: Fate, since: float) -> None:
        """Wait until both know."""
        await asyncio.gather(*(side.until(lambda side: bool(side.ends)) for side in sides))
        if fate is not Fate.AWAY:  # he was away for as long as he liked
            self.times.done(TOLD, since)

    async def _end_without(self, ender: Side, other: Side) -> None:
        other.leave()
        at = now()
        ender.end()
        await ender.until(lambda side: bool(side.ends))
        self.times.done("end, until the one who is there knows", at)
        await asyncio.sleep(self._random.uniform(*AWAY_SECONDS))
        at = now()
        if isinstance(other, ResumingSide):
            other.come_back()
        await other.until(lambda side: bool(side.ends))
        self.times.done("back, until told of the end", at)

    async def _unreadable(self, sides: Sequence[Side], since: float) -> float:
        """Seconds until neither link leads anywhere. Raises TimeoutError."""
        async with asyncio.timeout(STEP_SECONDS * 2):
            open_yet = list(sides)
            while open_yet:
                open_yet = [side for side in open_yet if await self._look(side) != NOT_FOUND]
                await asyncio.sleep(READABLE_LOOK_SECONDS if open_yet else 0.0)
        return self.times.done(UNREADABLE, since) - since

    async def _look(self, side: Side) -> int:
        return (await self._asking.ask("GET", f"/chats/seats/{side.link}")).status_code

    # What the store holds.

    async def _stored(self, sides: Sequence[Side], shown: Sequence[Entry]) -> StoredConversation:
        """What it showed before the end, and keeps sealed until it is destroyed, under the numbers of the tombstone;
        once it has decided all that it had accepted."""
        end, unsure = now() + DECIDED_SECONDS, [one for side in sides for one in side.said.values() if not one.stored]
        names = {side.user: side.name for side in sides}
        while True:
            (kept,) = await self._stack.trial.kept([sides[0].conversation])
            refused = await self._stack.trial.refused([one.command for one in unsure]) if unsure else {}
            state, sealed = kept.conversation, [of_message(message) for message in kept.messages]
            known = {*((entry.sender, entry.client_id) for entry in sealed), *refused}
            if all(not one.accepted or (one.sender, one.client_id) in known for one in unsure) or now() > end:
                break
            await asyncio.sleep(LOOK_SECONDS)
        return StoredConversation(
            state.id,
            state.epoch,
            state.seq,
            state.rev,
            frozenset(names),
            opened(sealed, shown, sides),
            refused=refused,
            ended=names.get(state.ended_by or "", state.ended_by),
        )

    def judge_resuming(self) -> None:
        """No side may have missed more than one page: nothing here is said faster than it is heard."""
        for side in self._resuming():
            if side.unread:
                self._report.faults.append(f"{_state(side)}: {side.unread} resumes of more than one page")

    @property
    def resumed(self) -> int:
        """How often sides connected again."""
        return sum(side.sockets - 1 for side in self._resuming())

    def _resuming(self) -> list[ResumingSide]:
        return [side for sides, _ in self.chats for side in sides if isinstance(side, ResumingSide)]

    def races(self) -> Row:
        """What became of what was said as the other one ended it."""
        raced = [one for sides, _ in self.chats for side in sides for name, one in side.said.items() if name in _RACES]
        stored = {entry.command for _, conversation in self.chats for entry in conversation.messages}
        kept = sum(one.command in stored for one in raced)
        return {
            "said as it ended": len(raced),
            "stored": kept,
            "told so": sum(bool(one.stored) for one in raced),
            "refused": sum(
                (one.sender, one.client_id) in conversation.refused
                for _, conversation in self.chats
                for one in raced
                if one.conversation == conversation.id
            ),
            "accepted": sum(one.accepted for one in raced),
        }


_RACES = frozenset({"before", "after"})


def _state(side: Side) -> str:
    known: list[Any] = [side.name, side.user, side.conversation, "connected" if side.connected else "not connected"]
    return " ".join(map(str, [*known, f"{len(side.seen)} seen", f"told {side.ends}"]))
