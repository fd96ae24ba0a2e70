"""Pairs of users who talk at a fixed rate, whatever becomes of their messages."""

import asyncio
import gc
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from loadtests.acknowledging import Attention
from loadtests.clock import now
from loadtests.history import History, Sent
from loadtests.recording import Recorder
from loadtests.stack import Person, Stack
from loadtests.users import User, connect_all

TICK_SECONDS = 0.001
CONNECT_AT_ONCE = 100
SETTLE_SECONDS = 60.0
TEXT_CHARACTERS = 200


@dataclass(slots=True)
class Crowd:
    """Connected users, two and two in a conversation, the two of each pair on different edges."""

    people: Sequence[Person]
    users: Sequence[User]
    conversations: Sequence[str]
    recorder: Recorder


async def gather(stack: Stack, count: int, attention: Attention | None = None) -> Crowd:
    """Make so many users (an even number) and conversations, connect everybody, and have every topic open."""
    people = await stack.people(count)
    conversations = await stack.pair_up(list(zip(people[::2], people[1::2], strict=True)))
    return await _connected(stack, people, [conversations[number // 2] for number in range(count)], attention)


async def gather_group(stack: Stack, count: int, attention: Attention) -> Crowd:
    """The same, all of them in one group."""
    people = await stack.people(count)
    group = await stack.group(people)
    return await _connected(stack, people, [group] * count, attention)


async def _connected(
    stack: Stack, people: Sequence[Person], conversations: Sequence[str], attention: Attention | None
) -> Crowd:
    """Everybody in the conversation at his place."""
    recorder = Recorder()
    urls = await stack.urls(people[0])
    users = [User(p.id, p.token, urls[number % len(urls)], recorder, attention) for number, p in enumerate(people)]
    for user, conversation in zip(users, conversations, strict=True):
        user.conversation = conversation
    await connect_all(users, CONNECT_AT_ONCE)
    stack.say(f"{len(users)} users connected")
    await stack.topics_opened(people)
    return Crowd(people, users, list(dict.fromkeys(conversations)), recorder)


class Talk:
    """What the users say: everybody in turn, each message a text of its own."""

    def __init__(self, users: Sequence[User]) -> None:
        self._users = users
        self._run = secrets.token_hex(4)
        self._said = 0

    def say(self, due: float) -> None:
        """The next message of the next user, which was due at that time."""
        number, self._said = self._said, self._said + 1
        user = self._users[number % len(self._users)]
        user.say(self.message(user, number), due)

    def message(self, user: User, number: int) -> Sent:
        client_id = f"{self._run}-{number}"
        text = client_id.ljust(TEXT_CHARACTERS, ".")
        return Sent(user.conversation, user.id, client_id, text, sent_at=now())


async def open_loop(rate: float, seconds: float, say: Callable[[float], None]) -> float:
    """Call `say` at a fixed rate with the time at which each call is due; returns the worst delay of a call.

    What is late is caught up with at once: how the callee fares does not slow the caller down.
    """
    start, total, worst = now(), int(rate * seconds), 0.0
    called = 0
    while called < total:
        passed = now() - start
        while called < total and called / rate <= passed:
            say(start + called / rate)
            called += 1
        worst = max(worst, now() - start - called / rate)
        await asyncio.sleep(TICK_SECONDS)
    return worst


async def settle(recorder: Recorder, users: Sequence[User] = ()) -> bool:
    """Wait until everything sent is answered and delivered, and what these users say about it told, for a while."""
    end = now() + SETTLE_SECONDS
    while recorder.unsettled or recorder.waiting or recorder.unheard or not all(user.is_done for user in users):
        if now() > end:
            return False
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)  # what nobody expects, a double for instance, may come after everything else
    return True


async def history(stack: Stack, crowd: Crowd) -> History:
    """Everything that happened, with what the store has of it."""
    recorder = crowd.recorder
    stored = await stack.kept(crowd.conversations)
    return History(list(recorder.sent.values()), recorder.devices, stored, recorder.acknowledged)


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """The driver's own pauses are not the server's latency."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
