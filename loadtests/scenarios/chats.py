"""Ephemeral chats: many are started, used and ended; what each takes, that what was said in it arrived, once and in
order, that both were told of the end, and that nothing of it is left."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from loadtests.checker import check
from loadtests.clock import now
from loadtests.entries import of_frame
from loadtests.history import StoredConversation
from loadtests.processes import Reading, cpu_between
from loadtests.recording import Latencies
from loadtests.report import Report, Row
from loadtests.seats import STEP_SECONDS, Side, history
from loadtests.stack import Stack

FIRST_CHATS = 20
"""Before the first reading, so that what a process loads at its first chat is not counted."""
GONE_SECONDS = 600.0
LOOK_SECONDS = 5.0


@dataclass(slots=True)
class _Times:
    """Seconds that each step took, of all chats."""

    steps: dict[str, Latencies] = field(default_factory=dict)

    def done(self, step: str, since: float) -> float:
        at = now()
        self.steps.setdefault(step, Latencies()).add(at - since)
        return at

    def rows(self) -> list[Row]:
        return [{"ms": step} | latencies.summary() for step, latencies in self.steps.items()]


async def chats(stack: Stack, *, count: int, messages: int, at_once: int) -> Report:
    """Start so many chats, say so many messages in each, and end it."""
    report = Report("chats", {"count": count, "messages": messages, "at_once": at_once})
    urls = await stack.urls((await stack.people(1))[0])
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))  # every seat is another browser's
    limits = httpx.Limits(max_connections=at_once * 2)
    async with httpx.AsyncClient(base_url=stack.api.base_url, cookies=jar, timeout=STEP_SECONDS, limits=limits) as http:
        chatting = _Chatting(http, stack, urls, messages, report)
        await chatting.run(FIRST_CHATS, at_once)
        await _all_gone(stack, chatting.users, report)
        stack.processes.refresh()
        before, chatting.times = stack.processes.read(now()), _Times()
        await chatting.run(count, at_once)
        used = stack.processes.read(now())
        stack.say(f"{count} chats in {used.at - before.at:.1f} s")
        await _all_gone(stack, chatting.users, report)
        after = stack.processes.read(now())
    report.verdict = check(history(chatting.chats))
    report.add("steps", *chatting.times.rows())
    report.add("processes", *_costs(before, used, after, count))
    return report


class _Chatting:
    def __init__(
        self, http: httpx.AsyncClient, stack: Stack, urls: Sequence[str], messages: int, report: Report
    ) -> None:
        self._http = http
        self._stack = stack
        self._urls = urls
        self._messages = messages
        self._report = report
        self.times = _Times()
        self.chats: list[tuple[Sequence[Side], StoredConversation]] = []
        """All that were ended."""

    @property
    def users(self) -> list[str]:
        return [side.user for sides, _ in self.chats for side in sides]

    async def run(self, count: int, at_once: int) -> None:
        free = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with free:
                try:
                    await self._chat()
                except (TimeoutError, httpx.HTTPError, OSError) as error:
                    self._report.faults.append(f"a chat broke off: {error!r}")

        async with asyncio.TaskGroup() as tasks:
            for _ in range(count):
                tasks.create_task(one())

    async def _chat(self) -> None:
        at = began = now()
        chat = await self._post("/chats", {"names": ["Ann", "Ben"]})
        at = self.times.done("start", at)
        sides = await asyncio.gather(*(self._enter(chat["chat"], seat) for seat in chat["seats"]))
        at = self.times.done("enter, both", at)
        try:
            stored = await self._talk(sides, at)
        finally:
            for side in sides:
                side.leave()
        self.times.done("whole chat", began)
        # What broke off ends by its timers, long after the run.
        self.chats.append((sides, stored))

    async def _talk(self, sides: Sequence[Side], at: float) -> StoredConversation:
        await asyncio.gather(*(side.connect(self._urls[n % len(self._urls)]) for n, side in enumerate(sides)))
        self.times.done("connect, both", at)
        for number in range(self._messages):
            await self._say(sides[number % 2], sides, number)
        # Afterwards nobody can read what the store holds.
        shown = await self._shown(sides[0])
        at = now()
        sides[0].end()
        await asyncio.gather(*(side.until(lambda side: bool(side.ends)) for side in sides))
        self.times.done("end, until both know", at)
        return await self._stored(sides, shown)

    async def _shown(self, side: Side) -> Sequence[Mapping[str, Any]]:
        headers = {"Authorization": f"Bearer {side.token}"}
        response = await self._http.get(f"/conversations/{side.conversation}/messages?limit=200", headers=headers)
        response.raise_for_status()
        found: Sequence[Mapping[str, Any]] = response.json()["messages"]
        return found

    async def _stored(self, sides: Sequence[Side], shown: Sequence[Mapping[str, Any]]) -> StoredConversation:
        """What the store showed before the end, under the numbers that the tombstone keeps."""
        (kept,) = await self._stack.trial.kept([sides[0].conversation])
        state = kept.conversation
        names = {side.user: side.name for side in sides}
        return StoredConversation(
            state.id,
            state.epoch,
            state.seq,
            state.rev,
            frozenset(names),
            [of_frame(message) for message in shown],
            ended=names.get(state.ended_by or "", state.ended_by),
        )

    async def _enter(self, conversation: str, seat: Mapping[str, str]) -> Side:
        entered = await self._post(f"/chats/seats/{seat['url'].rpartition('/')[2]}/enter", {"code": seat["code"]})
        return Side(entered["access_token"], entered["user"]["id"], seat["name"], conversation)

    async def _say(self, side: Side, sides: Sequence[Side], number: int) -> None:
        at = now()
        side.say(f"m{number}", f"text {number}")
        await asyncio.gather(*(each.until(lambda each: each.has(f"m{number}")) for each in sides))
        self.times.done("message, until both have it", at)

    async def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        while True:
            response = await self._http.post(path, json=body)
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                response.raise_for_status()
                return response.json()
            await asyncio.sleep(float(response.headers["Retry-After"]))


async def _all_gone(stack: Stack, users: Sequence[str], report: Report) -> None:
    """Wait until nothing is left of them."""
    began, left = now(), await stack.trial.left_of(users)
    try:
        async with asyncio.timeout(GONE_SECONDS):
            while left.any:
                stack.say(f"left: {left}")
                await asyncio.sleep(LOOK_SECONDS)
                left = await stack.trial.left_of(users)
    except TimeoutError:
        report.faults.append(f"after {GONE_SECONDS:.0f} s there is left: {left}")
    stack.say(f"nothing is left of {len(users)} users after {now() - began:.1f} s")


def _costs(before: Reading, used: Reading, after: Reading, count: int) -> list[Row]:
    using, in_all = cpu_between(before, used), cpu_between(before, after)
    return [
        {
            "process": name,
            "CPU ms per chat": 1000 * using[name] / count,
            "with its destruction": 1000 * in_all[name] / count,
            "RSS MiB before": before.processes[name].rss / 2**20,
            "RSS MiB in use": used.processes[name].rss / 2**20,
            "RSS MiB after": after.processes[name].rss / 2**20,
        }
        for name in sorted(in_all)
        if name in using
    ]
