"""Pairs of users at a fixed rate: latency, and what each process spends on it."""

from typing import Any

from loadtests.acknowledging import Attention
from loadtests.checker import check
from loadtests.clock import now
from loadtests.processes import Reading, cpu_between
from loadtests.recording import Window
from loadtests.report import Report, Row
from loadtests.stack import Stack
from loadtests.traffic import Crowd, Talk, gather, history, no_garbage_collection, open_loop, settle


async def pairs(
    stack: Stack, *, users: int, rate: float, seconds: float, warmup: float, acknowledge: bool = False
) -> Report:
    """`seconds` are measured after `warmup` seconds at the same rate. With `acknowledge` every recipient says at once
    that he got a message, and within seconds that he read it."""
    parameters = {"users": users, "rate": rate, "seconds": seconds, "warmup": warmup, "acknowledge": acknowledge}
    crowd = await gather(stack, users, Attention() if acknowledge else None)
    return await measured(stack, crowd, Report("pairs", parameters), rate=rate, seconds=seconds, warmup=warmup)


async def measured(stack: Stack, crowd: Crowd, report: Report, *, rate: float, seconds: float, warmup: float) -> Report:
    """Let the crowd talk, and report on it."""
    recorder, talk = crowd.recorder, Talk(crowd.users)
    stack.processes.refresh()
    with no_garbage_collection():
        await open_loop(rate, warmup, talk.say)
        recorder.window = window = Window()
        before = stack.processes.read(now())
        late = await open_loop(rate, seconds, talk.say)
        after = stack.processes.read(now())
        recorder.window = None
        settled = await settle(recorder, crowd.users)
    report.add("latency from the intended time", *window.rows())
    report.add("rate", rates(window, before, after, late) | {"settled": settled})
    report.add("processes", *spent(before, after, window.sent))
    report.errors = recorder.errors
    report.verdict = check(await history(stack, crowd))
    return report


def rates(window: Window, before: Reading, after: Reading, late: float) -> dict[str, Any]:
    elapsed = after.at - before.at
    return {
        "sent per s": window.sent / elapsed,
        "sent": window.sent,
        "delivered": window.deliveries.summary()["count"],
        "driver late at most, ms": late * 1000,
    }


def spent(before: Reading, after: Reading, messages: int) -> list[Row]:
    """CPU and memory of each process, and of all but the driver together."""
    elapsed = after.at - before.at
    cpu = cpu_between(before, after)
    rows: list[Row] = [
        {
            "process": name,
            "CPU s": seconds,
            "% of a core": 100 * seconds / elapsed,
            "CPU s per 1,000 messages": 1000 * seconds / messages if messages else 0.0,
            "RSS MiB": after.processes[name].rss / 2**20,
        }
        for name, seconds in sorted(cpu.items())
    ]
    servers = [row for row in rows if row["process"] != "driver"]
    total = {name: sum(row[name] for row in servers) for name in rows[0] if name != "process"} if rows else {}
    return [*rows, {"process": "all but the driver"} | total]
