"""Ephemeral chats: many are started, used and ended; what each takes, that what was said in it arrived, once and in
order, that both were told of the end, and that nothing of it can be read afterwards, nor is left. Processes may be
killed meanwhile."""

import asyncio
from collections.abc import Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from loadtests.asking import Asking
from loadtests.chatting import Chatting, Times
from loadtests.checker import check
from loadtests.clock import now
from loadtests.killing import Killing, require_ours
from loadtests.processes import Reading, cpu_between
from loadtests.report import Report, Row
from loadtests.seats import STEP_SECONDS, history
from loadtests.stack import Stack

KILLED = ("router", "writer", "session-expiry", "api", "edge")
"""What may be killed."""
FIRST_CHATS = 20
"""Before the first reading, so that what a process loads at its first chat is not counted."""
GONE_SECONDS = 600.0
LOOK_SECONDS = 5.0
BACK_SECONDS = 60.0
"""For so long the API may be away, where it is killed."""


async def chats(stack: Stack, *, count: int, messages: int, at_once: int, kinds: Sequence[str] = ()) -> Report:
    """Start so many chats, say so many messages in each, and end it. Meanwhile processes of these kinds are killed."""
    parameters = {"count": count, "messages": messages, "at_once": at_once, "kill": list(kinds)}
    report = Report("chats", parameters)
    if kinds:
        require_ours(stack, kinds)
    urls = await stack.urls((await stack.people(1))[0])
    async with seats_http(stack, at_once) as http:
        asking = Asking(http, BACK_SECONDS if kinds else 0.0)
        chatting = Chatting(asking, stack, urls, messages, report, killed=bool(kinds))
        await chatting.run(FIRST_CHATS, at_once)
        await _all_gone(stack, chatting, report)
        stack.processes.refresh()
        before, chatting.times = stack.processes.read(now()), Times()
        await _run(stack, chatting, report, kinds)
        used = stack.processes.read(now())
        stack.say(f"{count} chats in {used.at - before.at:.1f} s")
        await _all_gone(stack, chatting, report)
        after = stack.processes.read(now())
    report.verdict = check(history(chatting.chats))
    report.add("steps", *chatting.times.rows())
    if kinds:
        report.add("ends", *({"how": fate, "chats": times} for fate, times in sorted(chatting.fates.items())))
        report.add("races", chatting.races())
        report.add("meanwhile", {"sockets opened again": chatting.resumed, "requests sent again": asking.repeats})
        chatting.judge_resuming()
    report.add("processes", *_costs(before, used, after, count))
    return report


def seats_http(stack: Stack, at_once: int) -> httpx.AsyncClient:
    """For requests of people without an account: each is another browser's."""
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    limits = httpx.Limits(max_connections=at_once * 2)
    return httpx.AsyncClient(base_url=stack.api.base_url, cookies=jar, timeout=STEP_SECONDS, limits=limits)


async def _run(stack: Stack, chatting: Chatting, report: Report, kinds: Sequence[str]) -> None:
    running = chatting.run(report.parameters["count"], report.parameters["at_once"])
    if not kinds:
        return await running
    killing = Killing(stack, kinds, lambda: chatting.times.count)
    async with asyncio.TaskGroup() as tasks:
        killer = tasks.create_task(killing.run())
        await running
        killer.cancel()
    report.add("kills", *killing.rows)
    report.faults += killing.faults
    return None


async def _all_gone(stack: Stack, chatting: Chatting, report: Report) -> None:
    """Wait until nothing is left of them."""
    users, chats = chatting.users, chatting.ids
    began, left = now(), await stack.trial.left_of(users, chats)
    try:
        async with asyncio.timeout(GONE_SECONDS):
            while left.any:
                stack.say(f"left: {left}")
                await asyncio.sleep(LOOK_SECONDS)
                left = await stack.trial.left_of(users, chats)
    except TimeoutError:
        report.faults.append(f"after {GONE_SECONDS:.0f} s there is left: {left}")
    else:
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
