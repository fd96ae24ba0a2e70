"""The running stack that is put under load: people in it, and what it has kept of their talk."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from loadtests.entries import of_message
from loadtests.history import Reached, StoredConversation
from loadtests.processes import Processes
from parley.settings import Settings, load_settings
from parley.trial import Trial, open_trial, token_for, tokens_of
from schemas.ids import new_user_id

AT_ONCE = 48
OPEN_TOPICS_SECONDS = 300.0
PASSWORD = "a password for load tests"  # noqa: S105 (of users who exist for a test)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Person:
    """An account to test with."""

    id: str
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that runs on this machine, with the settings it was started with."""

    settings: Settings
    trial: Trial
    api: httpx.AsyncClient
    processes: Processes
    say: Say

    async def people(self, count: int) -> list[Person]:
        """So many new accounts."""
        run = secrets.token_hex(4)
        names = [f"load-{run}-{number}" for number in range(count)]
        ids = await self.trial.add_users(names, PASSWORD)
        self.say(f"{count} users made")
        return [Person(user, name, self.trial.token(user)) for user, name in zip(ids, names, strict=True)]

    async def urls(self, person: Person) -> Sequence[str]:
        """Where sockets are opened, in one order for everybody."""
        response = await self.api.get("/connect", headers=_bearer(person))
        response.raise_for_status()
        return sorted(response.json()["urls"])

    async def pair_up(self, pairs: Sequence[tuple[Person, Person]]) -> list[str]:
        """A direct conversation for each pair, made through the front door; returns their ids."""
        free = asyncio.Semaphore(AT_ONCE)

        async def converse(one: Person, other: Person) -> str:
            async with free:
                return await self._converse(one, other)

        async with asyncio.TaskGroup() as tasks:
            talks = [tasks.create_task(converse(one, other)) for one, other in pairs]
        self.say(f"{len(pairs)} conversations made")
        return [talk.result() for talk in talks]

    async def _converse(self, one: Person, other: Person) -> str:
        while True:
            body = {"kind": "direct", "with": other.id}
            response = await self.api.post("/conversations", json=body, headers=_bearer(one))
            if response.status_code in (httpx.codes.OK, httpx.codes.CREATED):
                conversation: str = response.json()["id"]
                return conversation
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                await asyncio.sleep(float(response.headers["Retry-After"]))
                continue
            if response.status_code != httpx.codes.ACCEPTED:
                response.raise_for_status()
            await asyncio.sleep(0.5)  # accepted, not made yet

    async def group(self, people: Sequence[Person]) -> str:
        """A group of all of them, made through the front door; returns its id."""
        body = {"kind": "group", "name": "load", "members": [person.id for person in people]}
        headers = _bearer(people[0]) | {"Idempotency-Key": secrets.token_hex(8)}
        while True:
            response = await self.api.post("/conversations", json=body, headers=headers)
            response.raise_for_status()
            if response.status_code != httpx.codes.ACCEPTED:
                self.say(f"a group of {len(people)} made")
                conversation: str = response.json()["id"]
                return conversation
            await asyncio.sleep(0.5)  # accepted, not made yet

    async def ask(self, method: str, path: str, person: Person, body: Mapping[str, Any]) -> None:
        """Have the API do something for somebody. Raises httpx.HTTPStatusError when it does not."""
        while True:
            response = await self.api.request(method, path, json=body, headers=_bearer(person))
            if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                response.raise_for_status()
                return
            await asyncio.sleep(float(response.headers["Retry-After"]))

    async def topics_opened(self, people: Sequence[Person]) -> None:
        """Wait until everybody's topic is open. Raises TimeoutError."""
        users = [person.id for person in people]
        async with asyncio.timeout(OPEN_TOPICS_SECONDS):
            while (count := await self.trial.topics_open(users)) < len(users):
                self.say(f"{count} of {len(users)} topics open")
                await asyncio.sleep(2)
        self.say(f"{len(users)} topics open")

    async def kept(self, conversations: Iterable[str]) -> list[StoredConversation]:
        """What the store holds of these conversations."""
        return [
            StoredConversation(
                id=kept.conversation.id,
                epoch=kept.conversation.epoch,
                seq=kept.conversation.seq,
                rev=kept.conversation.rev,
                members=frozenset(kept.conversation.members),
                messages=[of_message(message) for message in kept.messages],
                cursors={user: Reached(*cursor) for user, cursor in kept.cursors.items()},
            )
            for kept in await self.trial.kept(conversations)
        ]


class NotRunning(Exception):
    """There is no stack here that may be put under load."""


@asynccontextmanager
async def open_stack(say: Say) -> AsyncIterator[Stack]:
    """The stack that this directory's settings and environment describe. Raises NotRunning."""
    settings = load_settings()
    await require_ours(settings)
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with (
        open_trial(settings) as trial,
        httpx.AsyncClient(base_url=f"{settings.public_url}/api", timeout=60, limits=limits, trust_env=False) as api,
    ):
        yield Stack(settings, trial, api, Processes(settings), say)


async def require_ours(settings: Settings) -> None:
    """Make sure, before anything is written, that what answers at these ports is the stack of these settings.

    Raises NotRunning: nothing runs there, or what runs there was started with another secret, so is somebody else's.
    """
    try:
        token = token_for(tokens_of(settings), new_user_id())
        async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
            answer = await http.get(f"{settings.public_url}/api/connect", headers={"Authorization": f"Bearer {token}"})
    except FileNotFoundError as error:
        raise NotRunning(
            f"{error}. Run this where, and with the settings with which, `parley up` was started"
        ) from None
    except httpx.TransportError:
        raise NotRunning(f"nothing answers at {settings.public_url}: start it with `parley up`") from None
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise NotRunning(f"the stack at {settings.public_url} is not the one of {settings.var}: nothing was touched")
    if answer.is_error:
        raise NotRunning(f"{settings.public_url} is not ready ({answer.status_code})")


def _bearer(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"}
