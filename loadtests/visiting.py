"""Visitors: users who come and go all the time, so that presence and its deadlines are at work while things break."""

import asyncio
from collections.abc import Sequence
from random import Random

from loadtests.clock import now
from loadtests.recording import Recorder
from loadtests.report import Row
from loadtests.stack import Person, Stack
from loadtests.users import User

STAY_SECONDS = (0.5, 4.0)
AWAY_SECONDS = (0.5, 12.0)
"""Some come back before they are taken to be away, some after."""
TOLD_SECONDS = 45.0
"""A report that was lost with its edge is made up for within half a minute."""
LOOK_SECONDS = 0.2


class Visitors:
    """`live` until cancelled, then `rest`: what is told of each has to be so in the end."""

    def __init__(self, stack: Stack, people: Sequence[Person], urls: Sequence[str], recorder: Recorder) -> None:
        self._stack = stack
        self._users = [
            User(person.id, person.token, urls[number % len(urls)], recorder) for number, person in enumerate(people)
        ]
        self._recorder = recorder
        self._visits = 0

    async def live(self, random: Random) -> None:
        async with asyncio.TaskGroup() as tasks:
            for user in self._users:
                tasks.create_task(self._come_and_go(user, random))

    async def _come_and_go(self, user: User, random: Random) -> None:
        while True:
            await asyncio.sleep(random.uniform(*AWAY_SECONDS))
            if await self._comes(user):
                await asyncio.sleep(random.uniform(*STAY_SECONDS))
            user.cut()

    async def _comes(self, user: User) -> bool:
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
