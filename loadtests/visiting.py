"""Visitors: users who come and go all the time, so that presence and its deadlines are at work while things break."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from loadtests.clock import now
from loadtests.deadlines import Leave
from loadtests.recording import Recorder
from loadtests.report import Row
from loadtests.stack import Person, Stack
from loadtests.users import User

STAY_SECONDS = (0.5, 4.0)
AWAY_SECONDS = (0.5, 12.0)
"""Some come back before they are taken to be away, some after."""
LONG_AWAY_SECONDS = (40.0, 70.0)
"""Longer than any deadline may be late."""
LONG_AWAY_CHANCE = 0.2
TOLD_SECONDS = 45.0
"""A report that was lost with its edge is made up for within half a minute."""
LOOK_SECONDS = 0.2


@dataclass(slots=True)
class _Away:
    left: float
    told: float | None = None


class Visitors:
    """`live` until cancelled, then `rest`: what is told of each has to be so in the end."""

    def __init__(self, stack: Stack, people: Sequence[Person], urls: Sequence[str], recorder: Recorder) -> None:
        self._stack = stack
        self._users = [
            User(person.id, person.token, urls[number % len(urls)], recorder) for number, person in enumerate(people)
        ]
        self._recorder = recorder
        self._visits = 0
        self._away: dict[str, _Away] = {}
        self.leaves: list[Leave] = []
        """All that are over."""

    async def live(self, random: Random) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look())
            for user in self._users:
                tasks.create_task(self._come_and_go(user, random))

    async def _come_and_go(self, user: User, random: Random) -> None:
        while True:
            long = random.random() < LONG_AWAY_CHANCE
            await asyncio.sleep(random.uniform(*(LONG_AWAY_SECONDS if long else AWAY_SECONDS)))
            if await self._comes(user):
                await asyncio.sleep(random.uniform(*STAY_SECONDS))
            user.cut()
            self._away[user.id] = _Away(now())

    async def _look(self) -> None:
        """Who of those that are away is told to be offline by now."""
        while True:
            away = dict(self._away)
            online = await self._stack.trial.online_if_known(list(away))
            for user, one in away.items():
                if online is not None and user not in online and one.told is None:
                    one.told = now()
            await asyncio.sleep(LOOK_SECONDS)

    def _is_back(self, user: str) -> None:
        if (away := self._away.pop(user, None)) is not None:
            self.leaves.append(Leave(user, away.left, now(), away.told))

    async def _comes(self, user: User) -> bool:
        self._is_back(user.id)
        try:
            await user.connect()
        except OSError as error:
            self._recorder.count(f"visit failed: {type(error).__name__}")
            return False
        self._visits += 1
        return True

    async def rest(self) -> Row:
        """Half of them come and stay, half are gone for good: how long until that is what is told, and of how many
        something else is told when the time is over. Everything runs by now: raises OSError when it does not."""
        for user in self._users:
            self._is_back(user.id)
        here, gone = self._users[::2], self._users[1::2]
        for user in self._users:
            user.cut()
        await asyncio.gather(*(user.connect() for user in here))
        since, expected = now(), {user.id for user in here}
        wrong = len(self._users)
        while wrong and now() - since < TOLD_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            wrong = len(await self._stack.trial.online([user.id for user in (*here, *gone)]) ^ expected)
        took = now() - since
        for user in here:
            user.cut()
        return {"visits": self._visits, "told s": took, "wrongly told": wrong}
