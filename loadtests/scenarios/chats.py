"""Ephemeral chats: many are started, used and ended; what each takes, and that nothing of them is left."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
import orjson

from loadtests.clock import now
from loadtests.processes import Reading, cpu_between
from loadtests.recording import Latencies
from loadtests.report import Report, Row
from loadtests.socket import Socket, connect_frame, open_socket
from loadtests.stack import Stack

FIRST_CHATS = 20
"""Before the first reading, so that what a process loads at its first chat is not counted."""
STEP_SECONDS = 60.0
GONE_SECONDS = 600.0
LOOK_SECONDS = 5.0


class _Side:
    """One of the two, on a socket."""

    def __init__(self, token: str, user: str, conversation: str) -> None:
        self.token = token
        self.user = user
        self.conversation = conversation
        self.texts: list[str] = []
        self.ended_at: float | None = None
        self.connected = False
        self._socket: Socket | None = None
        self._news = asyncio.Event()

    async def connect(self, url: str) -> None:
        self._socket = await open_socket(url, self._receive, lambda socket: None)
        self._socket.send(connect_frame(self.token, self.user, {}))
        await self.until(lambda side: side.connected)

    def send(self, **frame: str) -> None:
        if self._socket is not None:
            self._socket.send(orjson.dumps({"conversation": self.conversation, **frame}))

    def leave(self) -> None:
        if self._socket is not None:
            self._socket.abort()

    def _receive(self, frame: dict[str, Any], at: float) -> None:
        match frame:
            case {"type": "connected"}:
                self.connected = True
            case {"type": "message", "text": str(text)}:
                self.texts.append(text)
            case {"type": "ended"}:
                self.ended_at = at
        self._news.set()

    async def until(self, seen: "Callable[[_Side], bool]") -> None:
        async with asyncio.timeout(STEP_SECONDS):
            while not seen(self):
                self._news.clear()
                await self._news.wait()


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
        chatting = _Chatting(http, urls, messages, report)
        await chatting.run(FIRST_CHATS, at_once)
        await _all_gone(stack, chatting.users, report)
        stack.processes.refresh()
        before, chatting.times = stack.processes.read(now()), _Times()
        await chatting.run(count, at_once)
        used = stack.processes.read(now())
        stack.say(f"{count} chats in {used.at - before.at:.1f} s")
        await _all_gone(stack, chatting.users, report)
        after = stack.processes.read(now())
    report.add("steps", *chatting.times.rows())
    report.add("processes", *_costs(before, used, after, count))
    return report


class _Chatting:
    def __init__(self, http: httpx.AsyncClient, urls: Sequence[str], messages: int, report: Report) -> None:
        self._http = http
        self._urls = urls
        self._messages = messages
        self._report = report
        self.times = _Times()
        self.users: list[str] = []

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
            await self._talk(sides, at)
        finally:
            for side in sides:
                side.leave()
        self.times.done("whole chat", began)
        # What broke off ends by its timers, long after the run.
        self.users += [side.user for side in sides]

    async def _talk(self, sides: Sequence[_Side], at: float) -> None:
        await asyncio.gather(*(side.connect(self._urls[n % len(self._urls)]) for n, side in enumerate(sides)))
        self.times.done("connect, both", at)
        for number in range(self._messages):
            await self._say(sides[number % 2], sides, f"text {number}")
        at = now()
        sides[0].send(type="end", id="the-end")
        await asyncio.gather(*(side.until(lambda side: side.ended_at is not None) for side in sides))
        self.times.done("end, until both know", at)
        said = [f"text {number}" for number in range(self._messages)]
        if any(side.texts != said for side in sides):
            self._report.faults.append(f"in {sides[0].conversation} not everything was seen by both, in order")

    async def _enter(self, conversation: str, seat: Mapping[str, str]) -> _Side:
        entered = await self._post(f"/chats/seats/{seat['url'].rpartition('/')[2]}/enter", {"code": seat["code"]})
        return _Side(entered["access_token"], entered["user"]["id"], conversation)

    async def _say(self, side: _Side, sides: Sequence[_Side], text: str) -> None:
        at = now()
        side.send(type="message", id=text, text=text)
        await asyncio.gather(*(each.until(lambda each: text in each.texts) for each in sides))
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
