"""The api without HTTP: commands in, what became of them out; and the people who ask, again until they are told."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from random import Random
from typing import Any, TypeVar

from loadtests.history import Sent, Wish
from producer_gateway.api.waiting import Answer, Declined, Outcomes
from producer_gateway.incarnation import ProcessLife
from producer_gateway.submitting import NotSubmitted, Submitter
from schemas.commands import COMMAND, Command
from store.errors import StoreError
from store.memory import MemoryStore
from tests.simulation.devices import Account
from tests.simulation.network import Network, Refused

T = TypeVar("T")

PASSWORD = "v1"
"""The version of the one password of every group."""
_WAIT_SECONDS = 3.0
_PATIENCE_SECONDS = 10.0


class ApiDesk:
    """As `producer_gateway.api.sending` asks."""

    def __init__(
        self,
        store: MemoryStore,
        submitter: Submitter,
        life: ProcessLife,
        outcomes: Outcomes,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._store = store
        self._submitter = submitter
        self._life = life
        self._outcomes = outcomes
        self._tasks = tasks

    async def ask(self, command: Command) -> Answer | None:
        return await self._as_ours(self._answer(command))

    async def do(self, work: Callable[[MemoryStore], Awaitable[None]]) -> None:
        async def done() -> None:
            await work(self._store)

        await self._as_ours(done())

    async def _as_ours(self, work: Coroutine[Any, Any, T]) -> T:
        """As a task of the process, so that it dies with it."""
        asked: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def run() -> None:
            try:
                found = await work
            except (NotSubmitted, StoreError) as error:
                if not asked.done():
                    asked.set_exception(error)
            else:
                if not asked.done():
                    asked.set_result(found)

        self._tasks.create_task(run())
        return await asked

    async def _answer(self, command: Command) -> Answer | None:
        with self._outcomes.expected() as expectation:
            reply_to = self._life.reply_to(expectation.address)
            await (await self._submitter.submit(command, reply_to, "00-trace")).acknowledgement
            try:
                async with asyncio.timeout(_WAIT_SECONDS):
                    return await expectation.answer
            except TimeoutError:
                return None


class Petitioner:
    """One who asks for something over HTTP, again with the same key until he is told what became of it."""

    def __init__(self, network: Network, account: Account, random: Random) -> None:
        self._network = network
        self._account = account
        self._random = random

    async def ask(self, client_id: str, conversation: str, user: str, wish: Wish) -> None:
        loop = asyncio.get_running_loop()
        sent = Sent(conversation, user, client_id, "", sent_at=loop.time(), wish=wish)
        self._account.sent[client_id] = sent
        command = _command(sent)
        while not sent.answered:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    _note(sent, await self._network.desk.ask(command), loop.time())
            except (TimeoutError, Refused):
                pass  # nobody knows: it may have been done
            except NotSubmitted as error:
                sent.rejected.update((error.code.value,) if error.final else ())
            await asyncio.sleep(self._random.uniform(0.05, 1.0))


def _note(sent: Sent, answer: Answer | None, now: float) -> None:
    if not sent.accepted:
        sent.accepted, sent.accepted_at = True, now
    if isinstance(answer, Declined):
        sent.rejected.add(answer.code.value)
    elif answer is not None:
        sent.places.add(answer.seq)


def _command(sent: Sent) -> Command:
    """Commands are called as wishes are; what one has no use for it ignores."""
    asked = {"conversation": sent.conversation, "sender": sent.sender, "client_id": sent.client_id}
    wish = {"type": sent.wish.kind, "user": sent.wish.user, "role": sent.wish.role, "password": PASSWORD}
    return COMMAND.validate_python(asked | wish)
